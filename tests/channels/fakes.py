"""Fakes of what the gateway hands to a channel: intake, timeline, uploads and clock, in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from channels.contract import (
    Author,
    Choice,
    Link,
    TimelineFile,
    TimelineItem,
    TimelineState,
    UploadRefused,
)
from channels.errors import IntakeClosed
from channels.events import Accepted, Address, Chosen, Cursor, Event

NOW = 1_800_000_000.0
# Where it was put, its name, its type and its bytes.
Upload: TypeAlias = tuple[Address, str, str, bytes]
START = TimelineState(owner="assistant", name=None, typing=False, seq=0)


@dataclass
class FakeClock:
    """A clock that stands where the test puts it."""

    at: float = NOW

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += seconds


@dataclass
class MemoryIntake:
    """Keeps what it accepts; ``closed`` makes it refuse as a draining gateway does. ``uploads``
    are the files that were stored before their message. A press on one of ``not_offered`` is of no
    effect."""

    events: list[Event] = field(default_factory=list[Event])
    cursors: dict[str, str] = field(default_factory=dict[str, str])
    closed: bool = False
    unknown_uploads: frozenset[str] = frozenset()
    not_offered: frozenset[str] = frozenset()
    uploads: dict[str, Upload] = field(default_factory=dict[str, Upload])

    async def accept(self, event: Event, cursor: Cursor | None = None) -> Accepted:
        if self.closed:
            raise IntakeClosed
        await asyncio.sleep(0)
        for attachment in getattr(event, "attachments", ()):
            if attachment.upload in self.unknown_uploads:
                raise UploadRefused("there is no such upload in this conversation")
        new = event.external_id not in {known.external_id for known in self.events}
        self.events.append(event)
        if cursor is not None:
            self.cursors[cursor.key] = cursor.value
        taken = isinstance(event, Chosen) and event.message not in self.not_offered
        return Accepted(new=new, message="m-1" if taken else None)

    async def cursor(self, key: str) -> str | None:
        return self.cursors.get(key)


class MemoryTimeline:
    """Visible items of each address; ``tick`` lets every wait run out of time at once."""

    def __init__(self) -> None:
        self._items: dict[str, list[TimelineItem]] = {}
        self._states: dict[str, TimelineState] = {}
        self._changed = asyncio.Condition()
        self._ticks = 0
        self.waits = 0

    async def after(self, address: Address, seq: int) -> Sequence[TimelineItem]:
        return [item for item in self._items.get(address.key, []) if item.seq > seq][:200]

    async def state(self, address: Address) -> TimelineState:
        return self._states.get(address.key, START)

    async def wait(self, address: Address, known: TimelineState, timeout: float) -> TimelineState:
        ticks = self._ticks
        self.waits += 1
        async with self._changed:
            self._changed.notify_all()
            await self._changed.wait_for(
                lambda: self._states.get(address.key, START) != known or self._ticks != ticks
            )
        return await self.state(address)

    async def quiet(self, waits: int) -> None:
        """Until streams have come to rest so many times."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.waits >= waits)

    async def tick(self) -> None:
        async with self._changed:
            self._ticks += 1
            self._changed.notify_all()

    async def become(self, address: Address, state: TimelineState) -> None:
        async with self._changed:
            self._states[address.key] = state
            self._changed.notify_all()

    async def say(self, address: Address, text: str, author: Author = "assistant") -> TimelineItem:
        return await self.show(address, item(text, author))

    async def show(self, address: Address, shown: TimelineItem) -> TimelineItem:
        items = self._items.setdefault(address.key, [])
        placed = replace(shown, seq=len(items) + 1)
        items.append(placed)
        state = await self.state(address)
        await self.become(address, replace(state, seq=placed.seq))
        return placed


def item(  # noqa: PLR0913 - as many parts as a message may show
    text: str,
    author: Author = "assistant",
    *,
    name: str | None = None,
    citations: tuple[Link, ...] = (),
    choices: tuple[Choice, ...] = (),
    files: tuple[TimelineFile, ...] = (),
    message: str = "m-1",
) -> TimelineItem:
    return TimelineItem(0, message, author, name, text, citations, choices, files, NOW)


@dataclass
class MemoryUploads:
    """Keeps uploads; refuses names that end in .exe."""

    stored: dict[str, Upload] = field(default_factory=dict[str, Upload])

    async def store(
        self, address: Address, name: str, content_type: str, chunks: AsyncIterator[bytes]
    ) -> str:
        if name.endswith(".exe"):
            raise UploadRefused("programs are not accepted; pictures and documents are")
        content = b"".join([chunk async for chunk in chunks])
        upload = f"up-{len(self.stored) + 1}"
        self.stored[upload] = (address, name, content_type, content)
        return upload
