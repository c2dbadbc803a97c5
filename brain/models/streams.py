"""How long a model may take, and how much it may say. It waits; it never asks and never retries."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from brain.chat import BrokenOff, Malformed

T = TypeVar("T")

# No answer to a customer is longer; beyond it a model only repeats itself.
MOST_LETTERS = 60_000


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds. ``idle`` is the longest that nothing may come, ``total`` the longest that all models
    of one turn may take together."""

    idle: float = 20.0
    total: float = 90.0


async def opened(answer: Awaitable[T], idle: float) -> T:
    """
    Raises:
        BrokenOff: the answer did not begin.
    """
    try:
        async with asyncio.timeout(idle):
            return await answer
    except TimeoutError:
        raise BrokenOff(f"no answer began within {idle:g} seconds") from None


async def paced(events: AsyncIterator[T], idle: float) -> AsyncIterator[T]:
    """The events, as long as they keep coming.

    Raises:
        BrokenOff: nothing came for too long.
    """
    while True:
        try:
            async with asyncio.timeout(idle):
                event = await anext(events)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise BrokenOff(f"the answer stopped for {idle:g} seconds") from None
        yield event


@dataclass
class Gathered:
    """The text of an answer as it comes in; ``hears`` is given each piece."""

    hears: Callable[[str], None] | None = None
    pieces: list[str] = field(default_factory=list[str])
    letters: int = 0

    def add(self, piece: str) -> None:
        """
        Raises:
            Malformed: it goes on and on.
        """
        self.letters += len(piece)
        if self.letters > MOST_LETTERS:
            raise Malformed(f"the answer is longer than {MOST_LETTERS} characters")
        # What is no text fails here, and not when it is put together.
        self.pieces.append("" + piece)
        if self.hears is not None:
            self.hears(piece)

    @property
    def text(self) -> str:
        return "".join(self.pieces)
