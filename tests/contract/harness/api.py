"""The API channel against a program on loopback that takes deliveries and posts events."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from io import BytesIO
from types import MappingProxyType
from typing import Any, TypeAlias

from aiohttp import ClientResponse, ClientSession, web
from aiohttp.test_utils import TestClient, TestServer
from pydantic import SecretStr

from channels.api.channel import ApiChannel
from channels.api.settings import ApiSettings
from channels.api.signing import require_signature, signed
from channels.contract import OutboundMessage
from channels.events import Address
from channels.kinds import CAPABILITIES
from tests.channels.fakes import FakeClock, MemoryIntake
from tests.contract.harness.protocol import By, Fault, File, Harness, Outcome, Payload, Seen

Client: TypeAlias = TestClient[web.Request, web.Application]
Answer: TypeAlias = Callable[[web.Request], web.StreamResponse]
NO_FILES: Mapping[str, File] = MappingProxyType({})
STATUSES: Mapping[Fault | None, int] = MappingProxyType(
    {"rate_limited": 429, "unavailable": 503, "refused": 422, "unauthorised": 401}
)
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
        require_signature(request.headers, SECRET, raw, self.clock.now())
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

    async def post(
        self, raw: bytes, stamp: Mapping[str, str] | None = None, **headers: str
    ) -> ClientResponse:
        """A body as it is, signed now, or with the headers of the signature that are given."""
        given = signed(SECRET, "m-1", raw, self.clock.now()) if stamp is None else stamp
        return await self.client.post(
            f"/webhooks/{self.channel.name}",
            data=BytesIO(raw),
            headers={"Content-Type": "application/json", **given, **headers},
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
async def rig(
    program: type[FakeReceiver] = FakeReceiver, files: Mapping[str, File] = NO_FILES, **fields: Any
) -> AsyncGenerator[Rig]:
    """``files`` are what the program serves to the gateway, each under ``/files/`` and its key."""
    clock, intake = FakeClock(), MemoryIntake()
    receiver = program(clock)

    async def file(request: web.Request) -> web.Response:
        return web.Response(body=files[request.match_info["key"]].content)

    outside = web.Application(client_max_size=2**24)
    outside.router.add_route("*", "/deliver", receiver.deliver)
    outside.router.add_get("/files/{key}", file)
    async with TestServer(outside) as server:
        given = settings(**{"url": str(server.make_url("/deliver")), **fields})
        channel = ApiChannel("crm", given, CAPABILITIES["api"], clock)
        app = web.Application()
        app.router.add_routes(channel.routes(intake))
        async with TestClient(TestServer(app)) as client, channel:
            yield Rig(channel, client, intake, receiver, clock)


@dataclass
class Program(FakeReceiver):
    """A receiver that shows what it took, and that has its faults on demand."""

    fault: Fault | None = None
    shown: dict[str, Seen] = field(default_factory=dict[str, Seen])

    async def deliver(self, request: web.Request) -> web.StreamResponse:
        if request.method == "OPTIONS":
            return await super().deliver(request)
        fault, self.fault = self.fault, None
        if fault in STATUSES:
            return web.Response(status=STATUSES[fault], headers={"Retry-After": "7"})
        if fault == "lost":
            return _cut(request)
        answer = await super().deliver(request)
        await self._show(self.got[-1])
        return _cut(request) if fault == "cut" else answer

    async def _show(self, body: Mapping[str, Any]) -> None:
        if body["type"] == "delete":
            del self.shown[body["message"]]
            return
        name = body["message"] if body["type"] == "edit" else body["id"]
        labels = tuple(choice["label"] for choice in body["choices"])
        files = tuple([await _fetched(file["name"], file["url"]) for file in body["files"]])
        place = Address(body["chat"], body["thread"])
        self.shown[name] = Seen(name, place, body["text"], labels, files)


def _cut(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response(status=204)


async def _fetched(name: str, url: str) -> File:
    async with ClientSession() as program, program.get(url) as answer:
        return File(name, answer.content_type, await answer.read())


@dataclass
class ApiHarness:
    """A program with one ticket and one customer."""

    rig: Rig
    program: Program
    files: dict[str, File]
    public_address: None = None
    sent: int = 0
    channel: ApiChannel = field(init=False)
    intake: MemoryIntake = field(init=False)

    def __post_init__(self) -> None:
        self.channel = self.rig.channel
        self.intake = self.rig.intake

    @property
    def address(self) -> Address:
        return Address("c-1", "t-1")

    def payload(
        self, text: str, *, by: By = "customer", files: Sequence[File] = ()
    ) -> Payload | None:
        """What we deliver comes never back."""
        if by == "self":
            return None
        sender = {"id": "u-1" if by == "customer" else f"{by}-1", "kind": by}
        return self._event("message", text, sender=sender, files=[*map(self._served, files)])

    def public_payload(self, text: str, *, addressed: bool) -> None: ...

    def edited(self, payload: Payload, text: str) -> Payload:
        return self._event("edited", text, message=payload.body["id"])

    def deleted(self, payload: Payload) -> Payload:
        gone = self._event("deleted", "", message=payload.body["id"])
        del gone.body["text"]
        return gone

    def reacted(self, payload: Payload, emoji: str) -> None: ...

    def commanded(self, command: str, text: str) -> None: ...

    def pressed(self, seen: Seen, label: str, *, by: str | None = None) -> Payload:
        offered = next(body for body in self.program.got if body["id"] == seen.id)["choices"]
        choice = next(each["id"] for each in offered if each["label"] == label)
        pressed = self._event("chosen", "", message=seen.id, choice=choice)
        del pressed.body["text"]
        return replace(pressed, body={**pressed.body, "sender": {"id": by or "u-1"}})

    async def missed(self, payload: Payload) -> bool:
        """The program sends again what was not acknowledged."""
        return False

    async def deliver(self, payload: Payload) -> Outcome:
        return _outcome(await self.rig.post(json.dumps(payload.body).encode()))

    async def forge(self, payload: Payload) -> Outcome:
        raw = json.dumps(payload.body).encode()
        return _outcome(await self.rig.post(raw, self._forged(raw)))

    async def forge_garbage(self) -> Outcome:
        raw = b"[" * 100_000
        return _outcome(await self.rig.post(raw, self._forged(raw)))

    async def oversized(self) -> Outcome:
        raw = b'{"text": "' + b"x" * 1_048_576 + b'"}'
        return _outcome(await self.rig.post(raw))

    async def received(self, message: OutboundMessage) -> str:
        await self.channel.send(message)
        return self.seen()[-1].text

    def seen(self) -> Sequence[Seen]:
        return tuple(self.program.shown.values())

    def typed(self) -> int:
        return 0

    def fail(self, fault: Fault) -> bool:
        self.program.fault = fault
        return True

    def broken(self) -> None:
        """Whether a signature is accepted shows at the first message only."""

    def _forged(self, raw: bytes) -> Mapping[str, str]:
        return signed("x" * 32, "m-1", raw, self.rig.clock.now())

    def _event(self, sort: str, text: str, **fields: Any) -> Payload:
        self.sent += 1
        where = {"id": f"e-{self.sent}", "type": sort, "chat": "c-1", "thread": "t-1"}
        order = {"order": self.sent} if sort == "message" else {}
        body = {**where, "sender": {"id": "u-1"}, "text": text, **order, **fields}
        return Payload(text, body)

    def _served(self, file: File) -> dict[str, str]:
        key = f"f-{len(self.files) + 1}"
        self.files[key] = file
        home = self.channel.settings.origin
        return {"url": f"{home}/files/{key}", "name": file.name, "type": file.content_type}


def _outcome(response: ClientResponse) -> Outcome:
    return Outcome(acknowledged=response.status < 300, status=response.status)


@asynccontextmanager
async def harness() -> AsyncGenerator[Harness]:
    files: dict[str, File] = {}
    async with rig(Program, files) as opened:
        assert isinstance(opened.receiver, Program)
        yield ApiHarness(opened, opened.receiver, files)
