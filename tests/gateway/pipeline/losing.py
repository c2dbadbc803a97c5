"""Two things that go wrong around a COMMIT: nobody hears of it, or two nodes meet before it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import text

from gateway.store.store import Store
from gateway.store.unit import Unit

A = TypeVar("A")
B = TypeVar("B")
WAITING = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


class LostCommits:
    """A failpoint: the connection is cut after a COMMIT was done and before anybody was told."""

    def __init__(self) -> None:
        self._ahead = 0
        self.lost = 0

    def lose(self, number: int = 1) -> None:
        """Lose the ``number``-th commit from now on."""
        self._ahead = number

    def __call__(self, name: str) -> None:
        if name != "store.after_commit" or self._ahead == 0:
            return
        self._ahead -= 1
        if self._ahead == 0:
            self.lost += 1
            raise OSError("the connection is cut")


class Meeting:
    """Holds one unit where it says so until another's runs into its rows."""

    def __init__(self) -> None:
        self._there = threading.Event()
        self._on = threading.Event()

    def wait(self) -> None:
        self._there.set()
        self._on.wait(10)

    async def of(
        self,
        one: Store,
        first: Callable[[Unit], A],
        other: Store,
        second: Callable[[Unit], B],
    ) -> tuple[A, B]:
        """``first`` calls ``wait``; ``second`` begins then, and ends however it can."""
        leading = asyncio.create_task(one.write(first))
        await asyncio.to_thread(self._there.wait, 10)
        following = asyncio.create_task(other.write(second))
        async with asyncio.timeout(10):
            while not following.done() and not await one.read(lambda r: r.scalar(WAITING)):
                pass
        self._on.set()
        return await leading, await following
