"""Turns messages, and their changes, into events: who wrote, where, to whom, and what; pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from channels.events import (
    Commanded,
    Edited,
    Event,
    Ignored,
    InboundMessage,
    Json,
    Moved,
    Sender,
    SenderKind,
)
from channels.telegram.addressed import (
    Command,
    command,
    is_addressed,
    is_ours,
    is_support_chat,
    without_name,
)
from channels.telegram.contents import attachments, told
from channels.telegram.places import Place
from channels.telegram.updates import Me, Message, User
from channels.telegram.words import words

HUMAN, START = "human", "start"


@dataclass(frozen=True, slots=True)
class MessageReader:
    """``me`` is the bot's account; in ``support_chats`` everything is meant for it."""

    me: Me
    support_chats: frozenset[str] = frozenset()

    def said(self, message: Message) -> Iterator[Event]:
        place, person = place_of(message), message.from_
        key = place.name(message.message_id)
        if (moved := _moved(message)) is not None:
            yield moved
            return
        reason = self._nobodys(message) or self._to_others(message, place)
        if reason is not None or person is None:
            yield Ignored(key, reason or "nobody wrote it")
            return
        given = None if message.business_connection_id is not None else command(message)
        if given is not None and given.name in {HUMAN, START}:
            yield from self._commanded(message, given, person)
            return
        files = attachments(message)
        text = self._text(message)
        if not text and not files:
            yield Ignored(key, "it holds nothing that can be read")
            return
        yield self._inbound(message, person, text)

    def changed(self, key: str, message: Message) -> Event:
        place, person = place_of(message), message.from_
        reason = self._nobodys(message) or self._to_others(message, place)
        if reason is not None or person is None:
            return Ignored(key, reason or "nobody wrote it")
        return Edited(
            external_id=key,
            address=place.address,
            message=place.name(message.message_id),
            text=self._text(message),
            sender=_sender(message, person),
        )

    def _nobodys(self, message: Message) -> str | None:
        """Why nobody answers to this, whatever it says."""
        person = message.from_
        if person is None or message.sender_chat is not None:
            return "it was written in the name of a group or channel"
        if person.id == self.me.id:
            return "our own words"
        if person.is_bot or message.sender_business_bot is not None:
            return "a bot wrote it"
        return "it was made by another bot" if message.via_bot is not None else None

    def _to_others(self, message: Message, place: Place) -> str | None:
        if not message.chat.public or is_support_chat(place, self.support_chats):
            return None
        given = command(message)
        if given is not None and given.name == HUMAN and is_ours(given, self.me):
            return None
        return None if is_addressed(message, self.me) else "not addressed"

    def _commanded(self, message: Message, given: Command, person: User) -> Iterator[Event]:
        place = place_of(message)
        key = place.name(message.message_id)
        greets = given.name == START and not message.chat.public
        if given.text or not greets:
            name = f"{key}:{START}" if greets else key
            sender = _sender(message, person)
            public = message.chat.public
            yield Commanded(name, place.address, given.name, given.text, sender, public)
        if greets:
            # Start is the button that everybody has to press first: it says hello.
            yield self._inbound(message, person, words(person.language_code).hello)

    def _inbound(self, message: Message, person: User, text: str) -> InboundMessage:
        place, replied = place_of(message), message.reply_to_message
        public = message.chat.public
        answers = replied is not None and replied.forum_topic_created is None
        return InboundMessage(
            external_id=place.name(message.message_id),
            address=place.address,
            text=text,
            sender=_sender(message, person),
            order=f"{message.message_id:020d}",
            attachments=attachments(message),
            reply_to=place.name(replied.message_id) if replied is not None and answers else None,
            group=message.media_group_id,
            reply_context=group_context(person, place, message.message_id) if public else {},
            public=public,
            sent_at=float(message.date),
        )

    def _text(self, message: Message) -> str:
        return (without_name(message, self.me) if message.chat.public else "") or told(message)


def _moved(message: Message) -> Moved | None:
    """A group that became a supergroup says so in both, and it is one event."""
    here, to, was = message.chat.id, message.migrate_to_chat_id, message.migrate_from_chat_id
    if to is None and was is None:
        return None
    old, new = (here if was is None else was), (here if to is None else to)
    return Moved(f"moved:{old}:{new}", Place(old).address, Place(new).address)


def place_of(message: Message) -> Place:
    topic = message.message_thread_id if message.is_topic_message else None
    return Place(message.chat.id, topic, message.business_connection_id)


def group_context(person: User, place: Place, message: int) -> Json:
    """What an answer in a group needs: whom it is for, and what it answers, where."""
    language = person.language_code
    return {"user": person.id, "chat": place.chat, "message": message, "language": language}


def _sender(message: Message, person: User) -> Sender:
    """In a business account's chat with a customer, whoever is not the customer is its owner."""
    owner = message.business_connection_id is not None and person.id != message.chat.id
    return author(person, "operator" if owner else "customer")


def author(person: User, kind: SenderKind = "customer") -> Sender:
    return Sender((str(person.id),), person.name, kind, verified="telegram")
