"""The WhatsApp channel against a Twilio on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from aiohttp.test_utils import TestServer

from channels.contract import Channel, OutboundMessage
from channels.events import Address
from channels.kinds import CAPABILITIES
from channels.whatsapp.channel import WhatsAppChannel
from channels.whatsapp.settings import WhatsAppSettings
from tests.channels.fakes import FakeClock, MemoryIntake
from tests.contract.harness.protocol import By, File, Harness, Outcome, Payload, Seen
from tests.contract.harness.protocol import Fault as Trouble
from tests.platforms.twilio import Answer, Twilio
from tests.platforms.twilio_records import ACCOUNT, CUSTOMER, SENDER, TOKEN, Fault

PUBLIC_URL = "https://desk.example.com"
FAULTS: Mapping[Trouble, Fault] = {
    "rate_limited": Fault(429, 20429, retry_after="7"),
    "unavailable": Fault(503),
    "refused": Fault(400, 21211),
    "unauthorised": Fault(401, 20003),
    "cut": Fault(taken=True, cut=True),
    "lost": Fault(cut=True),
}


class TickingClock(FakeClock):
    """A clock whose sleepers wait until the test lets them on."""

    def __init__(self) -> None:
        super().__init__()
        self._ticks = asyncio.Condition()
        self._round = 0
        self.asleep = 0

    async def sleep(self, seconds: float) -> None:
        """Short waits pass at once; a pause between two rounds lasts until ``pass_by``."""
        self.at += seconds if seconds < 30 else 0
        if seconds < 30:
            return
        async with self._ticks:
            began = self._round
            self.asleep += 1
            self._ticks.notify_all()
            try:
                await self._ticks.wait_for(lambda: self._round != began)
            finally:
                self.asleep -= 1

    async def rest(self) -> None:
        """Until somebody sleeps."""
        async with self._ticks:
            await self._ticks.wait_for(lambda: self.asleep > 0)

    async def pass_by(self, seconds: float) -> None:
        async with self._ticks:
            self.at += seconds
            self._round += 1
            self._ticks.notify_all()


def settings(url: str, **fields: Any) -> WhatsAppSettings:
    return WhatsAppSettings.model_validate(
        {
            "kind": "whatsapp",
            "account_sid": ACCOUNT,
            "auth_token": TOKEN,
            "from": SENDER,
            "api_base": url,
            **fields,
        }
    )


@dataclass
class Rig:
    """A channel between a Twilio and a gateway in memory."""

    channel: WhatsAppChannel
    twilio: Twilio
    intake: MemoryIntake
    clock: TickingClock


def channel_of(twilio: Twilio, clock: FakeClock, **fields: Any) -> WhatsAppChannel:
    given = settings(twilio.url, **fields)
    return WhatsAppChannel("wa", given, CAPABILITIES["whatsapp"], clock, PUBLIC_URL)


@asynccontextmanager
async def rig(**fields: Any) -> AsyncGenerator[Rig]:
    clock, intake = TickingClock(), MemoryIntake()
    async with Twilio(public_url=PUBLIC_URL, now=clock.now) as twilio:
        channel = channel_of(twilio, clock, **fields)
        app = web.Application()
        app.router.add_routes(channel.routes(intake))
        async with TestServer(app) as server, channel:
            twilio.gateway = str(server.make_url("")).rstrip("/")
            yield Rig(channel, twilio, intake, clock)


@dataclass
class WhatsAppHarness:
    """One customer with a number."""

    rig: Rig
    public_address: None = None
    channel: WhatsAppChannel = field(init=False)
    intake: MemoryIntake = field(init=False)

    def __post_init__(self) -> None:
        self.channel = self.rig.channel
        self.intake = self.rig.intake

    @property
    def address(self) -> Address:
        return Address(CUSTOMER)

    def payload(
        self, text: str, *, by: By = "customer", files: Sequence[File] = ()
    ) -> Payload | None:
        """Neither other programs nor the account's owner can be told from customers: Twilio shows
        the one as any other number, and the other not at all."""
        if by in {"bot", "operator"}:
            return None
        media = [self.rig.twilio.medium(file.content_type, file.content) for file in files]
        sender = SENDER if by == "self" else CUSTOMER
        return Payload(text, self.rig.twilio.say(text, sender, media))

    def public_payload(self, text: str, *, addressed: bool) -> None: ...

    def edited(self, payload: Payload, text: str) -> None: ...

    def deleted(self, payload: Payload) -> None: ...

    def reacted(self, payload: Payload, emoji: str) -> None: ...

    def commanded(self, command: str, text: str) -> None: ...

    def pressed(self, seen: Seen, label: str, *, by: str | None = None) -> Payload:
        sender = CUSTOMER if by is None else f"whatsapp:{by}"
        offer = self.rig.twilio.messages[seen.id]
        return Payload(label, self.rig.twilio.press(offer, label, sender))

    async def missed(self, payload: Payload) -> bool:
        """The webhook did not get through; the channel comes up, and looks at the list."""
        clock = self.rig.clock
        self.intake.cursors["listed"] = str(clock.at - 1)
        clock.at += 120
        receiving = asyncio.create_task(self.channel.receive(self.intake))
        await clock.rest()
        receiving.cancel()
        await asyncio.gather(receiving, return_exceptions=True)
        return True

    async def deliver(self, payload: Payload) -> Outcome:
        return _outcome(await self.rig.twilio.deliver(payload.body))

    async def forge(self, payload: Payload) -> Outcome:
        path = "/webhooks/wa"
        headers = self.rig.twilio.sign(path, payload.body, key="somebody-elses-token")
        return _outcome(await self.rig.twilio.post(path, _form(payload.body), headers))

    async def forge_garbage(self) -> Outcome:
        headers = {"X-Twilio-Signature": "bm90IGEgc2lnbmF0dXJl"}
        return _outcome(await self.rig.twilio.post("/webhooks/wa", b"\xff%zz&=&" * 999, headers))

    async def oversized(self) -> Outcome:
        form = self.rig.twilio.say("x" * 1_048_576)
        return _outcome(await self.rig.twilio.deliver(form))

    async def received(self, message: OutboundMessage) -> str:
        await self.channel.send(message)
        return self.seen()[-1].text

    def seen(self) -> Sequence[Seen]:
        return [
            Seen(
                message.sid,
                Address(message.recipient),
                message.body,
                tuple(title for _, title in message.choices),
                tuple(File("", medium.content_type, medium.content) for medium in message.media),
            )
            for message in self.rig.twilio.sent
        ]

    def typed(self) -> int:
        return len(self.rig.twilio.calls("typing"))

    def fail(self, fault: Trouble) -> bool:
        self.rig.twilio.faults.append(FAULTS[fault])
        return True

    def broken(self) -> Channel:
        return channel_of(self.rig.twilio, self.rig.clock, auth_token="f" * 7 + "0123456789abcdef")


def _form(fields: Mapping[str, str]) -> bytes:
    return urlencode(fields).encode()


def _outcome(answer: Answer) -> Outcome:
    return Outcome(acknowledged=answer.status < 300, status=answer.status)


@asynccontextmanager
async def harness() -> AsyncGenerator[Harness]:
    async with rig() as opened:
        yield WhatsAppHarness(opened)
