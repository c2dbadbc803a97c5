"""Sends a visitor's timeline as server-sent events, resuming after any seq. It holds no message:
what is missed here is read again from the timeline."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from aiohttp import web

from channels.contract import Clock, Timeline, TimelineState
from channels.events import Address
from channels.webchat.pieces import Html, event, item_json, owner_json

COMMENT_SECONDS = 15
# A stream ends now and then, so that its token is looked at again; the widget reads on.
STREAM_SECONDS = 3600
WRITE_SECONDS = 30
STREAMS_PER_SESSION = 6
HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
    "X-Content-Type-Options": "nosniff",
}


class Streams:
    """The open streams of each session: beyond the limit the oldest one ends, as its tab has
    most likely gone."""

    def __init__(self, limit: int = STREAMS_PER_SESSION) -> None:
        self._limit = limit
        self._open: OrderedDict[str, deque[asyncio.Event]] = OrderedDict()

    @contextmanager
    def enter(self, session: str) -> Generator[asyncio.Event]:
        """An event that is set when this stream has to make way."""
        stop = asyncio.Event()
        streams = self._open.setdefault(session, deque())
        streams.append(stop)
        if len(streams) > self._limit:
            streams.popleft().set()
        try:
            yield stop
        finally:
            self._leave(session, stop)

    def _leave(self, session: str, stop: asyncio.Event) -> None:
        streams = self._open.get(session, deque())
        if stop in streams:
            streams.remove(stop)
        if not streams:
            self._open.pop(session, None)

    def __len__(self) -> int:
        return sum(len(streams) for streams in self._open.values())


@dataclass(frozen=True, slots=True)
class Stream:
    """One visitor's open stream. It ends when one of ``ends`` is set or an hour has passed."""

    timeline: Timeline
    address: Address
    response: web.StreamResponse
    clock: Clock
    as_html: Html

    async def run(self, after: int, ends: tuple[asyncio.Event, ...]) -> None:
        opened = self.clock.monotonic()
        # The state first: what becomes visible after it makes ``wait`` return at once.
        state = await self.timeline.state(self.address)
        await self._changes(None, state)
        ending = [asyncio.create_task(end.wait()) for end in ends]
        try:
            while self.clock.monotonic() - opened < STREAM_SECONDS:
                after = await self._items(after)
                following = await self._next(state, ending)
                if following is None:
                    return
                await self._changes(state, following)
                state = following
        finally:
            for task in ending:
                task.cancel()

    async def _items(self, after: int) -> int:
        while items := await self.timeline.after(self.address, after):
            for item in items:
                data = item_json(item, self.as_html)
                await self._write(event("message", data, item.seq))
                after = item.seq
        return after

    async def _next(
        self, state: TimelineState, ending: Sequence[asyncio.Task[bool]]
    ) -> TimelineState | None:
        """The state after a change or after a quiet while; None when the stream has to end."""
        waiting = asyncio.create_task(self.timeline.wait(self.address, state, COMMENT_SECONDS))
        try:
            await asyncio.wait({waiting, *ending}, return_when=asyncio.FIRST_COMPLETED)
            if any(task.done() for task in ending):
                return None
            return await waiting
        finally:
            waiting.cancel()

    async def _changes(self, known: TimelineState | None, state: TimelineState) -> None:
        if known is None or owner_json(known) != owner_json(state):
            await self._write(event("owner", owner_json(state)))
        if state.typing != (known is not None and known.typing):
            await self._write(event("typing", {"on": state.typing}))
        if known == state:
            await self._write(b": still here\n\n")

    async def _write(self, data: bytes) -> None:
        """A browser that reads no more for long loses its connection and resumes."""
        async with asyncio.timeout(WRITE_SECONDS):
            await self.response.write(data)
