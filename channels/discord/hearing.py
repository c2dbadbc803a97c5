"""Decides whether a message is meant for us, and which conversation it belongs to. It keeps no
words of what is not."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from discord.http import Route
from pydantic import ValidationError

from channels.discord.payloads import DEFAULT, REPLY, Account, Member, Message, Room
from channels.discord.places import (
    Places,
    address_in,
    is_marked,
    is_marked_for,
    is_private,
    is_thread,
)
from channels.discord.refusals import Refused
from channels.discord.rest import Rest
from channels.discord.threads import Threads
from channels.errors import ChannelDisconnected, SendError
from channels.events import Address, SenderKind

NOT_ADDRESSED = "not addressed"


@dataclass(frozen=True, slots=True)
class Heard:
    """Where a message belongs; ``public`` says that others read along."""

    address: Address
    public: bool
    kind: SenderKind = "customer"


@dataclass(frozen=True, slots=True)
class Hearing:
    """``support`` are the channels where everything is for us, ``operators`` the roles that answer
    as the business, ``me`` our own account's id."""

    rest: Rest
    places: Places
    threads: Threads
    me: str
    support: Collection[str]
    operators: Collection[str]

    def reason_to_pass(self, message: Message) -> str | None:
        """Why nobody has to look at it; a loop of programs begins with an answer to one."""
        author = message.author
        if author.id == self.me:
            return "we wrote it"
        if author.bot or author.system or message.webhook_id is not None:
            return "a program wrote it"
        if message.type not in {DEFAULT, REPLY}:
            return "a notice of the platform"
        if not message.text and not message.files:
            return "nothing that can be read"
        return None

    async def of(self, message: Message, *, opening: bool = True) -> Heard | None:
        """Where it belongs, None if it is not for us. ``opening`` lets a customer's thread be
        opened.

        Raises:
            ChannelDisconnected, ChannelMisconfigured.
        """
        if message.guild_id is None:
            return Heard(Address(message.channel_id), public=False)
        room = await self.places.room(message.channel_id, message.guild_id)
        if is_thread(room):
            return await self._in_thread(message, room)
        if room.id in self.support:
            return await self._in_support(message, room, opening=opening)
        if not self._addressed(message):
            return None
        return Heard(address_in(room, message.author.id), public=True)

    async def room_of(self, room: Room, person: Account, message: str | None) -> Address:
        """Where somebody is answered who used a command in a room of a server."""
        if is_thread(room) or room.id not in self.support:
            return address_in(room, person.id)
        thread = await self._thread(room, person, message)
        return address_in(room, person.id) if thread is None else Address(room.id, thread)

    async def _in_support(self, message: Message, room: Room, *, opening: bool) -> Heard | None:
        author = message.author
        if await self._is_operator(message):
            return None
        thread = self.threads.known(room.id, author.id)
        if opening:
            thread = await self._thread(room, author, message.id)
        if thread is None:
            return Heard(address_in(room, author.id), public=True)
        where = await self.places.room(thread, room.guild_id)
        return Heard(Address(room.id, thread), public=not is_private(where))

    async def _in_thread(self, message: Message, room: Room) -> Heard | None:
        address = address_in(room, message.author.id)
        if room.owner_id != self.me:
            own = room.parent_id in self.support and room.owner_id == message.author.id
            heard = own or self._addressed(message)
            return Heard(address, public=not is_private(room)) if heard else None
        if await self._is_operator(message):
            return Heard(address, public=False, kind="operator")
        theirs = is_marked_for(room, room.parent_id or "", message.author.id)
        if is_marked(room) and not theirs and not self._addressed(message):
            return None
        return Heard(address, public=not is_private(room))

    async def _thread(self, room: Room, person: Account, message: str | None) -> str | None:
        try:
            return await self.threads.of(room, person, message)
        except SendError as error:
            raise ChannelDisconnected(f"no thread was opened: {error}") from error

    async def _is_operator(self, message: Message) -> bool:
        if not self.operators:
            return False
        member = message.member or await self._member(message)
        return not set(self.operators).isdisjoint(member.roles)

    async def _member(self, message: Message) -> Member:
        """Messages of the history come without the author's roles."""
        path = "/guilds/{guild_id}/members/{user_id}"
        route = Route("GET", path, guild_id=message.guild_id, user_id=message.author.id)
        try:
            return Member.model_validate(await self.rest.ask(route))
        except (Refused, ValidationError):
            return Member()
        except SendError as error:
            raise ChannelDisconnected(str(error)) from error

    def _addressed(self, message: Message) -> bool:
        answered = message.referenced_message
        to_us = answered is not None and answered.author.id == self.me
        return to_us or any(account.id == self.me for account in message.mentions)
