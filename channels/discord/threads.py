"""Threads of ours: a private one for each customer of a support channel, found again by its name.
It never writes into one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from discord.http import Route
from pydantic import ValidationError

from channels.discord.payloads import PRIVATE_THREAD, Account, Room
from channels.discord.places import Places, Recent, is_marked_for, thread_name
from channels.discord.refusals import ARCHIVED, THREAD_EXISTS, Refused
from channels.discord.rest import Rest

# A week without a message archives it; the next message opens it again.
ARCHIVED_AFTER_MINUTES = 10_080


@dataclass(slots=True)
class Threads:
    """``me`` is our own account's id."""

    rest: Rest
    places: Places
    me: str
    _known: Recent[str] = field(default_factory=Recent[str])

    def known(self, channel: str, person: str) -> str | None:
        return self._known.get(f"{channel}:{person}")

    async def of(self, parent: Room, person: Account, message: str | None) -> str | None:
        """The id of this customer's thread in the channel, which is opened if there is none; None
        where the bot may open none. Without the permission for private ones it is a public one,
        which hangs on ``message``.

        Raises:
            SendError: the platform does not do it now. ChannelMisconfigured.
        """
        known = self.known(parent.id, person.id)
        if known is not None and await self._is_open(known, parent, person):
            return known
        try:
            thread = await self._again(parent, person) or await self._private(parent, person)
        except Refused:
            if message is None:
                return None
            name = thread_name(person.shown, parent.id, person.id)
            thread = await self.on_message(parent.id, message, name)
        if thread is None:
            return None
        self.places.learn((thread,))
        self._known.put(f"{parent.id}:{person.id}", thread.id)
        return thread.id

    async def on_message(self, channel: str, message: str, name: str) -> Room | None:
        """The thread that hangs on this message: it has the same id, so asking twice opens one.
        None where the bot may open none."""
        path = "/channels/{channel_id}/messages/{message_id}/threads"
        route = Route("POST", path, channel_id=channel, message_id=message)
        body = {"name": name[:100], "auto_archive_duration": ARCHIVED_AFTER_MINUTES}
        try:
            return Room.model_validate(await self.rest.ask(route, json=body))
        except Refused as refused:
            if refused.code != THREAD_EXISTS:
                return None
            return Room(id=message, type=11, parent_id=channel, owner_id=self.me, name=name)

    async def _private(self, parent: Room, person: Account) -> Room:
        route = Route("POST", "/channels/{channel_id}/threads", channel_id=parent.id)
        body = {
            "name": thread_name(person.shown, parent.id, person.id),
            "type": PRIVATE_THREAD,
            "invitable": False,
            "auto_archive_duration": ARCHIVED_AFTER_MINUTES,
        }
        thread = Room.model_validate(await self.rest.ask(route, json=body))
        await self._let_in(thread.id, person.id)
        return thread

    async def _again(self, parent: Room, person: Account) -> Room | None:
        """The one that they had before; None where there is none, or it was locked."""
        try:
            thread = await self._found(parent, person)
            if thread is not None:
                await self._let_in(thread.id, person.id)
        except Refused:
            return None
        return thread

    async def _is_open(self, thread: str, parent: Room, person: Account) -> bool:
        """It may be gone by now, or the customer may have left it."""
        try:
            await self._let_in(thread, person.id)
        except Refused:
            self._known.drop(f"{parent.id}:{person.id}")
            return False
        return True

    async def _let_in(self, thread: str, person: str) -> None:
        path = "/channels/{channel_id}/thread-members/{user_id}"
        try:
            await self.rest.ask(Route("PUT", path, channel_id=thread, user_id=person))
        except Refused as refused:
            if refused.code != ARCHIVED:
                raise
            # Nobody can be let into a thread that sleeps.
            route = Route("PATCH", "/channels/{channel_id}", channel_id=thread)
            await self.rest.ask(route, json={"archived": False})
            await self.rest.ask(Route("PUT", path, channel_id=thread, user_id=person))

    async def _found(self, parent: Room, person: Account) -> Room | None:
        """After a restart: among those that are active, then among the archived ones."""
        active = Route("GET", "/guilds/{guild_id}/threads/active", guild_id=parent.guild_id)
        path = "/channels/{channel_id}/users/@me/threads/archived/private"
        archived = Route("GET", path, channel_id=parent.id)
        for route, params in ((active, {}), (archived, {"limit": "100"})):
            answer = await self.rest.ask(route, params=params)
            for room in _rooms(answer.get("threads", ())):
                ours = room.owner_id == self.me and room.parent_id == parent.id
                if ours and is_marked_for(room, parent.id, person.id):
                    return room
        return None


def _rooms(threads: Iterable[Any]) -> Iterable[Room]:
    for thread in threads:
        try:
            yield Room.model_validate(thread)
        except ValidationError:
            continue
