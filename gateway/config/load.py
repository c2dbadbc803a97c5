"""From config.yaml, .env and the environment to settings, or to every problem at once. It reads
files and nothing else, and no sentence it makes holds a secret."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel

from brain.action_settings import ActionsSettings, BackendSettings
from channels import kinds as shipped
from gateway.config import checks as between
from gateway.config import document as documents
from gateway.config import dotenv, entries, keys, secrecy
from gateway.config.document import Document
from gateway.config.entries import Entries, Kinds
from gateway.config.settings import Settings
from gateway.config.validate import Outcome, validate
from gateway.errors import ConfigurationError, KeyPath, Problem

_DATA = "FRONTDESK_DATA"
_SQLITE = "sqlite:///"


@dataclass(frozen=True, slots=True)
class Loaded:
    settings: Settings
    warnings: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """What was read, before anything is made of it. ``data`` is the folder that the environment
    names for everything that is written."""

    document: Document = field(repr=False)
    folder: Path
    data: str
    env: dotenv.EnvFile = field(repr=False)


def load(
    path: Path,
    environ: Mapping[str, str],
    checks: Sequence[between.Check] = (),
    kinds: Kinds | None = None,
) -> Loaded:
    """Read the configuration; ``checks`` are those of higher layers, run on valid settings.

    Raises:
        ConfigurationError: with every problem that could be found.
    """
    return made(read(path, environ), checks, kinds)


def read(path: Path, environ: Mapping[str, str]) -> Source:
    """The files as they are now; their problems are inside."""
    folder = path.absolute().parent
    env = dotenv.read(folder)
    environment = {**env.values, **environ}
    document = documents.read(path, environment)
    return Source(document, folder, environment.get(_DATA) or "var", env)


def made(
    source: Source,
    checks: Sequence[between.Check] = (),
    kinds: Kinds | None = None,
    over: Mapping[KeyPath, object] = MappingProxyType({}),
) -> Loaded:
    """The settings of a source, with the values ``over`` in the place of its own; None takes a key
    out.

    Raises:
        ConfigurationError: with every problem that could be found.
    """
    reading = _Reading(source, kinds or _shipped(), over)
    problems = [*source.env.problems, *reading.problems(checks)]
    if reading.settings is None or problems:
        raise ConfigurationError(problems)
    return Loaded(reading.settings, (*source.env.warnings, *reading.warnings(reading.settings)))


def _shipped() -> Kinds:
    def model(name: str) -> type[BaseModel] | None:
        kind = shipped.KINDS.get(name)
        loaded = None if kind is None else shipped.load(kind.settings)
        if isinstance(loaded, type) and issubclass(loaded, BaseModel):
            return loaded
        return None

    return Kinds(shipped.CAPABILITIES, model)


class _Reading:
    """One pass over one document."""

    def __init__(self, source: Source, kinds: Kinds, over: Mapping[KeyPath, object]) -> None:
        self._document = source.document
        self._folder = source.folder
        self._over = over
        content = laid(self._document.data, over)
        self._entries: Entries = entries.read(content.pop("channels", None), kinds)
        self._secrets = [
            *self._entries.secrets,
            *keys.secret_values(Settings, content, ()),
            *_address_password(content),
        ]
        outcome = validate(Settings, _with_data(content, source.data))
        self._outcome = _with_channels(outcome, self._entries)
        self.settings = self._anchored(self._outcome.model)

    def problems(self, checks: Sequence[between.Check]) -> list[Problem]:
        """All that is wrong, in the order of the file."""
        broken = [problem.path for problem in self._document.problems]
        found = [*self._document.problems]
        found += [
            self._placed(problem)
            for problem in self._own(checks)
            if not any(_related(problem.path, path) for path in broken)
        ]
        return sorted(secrecy.hide(found, self._hidden()), key=lambda problem: problem.line)

    def warnings(self, settings: Settings) -> list[Problem]:
        found = [
            *(secrecy.in_clear(path) for path, _ in self._secrets if self._stands_here(path)),
            *between.warnings(settings),
        ]
        return [self._placed(problem) for problem in found]

    def _own(self, checks: Sequence[between.Check]) -> Iterator[Problem]:
        first = [*self._entries.problems, *self._outcome.problems]
        first += [
            fault
            for path, value in self._secrets
            if (fault := secrecy.faults(path, value)) is not None
        ]
        seen: list[KeyPath] = []
        for problem in first:
            if problem.path not in seen:
                seen.append(problem.path)
                yield problem
        rest = self._anchored(self._outcome.rest)
        if rest is not None:
            for problem in between.problems(rest, checks):
                if not any(_related(problem.path, path) for path in seen):
                    yield problem

    def _anchored(self, settings: Settings | None) -> Settings | None:
        return None if settings is None else anchored(settings, self._folder)

    def _stands_here(self, path: KeyPath) -> bool:
        return path not in self._document.references

    def _placed(self, problem: Problem) -> Problem:
        if any(problem.path[: len(path)] == path for path in self._over):
            # What stands on the desk has no line.
            return problem
        names = self._document.references.get(problem.path)
        mend = problem.mend
        if names:
            mend = f"{mend}; " if mend else ""
            mend += f"its value comes from {', '.join(names)}"
        line = problem.line or self._document.line(problem.path)
        return replace(problem, file=self._document.file, line=line, mend=mend)

    def _hidden(self) -> list[str]:
        return [value for _, value in self._secrets]


def laid(data: Mapping[str, Any], over: Mapping[KeyPath, object]) -> dict[str, Any]:
    """A copy of the document with these values, None for none; what lies on the way and is no
    mapping is left, and has its own problem."""
    content = dict(data)
    for path, value in over.items():
        node: dict[str, Any] | None = content
        for part in path[:-1]:
            inner = keys.as_mapping(node.get(str(part)) or {})
            if inner is None:
                break
            node[str(part)] = node = dict(inner)
        else:
            node.pop(str(path[-1]), None)
            if value is not None:
                node[str(path[-1])] = value
    return content


def _related(one: KeyPath, other: KeyPath) -> bool:
    """Whether one of the paths leads to the other: a consequence, not a second problem."""
    length = min(len(one), len(other))
    return bool(one and other) and one[:length] == other[:length]


def _with_data(content: dict[str, Any], data: str) -> dict[str, Any]:
    store = keys.as_mapping(content.get("store", {}))
    if store is None or "data" in store:
        return content
    return {**content, "store": {**store, "data": data}}


def _with_channels(outcome: Outcome[Settings], read: Entries) -> Outcome[Settings]:
    update = {"channels": read.channels}
    rest = None if outcome.rest is None else outcome.rest.model_copy(update=update)
    model = None if outcome.model is None or read.problems else rest
    return Outcome(model, rest, outcome.problems)


def _address_password(content: Mapping[str, Any]) -> Iterator[tuple[KeyPath, str]]:
    url = (keys.as_mapping(content.get("store")) or {}).get("url")
    password = secrecy.url_password(url) if isinstance(url, str) else None
    if password is not None:
        yield ("store", "url"), password


def anchored(settings: Settings, folder: Path) -> Settings:
    """The same settings with every path absolute, seen from the configuration's folder."""
    store = settings.store
    url = store.url
    if url.startswith(_SQLITE):
        url = _SQLITE + str(folder / url.removeprefix(_SQLITE))
    data = folder / store.data
    files = folder / store.files if store.files is not None else data / "files"
    knowledge = settings.brain.knowledge
    sources = tuple(
        source.model_copy(update={"path": str(folder / source.path)}) if source.path else source
        for source in knowledge.sources
    )
    knowledge = knowledge.model_copy(update={"sources": sources})
    return settings.model_copy(
        update={
            "store": store.model_copy(update={"url": url, "data": data, "files": files}),
            "brain": settings.brain.model_copy(
                update={"knowledge": knowledge, "actions": _actions(settings, folder)}
            ),
        }
    )


def _actions(settings: Settings, folder: Path) -> ActionsSettings:
    actions = settings.brain.actions
    backends = {
        name: backend.model_copy(update=_files(backend, folder))
        for name, backend in actions.backends.items()
    }
    return actions.model_copy(update={"backends": backends})


def _files(backend: BackendSettings, folder: Path) -> dict[str, str]:
    named = {"openapi": backend.openapi, "tools": backend.tools}
    return {name: str(folder / file) for name, file in named.items() if file}
