"""What leaves for Slack: messages, changes, takings-back, and the question whether one arrived. It
never sends anything twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from channels.contract import Clock, Form, OutboundMessage, Receipt
from channels.errors import (
    ChannelError,
    RejectedSendError,
    RetryableSendError,
    UncertainSendError,
)
from channels.events import Address, Chosen, Json
from channels.slack.blocks import content, marked, plain_content
from channels.slack.files import share, upload
from channels.slack.forms import FRESH_SECONDS, Place, Triggers, fits, view
from channels.slack.identity import Identity, account, is_private, where_and_when
from channels.slack.refusals import MALFORMED
from channels.slack.web import Web, inside, listed, next_page

T = TypeVar("T")
PAGES = 10
PAGE = 200
# A message whose connection broke may still be on its way when we ask for it.
SETTLE_SECONDS = 1.0
# Slack writes the app's name before it. Without words it is right in every language.
STATUS = "…"


@dataclass(frozen=True, slots=True)
class Spot:
    """Where exactly a message goes: a channel and, inside a thread, the ts that it begins with."""

    channel: str
    thread: str | None


@dataclass(frozen=True, slots=True)
class Sending:
    """Speaks for the app that signed in."""

    web: Web
    me: Identity
    clock: Clock
    triggers: Triggers = field(default_factory=Triggers)

    def pressed(self, by: Chosen, trigger: str) -> None:
        """Somebody has just pressed a button: a form can be shown to them for a moment."""
        self.triggers.pressed(by.address, by.sender.ids[0], trigger, self.clock.monotonic())

    async def send(self, message: OutboundMessage) -> Receipt:
        """
        Raises:
            RetryableSendError, RejectedSendError, UncertainSendError, ChannelMisconfigured.
        """
        spot = await self._spot(message)
        if message.only_for is not None:
            return await self._whispered(spot, message, message.only_for)
        # Bytes first: nobody sees them before they are shared, so a failure here sent nothing.
        files = await _unsent(upload(self.web, message.attachments))
        ts = await self._post(spot, message)
        if files:
            await self._shared(files, spot)
        return self._receipt(message, spot, ts)

    async def edit(self, external_id: str, message: OutboundMessage) -> Receipt:
        channel, ts = where_and_when(external_id)
        # Without blocks of its own the changed message would keep the buttons that it had.
        place = {"channel": channel, "ts": ts, "blocks": list[dict[str, Any]]()}
        await self._said("chat.update", place, message)
        return Receipt((external_id,), self.clock.now())

    async def delete(self, external_id: str) -> None:
        channel, ts = where_and_when(external_id)
        try:
            await self.web.ask("chat.delete", channel=channel, ts=ts)
        except RejectedSendError as error:
            if "(message_not_found)" not in error.reason:
                raise

    async def typing(self, address: Address, reply_context: Json) -> None:
        thread = _thread(address, reply_context)
        if thread is None:
            return
        try:
            await self.web.ask(
                "assistant.threads.setStatus",
                channel_id=address.chat,
                thread_ts=thread,
                status=STATUS,
            )
        except ChannelError:
            return

    async def reconcile(self, message: OutboundMessage) -> Receipt | None:
        """Reads the place back, as far as the message that was answered.

        Raises:
            UncertainSendError: it cannot be read, or holds too much to look through.
            RetryableSendError, ChannelMisconfigured.
        """
        if message.only_for is not None:
            return None  # Nothing shows it any more; twice does no harm.
        await self.clock.sleep(SETTLE_SECONDS)
        try:
            spot = await self._spot(message)
            async for said in self._since(spot, message.reply_context.get("after")):
                if self._is(said, message):
                    return await self._whole(message, spot, str(said["ts"]))
        except RejectedSendError as error:
            raise UncertainSendError(f"Slack does not let us look: {error.reason}") from error
        return None

    async def _post(self, spot: Spot, message: OutboundMessage) -> str:
        quiet = {"unfurl_links": False, "unfurl_media": False}
        place = {"channel": spot.channel, "thread_ts": spot.thread, **quiet}
        answer = await self._said("chat.postMessage", place, message)
        ts = answer.get("ts")
        if not isinstance(ts, str) or not ts:
            raise UncertainSendError("Slack's answer does not say what it made of the message")
        return ts

    async def _whispered(self, spot: Spot, message: OutboundMessage, person: str) -> Receipt:
        """One person alone sees it; Slack keeps it nowhere, so it has no id."""
        if message.form is not None and await self._opened(message.form, spot, message):
            return Receipt((), self.clock.now())
        place = {"channel": spot.channel, "thread_ts": spot.thread, "user": account(person)}
        await self._said("chat.postEphemeral", place, message)
        return Receipt((), self.clock.now())

    async def _opened(self, form: Form, spot: Spot, message: OutboundMessage) -> bool:
        """Whether it is shown. Where it is not, or nobody knows, the text is: two do no harm."""
        person = message.only_for or ""
        trigger = self.triggers.take(message.address, person, self.clock.monotonic())
        if trigger is None or spot.thread is None or not fits(form):
            return False
        shown_at = self.me.message(spot.channel, spot.thread)
        where = Place(channel=spot.channel, root=spot.thread, message=shown_at, choice=form.choice)
        try:
            async with asyncio.timeout(FRESH_SECONDS):
                await self.web.ask("views.open", trigger_id=trigger, view=view(form, where))
        except (ChannelError, TimeoutError):
            return False
        return True

    async def _said(
        self, method: str, place: Mapping[str, Any], message: OutboundMessage
    ) -> Mapping[str, Any]:
        """Formatted, or plain where Slack does not read that; it says so before it takes any."""
        try:
            return await self.web.ask(method, **{**place, **content(message)})
        except RejectedSendError as error:
            if not any(f"({code})" in error.reason for code in MALFORMED):
                raise
        return await self.web.ask(method, **{**place, **plain_content(message)})

    async def _shared(self, files: Sequence[str], spot: Spot) -> None:
        """The text is there already: whatever goes wrong now leaves a part of the message sent."""
        try:
            await share(self.web, files, spot.channel, spot.thread)
        except ChannelError as error:
            raise UncertainSendError(
                f"the text was sent, its files perhaps not: {error}"
            ) from error

    def _receipt(self, message: OutboundMessage, spot: Spot, ts: str) -> Receipt:
        return Receipt((self.me.message(spot.channel, ts),), float(ts), _opened(message, spot, ts))

    async def _spot(self, message: OutboundMessage) -> Spot:
        if message.private_to is not None:
            return Spot(await self.alone_with(message.private_to), None)
        address = message.address
        if message.open_thread and address.thread is None:
            return Spot(address.chat, None)
        return Spot(address.chat, _thread(address, message.reply_context))

    async def alone_with(self, person: str) -> str:
        """The channel of the direct messages with a person; it is opened where there is none."""
        answer = await _unsent(self.web.ask("conversations.open", users=account(person)))
        found = inside(answer, "channel").get("id")
        if not isinstance(found, str):
            raise RejectedSendError("Slack opened no direct message with this person")
        return found

    async def _since(self, spot: Spot, after: object) -> AsyncIterator[Mapping[str, Any]]:
        """What was said at a spot after a message, as Slack gives it."""
        method, fields = _reading(spot, after)
        for _ in range(PAGES):
            answer = await _unsent(self.web.ask(method, **fields))
            for said in listed(answer, "messages"):
                yield said
            cursor = next_page(answer)
            if cursor is None:
                return
            fields["cursor"] = cursor
        raise UncertainSendError("too much was said since to look through all of it")

    def _is(self, said: Mapping[str, Any], message: OutboundMessage) -> bool:
        mine = self.me.is_me(said.get("user"), said.get("bot_id"))
        return mine and marked(said.get("metadata"), message.delivery_id)

    async def _whole(self, message: OutboundMessage, spot: Spot, ts: str) -> Receipt:
        """The receipt of a text that was found, if the files that belong to it were found too."""
        wanted = [file.name for file in message.attachments if file.content is not None]
        async for said in self._since(spot, ts) if wanted else _nothing():
            if self.me.is_me(said.get("user"), said.get("bot_id")):
                for file in said.get("files") or ():
                    if file.get("name") in wanted:
                        wanted.remove(file["name"])
        if wanted:
            raise UncertainSendError("the text arrived, its files did not")
        return self._receipt(message, spot, ts)


async def _nothing() -> AsyncIterator[Mapping[str, Any]]:
    return
    yield {}


def _thread(address: Address, reply_context: Json) -> str | None:
    """In a direct message each thing that somebody writes begins a thread, and the answer belongs
    into it; the conversation is the whole of them."""
    if address.thread is not None or not is_private(address.chat):
        return address.thread
    thread = reply_context.get("thread")
    return thread if isinstance(thread, str) else None


def _opened(message: OutboundMessage, spot: Spot, ts: str) -> Address | None:
    if message.private_to is not None or (message.open_thread and is_private(spot.channel)):
        return Address(spot.channel)
    if message.open_thread and spot.thread is None:
        return Address(spot.channel, ts)
    return None


def _reading(spot: Spot, after: object) -> tuple[str, dict[str, Any]]:
    fields: dict[str, Any] = {
        "channel": spot.channel,
        "limit": PAGE,
        "include_all_metadata": True,
        "oldest": after if isinstance(after, str) else None,
    }
    if spot.thread is None:
        return "conversations.history", fields
    return "conversations.replies", {**fields, "ts": spot.thread}


async def _unsent(call: Awaitable[T]) -> T:
    """A step before anything can be seen: whatever became of it, no message was sent."""
    try:
        return await call
    except UncertainSendError as error:
        raise RetryableSendError(str(error)) from error
