"""The web chat channel against a visitor's HTTP client and an in-memory gateway."""

from __future__ import annotations

import html
import json
import re
import uuid
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, TypeAlias

from aiohttp import ClientResponse, ClientSession, FormData, web
from aiohttp.test_utils import TestClient, TestServer
from pydantic import SecretStr

from channels.contract import OutboundMessage, TimelineFile
from channels.events import Address
from channels.kinds import CAPABILITIES, imitate
from channels.webchat.channel import WebChat
from channels.webchat.settings import WebSettings
from tests.channels.fakes import FakeClock, MemoryIntake, MemoryTimeline, MemoryUploads, item
from tests.contract.harness.protocol import By, Fault, File, Harness, Outcome, Payload, Seen

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
    timeline, uploads, clock = first.timeline, first.uploads, first.clock
    assert isinstance(timeline, MemoryTimeline)
    assert isinstance(uploads, MemoryUploads)
    assert isinstance(clock, FakeClock)
    intake = MemoryIntake(uploads=uploads.stored)
    app = web.Application()
    for each in channels or (first,):
        app.router.add_routes(each.routes(intake))
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
    """One visitor with a session. What they see is what their stream carries."""

    rig: Rig
    session: str
    token: str
    public_address: None = None
    channel: WebChat = field(init=False)
    intake: MemoryIntake = field(init=False)
    choices: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    _seen: list[Seen] = field(default_factory=list[Seen])

    def __post_init__(self) -> None:
        self.channel = self.rig.channel
        self.intake = self.rig.intake

    @property
    def address(self) -> Address:
        return Address(self.session)

    def payload(
        self, text: str, *, by: By = "customer", files: Sequence[File] = ()
    ) -> Payload | None:
        """Nobody but the visitor writes in a visitor's session."""
        if by != "customer":
            return None
        return Payload(text, {"id": str(uuid.uuid4()), "text": text, "files": tuple(files)})

    def public_payload(self, text: str, *, addressed: bool) -> None: ...

    def edited(self, payload: Payload, text: str) -> None: ...

    def deleted(self, payload: Payload) -> None: ...

    def reacted(self, payload: Payload, emoji: str) -> None: ...

    def commanded(self, command: str, text: str) -> None: ...

    def pressed(self, seen: Seen, label: str, *, by: str | None = None) -> Payload | None:
        """A session's buttons are seen by its visitor alone."""
        choice = self.choices[seen.id, label]
        body = {"id": str(uuid.uuid4()), "message": seen.id, "choice": choice}
        return None if by else Payload(label, body)

    async def deliver(self, payload: Payload) -> Outcome:
        body = dict(payload.body)
        if "choice" in body:
            return _outcome(await self.rig.post("choices", body, self.token))
        body["files"] = [await self._upload(file) for file in body["files"]]
        return _outcome(await self.rig.post("messages", body, self.token))

    async def missed(self, payload: Payload) -> bool:
        """The visitor's browser sends again what was not acknowledged."""
        return False

    async def forge(self, payload: Payload) -> Outcome:
        return _outcome(await self.rig.post("messages", payload.body, self.token[:-2] + "AA"))

    async def forge_garbage(self) -> Outcome:
        return await self._raw(b"[" * 100_000, self.token[:-2] + "AA")

    async def oversized(self) -> Outcome:
        return await self._raw(b'{"text": "' + b"x" * 1_048_576 + b'"}', self.token)

    async def received(self, message: OutboundMessage) -> str:
        # On web the gateway's commit is the send: it makes the item visible, then asks the channel.
        name = f"m-{len(self._seen) + 1}"
        files = tuple(
            TimelineFile(f"f-{number}", file.name, file.content_type, file.size, file.url)
            for number, file in enumerate(message.attachments)
        )
        shown = item(message.text, choices=message.choices, files=files, message=name)
        placed = await self.rig.timeline.show(message.address, shown)
        await self.channel.send(message)
        stream = await self.rig.events(self.token, placed.seq - 1)
        event, data, _ = await next_event(stream)
        while event != "message":
            event, data, _ = await next_event(stream)
        stream.close()
        await self._look(data)
        return self._seen[-1].text

    def seen(self) -> Sequence[Seen]:
        return tuple(self._seen)

    def typed(self) -> int:
        """The timeline's state tells the visitor, not the adapter."""
        return 0

    def fail(self, fault: Fault) -> bool:
        """The gateway's commit is the send: there is no platform that could fail."""
        return False

    def broken(self) -> None: ...

    async def _look(self, data: Mapping[str, Any]) -> None:
        choices = {choice["label"]: choice["id"] for choice in data["choices"]}
        self.choices.update({(data["id"], label): id_ for label, id_ in choices.items()})
        files = [
            File(each["name"], each["content_type"], await self._fetched(each["url"]))
            for each in data["files"]
        ]
        text = html.unescape(re.sub(r"<[^>]*>", " ", data["html"]))
        self._seen.append(Seen(data["id"], self.address, text, tuple(choices), tuple(files)))

    async def _fetched(self, url: str) -> bytes:
        async with ClientSession() as browser, browser.get(url) as answer:
            return await answer.read()

    async def _upload(self, file: File) -> str:
        form = FormData()
        form.add_field("file", file.content, filename=file.name, content_type=file.content_type)
        response = await self.rig.client.post(
            f"/chat/{self.channel.name}/files", data=form, headers=bearer(self.token)
        )
        assert response.status == 200, await response.text()
        stored: str = (await response.json())["id"]
        return stored

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
