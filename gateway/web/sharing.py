"""One reading for all who ask for the same at once: a change tells every page of the desk in the
same moment. Nothing is kept: who asks is answered by a reading that began after they asked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Shared(Generic[T]):
    """At most one reading of a key runs, and at most one more waits for it to end."""

    def __init__(self) -> None:
        self._running: dict[Hashable, asyncio.Task[T]] = {}
        self._next: dict[Hashable, asyncio.Task[T]] = {}

    async def read(self, key: Hashable, work: Callable[[], Awaitable[T]]) -> T:
        """What ``work`` comes to, or raises; for all who share ``key`` it must be the same."""
        task = self._next.get(key)
        if task is None:
            task = asyncio.create_task(self._in_turn(key, work))
            task.add_done_callback(_heard)
            self._next[key] = task
        # Who goes away takes nothing from the others.
        return await asyncio.shield(task)

    async def _in_turn(self, key: Hashable, work: Callable[[], Awaitable[T]]) -> T:
        before = self._running.get(key)
        if before is not None:
            await asyncio.wait([before])
        mine = self._running[key] = self._next.pop(key)
        try:
            return await work()
        finally:
            if self._running.get(key) is mine:
                del self._running[key]


def _heard(task: asyncio.Task[T]) -> None:
    """Where everybody has gone, nobody is left to be told of an error."""
    if not task.cancelled():
        task.exception()
