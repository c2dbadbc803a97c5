"""Turns what a program posts into events, and messages into what is posted to it; pure. It never
guesses: a body with an unknown key, or one key too few, is refused with the key's name."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, NoReturn, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from channels.contract import OutboundMessage
from channels.errors import RejectedSendError
from channels.events import (
    Address,
    Attachment,
    Chosen,
    Deleted,
    DeliveryUpdate,
    Edited,
    Event,
    InboundMessage,
    Json,
)
from channels.events import Sender as Person
from channels.signatures import Refused

TEXT_CHARACTERS = 100_000
CONTEXT_BYTES = 16_384
FILES = 10


def _small(value: Json) -> Json:
    if len(json.dumps(value)) > CONTEXT_BYTES:
        raise ValueError(f"should be at most {CONTEXT_BYTES} bytes of JSON")
    return value


Id: TypeAlias = Annotated[str, Field(min_length=1, max_length=200)]
Name: TypeAlias = Annotated[str, Field(max_length=200)]
Text: TypeAlias = Annotated[str, Field(max_length=TEXT_CHARACTERS)]
Context: TypeAlias = Annotated[dict[str, Any], AfterValidator(_small)]
Link: TypeAlias = Annotated[str, Field(max_length=2000, pattern=r"^https?://[!-~]+$")]


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class _Sender(_Body):
    id: Id
    name: Name | None = None
    kind: Literal["customer", "operator", "bot"] = "customer"

    def person(self) -> Person:
        return Person((self.id,), self.name, self.kind)


class _File(_Body):
    url: Link
    name: Name
    type: Name = "application/octet-stream"

    def attachment(self) -> Attachment:
        return Attachment(self.name or "file", self.type, ref={"url": self.url})


class _Placed(_Body):
    """What every body about a conversation has."""

    id: Id
    type: str
    chat: Id
    thread: Id | None = None
    sender: _Sender

    @property
    def address(self) -> Address:
        return Address(self.chat, self.thread)


class _Message(_Placed):
    text: Text = ""
    reply_to: Id | None = None
    order: Annotated[float, Field(ge=0, lt=2**53, allow_inf_nan=False)] | None = None
    sent_at: Annotated[float, Field(ge=0, lt=1e12, allow_inf_nan=False)] | None = None
    context: Context = Field(default_factory=dict[str, Any])
    files: Annotated[list[_File], Field(max_length=FILES)] = Field(default_factory=list[_File])

    def event(self) -> Event:
        if not self.text.strip() and not self.files:
            _invalid("text", "is empty, and no files come with it")
        return InboundMessage(
            external_id=self.id,
            address=self.address,
            text=self.text,
            sender=self.sender.person(),
            order="" if self.order is None else f"{self.order:024.6f}",
            attachments=tuple(file.attachment() for file in self.files),
            reply_to=self.reply_to,
            reply_context=self.context,
            sent_at=self.sent_at,
        )


class _Edited(_Placed):
    message: Id
    text: Text

    def event(self) -> Event:
        return Edited(self.id, self.address, self.message, self.text, self.sender.person())


class _Deleted(_Placed):
    message: Id

    def event(self) -> Event:
        return Deleted(self.id, self.address, self.message, self.sender.person())


class _Chosen(_Placed):
    message: Id
    choice: Id
    context: Context = Field(default_factory=dict[str, Any])

    def event(self) -> Event:
        person = self.sender.person()
        return Chosen(self.id, self.address, self.message, self.choice, person, self.context)


class _Delivery(_Body):
    id: Id
    type: str
    chat: Id | None = None
    thread: Id | None = None
    message: Id
    state: Literal["delivered", "read", "failed"]
    text: Text | None = None

    def event(self) -> Event:
        return DeliveryUpdate(self.id, self.message, self.state, self.text)


def _said(body: Mapping[str, Any]) -> Event:
    return _Message.model_validate(body).event()


def _edited(body: Mapping[str, Any]) -> Event:
    return _Edited.model_validate(body).event()


def _deleted(body: Mapping[str, Any]) -> Event:
    return _Deleted.model_validate(body).event()


def _chosen(body: Mapping[str, Any]) -> Event:
    return _Chosen.model_validate(body).event()


def _reported(body: Mapping[str, Any]) -> Event:
    return _Delivery.model_validate(body).event()


_TYPES: Mapping[str, Callable[[Mapping[str, Any]], Event]] = {
    "message": _said,
    "edited": _edited,
    "deleted": _deleted,
    "chosen": _chosen,
    "delivery": _reported,
}


def event_of(body: Mapping[str, Any]) -> Event:
    """
    Raises:
        Refused: 422 with the key that is wrong; never with what stood there.
    """
    kind = body.get("type")
    read = _TYPES.get(kind) if isinstance(kind, str) else None
    if read is None:
        _invalid("type", f"should be one of {', '.join(_TYPES)}")
    try:
        return read(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(part)[:40] for part in first["loc"])
        _invalid(where, first["msg"].removeprefix("Value error, "))


def _invalid(where: str, what: str) -> NoReturn:
    raise Refused(422, f"`{where}`: {what}.")


def message_body(message: OutboundMessage) -> dict[str, Any]:
    """
    Raises:
        RejectedSendError: a file has no address that the receiver could fetch it from.
    """
    if any(file.url is None for file in message.attachments):
        raise RejectedSendError("a file without an address cannot go out on an API channel")
    return {
        "type": "message",
        "id": message.delivery_id,
        "chat": message.address.chat,
        "thread": message.address.thread,
        "text": message.text,
        "plain": message.plain,
        "author": message.author,
        "choices": [{"id": each.id, "label": each.label} for each in message.choices],
        "reply_to": message.reply_to,
        "context": dict(message.reply_context),
        "files": [{"name": file.name, "url": file.url} for file in message.attachments],
    }


def edit_body(external_id: str, message: OutboundMessage) -> dict[str, Any]:
    return {**message_body(message), "type": "edit", "message": external_id}


def delete_body(external_id: str, address: Address) -> dict[str, Any]:
    return {
        "type": "delete",
        "id": f"delete-{external_id}",
        "chat": address.chat,
        "thread": address.thread,
        "message": external_id,
    }


def raw_body(body: Mapping[str, Any]) -> bytes:
    """The bytes that are signed and sent."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
