"""Reads what was said while nobody listened: the history of each channel after its cursor, oldest
first, beside what comes live. What it still owes outlives a closed intake, in memory only: a new
session asks anew."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast
from weakref import WeakValueDictionary

from discord.http import Route

from channels.contract import Clock
from channels.discord.inlet import Inlet, direct_room
from channels.discord.payloads import Guild, Room, snowflake_at
from channels.discord.refusals import Refused
from channels.discord.rest import Rest
from channels.errors import ChannelDisconnected, IntakeClosed, RetryableSendError, SendError
from channels.events import Cursor, Ignored

PAGE = 100
# Who was not answered for a week asks anew, or elsewhere.
OLDEST_SECONDS = 7 * 24 * 3600.0
PAGES = 50
DIRECTS_ASKED = 1_000
# A longer one is better waited for by the supervisor, signed out.
LONGEST_PAUSE = 30.0
BEGAN_KEY = "began"


@dataclass(slots=True)
class Catchup:
    """``owed`` are rooms that may hold something new, with the time (a snowflake) before which
    nothing of theirs is ours to read. What comes live waits for its own room's history alone."""

    rest: Rest
    clock: Clock
    owed: dict[str, tuple[Room, int]] = field(default_factory=dict[str, tuple[Room, int]])
    _began: str | None = None
    # Where the intake took nothing in the last time.
    _refused: str | None = None
    _due: asyncio.Event = field(default_factory=asyncio.Event)
    _reading: WeakValueDictionary[str, asyncio.Lock] = field(
        default_factory=WeakValueDictionary[str, asyncio.Lock]
    )

    def begin(self, session: str) -> None:
        """A new session began, and the platform will not repeat what came before it."""
        self._began = session

    def forget(self) -> None:
        """What was owed; a new session asks for all of it again."""
        self.owed.clear()
        self._began = self._refused = None

    async def prepare(self, inlet: Inlet) -> None:
        """Know what a session owes that began, and take first what a closed intake did not.

        Raises:
            ChannelDisconnected, ChannelMisconfigured, IntakeClosed: what is left stays owed.
        """
        if self._began is not None:
            await self._begin(inlet, self._began)
            self._began = None
        if self._refused is not None:
            await self.settle(inlet, self._refused)

    async def _begin(self, inlet: Inlet, session: str) -> None:
        if await inlet.intake.cursor(BEGAN_KEY) is None:
            event = Ignored(f"began:{session}", "the channel was connected for the first time")
            now = str(snowflake_at(self.clock.now()))
            await inlet.intake.accept(event, Cursor(BEGAN_KEY, now))
        for channel in await inlet.directs():
            self.owed[channel] = direct_room(channel), 0
        self._due.set()

    def owe(self, guild: Guild) -> None:
        """A server's rooms that can be read are here, or here again."""
        joined = _joined(guild)
        for room in (*guild.channels, *guild.threads):
            if room.last_message_id is not None:
                self.owed[room.id] = room.model_copy(update={"guild_id": guild.id}), joined
        self._due.set()

    async def run(self, inlet: Inlet) -> None:
        """Until cancelled: one room after the other, beside what comes live.

        Raises:
            ChannelDisconnected, ChannelMisconfigured, IntakeClosed: what is left stays owed.
        """
        while True:
            while self.owed:
                for room in await self._in_turn(inlet):
                    await self.settle(inlet, room)
            self._due.clear()
            await self._due.wait()

    async def _in_turn(self, inlet: Inlet) -> list[str]:
        """Those that spoke last come first; of too many direct channels the rest is let go."""
        directs = [id for id, (room, _) in self.owed.items() if room.guild_id is None]
        known = sorted([(await inlet.cursor(id), id) for id in directs], reverse=True)
        for _, id in known[DIRECTS_ASKED:]:
            self.owed.pop(id, None)
        asked = {id: None for _, id in known[:DIRECTS_ASKED]}
        return [*asked, *(id for id in self.owed if id not in asked)]

    async def settle(self, inlet: Inlet, id: str) -> None:
        """Read what a room owes, if it does. Who comes second waits for who reads it already.

        Raises:
            ChannelDisconnected, ChannelMisconfigured, IntakeClosed: it stays owed.
        """
        if id not in self.owed:
            return
        lock = self._reading.setdefault(id, asyncio.Lock())
        async with lock:
            owed = self.owed.get(id)
            if owed is None:
                return
            await self._settle(inlet, *owed)
            # Meanwhile it may have come to owe more.
            if self.owed.get(id) is owed:
                del self.owed[id]

    async def _settle(self, inlet: Inlet, room: Room, since: int) -> None:
        try:
            after = await self._after(inlet, room, since)
            if room.last_message_id is None or int(room.last_message_id) > after:
                await self._read(inlet, room, after)
        except IntakeClosed:
            self._refused = room.id
            raise
        if self._refused == room.id:
            self._refused = None

    async def _after(self, inlet: Inlet, room: Room, since: int) -> int:
        """A room without a cursor had nothing since the channel was first connected: every message
        moves one, also those that are not for us."""
        began = int(await inlet.intake.cursor(BEGAN_KEY) or 0)
        oldest = snowflake_at(self.clock.now() - OLDEST_SECONDS)
        return max(await inlet.cursor(room.id) or began, since, oldest)

    async def _read(self, inlet: Inlet, room: Room, after: int) -> None:
        for _ in range(PAGES):
            page = await self._page(room, after)
            for raw in page:
                raw.setdefault("guild_id", room.guild_id)
                await inlet.message(raw, f"history:{raw.get('id')}")
            if len(page) < PAGE:
                return
            after = _number(page[-1])
        event = Ignored(f"passed over:{room.id}:{after}", "more was said than is read afterwards")
        await inlet.accept(event)

    async def _page(self, room: Room, after: int) -> list[dict[str, Any]]:
        """At most a page after ``after``, oldest first; empty where the bot may not read."""
        params = {"limit": str(PAGE), "after": str(after)}
        try:
            answer = await self._patiently(room.id, params)
        except Refused:
            return []
        except SendError as error:
            raise ChannelDisconnected(f"the history cannot be read now: {error}") from error
        return sorted(cast("list[dict[str, Any]]", answer), key=_number)

    async def _patiently(self, room: str, params: dict[str, str]) -> Any:  # noqa: ANN401  # JSON both ways
        """The answer, after one pause if the platform asks for it: many rooms are many questions.

        Raises:
            SendError, ChannelMisconfigured.
        """
        path = "/channels/{channel_id}/messages"
        try:
            return await self.rest.ask(Route("GET", path, channel_id=room), params=params)
        except RetryableSendError as error:
            if error.retry_after is None or error.retry_after > LONGEST_PAUSE:
                raise
            await self.clock.sleep(error.retry_after)
        return await self.rest.ask(Route("GET", path, channel_id=room), params=params)


def _number(raw: dict[str, Any]) -> int:
    given = str(raw.get("id", ""))
    return int(given) if given.isdecimal() else 0


def _joined(guild: Guild) -> int:
    """What was said before the bot came is none of its business."""
    try:
        return snowflake_at(datetime.fromisoformat(guild.joined_at or "").timestamp())
    except (ValueError, OverflowError):
        return 0
