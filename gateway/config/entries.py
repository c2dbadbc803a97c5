"""The ``channels`` section: each entry is read by the settings model of its kind. It knows kinds
only through the table it is given and never loads an adapter."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from gateway.config import keys
from gateway.config.settings import NAME_FORM, ChannelEntry, is_name
from gateway.config.validate import Outcome, validate
from gateway.errors import KeyPath, Problem


@dataclass(frozen=True, slots=True)
class Kinds:
    """The kinds of channels: every name there is, and how to get the settings model of one that
    has an adapter (None for one that has none)."""

    names: Collection[str]
    model: Callable[[str], type[BaseModel] | None]


@dataclass(frozen=True, slots=True)
class _StandIn:
    """What can be said about an entry that could not be read; it is never handed out."""

    kind: str = ""
    as_: str | None = None
    demo: bool = False
    desk: str = "web"
    quiet_seconds: float | None = None


@dataclass(slots=True)
class Entries:
    """``channels`` holds a stand-in for each entry with problems; ``secrets`` every value given
    for a secret, with its path."""

    channels: dict[str, ChannelEntry] = field(default_factory=dict[str, ChannelEntry])
    problems: list[Problem] = field(default_factory=list[Problem])
    secrets: list[tuple[KeyPath, str]] = field(default_factory=list[tuple[KeyPath, str]])


def read(section: object, kinds: Kinds) -> Entries:
    entries = Entries()
    if section is None:
        return entries
    channels = keys.as_mapping(section)
    if channels is None:
        entries.problems.append(Problem("must be a mapping (name: channel)", ("channels",)))
        return entries
    for name, entry in channels.items():
        _read(name, entry, kinds, entries)
    return entries


def _read(name: str, entry: object, kinds: Kinds, entries: Entries) -> None:
    path: KeyPath = ("channels", name)
    if not is_name(name):
        entries.problems.append(Problem("cannot be a channel's name", path, NAME_FORM))
        return
    data = keys.as_mapping(entry)
    if data is None:
        entries.channels[name] = _StandIn()
        entries.problems.append(Problem("must be a mapping that says its kind", path))
        return
    model, problem = _model(data.get("kind"), path, kinds)
    if model is None:
        entries.channels[name] = _StandIn(demo=data.get("demo") is True)
        entries.problems.extend(() if problem is None else (problem,))
        return
    entries.secrets.extend(keys.secret_values(model, data, path))
    outcome: Outcome[Any] = validate(model, data, path)
    usable = outcome.model or outcome.rest or _StandIn(demo=data.get("demo") is True)
    entries.channels[name] = usable
    entries.problems.extend(outcome.problems)


def _model(
    kind: object, path: KeyPath, kinds: Kinds
) -> tuple[type[BaseModel] | None, Problem | None]:
    known = ", ".join(sorted(kinds.names))
    if kind is None:
        return None, Problem("says no kind", (*path, "kind"), f"one of: {known}")
    if not isinstance(kind, str) or kind not in kinds.names:
        best, likely = keys.nearest(str(kind)[:100], list(kinds.names))
        mend = f'did you mean "{best}"?' if likely else f"one of: {known}"
        return None, Problem("no such kind of channel", (*path, "kind"), mend)
    model = kinds.model(kind)
    if model is None:
        message = f"kind '{kind}' has no adapter in this version"
        return None, Problem(message, (*path, "kind"), "remove the channel")
    return model, None
