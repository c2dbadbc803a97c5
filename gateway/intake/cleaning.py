"""Making an event's words fit the store; nothing that a database refuses may hold up a channel."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from channels.events import Attachment, Event, InboundMessage, Sender, Unreadable
from gateway.privacy.masking import Masking

ID_CHARACTERS = 500
NAME_CHARACTERS = 200
FILE_NAME_CHARACTERS = 512
TYPE_CHARACTERS = 255
# The largest that PostgreSQL's INTEGER holds; on Telegram files of 4 GB are sent.
LARGEST_SIZE = 2**31 - 1
TEXT_CHARACTERS = 100_000
# PostgreSQL takes no NUL in text, and neither database half of a surrogate pair.
_REFUSED = re.compile("[\x00\ud800-\udfff]")


def cleaned(event: Event) -> Event:
    """The event as it can be stored; what cannot be is replaced visibly, never dropped."""
    given = {name: getattr(event, name, None) for name in _CLEANING}
    changes = {name: _CLEANING[name](value) for name, value in given.items() if value is not None}
    return replace(event, **changes)


def without_originals(event: Event, masking: Masking) -> Event:
    """The event as it is kept where originals are not: masked, and without the platform's own bytes
    of a message, which nobody could mask."""
    if isinstance(event, Unreadable):
        raw = masking.text(event.raw.decode("utf-8", "replace")).encode()
        return replace(event, raw=raw)
    text: str | None = getattr(event, "text", None)
    if text is None:
        return event
    event = replace(event, text=masking.text(text))
    if not isinstance(event, InboundMessage):
        return event
    context = dict(event.reply_context or {})
    if isinstance(context.get("subject"), str):
        context["subject"] = masking.text(str(context["subject"]))
    return replace(event, raw=None, reply_context=context if event.reply_context else None)


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


def _refs(refs: Sequence[str]) -> tuple[str, ...]:
    return tuple(short_id(ref) for ref in refs)


def _files(files: Sequence[Attachment]) -> tuple[Attachment, ...]:
    return tuple(_file(file) for file in files)


def _file(file: Attachment) -> Attachment:
    """Its measure is only what the platform says; one that cannot be is not known."""
    measured = file.size is not None and 0 <= file.size <= LARGEST_SIZE
    return replace(
        file,
        name=text_of(file.name)[:FILE_NAME_CHARACTERS],
        content_type=text_of(file.content_type)[:TYPE_CHARACTERS],
        size=file.size if measured else None,
    )


def _name(name: str) -> str:
    return text_of(name)[:NAME_CHARACTERS]


# By the field's name, which means the same in every event that has it.
_CLEANING: Mapping[str, Callable[[Any], Any]] = {
    "external_id": short_id,
    "message": short_id,
    "reply_to": short_id,
    "thread_refs": _refs,
    "text": text_of,
    "reason": text_of,
    "emoji": _name,
    "command": _name,
    "sender": _sender,
    "attachments": _files,
}
