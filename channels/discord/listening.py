"""What each dispatch of the gateway means to us, one after the other; of each room first what is
owed from before, then what comes. It never skips one that the intake did not take."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias, cast

from pydantic import ValidationError

from channels.contract import Intake
from channels.discord.catchup import Catchup
from channels.discord.checking import Checking
from channels.discord.connection import Connection
from channels.discord.hearing import Hearing
from channels.discord.inlet import Inlet
from channels.discord.interactions import Interactions
from channels.discord.payloads import Frame, Guild, ManyGone, Room
from channels.errors import SendError
from channels.events import Cursor, Ignored

Handler: TypeAlias = Callable[[Mapping[str, Any], str], Awaitable[None]]
COMMANDS_KEY, COMMANDS = "commands", "1"


@dataclass(slots=True)
class Listening:
    """One stretch of listening, from a call of ``receive`` to its end."""

    hearing: Hearing
    checking: Checking
    catchup: Catchup
    intake: Intake
    inlet: Inlet = field(init=False)
    _handlers: Mapping[str, Handler] = field(init=False)

    def __post_init__(self) -> None:
        self.inlet = inlet = Inlet(self.intake, self.hearing)
        self._handlers = {
            "READY": self._ready,
            "GUILD_CREATE": self._guild,
            "CHANNEL_CREATE": self._room,
            "CHANNEL_UPDATE": self._room,
            "THREAD_CREATE": self._room,
            "THREAD_UPDATE": self._room,
            "MESSAGE_CREATE": inlet.message,
            "MESSAGE_UPDATE": inlet.edited,
            "MESSAGE_DELETE": inlet.deleted,
            "MESSAGE_DELETE_BULK": self._many_deleted,
            "MESSAGE_REACTION_ADD": self._reacted,
            "MESSAGE_REACTION_REMOVE": self._unreacted,
            "INTERACTION_CREATE": Interactions(self.hearing, inlet).came,
        }

    async def run(self, connection: Connection) -> None:
        """
        Raises:
            ChannelDisconnected, ChannelMisconfigured, IntakeClosed.
        """
        if connection.session is not None:
            # While the intake stays closed, the platform is not even called.
            await self.catchup.prepare(self.inlet)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self.catchup.run(self.inlet))
                group.create_task(connection.run(self._take))
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from failed

    async def _take(self, frame: Frame, stamp: str) -> None:
        handler = self._handlers.get(frame.t)
        data: object = frame.d
        if handler is not None and isinstance(data, dict):
            raw = cast("Mapping[str, Any]", data)
            await self._in_order(raw.get("channel_id"))
            await handler(raw, stamp)

    async def _in_order(self, room: object) -> None:
        """What a room still owes comes before anything new of it, and what a support channel owes
        before anything new of a customer's thread."""
        if not isinstance(room, str):
            return
        known = self.hearing.places.known(room)
        if known is not None and known.parent_id is not None:
            await self.catchup.settle(self.inlet, known.parent_id)
        await self.catchup.settle(self.inlet, room)

    async def _ready(self, raw: Mapping[str, Any], stamp: str) -> None:
        self.catchup.begin(stamp)
        await self._register()
        await self.catchup.prepare(self.inlet)

    async def _guild(self, raw: Mapping[str, Any], stamp: str) -> None:
        try:
            guild = Guild.model_validate(raw)
        except ValidationError:
            return
        rooms = [
            room.model_copy(update={"guild_id": guild.id})
            for room in (*guild.channels, *guild.threads)
        ]
        self.hearing.places.learn(rooms)
        self.catchup.owe(guild)

    async def _room(self, raw: Mapping[str, Any], stamp: str) -> None:
        try:
            self.hearing.places.learn((Room.model_validate(raw),))
        except ValidationError:
            return

    async def _many_deleted(self, raw: Mapping[str, Any], stamp: str) -> None:
        try:
            gone = ManyGone.model_validate(raw).ids
        except ValidationError:
            return
        for each in gone:
            await self.inlet.deleted({**raw, "id": each}, stamp)

    async def _reacted(self, raw: Mapping[str, Any], stamp: str) -> None:
        await self.inlet.reacted(raw, stamp, removed=False)

    async def _unreacted(self, raw: Mapping[str, Any], stamp: str) -> None:
        await self.inlet.reacted(raw, stamp, removed=True)

    async def _register(self) -> None:
        """Once, not at every start; without it there are still the buttons."""
        if await self.intake.cursor(COMMANDS_KEY) == COMMANDS:
            return
        try:
            await self.checking.register()
        except SendError:
            return
        event = Ignored(f"commands:{COMMANDS}", "the commands were registered")
        await self.intake.accept(event, Cursor(COMMANDS_KEY, COMMANDS))
