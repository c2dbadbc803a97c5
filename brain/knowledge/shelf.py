"""Owns the folder of builds: which one answers, which are left over, where a damaged one is put
aside. Never decides when to build."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from brain.knowledge.build import Build, is_sealed
from brain.knowledge.damage import IndexDamaged
from brain.knowledge.likeness import Likeness

_NUMBERED = re.compile(r"build-(\d{1,9})")
_DAMAGED = "damaged"


class Shelf:
    """Blocking; used by one thread at a time, and by one process: a folder has one owner."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._last = 0

    def newest(self) -> Build | None:
        """The newest build that is whole; others are put aside or, if never finished, removed."""
        numbers = sorted(self._numbers(), reverse=True)
        self._last = max(self._last, *numbers, 0)
        for number in numbers:
            folder = self._place(number)
            if not is_sealed(folder):
                shutil.rmtree(folder, ignore_errors=True)
                continue
            try:
                return Build.open(folder)
            except IndexDamaged:
                self._put_aside(folder)
        return None

    def fresh(self, embedder: str, likeness: Likeness) -> Build:
        """An empty build beside what is there."""
        # Chroma remembers a path for as long as the process, so no number comes twice.
        self._last = max(self._last, *self._numbers(), 0) + 1
        return Build(self._place(self._last), embedder, likeness)

    def keep_only(self, build: Build) -> None:
        for number in self._numbers():
            if self._place(number) != build.folder:
                shutil.rmtree(self._place(number), ignore_errors=True)

    def discard(self, build: Build) -> None:
        """Remove an unfinished build."""
        self._closed(build)
        shutil.rmtree(build.folder, ignore_errors=True)

    def quarantine(self, build: Build) -> None:
        """Put a damaged build aside for whoever wants to know why."""
        self._closed(build)
        self._put_aside(build.folder)

    def _closed(self, build: Build) -> None:
        try:
            build.close()
        except IndexDamaged:
            return

    def _put_aside(self, folder: Path) -> None:
        aside = self._folder / _DAMAGED
        shutil.rmtree(aside, ignore_errors=True)
        if folder.exists():
            folder.rename(aside)

    def _numbers(self) -> list[int]:
        self._folder.mkdir(parents=True, exist_ok=True)
        matches = (_NUMBERED.fullmatch(path.name) for path in self._folder.iterdir())
        return [int(match.group(1)) for match in matches if match]

    def _place(self, number: int) -> Path:
        return self._folder / f"build-{number}"
