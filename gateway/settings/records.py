"""A version of the settings as it is asked for, kept and shown, and what can be wrong with one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.config.editable import path_of
from gateway.config.overlay import Changes, Given, Version
from gateway.errors import FrontdeskError, Problem, dotted
from gateway.people.records import Actor

MOST_CHANGES = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """``request`` makes a repetition harmless; ``seen`` is the newest version that whoever asks
    has looked at, ``undoes`` the one that is taken back."""

    actor: Actor
    request: str
    seen: int
    changes: Changes
    why: str
    undoes: int | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """A version as it is kept. ``version`` leaves out what is no longer changed on the desk."""

    version: Version
    why: str
    by: str
    at: float
    undoes: int | None

    @property
    def number(self) -> int:
        return self.version.number


class SettingsMoved(FrontdeskError):
    """Somebody else changed the settings meanwhile; look at what they changed, then save again."""

    def __init__(self, newest: int, since: Sequence[Kept] = ()) -> None:
        super().__init__()
        self.newest = newest
        self.since = tuple(since)


class SettingLocked(FrontdeskError):
    """This key is locked in config.yaml."""


class SettingsRefused(FrontdeskError):
    """With this the configuration would be wrong."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(str(problem) for problem in problems))


class UnknownVersion(FrontdeskError):
    """There is no version of this number."""


class NothingChanged(FrontdeskError):
    """Nothing would be other than it is."""


def as_json(changes: Changes) -> dict[str, Any]:
    return {
        dotted(path): {} if given is None else {"value": given.value}
        for path, given in changes.items()
    }


def from_json(found: Mapping[str, Any]) -> Changes:
    """
    Raises:
        NotEditable: a key of it is nothing that is changed on the desk.
    """
    return {
        path_of(key): Given(one["value"]) if "value" in one else None for key, one in found.items()
    }
