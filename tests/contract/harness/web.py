"""The web chat channel against a visitor's HTTP client and an in-memory gateway."""

from __future__ import annotations

import html
import json
import re
import uuid
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, TypeAlias

from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer
from pydantic import SecretStr

from channels.contract import OutboundMessage
from channels.events import Address
from channels.kinds import CAPABILITIES, imitate
from channels.webchat.channel import WebChat
from channels.webchat.settings import WebSettings
from tests.channels.fakes import FakeClock, MemoryIntake, MemoryTimeline, MemoryUploads, item
from tests.contract.harness.protocol import Harness, Outcome, Payload

Client: TypeAlias = TestClient[web.Request, web.Application]
IDENTITY_KEY = "a-shared-secret-of-the-host-site"


class Counter:
    """Random bytes that repeat in every run."""

    def __init__(self) -> None:
        self._next = 0

    def __call__(self, size: int) -> bytes:
        self._next += 1
        return self._next.to_bytes(size, "big")


@dataclass
class Rig:
    """A channel on a test server, and everything that it was given."""

    channel: WebChat
    client: Client
    intake: MemoryIntake
    timeline: MemoryTimeline
    uploads: MemoryUploads
    clock: FakeClock

    async def post(self, path: str, body: object, token: str | None = None) -> ClientResponse:
        return await self.client.post(
            f"/chat/{self.channel.name}/{path}", json=body, headers=bearer(token)
        )

    async def open(self, body: Mapping[str, str] | None = None) -> tuple[str, str]:
        """A session's id and token."""
        response = await self.post("sessions", body or {})
        assert response.status == 200, await response.text()
        opened = await response.json()
        return opened["session"], opened["token"]

    async def events(self, token: str, after: int = 0, **headers: str) -> ClientResponse:
        return await self.client.get(
            f"/chat/{self.channel.name}/events?after={after}",
            headers={**bearer(token), **headers},
        )


def bearer(token: str | None) -> dict[str, str]:
    return {} if token is None else {"Authorization": f"Bearer {token}"}


def settings(**fields: Any) -> WebSettings:
    keys = {"k1": SecretStr(IDENTITY_KEY)}
    return WebSettings.model_validate({"kind": "web", "identity_keys": keys, **fields})


def channel(name: str = "web", shown_as: str | None = None, **fields: Any) -> WebChat:
    """A channel with fakes; ``fields`` replace constructor arguments."""
    given: dict[str, Any] = {
        "settings": settings(),
        "capabilities": imitate(shown_as) if shown_as else CAPABILITIES["web"],
        "key": b"k" * 32,
        "timeline": MemoryTimeline(),
        "uploads": MemoryUploads(),
        "clock": FakeClock(),
        "random": Counter(),
        **fields,
    }
    return WebChat(name=name, **given)


@asynccontextmanager
async def rig(*channels: WebChat) -> AsyncGenerator[Rig]:
    """The first channel's rig; all of them are served by one application."""
    first = (channels or (channel(),))[0]
    intake = MemoryIntake()
    app = web.Application()
    for each in channels or (first,):
        app.router.add_routes(each.routes(intake))
    timeline, uploads, clock = first.timeline, first.uploads, first.clock
    assert isinstance(timeline, MemoryTimeline)
    assert isinstance(uploads, MemoryUploads)
    assert isinstance(clock, FakeClock)
    async with TestClient(TestServer(app)) as client, first:
        yield Rig(first, client, intake, timeline, uploads, clock)
        first.closing.set()


async def next_event(response: ClientResponse) -> tuple[str, dict[str, Any], str | None]:
    """The stream's next event: name, data, id. Comments are passed over."""
    fields: dict[str, str] = {}
    while True:
        line = (await response.content.readline()).decode()
        assert line, "the stream ended"
        if line == "\n" and "data" in fields:
            return fields["event"], json.loads(fields["data"]), fields.get("id")
        name, _, value = line.rstrip("\n").partition(": ")
        if name:
            fields[name] = value


@dataclass
class WebHarness:
    """One visitor with a session."""

    rig: Rig
    session: str
    token: str
    channel: WebChat = field(init=False)
    intake: MemoryIntake = field(init=False)

    def __post_init__(self) -> None:
        self.channel = self.rig.channel
        self.intake = self.rig.intake

    @property
    def address(self) -> Address:
        return Address(self.session)

    def payload(self, text: str) -> Payload:
        return Payload(text, {"id": str(uuid.uuid4()), "text": text})

    async def deliver(self, payload: Payload) -> Outcome:
        return _outcome(await self.rig.post("messages", payload.body, self.token))

    async def forge(self, payload: Payload) -> Outcome:
        return _outcome(await self.rig.post("messages", payload.body, self.token[:-2] + "AA"))

    async def forge_garbage(self) -> Outcome:
        return await self._raw(b"[" * 100_000, self.token[:-2] + "AA")

    async def oversized(self) -> Outcome:
        return await self._raw(b'{"text": "' + b"x" * 1_048_576 + b'"}', self.token)

    async def received(self, message: OutboundMessage) -> str:
        # On web the gateway's commit is the send: it makes the item visible, then asks the channel.
        placed = await self.rig.timeline.show(message.address, item(message.text))
        await self.channel.send(message)
        stream = await self.rig.events(self.token, placed.seq - 1)
        name, data, _ = await next_event(stream)
        while name != "message":
            name, data, _ = await next_event(stream)
        stream.close()
        return html.unescape(re.sub(r"<[^>]*>", " ", data["html"]))

    async def _raw(self, body: bytes, token: str) -> Outcome:
        headers = {**bearer(token), "Content-Type": "application/json"}
        return _outcome(
            await self.rig.client.post(
                f"/chat/{self.channel.name}/messages", data=BytesIO(body), headers=headers
            )
        )


def _outcome(response: ClientResponse) -> Outcome:
    return Outcome(acknowledged=response.status < 300, status=response.status)


@asynccontextmanager
async def harness() -> AsyncGenerator[Harness]:
    async with rig() as opened:
        session, token = await opened.open()
        yield WebHarness(opened, session, token)
