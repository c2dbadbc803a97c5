"""Addresses and message ids of the gateway, and what Telegram calls them; pure.

A chat's id with a topic's is an address. A business chat has its connection in place of the topic:
its customer may write to the bot as well, under the same chat id and the same message ids.
"""

from __future__ import annotations

from dataclasses import dataclass

from channels.errors import RejectedSendError
from channels.events import Address

_BUSINESS = "business:"


@dataclass(frozen=True, slots=True)
class Place:
    """A chat, maybe a topic in it, or a business account's chat with a customer."""

    chat: int
    topic: int | None = None
    business: str | None = None

    @classmethod
    def of(cls, address: Address) -> Place:
        """
        Raises:
            RejectedSendError: it is no address of this kind of channel.
        """
        thread = address.thread
        try:
            if thread is not None and thread.startswith(_BUSINESS):
                return cls(int(address.chat), business=thread.removeprefix(_BUSINESS))
            return cls(int(address.chat), topic=None if thread is None else int(thread))
        except ValueError:
            raise RejectedSendError(f"{address.key[:60]!r} is no chat of Telegram") from None

    @property
    def address(self) -> Address:
        chat = str(self.chat)
        if self.business is not None:
            return Address(chat, f"{_BUSINESS}{self.business}")
        return Address(chat, None if self.topic is None else str(self.topic))

    @property
    def public(self) -> bool:
        """Groups and their kin have negative ids; a person's chat has the person's id."""
        return self.chat < 0

    def name(self, message: int) -> str:
        """The id of a message of this place, unlike any of another place."""
        name = f"{self.chat}:{message}"
        return name if self.business is None else f"{name}:{self.business}"

    @property
    def fields(self) -> dict[str, object]:
        """The place as every sending method takes it."""
        return {
            "chat_id": self.chat,
            "message_thread_id": self.topic,
            "business_connection_id": self.business,
        }


def named(name: str) -> tuple[Place, int]:
    """The place and the number of a message of this id; of a topic only its chat is known.

    Raises:
        RejectedSendError: it is no message id of this kind of channel.
    """
    chat, _, rest = name.partition(":")
    message, _, business = rest.partition(":")
    try:
        return Place(int(chat), business=business or None), int(message)
    except ValueError:
        raise RejectedSendError(f"{name[:60]!r} is no message of Telegram") from None


def number_of(name: str, chat: int) -> int | None:
    """A message's number in a chat; None for what is no message id of this chat."""
    try:
        place, number = named(name)
    except RejectedSendError:
        return None
    return number if place.chat == chat else None
