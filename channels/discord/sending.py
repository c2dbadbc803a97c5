"""Puts one message before the platform. What is sent carries a nonce that is the same in every
try, so that a repetition within some minutes is the first message; nobody is ever pinged."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

import discord
from discord.http import Route
from pydantic import ValidationError

from channels.contract import Clock, OutboundMessage, Receipt
from channels.discord.buttons import mark_of, rows
from channels.discord.payloads import Account, Room
from channels.discord.places import Places, is_thread, person_at, room_id
from channels.discord.refusals import CLOSED_DIRECTS, UNKNOWN_MESSAGE, Refused
from channels.discord.rest import Rest
from channels.discord.threads import Threads
from channels.errors import (
    ChannelDisconnected,
    RejectedSendError,
    RetryableSendError,
    UncertainSendError,
)
from channels.events import Address, Attachment

# No previews of the addresses that an answer names.
SUPPRESS_EMBEDS = 4
NOBODY: dict[str, Any] = {"parse": [], "replied_user": False}
LOOKED_AT = 100
PAGES = 20


@dataclass(frozen=True, slots=True)
class Sending:
    rest: Rest
    clock: Clock
    places: Places
    threads: Threads

    async def send(self, message: OutboundMessage) -> Receipt:
        """
        Raises:
            RetryableSendError, RejectedSendError, UncertainSendError, ChannelMisconfigured.
        """
        if message.private_to is not None:
            return await self._privately(message, message.private_to)
        room = room_id(message.address)
        posted = await self._post(room, message)
        thread = await self._open_thread(room, posted, message) if message.open_thread else None
        return Receipt((posted,), self.clock.now(), thread)

    async def edit(self, external_id: str, message: OutboundMessage) -> Receipt:
        route = _message_route("PATCH", room_id(message.address), external_id)
        body = {
            "content": _content(message),
            "components": _components(message),
            "allowed_mentions": NOBODY,
            "flags": SUPPRESS_EMBEDS,
        }
        await self._repeatable(route, json=body)
        return Receipt((external_id,), self.clock.now())

    async def delete(self, address: Address, external_id: str) -> None:
        try:
            await self._repeatable(_message_route("DELETE", room_id(address), external_id))
        except Refused as refused:
            if refused.code != UNKNOWN_MESSAGE:
                raise

    async def typing(self, address: Address) -> None:
        path = "/channels/{channel_id}/typing"
        await self.rest.ask(Route("POST", path, channel_id=room_id(address)))

    async def reconcile(self, message: OutboundMessage) -> Receipt | None:
        """What became of it: looked for in what we said since the customer's last message (beyond
        the platform's memory of nonces only that can tell), else sent again with the same nonce.

        Raises:
            SendError, ChannelMisconfigured: as for sending.
        """
        since = str(message.reply_context.get("message", ""))
        if since.isdecimal() and not message.open_thread:
            found = await self._found(message, int(since))
            if found is not None:
                return found
        return await self.send(message)

    async def _found(self, message: OutboundMessage, since: int) -> Receipt | None:
        """Its receipt out of the history; None where it is not there, or nothing can be read."""
        try:
            person, room = message.private_to, room_id(message.address)
            if person is not None:
                room = await self._direct(person)
            posted = await self._posted(room, message, since)
        except RejectedSendError:
            return None
        if posted is None:
            return None
        return Receipt((posted,), self.clock.now(), Address(room) if person is not None else None)

    async def _posted(self, room: str, message: OutboundMessage, since: int) -> str | None:
        """The id of the message in the history: by its nonce where the platform tells it, by its
        buttons, else by its words and by what it hangs on."""
        for _ in range(PAGES):
            route = Route("GET", "/channels/{channel_id}/messages", channel_id=room)
            params = {"limit": str(LOOKED_AT), "after": str(since)}
            page = await self.rest.ask(route, params=params)
            for each in page:
                if each.get("author", {}).get("id") == self.threads.me and _is(room, message, each):
                    return str(each["id"])
            if len(page) < LOOKED_AT:
                return None
            since = max(int(each["id"]) for each in page)
        return None

    async def _post(self, room: str, message: OutboundMessage) -> str:
        route = Route("POST", "/channels/{channel_id}/messages", channel_id=room)
        body: dict[str, Any] = {
            "content": _content(message),
            "nonce": mark_of(message.delivery_id),
            "enforce_nonce": True,
            "allowed_mentions": NOBODY,
            "components": _components(message),
            "flags": SUPPRESS_EMBEDS,
        }
        answered = _answered(room, message)
        if answered is not None:
            body["message_reference"] = {"message_id": answered, "fail_if_not_exists": False}
        carried = [file for file in message.attachments if file.content is not None]
        if not carried:
            answer = await self.rest.ask(route, json=body)
        else:
            answer = await self._upload(route, body, carried)
        return str(answer["id"])

    async def _upload(
        self, route: Route, body: dict[str, Any], carried: Sequence[Attachment]
    ) -> Any:  # noqa: ANN401  # JSON
        files = [discord.File(BytesIO(each.content or b""), each.name) for each in carried]
        body["attachments"] = [
            {"id": number, "filename": file.filename} for number, file in enumerate(files)
        ]
        form: list[dict[str, Any]] = [{"name": "payload_json", "value": json.dumps(body)}]
        for number, (file, each) in enumerate(zip(files, carried, strict=True)):
            form.append(
                {
                    "name": f"files[{number}]",
                    "value": file.fp,
                    "filename": file.filename,
                    "content_type": each.content_type,
                }
            )
        try:
            return await self.rest.ask(route, files=files, form=form)
        finally:
            for file in files:
                file.close()

    async def _privately(self, message: OutboundMessage, person: str) -> Receipt:
        """In a direct message; where they take none, in a private thread of the channel."""
        alone = replace(message, private_to=None, reply_to=None, reply_context={"person": person})
        try:
            room = Address(await self._direct(person))
            receipt = await self.send(replace(alone, address=room))
            return replace(receipt, thread=room)
        except Refused as refused:
            if refused.code != CLOSED_DIRECTS:
                raise
            thread = await self._private_thread(message.address, person)
            if thread is None:
                raise
        receipt = await self.send(replace(alone, address=thread))
        return replace(receipt, thread=thread)

    async def _direct(self, person: str) -> str:
        """The direct channel with somebody, which is opened if there is none."""
        route = Route("POST", "/users/@me/channels")
        try:
            return Room.model_validate(await self.rest.ask(route, json={"recipient_id": person})).id
        except ValidationError as error:
            raise UncertainSendError("Discord named no direct channel") from error

    async def _private_thread(self, address: Address, person: str) -> Address | None:
        if person_at(address) is None:
            return None
        try:
            room = await self.places.room(address.chat, None)
        except ChannelDisconnected as error:
            raise RetryableSendError(str(error)) from error
        if is_thread(room) or room.guild_id is None:
            return None
        thread = await self.threads.of(room, Account(id=person), None)
        return None if thread is None else Address(room.id, thread)

    async def _open_thread(self, room: str, posted: str, message: OutboundMessage) -> Address:
        name = message.subject or message.plain.strip().partition("\n")[0] or "Conversation"
        thread = await self.threads.on_message(room, posted, name)
        if thread is None:
            raise RejectedSendError(
                "the bot may not open threads here; give it Create Public Threads"
            )
        return Address(room, thread.id)

    async def _repeatable(self, route: Route, **kwargs: Any) -> Any:  # noqa: ANN401  # JSON both ways
        """Doing it twice is doing it once."""
        try:
            return await self.rest.ask(route, **kwargs)
        except UncertainSendError as error:
            raise RetryableSendError(str(error)) from error


def _message_route(method: str, room: str, message: str) -> Route:
    path = "/channels/{channel_id}/messages/{message_id}"
    return Route(method, path, channel_id=room, message_id=message)


def _content(message: OutboundMessage) -> str:
    """The text, and the addresses of files that have nothing but an address."""
    links = [f"{file.name}: {file.url}" for file in message.attachments if file.content is None]
    return "\n".join((message.text, *links))


def _components(message: OutboundMessage) -> list[dict[str, Any]]:
    person = person_at(message.address) or str(message.reply_context.get("person", ""))
    return rows(message.choices, message.delivery_id, person)


def _answered(room: str, message: OutboundMessage) -> str | None:
    """What a message hangs on. In a channel of many every answer hangs on a question."""
    context = message.reply_context
    if context.get("channel", room) != room:
        return None
    if message.reply_to is not None:
        return message.reply_to
    return str(context["message"]) if person_at(message.address) and "message" in context else None


def _is(room: str, message: OutboundMessage, posted: dict[str, Any]) -> bool:
    mark = mark_of(message.delivery_id)
    buttons = [each for row in posted.get("components", ()) for each in row.get("components", ())]
    if posted.get("nonce") == mark:
        return True
    if buttons or message.choices:
        return any(str(each.get("custom_id", "")).startswith(mark) for each in buttons)
    # The platform keeps no white space around the words.
    if str(posted.get("content", "")).strip() != _content(message).strip():
        return False
    hangs_on: dict[str, Any] = posted.get("message_reference") or {}
    return hangs_on.get("message_id") in {None, _answered(room, message)}
