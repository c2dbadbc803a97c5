"""Turns a message into the calls that send it, in order: its files, then its words and buttons;
pure. What has one file and few words is one call."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from channels.contract import OutboundMessage
from channels.errors import RejectedSendError
from channels.events import Attachment, Json
from channels.telegram.buttons import keyboard
from channels.telegram.places import Place, named, number_of
from channels.telegram.words import words

CAPTION_UNITS = 1_024
PHOTO_BYTES = 10 * 1024 * 1024
UPLOAD_BYTES = 50 * 1024 * 1024
_NOT_IN_LINKS = re.compile(r"[^A-Za-z0-9_-]")
# Under a message without words, buttons need something to stand under.
_NO_WORDS = "👇"
_METHODS = {
    "image/jpeg": ("sendPhoto", "photo"),
    "image/png": ("sendPhoto", "photo"),
    "image/webp": ("sendPhoto", "photo"),
    "image/gif": ("sendAnimation", "animation"),
    "audio/ogg": ("sendVoice", "voice"),
    "audio/mpeg": ("sendAudio", "audio"),
    "audio/mp4": ("sendAudio", "audio"),
    "video/mp4": ("sendVideo", "video"),
}


@dataclass(frozen=True, slots=True)
class Call:
    """One call; ``words`` names the field of the text, which has a plain form as well, and
    ``file`` the field of the file that goes with it."""

    method: str
    fields: Mapping[str, Any]
    words: str | None = None
    plain: str = ""
    file: str | None = None
    content: Attachment | None = field(default=None, repr=False)

    def in_plain(self) -> Call:
        """The same without formatting."""
        if self.words is None:
            return self
        fields = {key: value for key, value in self.fields.items() if key != "parse_mode"}
        return replace(self, fields={**fields, self.words: self.plain})

    def as_document(self) -> Call:
        """The same with its file as it is, not as a picture, voice or film."""
        sort = next(name for method, name in _METHODS.values() if method == self.method)
        fields = {("document" if key == sort else key): each for key, each in self.fields.items()}
        file = None if self.file is None else "document"
        return replace(self, method="sendDocument", fields=fields, file=file)


def calls(message: OutboundMessage, place: Place) -> list[Call]:
    """
    Raises:
        RejectedSendError: a file cannot go out over Telegram, or there is nothing to send.
    """
    files = [_file_call(each, place) for each in message.attachments]
    worded = bool(message.text.strip() or message.choices)
    if not files and not worded:
        raise RejectedSendError("there is nothing to send: no words, no file, no choice")
    *before, last = [*files, *([_text_call(message, place)] if worded else [])]
    if len(files) == 1 and worded and _units(message.text) <= CAPTION_UNITS:
        before, last = [], _captioned(files[0], message)
    buttons = keyboard(message.choices, person_for(message, place))
    first, *others = [*before, replace(last, fields={**last.fields, "reply_markup": buttons})]
    answers = {"reply_parameters": _answered(message, place)}
    return [replace(first, fields={**first.fields, **answers}), *others]


def edited(external_id: str, message: OutboundMessage) -> Call:
    """
    Raises:
        RejectedSendError: the id is none of Telegram's.
    """
    place, number = named(external_id)
    call = _text_call(message, place)
    buttons = keyboard(message.choices, person_for(message, place))
    fields = {**call.fields, "message_id": number, "reply_markup": buttons}
    fields.pop("message_thread_id")
    return replace(call, method="editMessageText", fields=fields)


def invitation(message: OutboundMessage, place: Place, username: str) -> Call:
    """Says in a group that something waits in private, and links there. The link says what was
    to be said: the delivery's id."""
    said = words(_language(message.reply_context))
    link = f"https://t.me/{username}?start={_NOT_IN_LINKS.sub('-', message.delivery_id)[:64]}"
    return Call(
        "sendMessage",
        {
            **place.fields,
            "text": said.apart,
            "reply_markup": {"inline_keyboard": [[{"text": said.open, "url": link}]]},
            "reply_parameters": _answered(message, place),
        },
    )


def person_for(message: OutboundMessage, place: Place) -> int | None:
    """Who alone may press a group's buttons: whom the message answers."""
    person: object = message.reply_context.get("user")
    return person if place.public and isinstance(person, int) else None


def _text_call(message: OutboundMessage, place: Place) -> Call:
    text = message.text if message.text.strip() else _NO_WORDS
    fields = {
        **place.fields,
        "text": text,
        "parse_mode": "HTML",
        "link_preview_options": {"is_disabled": True},
    }
    return Call("sendMessage", fields, "text", message.plain.strip() or text)


def _captioned(call: Call, message: OutboundMessage) -> Call:
    if not message.text.strip():
        return call
    fields = {**call.fields, "caption": message.text, "parse_mode": "HTML"}
    return replace(call, fields=fields, words="caption", plain=message.plain)


def _file_call(file: Attachment, place: Place) -> Call:
    if file.content is None and file.url is None:
        raise RejectedSendError(f"the file {file.name[:60]!r} has neither bytes nor an address")
    size = len(file.content or b"")
    if size > UPLOAD_BYTES:
        raise RejectedSendError(f"the file {file.name[:60]!r} is larger than 50 MB")
    content_type = file.content_type.partition(";")[0].strip().lower()
    method, name = _METHODS.get(content_type, ("sendDocument", "document"))
    if method == "sendPhoto" and max(size, file.size or 0) > PHOTO_BYTES:
        method, name = "sendDocument", "document"
    if file.content is None:
        return Call(method, {**place.fields, name: file.url})
    return Call(method, place.fields, file=name, content=file)


def _answered(message: OutboundMessage, place: Place) -> Json | None:
    """In a group an answer shows what it answers; elsewhere only where the gateway says so."""
    context = message.reply_context
    # A group that became a supergroup numbers its messages anew.
    here = place.public and context.get("chat", place.chat) == place.chat
    number: object = context.get("message") if here else None
    if message.reply_to is not None:
        number = number_of(message.reply_to, place.chat) or number
    if not isinstance(number, int):
        return None
    return {"message_id": number, "allow_sending_without_reply": True}


def _language(context: Json) -> str | None:
    language: object = context.get("language")
    return language if isinstance(language, str) else None


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
