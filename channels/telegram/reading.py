"""Turns each update into events; pure. What nobody can read becomes Unreadable, never an error."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import ValidationError

from channels.events import Chosen, Deleted, Event, Ignored, Json, Reacted, Sender, Unreadable
from channels.telegram.buttons import carried
from channels.telegram.messages import MessageReader, author, group_context
from channels.telegram.places import Place
from channels.telegram.updates import CallbackQuery, Reaction, TakenBack, Update


@dataclass(frozen=True, slots=True)
class Press:
    """A pressed button, whose presser waits for a word: it was ``taken``, is ``foreign`` (meant
    for somebody else) or ``unknown``. ``place`` and ``message`` say what offered it."""

    query: str
    verdict: Literal["taken", "foreign", "unknown"]
    language: str | None
    place: Place | None = None
    message: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """All that an update says, in order."""

    events: tuple[Event, ...]
    press: Press | None = None


@dataclass(frozen=True, slots=True)
class Reader:
    messages: MessageReader

    def read(self, raw: Mapping[str, Any]) -> Reading:
        try:
            update = Update.model_validate(raw)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False, include_context=False)[0]
            where = ".".join(str(part)[:40] for part in first["loc"])
            return Reading((unreadable(raw, f"{where}: {first['msg']}"),))
        return self._reading(update)

    def _reading(self, update: Update) -> Reading:
        key = f"u{update.update_id}"
        if update.callback_query is not None:
            return _pressed(update.callback_query)
        if update.message_reaction is not None:
            return Reading(tuple(_reacted(key, update.message_reaction, self.messages.me.id)))
        if update.deleted_business_messages is not None:
            return Reading(tuple(_taken_back(key, update.deleted_business_messages)))
        said = update.message or update.business_message
        if said is not None:
            return Reading(tuple(self.messages.said(said)))
        changed = update.edited_message or update.edited_business_message
        if changed is not None:
            return Reading((self.messages.changed(key, changed),))
        return Reading((Ignored(key, _noted(update)),))


def unreadable(raw: Mapping[str, Any], reason: str) -> Unreadable:
    """``raw`` as JSON again, to be kept for a person."""
    whole = json.dumps(raw, default=str).encode()
    id: object = raw.get("update_id")
    known = isinstance(id, int) and not isinstance(id, bool)
    return Unreadable(f"u{id}" if known else _digest(whole), reason, whole)


def unreadable_body(body: bytes, reason: str) -> Unreadable:
    return Unreadable(_digest(body), reason, body)


def _digest(raw: bytes) -> str:
    return f"sha256:{hashlib.sha256(raw).hexdigest()}"


def _noted(update: Update) -> str:
    if update.my_chat_member is not None:
        status = update.my_chat_member.new_chat_member.status
        return f"in chat {update.my_chat_member.chat.id} the bot is {status} now"
    if update.business_connection is not None:
        able = "on" if update.business_connection.is_enabled else "off"
        return f"a business account's connection is {able} now"
    return "a sort of update that is not read"


def _pressed(query: CallbackQuery) -> Reading:
    key, person = f"press:{query.id}", query.from_
    offering, carries = query.message, carried(query.data or "")
    if offering is None or carries is None:
        press = Press(query.id, "unknown", person.language_code)
        return Reading((Ignored(key, "the button is none of ours"),), press)
    topic = offering.message_thread_id if offering.is_topic_message else None
    place = Place(offering.chat.id, topic, offering.business_connection_id)
    if carries.person not in {None, person.id}:
        press = Press(query.id, "foreign", person.language_code)
        return Reading((Ignored(key, "the button was meant for somebody else"),), press)
    context: Json = {}
    if place.public:
        context = group_context(person, place, offering.message_id)
    chosen = Chosen(
        external_id=key,
        address=place.address,
        message=place.name(offering.message_id),
        choice=carries.choice,
        sender=author(person),
        reply_context=context,
    )
    press = Press(query.id, "taken", person.language_code, place, offering.message_id)
    return Reading((chosen,), press)


def _reacted(key: str, reaction: Reaction, me: int) -> Iterator[Event]:
    person = reaction.user
    if person is None or person.is_bot or person.id == me:
        yield Ignored(key, "a bot, or nobody by name, reacted")
        return
    place = Place(reaction.chat.id)
    changes = [
        *((sign, False) for sign in reaction.new_reaction if sign not in reaction.old_reaction),
        *((sign, True) for sign in reaction.old_reaction if sign not in reaction.new_reaction),
    ]
    for number, (sign, removed) in enumerate(changes):
        yield Reacted(
            external_id=f"{key}:{number}",
            address=place.address,
            message=place.name(reaction.message_id),
            emoji=sign.shown,
            sender=author(person),
            removed=removed,
        )
    if not changes:
        yield Ignored(key, "a reaction that changes nothing")


def _taken_back(key: str, gone: TakenBack) -> Iterator[Event]:
    place = Place(gone.chat.id, business=gone.business_connection_id)
    for message in gone.message_ids:
        yield Deleted(
            external_id=f"{key}:{message}",
            address=place.address,
            message=place.name(message),
            sender=Sender((str(gone.chat.id),)),
        )
    if not gone.message_ids:
        yield Ignored(key, "nothing was taken back")
