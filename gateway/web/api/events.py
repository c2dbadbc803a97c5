"""Server-sent events for the desk: that something changed, never what. Who listens reads again.

A stream ends within seconds of its sign-in: the end wakes it on this node, a short poll finds it
from another.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Collection, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from json import dumps
from typing import Literal, TypeAlias

from aiohttp import web
from sqlalchemy import func, select

from gateway.conversations.messages import LISTS, topic
from gateway.conversations.opening import by_id
from gateway.desk import viewing
from gateway.desk.viewing import VIEWERS
from gateway.errors import StoreUnavailable
from gateway.knowledge.library import LIBRARY
from gateway.people.records import TooManyTries
from gateway.people.staff import SIGN_INS
from gateway.settings.rows import SETTINGS
from gateway.store.schema.conversation import conversations
from gateway.store.schema.library import library_versions, sources
from gateway.store.schema.pipeline import deliveries
from gateway.store.signals import Listener
from gateway.store.unit import Reading
from gateway.web.parts import Parts
from gateway.web.problems import not_found
from gateway.web.routes import Call, Query, Route, Word

POLL_SECONDS = 1.0
COMMENT_SECONDS = 15.0
WRITE_SECONDS = 20.0
# A stream ends now and then by itself; the page opens another.
STREAM_SECONDS = 3600.0
STREAMS_PER_PERSON = 12
# Many commits at once are one event.
GATHER_SECONDS = 0.15
HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
}
Marks: TypeAlias = Mapping[str, object]


class EventsQuery(Query):
    """What is heard of beside the list of conversations."""

    conversation: Word | None = None
    topic: Literal["knowledge", "settings"] | None = None


class Events:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._open: dict[str, deque[asyncio.Event]] = {}

    def routes(self) -> Sequence[Route]:
        return [
            Route(
                "GET",
                "/api/v1/events",
                "read_conversations",
                self.stream,
                "What changed, as server-sent events",
                query=EventsQuery,
                answers={
                    200: "A stream of the events conversations, conversation, viewers, knowledge"
                    " and settings."
                },
            )
        ]

    async def stream(self, call: Call) -> web.StreamResponse:
        asked = call.query_as(EventsQuery)
        await self._require(asked.conversation)
        response = web.StreamResponse(headers=HEADERS)
        with self._counted(call.actor.id) as stop:
            await response.prepare(call.request)
            try:
                await _Stream(self._parts, call, response, asked, stop).run()
            except (TimeoutError, ConnectionError):
                response.force_close()
        return response

    async def _require(self, conversation: str | None) -> None:
        if conversation is None:
            return
        found = await self._parts.store.read(
            lambda reading: by_id(reading, conversation), tenant=self._parts.tenant
        )
        if found is None:
            raise not_found()

    @contextmanager
    def _counted(self, person: str) -> Generator[asyncio.Event]:
        """An event that is set when this stream has to make way for a person's newer ones."""
        stop = asyncio.Event()
        streams = self._open.setdefault(person, deque())
        streams.append(stop)
        if len(streams) > STREAMS_PER_PERSON:
            streams.popleft().set()
        self._parts.metrics.streams(1)
        try:
            yield stop
        finally:
            self._parts.metrics.streams(-1)
            if stop in streams:
                streams.remove(stop)
            if not streams and self._open.get(person) is streams:
                del self._open[person]


@dataclass(slots=True)
class _Stream:
    """One open stream."""

    parts: Parts
    call: Call
    response: web.StreamResponse
    asked: EventsQuery
    stop: asyncio.Event

    async def run(self) -> None:
        signals, clock = self.parts.store.signals, self.parts.clock
        mine = topic(self.asked.conversation) if self.asked.conversation is not None else ""
        # What the page is about beside conversations.
        library = {"knowledge": LIBRARY, "settings": SETTINGS}.get(self.asked.topic or "", "")
        with (
            signals.listen(LISTS, SIGN_INS, VIEWERS, mine, library) as any_change,
            signals.listen(VIEWERS) as viewers_change,
            signals.listen(LISTS) as list_change,
            signals.listen(mine) as own_change,
            signals.listen(library) as library_change,
        ):
            listened = {
                "list": list_change,
                "own": own_change,
                "library": library_change,
                "viewers": viewers_change,
            }
            marks = await self._marks()
            await self._tell(marks.keys() - {"viewers"})
            began = spoke = clock.monotonic()
            while clock.monotonic() - began < STREAM_SECONDS:
                woken = await any_change.wait(POLL_SECONDS)
                if self._has_to_end() or not await self._still_signed_in():
                    return
                following = await self._marks()
                changed = {
                    name for name, listener in listened.items() if await _was_set(listener)
                } | {name for name, mark in following.items() if mark != marks[name]}
                marks = following
                if changed:
                    await self._tell(changed)
                    spoke = clock.monotonic()
                elif clock.monotonic() - spoke >= COMMENT_SECONDS:
                    await self._write(b": still here\n\n")
                    spoke = clock.monotonic()
                if woken:
                    await clock.sleep(GATHER_SECONDS)

    def _has_to_end(self) -> bool:
        transport = self.call.request.transport
        gone = transport is None or transport.is_closing()
        return gone or self.stop.is_set() or self.parts.closing.is_set()

    async def _still_signed_in(self) -> bool:
        if self.call.known is None:
            return False
        try:
            return await self.call.known.again() is not None
        except (StoreUnavailable, TooManyTries):
            # Whoever cannot be asked about is not shown anything either.
            return False

    async def _marks(self) -> Marks:
        """What another node's commits change, of which nothing wakes us here."""
        conversation, about = self.asked.conversation, self.asked.topic
        # Kept is not in force yet, and who looks then sees what was.
        leading = self.parts.leading
        in_force = 0 if leading is None else leading.desk.version
        return await self.parts.store.read(
            lambda reading: {
                "list": _list_mark(reading),
                "own": None if conversation is None else _own_mark(reading, conversation),
                "library": _library_mark(reading) if about == "knowledge" else None,
                "settings": in_force if about == "settings" else None,
                "viewers": None if about is not None else viewing.mark(reading),
            },
            tenant=self.parts.tenant,
        )

    async def _tell(self, changed: Collection[str]) -> None:
        if "list" in changed:
            await self._write(b"event: conversations\ndata: {}\n\n")
        if "viewers" in changed and self.asked.topic is None:
            await self._write(b"event: viewers\ndata: {}\n\n")
        if self.asked.topic is not None and {self.asked.topic, "library"} & set(changed):
            await self._write(f"event: {self.asked.topic}\ndata: {{}}\n\n".encode("ascii"))
        if "own" in changed and self.asked.conversation is not None:
            data = dumps({"id": self.asked.conversation})
            await self._write(f"event: conversation\ndata: {data}\n\n".encode("ascii"))

    async def _write(self, data: bytes) -> None:
        async with asyncio.timeout(WRITE_SECONDS):
            await self.response.write(data)


async def _was_set(listener: Listener) -> bool:
    """Whether it was notified since the last look, without waiting."""
    return await listener.wait(0)


def _list_mark(reading: Reading) -> object:
    return reading.scalar(
        select(func.max(conversations.c.updated_at)).where(
            conversations.c.tenant_id == reading.tenant
        )
    )


def _library_mark(reading: Reading) -> object:
    version = reading.scalar(
        select(library_versions.c.version).where(library_versions.c.tenant_id == reading.tenant)
    )
    states = reading.all(
        select(sources.c.id, sources.c.state, sources.c.done, sources.c.total, sources.c.synced_at)
        .where(sources.c.tenant_id == reading.tenant)
        .order_by(sources.c.id)
    )
    return version, tuple(tuple(row.values()) for row in states)


def _own_mark(reading: Reading, conversation: str) -> object:
    row = by_id(reading, conversation)
    states = reading.all(
        select(deliveries.c.state, func.count().label("many"))
        .where(deliveries.c.conversation_id == conversation)
        .group_by(deliveries.c.state)
        .order_by(deliveries.c.state)
    )
    head = None if row is None else (row["epoch"], row["last_seq"], row["updated_at"])
    return head, tuple((state["state"], state["many"]) for state in states)
