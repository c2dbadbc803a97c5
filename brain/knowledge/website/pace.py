"""Owns how fast a site is asked: one request at a time, with a pause between them. It fetches
nothing by itself."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from brain.contract import Clock, Fetch, Fetched
from brain.knowledge.website.site import site_of

LONGEST_PAUSE = 10.0


@dataclass
class _Turn:
    pause: float
    alone: asyncio.Lock = field(default_factory=asyncio.Lock)
    free_at: float | None = None


class Paced:
    """Implements Fetch over another one."""

    def __init__(self, fetch: Fetch, clock: Clock, pause: float) -> None:
        self._fetch = fetch
        self._clock = clock
        self._pause = pause
        self._turns: dict[str, _Turn] = {}

    def slow_down(self, url: str, seconds: float) -> None:
        """The site asks for so much time between requests; it gets at most ``LONGEST_PAUSE``."""
        self._turn(url).pause = max(self._pause, min(seconds, LONGEST_PAUSE))

    async def get(self, url: str, *, limit: int, accept: tuple[str, ...] = ()) -> Fetched:
        turn = self._turn(url)
        async with turn.alone:
            if turn.free_at is not None:
                wait = turn.free_at + turn.pause - self._clock.monotonic()
                await self._clock.sleep(max(0.0, wait))
            try:
                return await self._fetch.get(url, limit=limit, accept=accept)
            finally:
                turn.free_at = self._clock.monotonic()

    def _turn(self, url: str) -> _Turn:
        return self._turns.setdefault(site_of(url), _Turn(self._pause))
