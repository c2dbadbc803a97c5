"""Reading passages while a model writes of them, so that no customer waits for the one after the
other."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from brain.answering.support import Support
from brain.contract import Passage

# What an answer cites stands nearly always among the first that were found.
_MOST = 4


class ReadAhead:
    """Open while models are asked. What it could not read is read, or fails, when the answer is
    checked."""

    def __init__(self, support: Support, passages: Sequence[Passage]) -> None:
        self._support = support
        self._passages = tuple(passages[:_MOST])
        self._enough = threading.Event()

    async def __aenter__(self) -> Self:
        reading = asyncio.to_thread(self._support.prepare, self._passages, self._enough.is_set)
        self._reading = asyncio.create_task(reading)
        self._reading.add_done_callback(_heard)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self._enough.set()

    async def settled(self) -> None:
        """An answer is there: the passage at hand is read to its end, and no other is begun."""
        self._enough.set()
        await asyncio.wait({self._reading})


def _heard(reading: asyncio.Task[None]) -> None:
    if not reading.cancelled():
        reading.exception()
