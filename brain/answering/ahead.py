"""Reading while a model writes: the passages that it writes of, and its sentences as they come. No
customer waits for the one after the other."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import Coroutine, Sequence
from types import TracebackType
from typing import Any, Self

from brain.answering.support import Support
from brain.contract import Passage

# What an answer cites stands nearly always among the first that were found.
_MOST = 4
_MOST_SENTENCES = 24
# Characters in which no sentence ends, and of a sentence: what is longer is no answer of ours.
_LONGEST = 8_000
# A whole JSON string that is called text; what follows it need not be there yet.
_SENTENCE = re.compile(r'"text"\s*:\s*("(?:[^"\\]|\\.)*")', re.DOTALL)


class ReadAhead:
    """Open while models are asked. Nothing is made of what it reads, and what it could not read is
    read, or fails, when the whole answer is checked."""

    def __init__(self, support: Support, passages: Sequence[Passage]) -> None:
        self._support = support
        self._passages = tuple(passages[:_MOST])
        self._enough = threading.Event()
        self._under_way: set[asyncio.Task[None]] = set()
        self._coming = ""
        self._sentences = 0

    async def __aenter__(self) -> Self:
        self._begin(asyncio.to_thread(self._support.prepare, self._passages, self._enough.is_set))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self._enough.set()

    def hear(self, piece: str) -> None:
        """Some more of what a model writes."""
        if self._sentences > _MOST_SENTENCES:
            return
        self._coming += piece
        # A sentence ends with its quotation mark.
        while '"' in piece and (found := _SENTENCE.search(self._coming)) is not None:
            self._coming = self._coming[found.end() :]
            self._read(found[1])
        if len(self._coming) > _LONGEST:
            self._coming, self._sentences = "", _MOST_SENTENCES + 1

    async def settled(self) -> None:
        """An answer is there: what is at hand is read to its end, and nothing more is begun."""
        self._enough.set()
        self._coming = ""
        if self._under_way:
            await asyncio.wait(self._under_way)

    def _read(self, literal: str) -> None:
        self._sentences += 1
        if self._sentences > _MOST_SENTENCES or len(literal) > _LONGEST:
            return
        try:
            text = json.loads(literal)
        except ValueError:
            return
        self._begin(asyncio.to_thread(self._support.prepare_claim, text))

    def _begin(self, reading: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(reading)
        self._under_way.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if not task.cancelled():
            # Whatever it was, the check meets it again.
            task.exception()
