"""The Slack channel against a fake Slack that posts signed events to its webhook."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from channels.contract import OutboundMessage
from channels.events import Accepted, Address, Cursor, Event
from channels.kinds import CAPABILITIES
from channels.slack.channel import SlackChannel
from channels.slack.patience import Patience
from channels.slack.settings import SlackSettings
from tests.channels.fakes import FakeClock, MemoryIntake
from tests.contract.harness.protocol import By, Fault, File, Harness, Outcome, Payload, Seen
from tests.platforms import slack_events as events
from tests.platforms.slack import BOT_TOKEN, SIGNING_SECRET, FakeSlack
from tests.platforms.slack_workspace import (
    BOT,
    BOT_USER,
    CUSTOMER,
    DIRECT,
    PUBLIC,
    STRANGER,
    Message,
    buttons,
    escaped,
    pings,
    shown,
)

FAULTS: dict[Fault, str] = {
    "rate_limited": "limited",
    "unavailable": "status:503",
    "refused": "is_archived",
    "unauthorised": "token_revoked",
    "cut": "cut",
    "lost": "lost",
}
# A name comes late on a busy machine, and no test is about that.
PATIENT = Patience(name=20)
REACTIONS = {"👎": "-1", "👍": "+1"}


@dataclass
class Ledger(MemoryIntake):
    """Keeps each event once, as the gateway does, and lets others wait for one."""

    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    looked: set[str] = field(default_factory=set[str])

    async def cursor(self, key: str) -> str | None:
        async with self.changed:
            self.looked.add(key)
            self.changed.notify_all()
        return await super().cursor(key)

    async def asked_for(self, key: str) -> None:
        """Until somebody has asked for this cursor."""
        async with self.changed:
            await self.changed.wait_for(lambda: key in self.looked)

    async def accept(self, event: Event, cursor: Cursor | None = None) -> Accepted:
        accepted = await super().accept(event, cursor)
        if not accepted.new:
            self.events.pop()
        async with self.changed:
            self.changed.notify_all()
        return accepted

    async def holds(self, name: str) -> None:
        """Until an event of this id is there."""
        async with self.changed:
            await self.changed.wait_for(
                lambda: name in {event.external_id for event in self.events}
            )


@dataclass
class Rig:
    """A channel between a fake Slack and an intake in memory; ``url`` is its webhook."""

    channel: SlackChannel
    slack: FakeSlack
    intake: Ledger
    clock: FakeClock
    session: ClientSession
    url: str

    async def deliver(self, body: events.Body) -> Outcome:
        async with await self.slack.post(self.session, self.url, body) as answer:
            return Outcome(answer.status == 200, answer.status)

    async def post(self, raw: bytes, **headers: str) -> Outcome:
        """A body as it is; signed unless ``headers`` say otherwise."""
        signed = {**self.slack.signed(raw), **headers}
        async with self.session.post(self.url, data=BytesIO(raw), headers=signed) as answer:
            return Outcome(answer.status == 200, answer.status)


def settings(slack: FakeSlack, **fields: Any) -> SlackSettings:
    given = {
        "kind": "slack",
        "bot_token": SecretStr(BOT_TOKEN),
        "signing_secret": SecretStr(SIGNING_SECRET),
        "api_base": slack.api_base,
    }
    return SlackSettings.model_validate({**given, **fields})


def channel(slack: FakeSlack, clock: FakeClock, **fields: Any) -> SlackChannel:
    given, can = settings(slack, **fields), CAPABILITIES["slack"]
    return SlackChannel("slack", given, can, clock, patience=PATIENT)


@asynccontextmanager
async def rig(**fields: Any) -> AsyncGenerator[Rig]:
    clock = FakeClock()
    async with FakeSlack(clock.now) as slack:
        adapter, intake = channel(slack, clock, **fields), Ledger()
        app = web.Application()
        app.router.add_routes(adapter.routes(intake))
        async with TestServer(app) as server, ClientSession() as session, adapter:
            url = str(server.make_url("/webhooks/slack"))
            yield Rig(adapter, slack, intake, clock, session, url)


@dataclass
class SlackHarness:
    """A workspace with a customer, who writes direct messages, and a channel."""

    rig: Rig
    channel: SlackChannel = field(init=False)
    intake: Ledger = field(init=False)

    def __post_init__(self) -> None:
        self.channel = self.rig.channel
        self.intake = self.rig.intake

    @property
    def address(self) -> Address:
        return Address(DIRECT)

    @property
    def public_address(self) -> Address | None:
        return Address(PUBLIC)

    def payload(
        self, text: str, *, by: By = "customer", files: Sequence[File] = ()
    ) -> Payload | None:
        """A direct message has two sides, and the account's owner is neither."""
        if by == "operator":
            return None
        space = self.rig.slack.workspace
        names = [space.upload(file.name, file.content_type, file.content) for file in files]
        senders: dict[str, dict[str, Any]] = {
            "customer": {"user": CUSTOMER},
            "self": {"user": BOT_USER, "bot_id": BOT},
            "bot": {"user": "U0OTHERBOT", "bot_id": "B0OTHER"},
        }
        return Payload(text, events.says(space, escaped(text), files=names, **senders[by]))

    def public_payload(self, text: str, *, addressed: bool) -> Payload:
        said = f"<@{BOT_USER}> {escaped(text)}" if addressed else escaped(text)
        return Payload(text, events.says(self.rig.slack.workspace, said, channel=PUBLIC))

    def edited(self, payload: Payload, text: str) -> Payload:
        return Payload(text, events.changes(self.rig.slack.workspace, payload.body, text))

    def deleted(self, payload: Payload) -> Payload:
        return Payload("", events.takes_back(self.rig.slack.workspace, payload.body))

    def reacted(self, payload: Payload, emoji: str) -> Payload:
        event = payload.body["event"]
        name = REACTIONS[emoji]
        space = self.rig.slack.workspace
        return Payload(emoji, events.reacts(space, event["channel"], event["ts"], name))

    def pressed(self, seen: Seen, label: str, *, by: str | None = None) -> Payload:
        place, message = self._posted(seen.id)
        button = next(each for each in buttons(message) if each["text"]["text"] == label)
        user = CUSTOMER if by is None else STRANGER
        space = self.rig.slack.workspace
        return Payload(label, events.presses(space, place, message, button, user))

    def commanded(self, command: str, text: str) -> Payload:
        return Payload(text, events.commands(self.rig.slack.workspace, command, text))

    async def deliver(self, payload: Payload) -> Outcome:
        return await self.rig.deliver(payload.body)

    async def missed(self, payload: Payload) -> bool:
        event = payload.body["event"]
        # The webhook's cursor moves once receiving began; here it begins for the first time.
        self.intake.cursors.setdefault("heard", event["ts"])
        receiving = asyncio.create_task(self.channel.receive(self.intake))
        await self.intake.holds(f"T0HOME/{event['channel']}/{event['ts']}")
        receiving.cancel()
        await asyncio.gather(receiving, return_exceptions=True)
        return True

    async def forge(self, payload: Payload) -> Outcome:
        raw, _ = events.as_bytes(payload.body)
        return await self.rig.post(raw, **self.rig.slack.signed(raw, secret="x" * 32))

    async def forge_garbage(self) -> Outcome:
        raw = b"[" * 100_000
        return await self.rig.post(raw, **self.rig.slack.signed(raw, secret="x" * 32))

    async def oversized(self) -> Outcome:
        return await self.rig.post(b'{"text": "' + b"x" * 1_048_576 + b'"}')

    async def received(self, message: OutboundMessage) -> str:
        await self.channel.send(message)
        return self.seen()[-1].text

    def seen(self) -> Sequence[Seen]:
        return [self._seen(place, said) for place, said in self.rig.slack.workspace.ours()]

    def _seen(self, place: str, said: Message) -> Seen:
        where = Address(place) if place == DIRECT else Address(place, said.get("thread_ts"))
        stored = [self.rig.slack.workspace.files[each["id"]] for each in said.get("files") or ()]
        return Seen(
            id=said["ts"],
            address=where,
            text=shown(said),
            choices=tuple(each["text"]["text"] for each in buttons(said)),
            files=tuple(File(each.name, each.mimetype, each.content) for each in stored),
            pings=pings(said),
        )

    def typed(self) -> int:
        return len(self.rig.slack.asked("assistant.threads.setStatus"))

    def fail(self, fault: Fault) -> bool:
        self.rig.slack.faults["chat.postMessage"].append(FAULTS[fault])
        return True

    def broken(self) -> SlackChannel:
        token = SecretStr("xoxb-1111-2222-revoked")
        return channel(self.rig.slack, self.rig.clock, bot_token=token)

    def _posted(self, ts: str) -> tuple[str, Message]:
        return next(each for each in self.rig.slack.workspace.ours() if each[1]["ts"] == ts)


@asynccontextmanager
async def harness() -> AsyncGenerator[Harness]:
    async with rig() as opened:
        yield SlackHarness(opened)
