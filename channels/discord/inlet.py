"""The one ordered way from the platform into the intake. A channel's cursor follows what was
accepted, never what only arrived; nothing here is kept but cursors and addresses of late."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from channels.contract import Intake
from channels.discord.hearing import NOT_ADDRESSED, Heard, Hearing
from channels.discord.payloads import (
    DIRECT,
    Gone,
    Message,
    Reaction,
    Room,
    written_at,
)
from channels.discord.places import Recent, address_in
from channels.events import (
    Address,
    Attachment,
    Cursor,
    Deleted,
    Edited,
    Event,
    Ignored,
    InboundMessage,
    Reacted,
    Sender,
    Unreadable,
)

RAW_BYTES = 65_536
DIRECTS = 5_000
DIRECTS_KEY = "directs"


@dataclass(slots=True)
class Inlet:
    """Reads one dispatch after the other. ``stamp`` names the frame in its session, for events
    that have no id of their own."""

    intake: Intake
    hearing: Hearing
    _cursors: dict[str, int] = field(default_factory=dict[str, int])
    _heard: Recent[tuple[Address, Sender]] = field(default_factory=Recent[tuple[Address, Sender]])
    _reacted: Recent[bool] = field(default_factory=Recent[bool])

    async def cursor(self, channel: str) -> int:
        """The last accepted message of a channel, 0 before the first."""
        if channel not in self._cursors:
            stored = await self.intake.cursor(_key(channel))
            value = int(stored) if stored and stored.isdigit() else 0
            # It may have moved while it was asked for.
            self._cursors.setdefault(channel, value)
        return self._cursors[channel]

    async def directs(self) -> tuple[str, ...]:
        """The direct channels that were ever seen, the newest last."""
        stored = await self.intake.cursor(DIRECTS_KEY)
        return tuple(json.loads(stored)) if stored else ()

    async def message(self, raw: Mapping[str, Any], stamp: str) -> None:
        """Something was written; also out of the history, where it may be known already."""
        try:
            message = Message.model_validate(raw)
        except ValidationError as error:
            await self._unreadable(raw, stamp, error)
            return
        if message.guild_id is None:
            await self._know_direct(message.channel_id)
        await self._accept(await self._event(message), message.channel_id, message.id)

    async def edited(self, raw: Mapping[str, Any], stamp: str) -> None:
        """A message was changed. Discord sends the same when it has looked at a link."""
        message = _parsed(Message, raw)
        if message is None or message.edited_timestamp is None:
            return
        if self.hearing.reason_to_pass(message) is not None:
            return
        heard = await self.hearing.of(message, opening=False)
        if heard is None or heard.kind != "customer":
            return
        known = self._heard.get(message.id)
        address = heard.address if known is None else known[0]
        text = self._text(message)
        edit = f"{message.id}:edited:{message.edited_timestamp}"
        await self.intake.accept(Edited(edit, address, message.id, text, _sender(message, heard)))

    async def deleted(self, raw: Mapping[str, Any], stamp: str) -> None:
        """A message was taken back. Discord does not say whose it was: in a channel of many only
        those that were heard of late are known."""
        gone = _parsed(Gone, raw)
        if gone is None:
            return
        known = self._heard.get(gone.id)
        if known is None and gone.guild_id is None:
            known = Address(gone.channel_id), Sender(())
        if known is not None:
            address, sender = known
            await self.intake.accept(Deleted(f"{gone.id}:deleted", address, gone.id, sender))

    async def reacted(self, raw: Mapping[str, Any], stamp: str, *, removed: bool) -> None:
        """An emoji came to, or went from, something that was said between somebody and us."""
        reaction = _parsed(Reaction, raw)
        if reaction is None or not self._is_ours(reaction, removed=removed):
            return
        member = reaction.member
        name = member.user.shown if member and member.user else None
        await self.intake.accept(
            Reacted(
                f"reaction:{stamp}",
                await self._address(reaction),
                reaction.message_id,
                reaction.emoji.shown,
                Sender((reaction.user_id,), name),
                removed,
            )
        )

    async def accept(self, event: Event) -> None:
        """An event that moves no cursor."""
        await self.intake.accept(event)

    async def _event(self, message: Message) -> Event:
        reason = self.hearing.reason_to_pass(message)
        if reason is not None:
            return Ignored(message.id, reason)
        heard = await self.hearing.of(message)
        if heard is None:
            return Ignored(message.id, NOT_ADDRESSED)
        sender = _sender(message, heard)
        self._heard.put(message.id, (heard.address, sender))
        return InboundMessage(
            external_id=message.id,
            address=heard.address,
            text=self._text(message),
            sender=sender,
            order=message.id.zfill(20),
            attachments=_attachments(message),
            reply_to=message.answers,
            reply_context={
                "channel": message.channel_id,
                "message": message.id,
                "person": message.author.id,
            },
            public=heard.public,
            sent_at=written_at(message.id),
        )

    def _text(self, message: Message) -> str:
        """What was written, without the mention that only addressed us."""
        if message.guild_id is None:
            return message.text
        said = re.sub(rf"^\s*<@!?{self.hearing.me}>[\s,:]*", "", message.text)
        return said or message.text

    async def _accept(self, event: Event, channel: str, message: str) -> None:
        """The cursor only ever moves forward: what is read twice may be older than it."""
        if int(message) <= await self.cursor(channel):
            await self.intake.accept(event)
            return
        await self.intake.accept(event, Cursor(_key(channel), message))
        self._cursors[channel] = int(message)

    async def _know_direct(self, channel: str) -> None:
        """Nobody lists a bot's direct channels: to look into them after a pause, they have to be
        kept before their first message is."""
        if await self.cursor(channel):
            return
        known = await self.directs()
        if channel not in known:
            value = json.dumps([*known, channel][-DIRECTS:])
            event = Ignored(f"direct:{channel}", "a direct conversation began")
            await self.intake.accept(event, Cursor(DIRECTS_KEY, value))

    async def _unreadable(self, raw: Mapping[str, Any], stamp: str, error: ValidationError) -> None:
        gone = _parsed(Gone, raw)
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(part)[:40] for part in first["loc"])
        body = json.dumps(raw).encode()[:RAW_BYTES]
        event = Unreadable(
            gone.id if gone else f"frame:{stamp}", f"`{where}`: {first['msg']}", body
        )
        if gone is None:
            await self.intake.accept(event)
        else:
            await self._accept(event, gone.channel_id, gone.id)

    async def _address(self, reaction: Reaction) -> Address:
        if reaction.guild_id is None:
            return Address(reaction.channel_id)
        room = await self.hearing.places.room(reaction.channel_id, reaction.guild_id)
        return address_in(room, reaction.user_id)

    def _is_ours(self, reaction: Reaction, *, removed: bool) -> bool:
        """Whether it is about something that was said between somebody and us."""
        by = reaction.member.user if reaction.member else None
        if reaction.user_id == self.hearing.me or (by is not None and by.bot):
            return False
        message = reaction.message_id
        if reaction.guild_id is None or self._heard.get(message) is not None:
            return True
        if removed:
            # Whose message it was is told only when an emoji comes.
            return self._reacted.get(message) is True
        ours = reaction.message_author_id == self.hearing.me
        if ours:
            self._reacted.put(message, value=True)
        return ours


def direct_room(channel: str) -> Room:
    return Room(id=channel, type=DIRECT)


def _key(channel: str) -> str:
    return f"channel {channel}"


def _parsed(model: type[Any], raw: Mapping[str, Any]) -> Any:  # noqa: ANN401  # the model's own
    try:
        return model.model_validate(raw)
    except ValidationError:
        return None


def _sender(message: Message, heard: Heard) -> Sender:
    nick = message.member.nick if message.member else None
    author = message.author
    return Sender((author.id,), nick or author.shown or None, heard.kind, verified="discord")


def _attachments(message: Message) -> tuple[Attachment, ...]:
    """The addresses of files run out: what is kept is where to ask for fresh ones."""
    return tuple(
        Attachment(
            name=file.filename,
            content_type=file.content_type or "application/octet-stream",
            size=file.size,
            ref={"channel": message.channel_id, "message": message.id, "file": file.id},
        )
        for file in message.files
    )
