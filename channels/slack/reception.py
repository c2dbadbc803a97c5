"""The way from what Slack sent to the gateway's intake, the same for both transports and for what
is looked up afterwards. It returns only when everything is on disk."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import ValidationError

from channels.contract import Intake
from channels.errors import ChannelError, RetryableSendError
from channels.events import (
    Address,
    Chosen,
    Cursor,
    Edited,
    Event,
    Ignored,
    InboundMessage,
    Unreadable,
)
from channels.slack.acting import Asked, NotTheirs, command, interaction
from channels.slack.lanes import Lanes
from channels.slack.payloads import Interaction, Said
from channels.slack.people import People
from channels.slack.reading import Arrival, Reader, unaddressed
from channels.slack.sending import Sending
from channels.slack.web import Web
from channels.slack.words import not_yours

HEARD = "heard"


@dataclass
class Heard:
    """Until when everything that Slack said is in the gateway, as a cursor: the ts of the latest
    event. It stands still while something earlier may be missing."""

    complete: bool = False
    latest: str = ""

    def cursor(self, ts: str) -> Cursor | None:
        if not self.complete or not ts or ts.zfill(24) <= self.latest.zfill(24):
            return None
        return Cursor(HEARD, ts)

    def moved(self, cursor: Cursor | None) -> None:
        if cursor is not None and cursor.key == HEARD:
            self.latest = cursor.value


@dataclass(frozen=True)
class Reception:
    """Takes in for an app that is signed in."""

    web: Web
    reader: Reader
    sending: Sending
    people: People
    lanes: Lanes
    heard: Heard
    intake: Intake = field(repr=False)

    async def event(self, payload: Mapping[str, Any]) -> None:
        """An ``event_callback``.

        Raises:
            IntakeClosed: nothing may be acknowledged.
        """
        try:
            arrival = self.reader.envelope(payload)
        except ValidationError as error:
            await self.unreadable(_bytes(payload), _reason(error))
            return
        await self.arrive(arrival)

    async def arrive(self, arrival: Arrival) -> bool:
        """Accept one arrival in its turn; whether there was anything to keep of it."""
        async with self.lanes.turn(arrival.channel, arrival.ts):
            event = await self._known(arrival)
            cursor = self._cursor(arrival)
            await self.intake.accept(event, cursor)
            self.heard.moved(cursor)
        return not isinstance(event, Ignored)

    async def acted(self, payload: Mapping[str, Any]) -> None:
        """An interaction: a button, a shortcut.

        Raises:
            IntakeClosed: nothing may be acknowledged.
            RetryableSendError: Slack does not say where to answer; nothing may be acknowledged.
        """
        try:
            given = Interaction.model_validate(payload)
            found = interaction(given, self.reader.me)
            self._may_open(found, given.trigger_id)
        except ValidationError as error:
            await self.unreadable(_bytes(payload), _reason(error))
            return
        if isinstance(found, Asked):
            await self._asked(found)
        elif isinstance(found, NotTheirs):
            await self.intake.accept(found.event)
            await self._told(found)
        else:
            await self.intake.accept(await self._by_whom(found))

    async def commanded(self, form: Mapping[str, str]) -> None:
        """A slash command.

        Raises:
            IntakeClosed: nothing may be acknowledged.
            RetryableSendError: Slack does not say where to answer; nothing may be acknowledged.
        """
        try:
            found = command(form, self.reader.me)
        except ValidationError as error:
            await self.unreadable(_bytes(form), _reason(error))
            return
        await self._asked(found)

    async def unreadable(self, raw: bytes, reason: str) -> None:
        name = f"unreadable/{hashlib.sha256(raw).hexdigest()}"
        await self.intake.accept(Unreadable(name, reason, raw))

    async def _asked(self, asked: Asked) -> None:
        address = asked.address
        if address is None:
            try:
                address = Address(await self.sending.alone_with(asked.user))
            except RetryableSendError:
                raise
            except ChannelError as error:
                await self.intake.accept(Ignored(asked.name, f"nowhere to answer: {error}"))
                return
        await self.intake.accept(asked.at(address))

    def _may_open(self, found: Chosen | NotTheirs | Asked | Ignored, trigger: str | None) -> None:
        """Before it is taken in: what opens a form may come at once. Forms are for staff."""
        if isinstance(found, Chosen) and found.address.chat in self.reader.desks():
            self.sending.pressed(found, trigger or "")

    async def _told(self, pressed: NotTheirs) -> None:
        """Only who pressed sees it, in the language of their Slack; that it fails changes
        nothing."""
        person = await self.people.of(self.web, pressed.user)
        try:
            await self.web.ask(
                "chat.postEphemeral",
                channel=pressed.channel,
                user=pressed.user,
                thread_ts=pressed.thread,
                text=not_yours(person.locale),
            )
        except ChannelError:
            return

    async def _known(self, arrival: Arrival) -> Event:
        """The event with what only others can say: whether its thread began with us, and what its
        author is called."""
        event = arrival.event
        if arrival.addressed == "ask" and await self.intake.cursor(_thread(arrival)) is None:
            return unaddressed(event)
        if not isinstance(event, InboundMessage | Edited) or event.sender.name is not None:
            return event
        user = event.sender.ids[0].rpartition("/")[2]
        person = await self.people.of(self.web, user)
        return replace(event, sender=replace(event.sender, name=person.name, guest=person.guest))

    async def _by_whom(self, event: Chosen | Ignored) -> Chosen | Ignored:
        """Where staff work, it matters whether a guest of the workspace has pressed."""
        if not isinstance(event, Chosen) or event.address.chat not in self.reader.desks():
            return event
        person = await self.people.of(self.web, event.sender.ids[0].rpartition("/")[2])
        return replace(event, sender=replace(event.sender, guest=person.guest))

    def _cursor(self, arrival: Arrival) -> Cursor | None:
        """That a thread began with us is as durable as what began it."""
        if arrival.addressed == "begins":
            return Cursor(_thread(arrival), arrival.ts)
        return self.heard.cursor(arrival.ts)


def _thread(arrival: Arrival) -> str:
    return f"thread/{arrival.channel}/{arrival.thread}"


def history_said(message: Mapping[str, Any]) -> Said | None:
    """A message of a channel's history; None for one that nobody can read, as it was never an event
    that could be kept."""
    try:
        return Said.model_validate(message)
    except ValidationError:
        return None


def _bytes(payload: Mapping[str, Any]) -> bytes:
    return json.dumps(payload, sort_keys=True, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _reason(error: ValidationError) -> str:
    """Which key is wrong; never what stood there."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    where = ".".join(str(part)[:40] for part in first["loc"])
    return f"`{where}`: {first['msg'][:200]}"
