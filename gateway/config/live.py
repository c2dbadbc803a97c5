"""The configuration in force. It swaps whole, frozen settings and keeps the old ones when the new
are wrong; it never changes settings that somebody is holding."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pydantic import BaseModel

from gateway.config import checks as between
from gateway.config.desks import DeskSettings
from gateway.config.load import Loaded
from gateway.config.settings import ChannelEntry, Settings
from gateway.errors import ConfigurationError, Problem

# What is bound, opened or logged in once, when the process starts.
_FIXED = ("public_url", "server", "store", "privacy", "telemetry")
# What the gateway itself reads of a channel at each turn; the rest lives in the adapter.
_READ_EACH_TURN = frozenset({"demo", "desk", "quiet_seconds"})


@dataclass(frozen=True, slots=True)
class Versioned:
    """Settings with their number, which rises with each change."""

    settings: Settings
    version: int


@dataclass(frozen=True, slots=True)
class ReloadReport:
    """``changed`` are the key paths in force from now on, ``needs_restart`` those that differ in
    the file and wait for a restart. With ``problems`` nothing changed at all; with ``held``
    nothing either, since what is right by itself would be wrong beside what waits."""

    changed: tuple[str, ...] = ()
    needs_restart: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    held: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()


class LiveConfiguration:
    """``read`` is the load that made ``first``, bound to its path, environment and checks."""

    def __init__(
        self, first: Settings, read: Callable[[], Loaded], checks: Sequence[between.Check] = ()
    ) -> None:
        self._current = Versioned(first, 1)
        self._read = read
        self._checks = checks
        self._leaving: list[Callable[[Settings], None]] = []

    def current(self) -> Versioned:
        return self._current

    def when_left(self, told: Callable[[Settings], None]) -> None:
        """Have ``told`` the settings that are in force no more, before others are."""
        self._leaving.append(told)

    def reload(self) -> ReloadReport:
        try:
            loaded = self._read()
        except ConfigurationError as error:
            return ReloadReport(problems=error.problems)
        return self.adopt(loaded)

    def beside(self, loaded: Loaded) -> Settings:
        """What would be in force of it, beside what waits for a restart.

        Raises:
            ConfigurationError: that is a pair that neither file held, and a wrong one.
        """
        mixed = _without_restart(self._current.settings, loaded.settings)
        if found := between.problems(mixed, self._checks):
            raise ConfigurationError(found)
        return mixed

    def adopt(self, loaded: Loaded) -> ReloadReport:
        """Put it in force, but for what needs a restart."""
        old, warnings = self._current.settings, loaded.warnings
        try:
            mixed = self.beside(loaded)
        except ConfigurationError as error:
            waiting = tuple(_changes(old, loaded.settings))
            return ReloadReport(needs_restart=waiting, held=error.problems, warnings=warnings)
        changed = tuple(_changes(old, mixed))
        if changed:
            for told in self._leaving:
                told(old)
            self._current = Versioned(mixed, self._current.version + 1)
        waiting = tuple(_changes(mixed, loaded.settings))
        return ReloadReport(changed, waiting, warnings=warnings)


def _without_restart(old: Settings, new: Settings) -> Settings:
    kept: dict[str, object] = {name: getattr(old, name) for name in _FIXED}
    kept["channels"] = {
        name: _merged(entry, new.channels.get(name)) for name, entry in old.channels.items()
    }
    kept["desks"] = _desks(old, new)
    return new.model_copy(update=kept)


def _desks(old: Settings, new: Settings) -> Mapping[str, DeskSettings]:
    """On which channels staff are told is settled at the start; all else of a desk is not."""
    told = {None, *(desk.channel for desk in old.desks.values())}
    return {
        name: desk if desk.channel in told else old.desks[name]
        for name, desk in new.desks.items()
        if desk.channel in told or name in old.desks
    }


def _merged(old: ChannelEntry, new: ChannelEntry | None) -> ChannelEntry:
    """The running channel, with those of its new settings that need no new adapter."""
    if new is None or new.kind != old.kind or not isinstance(old, BaseModel):
        return old
    return old.model_copy(update={name: getattr(new, name) for name in _READ_EACH_TURN})


def _changes(old: Settings, new: Settings) -> Iterator[str]:
    for section in Settings.model_fields:
        before, after = getattr(old, section), getattr(new, section)
        if before == after:
            continue
        parts = sorted(_parts(before, after))
        yield from (f"{section}.{part}" for part in parts)
        if not parts:
            yield section


def _parts(before: object, after: object) -> Iterator[str]:
    one, other = _fields(before), _fields(after)
    missing = object()
    for name in {*one, *other}:
        if one.get(name, missing) != other.get(name, missing):
            yield name


def _fields(value: object) -> Mapping[str, object]:
    if isinstance(value, BaseModel):
        return {name: getattr(value, name) for name in type(value).model_fields}
    if isinstance(value, Mapping):
        return {str(name): each for name, each in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - a section by name
    return {}
