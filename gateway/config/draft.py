"""A first configuration out of answers: the text of config.yaml, and the lines of .env that keep
its secrets. Pure; it asks nobody and writes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

_HEAD = """\
# Written by frontdesk init. Every key is described in docs/reference/configuration.md.
# ${NAME} comes from the environment or from .env beside this file.
# In draft people answer, with what the assistant would have said; rollout opens more.

"""


@dataclass(frozen=True, slots=True)
class Line:
    """One channel: its settings by key path, and by the same paths the variables that keep those
    which are secret."""

    name: str
    kind: str
    values: Mapping[str, str]
    secrets: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def environment(self) -> Mapping[str, str]:
        return {variable: self.values[path] for path, variable in self.secrets.items()}

    def entry(self) -> dict[str, Any]:
        """Its mapping in config.yaml; what was left empty is left out."""
        entry: dict[str, Any] = {"kind": self.kind}
        for path, value in self.values.items():
            if value:
                variable = self.secrets.get(path)
                _put(entry, path, value if variable is None else f"${{{variable}}}")
        return entry


@dataclass(frozen=True, slots=True)
class Draft:
    """``knowledge`` is a folder of articles, or None for none yet."""

    business: str
    languages: Sequence[str]
    lines: Sequence[Line]
    public_url: str | None = None
    knowledge: str | None = None

    def text(self) -> str:
        sources = [{"path": self.knowledge}] if self.knowledge else []
        document: dict[str, Any] = {
            **({"public_url": self.public_url} if self.public_url else {}),
            "server": {"host": "${HOST:-127.0.0.1}", "port": "${PORT:-8080}"},
            "store": {
                "url": "sqlite:///${FRONTDESK_DATA:-var}/frontdesk.db",
                "data": "${FRONTDESK_DATA:-var}",
            },
            "business": {"name": self.business, "languages": list(self.languages)},
            "channels": {line.name: line.entry() for line in self.lines},
            "desks": {"web": {}},
            "brain": {"knowledge": {"sources": sources}},
            # A person checks every answer until somebody opens more by name.
            "rollout": {"channels": {line.name: "draft" for line in self.lines}},
        }
        return _HEAD + yaml.safe_dump(document, sort_keys=False, allow_unicode=True)

    def environment(self) -> Mapping[str, str]:
        """The variables that .env has to hold."""
        found: dict[str, str] = {}
        for line in self.lines:
            found |= {name: value for name, value in line.environment.items() if value}
        return found


def assignment(name: str, value: str) -> str:
    """A line of .env that gives this value back, whatever it holds."""
    if "'" not in value:
        return f"{name}='{value}'"
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'{name}="{escaped}"'


def _put(entry: dict[str, Any], path: str, value: str) -> None:
    *folders, last = path.split(".")
    for folder in folders:
        entry = entry.setdefault(folder, {})
    entry[last] = value
