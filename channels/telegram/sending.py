"""Sends, changes and takes back messages, and says what became of each. It repeats nothing that
may have been sent: a second call follows only where Telegram refused the first."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError
from telegram import InputFile
from telegram.error import BadRequest, ChatMigrated, TelegramError

from channels.contract import Clock, OutboundMessage, Receipt
from channels.errors import ChannelError, RejectedSendError, UncertainSendError
from channels.events import Address
from channels.telegram.failures import is_formatting, is_of_its_sort, is_unopened, of_sending
from channels.telegram.outgoing import Call, calls, edited, invitation
from channels.telegram.parts import Parts
from channels.telegram.places import Place, named
from channels.telegram.transport import Caller
from channels.telegram.updates import Me, Sent

NOT_SAID = (
    "not said yet: the person has no chat with the bot, so the group was shown the way there; it"
    " goes out when they have pressed Start"
)


@dataclass(frozen=True, slots=True)
class Sending:
    bot: Caller
    me: Me
    clock: Clock
    parts: Parts

    async def send(self, message: OutboundMessage) -> Receipt:
        """
        Raises:
            RetryableSendError, RejectedSendError, UncertainSendError, ChannelError.
        """
        place = Place.of(message.address)
        if message.private_to is not None and message.private_to != message.address.chat:
            return await self._send_apart(message, place)
        try:
            return await self._deliver(message.delivery_id, calls(message, place), place)
        except ChatMigrated as moved:
            # Nothing was sent: the group has another id now, and the receipt says which.
            return await self._deliver_at(message, replace(place, chat=moved.new_chat_id))
        except TelegramError as error:
            raise of_sending(error) from error

    async def edit(self, external_id: str, message: OutboundMessage) -> Receipt:
        try:
            await self._call(edited(external_id, message))
        except TelegramError as error:
            if "not modified" not in str(error).lower():
                raise of_sending(error) from error
        return Receipt((external_id,), self.clock.now())

    async def delete(self, address: Address, external_id: str) -> None:
        place, number = named(external_id)
        try:
            if place.business is None:
                await self.bot.call("deleteMessage", {"chat_id": place.chat, "message_id": number})
            else:
                await self.bot.call(
                    "deleteBusinessMessages",
                    {"business_connection_id": place.business, "message_ids": [number]},
                )
        except TelegramError as error:
            if "message to delete not found" not in str(error).lower():
                raise of_sending(error) from error

    async def _send_apart(self, message: OutboundMessage, group: Place) -> Receipt:
        """To the person alone. A bot may not write first: where they have no chat with it yet, the
        group is shown the way there, and not the words."""
        alone = Place.of(Address(message.private_to or ""))
        private = replace(
            message, address=alone.address, reply_to=None, reply_context={}, private_to=None
        )
        try:
            receipt = await self._deliver(message.delivery_id, calls(private, alone), alone)
        except TelegramError as error:
            if not is_unopened(error):
                raise of_sending(error) from error
        else:
            return replace(receipt, thread=alone.address)
        invited = await self._invited(message, group)
        return replace(invited, thread=alone.address, held=True, note=NOT_SAID)

    async def _invited(self, message: OutboundMessage, group: Place) -> Receipt:
        try:
            return await self._invite(message, group)
        except ChatMigrated as moved:
            place = replace(group, chat=moved.new_chat_id)
        except TelegramError as error:
            raise of_sending(error) from error
        try:
            return replace(await self._invite(message, place), moved=place.address)
        except TelegramError as error:
            raise of_sending(error) from error

    async def _invite(self, message: OutboundMessage, group: Place) -> Receipt:
        planned = [invitation(message, group, self.me.username)]
        return await self._deliver(message.delivery_id, planned, group)

    async def _deliver_at(self, message: OutboundMessage, place: Place) -> Receipt:
        try:
            receipt = await self._deliver(message.delivery_id, calls(message, place), place)
        except TelegramError as error:
            raise of_sending(error) from error
        return replace(receipt, moved=place.address)

    async def _deliver(self, delivery: str, planned: list[Call], place: Place) -> Receipt:
        """All calls that are not done yet, in order. What a failure leaves sent is remembered, so
        that another try goes on behind it."""
        names = list(self.parts.of(delivery))
        for call in planned[len(names) :]:
            try:
                names.append(place.name(await self._sent(call)))
            except (TelegramError, UncertainSendError) as error:
                if not names:
                    raise
                self.parts.keep(delivery, names)
                failed = of_sending(error) if isinstance(error, TelegramError) else error
                raise _in_part(failed, len(names)) from error
        self.parts.forget(delivery)
        return Receipt(tuple(names), self.clock.now())

    async def _sent(self, call: Call) -> int:
        found = await self._call(call)
        try:
            return Sent.model_validate(found).message_id
        except ValidationError:
            raise UncertainSendError("Telegram's answer does not name the message") from None

    async def _call(self, call: Call) -> Any:  # noqa: ANN401 - JSON
        """The call, and where Telegram does not take its formatting or its sort of file, the same
        in plain or as a document."""
        try:
            return await self.bot.call(call.method, await _with_file(call))
        except BadRequest as error:
            if is_formatting(error):
                another = call.in_plain()
            elif is_of_its_sort(error) and call.method != "sendDocument":
                another = call.as_document()
            else:
                raise
        return await self.bot.call(another.method, await _with_file(another))


async def _with_file(call: Call) -> Mapping[str, object]:
    file = call.content
    if file is None or call.file is None:
        return call.fields
    # The SDK looks up the type by the name, in files of this machine.
    part = await asyncio.to_thread(InputFile, file.content or b"", file.name)
    return {**call.fields, call.file: part}


def _in_part(error: ChannelError, sent: int) -> ChannelError:
    """The same, said to people; what is certain stays so."""
    told = f"{sent} of its parts arrived before"
    if isinstance(error, RejectedSendError):
        return RejectedSendError(f"{error.reason}; {told}")
    if isinstance(error, UncertainSendError):
        return UncertainSendError(f"{error}; {told}")
    return error
