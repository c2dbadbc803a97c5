"""The API channel against a program on loopback that takes deliveries and posts events."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, TypeAlias

from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer
from pydantic import SecretStr

from channels.api.channel import ApiChannel
from channels.api.settings import ApiSettings
from channels.api.signing import HEADER, require_signature, sign
from channels.contract import OutboundMessage
from channels.events import Address
from channels.kinds import CAPABILITIES
from tests.channels.fakes import FakeClock, MemoryIntake
from tests.contract.harness.protocol import Harness, Outcome, Payload

Client: TypeAlias = TestClient[web.Request, web.Application]
Answer: TypeAlias = Callable[[web.Request], web.StreamResponse]
SECRET = "a-secret-that-both-sides-know-and-nobody-else"


def taken(_: web.Request) -> web.StreamResponse:
    return web.Response(status=204)


@dataclass
class FakeReceiver:
    """Takes signed deliveries as the page says; ``answer`` is what it says to each. ``got`` are
    the bodies with a valid signature, ``keys`` their idempotency keys."""

    clock: FakeClock
    answer: Answer = taken
    got: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    keys: list[str] = field(default_factory=list[str])
    refused: int = 0

    async def deliver(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        if request.method == "OPTIONS":
            return web.Response(status=204)
        require_signature(request.headers.get(HEADER, ""), SECRET, raw, self.clock.now())
        assert request.content_type == "application/json"
        self.got.append(json.loads(raw))
        self.keys.append(request.headers["Idempotency-Key"])
        return self.answer(request)


@dataclass
class Rig:
    """A channel between a program's HTTP client and its receiver."""

    channel: ApiChannel
    client: Client
    intake: MemoryIntake
    receiver: FakeReceiver
    clock: FakeClock

    async def post(self, raw: bytes, header: str | None = None, **headers: str) -> ClientResponse:
        """A body as it is, signed now, or with the signature that is given."""
        signature = sign(SECRET, raw, self.clock.now()) if header is None else header
        return await self.client.post(
            f"/webhooks/{self.channel.name}",
            data=BytesIO(raw),
            headers={"Content-Type": "application/json", HEADER: signature, **headers},
        )

    async def say(self, **fields: Any) -> ClientResponse:
        return await self.post(json.dumps(message(**fields)).encode())


def message(**fields: Any) -> dict[str, Any]:
    said = {"id": "e-1", "type": "message", "chat": "c-1", "sender": {"id": "u-1"}, "text": "hello"}
    return {**said, **fields}


def settings(url: str, **fields: Any) -> ApiSettings:
    secret = SecretStr(SECRET)
    return ApiSettings.model_validate({"kind": "api", "secret": secret, "url": url, **fields})


@asynccontextmanager
async def rig(**fields: Any) -> AsyncGenerator[Rig]:
    clock, intake = FakeClock(), MemoryIntake()
    receiver = FakeReceiver(clock)
    outside = web.Application(client_max_size=2**24)
    outside.router.add_route("*", "/deliver", receiver.deliver)
    async with TestServer(outside) as server:
        given = settings(**{"url": str(server.make_url("/deliver")), **fields})
        channel = ApiChannel("crm", given, CAPABILITIES["api"], clock)
        app = web.Application()
        app.router.add_routes(channel.routes(intake))
        async with TestClient(TestServer(app)) as client, channel:
            yield Rig(channel, client, intake, receiver, clock)


@dataclass
class ApiHarness:
    rig: Rig
    sent: int = 0
    channel: ApiChannel = field(init=False)
    intake: MemoryIntake = field(init=False)

    def __post_init__(self) -> None:
        self.channel = self.rig.channel
        self.intake = self.rig.intake

    @property
    def address(self) -> Address:
        return Address("c-1", "t-1")

    def payload(self, text: str) -> Payload:
        self.sent += 1
        return Payload(text, message(id=f"e-{self.sent}", thread="t-1", text=text))

    async def deliver(self, payload: Payload) -> Outcome:
        return _outcome(await self.rig.post(json.dumps(payload.body).encode()))

    async def forge(self, payload: Payload) -> Outcome:
        raw = json.dumps(payload.body).encode()
        return _outcome(await self.rig.post(raw, sign("x" * 32, raw, self.rig.clock.now())))

    async def forge_garbage(self) -> Outcome:
        raw = b"[" * 100_000
        return _outcome(await self.rig.post(raw, sign("x" * 32, raw, self.rig.clock.now())))

    async def oversized(self) -> Outcome:
        raw = b'{"text": "' + b"x" * 1_048_576 + b'"}'
        return _outcome(await self.rig.post(raw))

    async def received(self, message: OutboundMessage) -> str:
        await self.channel.send(message)
        text: str = self.rig.receiver.got[-1]["text"]
        return text


def _outcome(response: ClientResponse) -> Outcome:
    return Outcome(acknowledged=response.status < 300, status=response.status)


@asynccontextmanager
async def harness() -> AsyncGenerator[Harness]:
    async with rig() as opened:
        yield ApiHarness(opened)
