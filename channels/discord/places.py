"""Where things are said: channels and threads as the platform describes them, and the address of
the conversation that lives there. What it remembers is bounded and can be asked for again."""

from __future__ import annotations

import hashlib
import re
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from discord.http import Route
from pydantic import ValidationError

from channels.discord.payloads import PRIVATE_THREAD, THREADS, Room
from channels.discord.refusals import Refused
from channels.discord.rest import Rest
from channels.errors import ChannelDisconnected, SendError
from channels.events import Address

REMEMBERED = 10_000
_PERSON = "@"
# Long enough that no two people of a channel ever have the same: a thread that is found by another
# one's mark would show them what is not theirs.
_MARK_DIGITS = 12
_MARK = re.compile(rf" · [0-9a-f]{{{_MARK_DIGITS}}}$")
V = TypeVar("V")


class Recent(Generic[V]):
    """The last ``REMEMBERED`` things by their key."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, V] = OrderedDict()

    def get(self, key: str) -> V | None:
        return self._kept.get(key)

    def put(self, key: str, value: V) -> None:
        self._kept.pop(key, None)
        self._kept[key] = value
        if len(self._kept) > REMEMBERED:
            self._kept.popitem(last=False)

    def drop(self, key: str) -> None:
        self._kept.pop(key, None)


def of_person(channel: str, person: str) -> Address:
    """One person's conversation in a channel of many."""
    return Address(channel, f"{_PERSON}{person}")


def person_at(address: Address) -> str | None:
    """Whose conversation it is, where the address says so."""
    thread = address.thread or ""
    return thread.removeprefix(_PERSON) if thread.startswith(_PERSON) else None


def room_id(address: Address) -> str:
    """The channel or thread that a message to this address is posted in."""
    if address.thread is None or person_at(address) is not None:
        return address.chat
    return address.thread


def is_thread(room: Room) -> bool:
    return room.type in THREADS


def address_in(room: Room, person: str) -> Address:
    """Where somebody who writes in a server's room is answered."""
    if is_thread(room):
        return Address(room.parent_id or room.id, room.id)
    return of_person(room.id, person)


def is_private(room: Room) -> bool:
    return room.type == PRIVATE_THREAD


def thread_name(shown: str, channel: str, person: str) -> str:
    """A name by which the person's thread is found again: it ends with their mark."""
    words = " ".join(shown.split())[:80] or "Support"
    return f"{words}{_mark(channel, person)}"


def is_marked(room: Room) -> bool:
    return _MARK.search(room.name or "") is not None


def is_marked_for(room: Room, channel: str, person: str) -> bool:
    return (room.name or "").endswith(_mark(channel, person))


def _mark(channel: str, person: str) -> str:
    return f" · {hashlib.sha256(f'{channel}:{person}'.encode()).hexdigest()[:_MARK_DIGITS]}"


@dataclass(slots=True)
class Places:
    """The rooms that were seen of late."""

    rest: Rest
    _rooms: Recent[Room] = field(default_factory=Recent[Room])

    def learn(self, rooms: Iterable[Room]) -> None:
        for room in rooms:
            self._rooms.put(room.id, room)

    def known(self, channel: str) -> Room | None:
        return self._rooms.get(channel)

    def forget(self, room: str) -> None:
        self._rooms.drop(room)

    async def room(self, channel: str, guild: str | None) -> Room:
        """
        Raises:
            ChannelDisconnected: the platform does not say. ChannelMisconfigured.
        """
        known = self._rooms.get(channel)
        if known is None:
            known = await self._ask(channel, guild)
            self._rooms.put(channel, known)
        return known

    async def _ask(self, channel: str, guild: str | None) -> Room:
        route = Route("GET", "/channels/{channel_id}", channel_id=channel)
        try:
            return Room.model_validate(await self.rest.ask(route))
        except (Refused, ValidationError):
            return Room(id=channel, guild_id=guild)
        except SendError as error:
            raise ChannelDisconnected(str(error)) from error
