"""The order of what is said in one channel: Slack's connections and requests overtake each other;
each waits a moment for what was said before it. Nothing is kept once it is through."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count

from channels.contract import Clock

# How long a message waits for an earlier one that was overtaken on its way.
WINDOW_SECONDS = 0.15


@dataclass(slots=True)
class _Lane:
    waiting: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])
    busy: bool = False
    turn: asyncio.Condition = field(default_factory=asyncio.Condition)


class Lanes:
    """One lane a channel."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lanes: dict[str, _Lane] = {}
        self._numbers = count()

    @asynccontextmanager
    async def turn(self, channel: str, ts: str) -> AsyncGenerator[None]:
        """The turn of what was said at ``ts``: one at a time, the earliest of those that wait.
        What is nowhere (an empty channel) waits for nothing."""
        if not channel:
            yield
            return
        lane = self._lanes.setdefault(channel, _Lane())
        ticket = (ts.zfill(24), next(self._numbers))
        lane.waiting.append(ticket)
        mine = False
        try:
            await self._clock.sleep(WINDOW_SECONDS)
            async with lane.turn:
                await lane.turn.wait_for(lambda: not lane.busy and min(lane.waiting) == ticket)
                lane.busy = mine = True
            yield
        finally:
            await self._leave(channel, lane, ticket, mine=mine)

    async def _leave(
        self, channel: str, lane: _Lane, ticket: tuple[str, int], *, mine: bool
    ) -> None:
        lane.waiting.remove(ticket)
        lane.busy = lane.busy and not mine
        if not lane.waiting:
            self._lanes.pop(channel, None)
            return
        # Cancelled or not, those behind have to be told.
        async with lane.turn:
            lane.turn.notify_all()

    def __len__(self) -> int:
        return len(self._lanes)
