"""The Telegram channel against a fake of the Bot API: it polls, as channels do by default; forged
posts go to a second channel of the same bot, which waits for a webhook."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, TypeAlias

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from channels.contract import Channel, OutboundMessage
from channels.errors import IntakeClosed
from channels.events import Address
from channels.kinds import CAPABILITIES
from channels.telegram.channel import TelegramChannel
from channels.telegram.settings import TelegramSettings
from channels.telegram.webhook import HEADER
from tests.channels.fakes import FakeClock, MemoryIntake
from tests.contract.harness.protocol import By, Fault, File, Harness, Outcome, Payload, Seen
from tests.platforms.telegram import TelegramPlatform, Trouble
from tests.platforms.telegram_updates import ADA, BOT, CLAIRE, MACHINE, OTHER, Json, Maker

Client: TypeAlias = TestClient[web.Request, web.Application]
SECRET = "the-secret-that-telegram-sends-back"
SENDERS: dict[str, Json] = {"customer": ADA, "self": BOT, "bot": MACHINE}


def _error(status: int, description: str, **more: Any) -> Trouble:
    return status, {"ok": False, "error_code": status, "description": description, **more}


TROUBLES: dict[Fault, Trouble] = {
    "rate_limited": _error(429, "Too Many Requests: retry after 7", parameters={"retry_after": 7}),
    "unavailable": _error(503, "Service Unavailable"),
    "refused": _error(400, "Bad Request: chat not found"),
    "unauthorised": _error(401, "Unauthorized"),
    "cut": "cut",
    "lost": "lost",
}


class PatientClock(FakeClock):
    """Its sleepers wait for the test's end."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.Event().wait()


def settings(base: str, **fields: Any) -> TelegramSettings:
    given = {"kind": "telegram", "token": TelegramPlatform.token, "api_base": base, **fields}
    return TelegramSettings.model_validate(given)


def channel(platform: TelegramPlatform, public_url: str = "", **fields: Any) -> TelegramChannel:
    given = settings(platform.base, **fields)
    can = CAPABILITIES["telegram"]
    return TelegramChannel("telegram", given, can, PatientClock(), public_url)


def webhook_channel(platform: TelegramPlatform, public_url: str, **fields: Any) -> TelegramChannel:
    return channel(platform, public_url, transport="webhook", secret=SECRET, **fields)


@dataclass
class Receiving:
    """What the supervisor does, in little: receive until the gateway takes nothing in."""

    channel: TelegramChannel
    intake: MemoryIntake
    task: asyncio.Task[None] | None = None

    def ensure(self) -> asyncio.Task[None]:
        if self.task is None or self.task.done():
            self.task = asyncio.create_task(self.channel.receive(self.intake))
        return self.task

    async def stop(self) -> None:
        if self.task is not None:
            self.task.cancel()
            with suppress(asyncio.CancelledError, IntakeClosed):
                await self.task


@dataclass
class TelegramHarness:
    platform: TelegramPlatform
    channel: TelegramChannel
    intake: MemoryIntake
    door: Client
    receiving: Receiving
    maker: Maker = field(default_factory=Maker)

    @property
    def address(self) -> Address:
        return Address("42")

    @property
    def public_address(self) -> Address:
        return Address("-1001234567890", "3")

    def payload(
        self, text: str, *, by: By = "customer", files: Sequence[File] = ()
    ) -> Payload | None:
        if by not in SENDERS:
            return None  # who owns a bot does not write as the bot; see business chats
        if not files:
            return Payload(text, self.maker.text(text, sender=SENDERS[by]))
        sorts = [self._sort(file) for file in files]
        fields = {key: value for each in sorts for key, value in each.items()}
        message = self.maker.said(caption=text, **fields)
        return Payload(text, self.maker.numbered("message", message))

    def public_payload(self, text: str, *, addressed: bool) -> Payload:
        said = f"@{BOT['username']} {text}" if addressed else text
        return Payload(text, self.maker.in_group(said, sender=CLAIRE))

    def edited(self, payload: Payload, text: str) -> Payload:
        return Payload(text, self.maker.edited(payload.body, text))

    def deleted(self, payload: Payload) -> None:
        """Telegram tells a bot only what is taken back in business chats."""

    def reacted(self, payload: Payload, emoji: str) -> Payload:
        message = payload.body["message"]
        number = message["message_id"]
        return Payload(emoji, self.maker.reacted(message["chat"], number, [], [emoji]))

    def pressed(self, seen: Seen, label: str, *, by: str | None = None) -> Payload:
        chat, _, number = seen.id.partition(":")
        shown = self.platform.shown[int(chat), int(number)]
        data = next(each["callback_data"] for each in shown.buttons if each["text"] == label)
        answered = ADA if shown.chat > 0 else CLAIRE
        sender = answered if by is None else OTHER
        return Payload(label, self.maker.pressed(shown.as_message(), data, sender))

    def commanded(self, command: str, text: str) -> Payload:
        return Payload(text, self.maker.text(f"/{command} {text}".strip()))

    async def deliver(self, payload: Payload) -> Outcome:
        receiving = self.receiving.ensure()
        await self.platform.push(payload.body)
        confirmed = asyncio.create_task(self.platform.confirmed(payload.body))
        await asyncio.wait({confirmed, receiving}, return_when=asyncio.FIRST_COMPLETED)
        if confirmed.done():
            return Outcome(acknowledged=True)
        confirmed.cancel()
        with suppress(IntakeClosed):
            receiving.result()
        return Outcome(acknowledged=False)

    async def missed(self, payload: Payload) -> bool:
        await self.receiving.stop()
        await self.channel.__aexit__()
        await self.platform.push(payload.body)
        await self.channel.__aenter__()
        self.receiving.ensure()
        await self.platform.confirmed(payload.body)
        return True

    async def forge(self, payload: Payload) -> Outcome:
        return await self._posted(repr(payload.body).encode(), "x" * len(SECRET))

    async def forge_garbage(self) -> Outcome:
        return await self._posted(b"[" * 100_000, "x" * len(SECRET))

    async def oversized(self) -> Outcome:
        return await self._posted(b'{"text": "' + b"x" * 1_048_576 + b'"}', SECRET)

    async def received(self, message: OutboundMessage) -> str:
        await self.channel.send(message)
        shown = self.platform.messages[-1].parsed
        return " ".join((shown.text, *shown.links))

    def seen(self) -> Sequence[Seen]:
        return [
            Seen(
                id=f"{each.chat}:{each.id}",
                address=Address(str(each.chat), None if each.thread is None else str(each.thread)),
                text=each.parsed.text,
                choices=tuple(button["text"] for button in each.buttons),
                files=tuple(File(*file) for file in each.files),
                pings=tuple(each.parsed.pings),
            )
            for each in self.platform.messages
        ]

    def typed(self) -> int:
        return len(self.platform.of("sendChatAction"))

    def fail(self, fault: Fault) -> bool:
        self.platform.troubles.append(TROUBLES[fault])
        return True

    def broken(self) -> Channel:
        return channel(self.platform, token="7000001:another-token-that-was-revoked")

    def _sort(self, file: File) -> Json:
        """A file as its sender's program would send it."""
        id = f"file-{len(self.platform.files) + 1}"
        self.platform.files[id] = file.content
        media: Json = {"file_id": id, "file_unique_id": f"u-{id}", "file_size": len(file.content)}
        if file.content_type.startswith("image/"):
            small = {**media, "file_id": "thumbnail", "width": 90, "height": 60}
            return {"photo": [small, {**media, "width": 1280, "height": 960}]}
        named = {**media, "file_name": file.name, "mime_type": file.content_type}
        return {"voice" if file.content_type == "audio/ogg" else "document": named}

    async def _posted(self, body: bytes, secret: str) -> Outcome:
        headers = {"Content-Type": "application/json", HEADER: secret}
        answer = await self.door.post("/webhooks/telegram", data=BytesIO(body), headers=headers)
        return Outcome(acknowledged=answer.status < 300, status=answer.status)


@asynccontextmanager
async def harness() -> AsyncGenerator[Harness]:
    intake = MemoryIntake()
    async with TelegramPlatform() as platform, channel(platform) as polls:
        waits = webhook_channel(platform, "https://desk.example.com")
        app = web.Application()
        app.router.add_routes(waits.routes(intake))
        async with waits, TestClient(TestServer(app)) as door:
            receiving = Receiving(polls, intake)
            yield TelegramHarness(platform, polls, intake, door, receiving)
            await receiving.stop()
