"""Making an event's words fit the store; nothing that a database refuses may hold up a channel."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace

from channels.events import (
    Chosen,
    Deleted,
    DeliveryUpdate,
    Edited,
    Event,
    Ignored,
    InboundMessage,
    Sender,
    Unreadable,
)

ID_CHARACTERS = 500
NAME_CHARACTERS = 200
TEXT_CHARACTERS = 100_000
# PostgreSQL takes no NUL in text, and neither database half of a surrogate pair.
_REFUSED = re.compile("[\x00\ud800-\udfff]")


def cleaned(event: Event) -> Event:
    """The event as it can be stored; what cannot be is replaced visibly, never dropped."""
    if isinstance(event, InboundMessage):
        return replace(
            event,
            external_id=short_id(event.external_id),
            text=text_of(event.text),
            sender=_sender(event.sender),
            reply_to=None if event.reply_to is None else short_id(event.reply_to),
        )
    if isinstance(event, Edited):
        return replace(event, text=text_of(event.text), message=short_id(event.message))
    if isinstance(event, Deleted):
        return replace(event, message=short_id(event.message))
    if isinstance(event, Chosen):
        id, shown = short_id(event.external_id), short_id(event.message)
        return replace(event, external_id=id, message=shown, sender=_sender(event.sender))
    if isinstance(event, DeliveryUpdate):
        reason = None if event.reason is None else text_of(event.reason)
        return replace(event, message=short_id(event.message), reason=reason)
    if isinstance(event, Ignored | Unreadable):
        return replace(event, reason=text_of(event.reason))
    return event


def text_of(text: str) -> str:
    return _REFUSED.sub("\ufffd", text)[:TEXT_CHARACTERS]


def short_id(id: str) -> str:
    """An id that fits its column; one that does not goes by its hash, so that it stays unique."""
    id = _REFUSED.sub("\ufffd", id)
    if len(id) <= ID_CHARACTERS:
        return id
    return f"sha256:{hashlib.sha256(id.encode()).hexdigest()}"


def _sender(sender: Sender) -> Sender:
    name = None if sender.name is None else text_of(sender.name)[:NAME_CHARACTERS]
    return replace(sender, ids=tuple(short_id(id) for id in sender.ids), name=name)
