"""The versions that people made on the desk, laid over config.yaml as it was last read. Pure but
for reading the file when it is asked to; it never stores a version and never puts one in force."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from gateway.config import keys
from gateway.config.editable import Path, is_locked
from gateway.config.load import Loaded, Source
from gateway.errors import ConfigurationError, KeyPath, Problem


@dataclass(frozen=True, slots=True)
class Given:
    """A value of the desk's own; None takes the key out, so that its default holds."""

    value: Any = None


# By key; None is as config.yaml has it.
Changes: TypeAlias = Mapping[Path, Given | None]


@dataclass(frozen=True, slots=True)
class Version:
    number: int
    changes: Changes


@dataclass(frozen=True, slots=True)
class Standing:
    """One key as it stands on the desk: its value, and the version that gave it."""

    number: int
    given: Given


def folded(versions: Iterable[Version], locked: Sequence[str] = ()) -> dict[Path, Standing]:
    """What the versions say together: of each key that is not locked the newest value."""
    standing: dict[Path, Standing] = {}
    for version in versions:
        for path, given in version.changes.items():
            if given is None or is_locked(path, locked):
                standing.pop(path, None)
            else:
                standing[path] = Standing(version.number, given)
    return standing


def before(versions: Sequence[Version], number: int) -> Changes | None:
    """What takes a version back: its keys as they stood before it. None for one that is not
    there."""
    undone = next((one for one in versions if one.number == number), None)
    if undone is None:
        return None
    standing = folded(one for one in versions if one.number < number)
    return {path: standing[path].given if path in standing else None for path in undone.changes}


def value_at(data: Mapping[str, Any], path: Sequence[str]) -> tuple[Any, bool]:
    """The value at a key of a document, and whether there is one."""
    node: Any = data
    for part in path:
        mapping = keys.as_mapping(node)
        if mapping is None or part not in mapping:
            return None, False
        node = mapping[part]
    return node, True


# Makes settings of a document with values laid over it; raises ConfigurationError.
Making: TypeAlias = Callable[[Source, Mapping[Path, Given]], Loaded]


@dataclass(slots=True)
class _Tried:
    loaded: Loaded
    left_out: dict[int, tuple[Problem, ...]] = field(default_factory=dict[int, tuple[Problem, ...]])


class Overlay:
    """``read`` reads config.yaml anew. What is laid over it is whole versions: one that is wrong
    beside the file as it is now is left out, and why is kept."""

    def __init__(self, read: Callable[[], Source], making: Making) -> None:
        self._read = read
        self._making = making
        self.source = read()
        self.versions: tuple[Version, ...] = ()
        self.left_out: Mapping[int, tuple[Problem, ...]] = {}

    @property
    def locked(self) -> tuple[str, ...]:
        return locked_in(self.source)

    def standing(self, without: Container[int] = ()) -> dict[Path, Standing]:
        """The desk's values in force, when these versions are not."""
        kept = (one for one in self._kept(self.versions) if one.number not in without)
        return folded(kept, self.locked)

    def made(self) -> Loaded:
        """The configuration in force.

        Raises:
            ConfigurationError: the file alone is wrong.
        """
        return self._made(self.source, self._kept(self.versions))

    def reread(self) -> Loaded:
        """Read the file and lay the versions over it, for a reload: those in force have to be right
        beside it, others that are again are in force again.

        Raises:
            ConfigurationError: nothing was taken over.
        """
        source, left_out = self._read(), self.left_out
        try:
            loaded = self._made(source, self.versions)
            left_out = {}
        except ConfigurationError:
            if not left_out:
                raise
            loaded = self._made(source, self._kept(self.versions))
        self.source, self.left_out = source, left_out
        return loaded

    def lay(self, versions: Sequence[Version]) -> Loaded:
        """Take these versions over, without those that are wrong beside the file.

        Raises:
            ConfigurationError: the file alone is wrong.
        """
        tried = self._settled(list(versions))
        self.versions, self.left_out = tuple(versions), tried.left_out
        return tried.loaded

    def tried(self, changes: Changes) -> Loaded:
        """What would be in force with these changes.

        Raises:
            ConfigurationError: with every problem.
        """
        newest = max((one.number for one in self.versions), default=0)
        return self._made(self.source, [*self._kept(self.versions), Version(newest + 1, changes)])

    def _kept(self, versions: Sequence[Version]) -> list[Version]:
        return [one for one in versions if one.number not in self.left_out]

    def _made(self, source: Source, versions: Sequence[Version]) -> Loaded:
        standing = folded(versions, locked_in(source))
        return self._making(source, {path: one.given for path, one in standing.items()})

    def _settled(self, kept: list[Version]) -> _Tried:
        left_out: dict[int, tuple[Problem, ...]] = {}
        while True:
            try:
                return _Tried(self._made(self.source, kept), left_out)
            except ConfigurationError as error:
                blamed = self._blamed(kept, error.problems)
                if not blamed:
                    raise
                left_out |= blamed
                kept = [one for one in kept if one.number not in left_out]

    def _blamed(
        self, kept: Sequence[Version], problems: Sequence[Problem]
    ) -> dict[int, tuple[Problem, ...]]:
        """The versions that a problem is about, else the one without which there is none."""
        standing = folded(kept, self.locked)
        blamed: dict[int, tuple[Problem, ...]] = {}
        for path, one in standing.items():
            about = tuple(problem for problem in problems if _related(problem.path, path))
            if about:
                blamed[one.number] = (*blamed.get(one.number, ()), *about)
        numbers = sorted({one.number for one in standing.values()}, reverse=True)
        if blamed or not numbers:
            return blamed
        wrong = next(self._healing(kept, numbers), numbers[0])
        return {wrong: tuple(problems)}

    def _healing(self, kept: Sequence[Version], numbers: Sequence[int]) -> Iterator[int]:
        for number in numbers:
            try:
                self._made(self.source, [one for one in kept if one.number != number])
            except ConfigurationError:
                continue
            yield number


def locked_in(source: Source) -> tuple[str, ...]:
    """The locks as the file has them; what is no text has its own problem."""
    found = source.document.data.get("locked")
    return tuple(one for one in found if isinstance(one, str)) if isinstance(found, list) else ()


def _related(one: KeyPath, other: KeyPath) -> bool:
    length = min(len(one), len(other))
    return bool(one) and one[:length] == other[:length]
