"""A team that works in its own Slack: customers on one channel, staff in threads of another, over a
fake Slack, with every loop stepped by hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4
from zoneinfo import ZoneInfo

from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from pydantic import BaseModel
from sqlalchemy import RowMapping, select, update

from channels.contract import Capabilities, Channel
from channels.kinds import CAPABILITIES
from channels.slack.channel import SlackChannel
from gateway.config.desks import DeskSettings
from gateway.config.live import LiveConfiguration
from gateway.config.load import Loaded
from gateway.config.settings import Settings
from gateway.desk.actions import Asked, Desk
from gateway.desk.chats import StaffChats
from gateway.desk.composing import Composing, Surroundings
from gateway.desk.following import Following
from gateway.desk.places import Places
from gateway.desk.scenes import Tools
from gateway.desk.thread_desk import ThreadDesk
from gateway.desk.working import DeskLoop, Work
from gateway.intake.door import Door
from gateway.intake.surface import surface_of
from gateway.media.loop import MediaLoop, MediaTools
from gateway.outbox.enclosing import Enclosing
from gateway.outbox.loop import OutboxLoop, OutboxTools
from gateway.people.accounts import Listed, configure, member_at
from gateway.privacy.masking import STANDING
from gateway.store.schema.desk import desk_inputs, desk_threads
from gateway.store.schema.pipeline import received
from gateway.store.store import Store
from tests.contract.harness.slack import PATIENT, settings
from tests.gateway.conftest import ManualClock
from tests.gateway.pipeline.rig import CHANNEL, Rig, to_a_person
from tests.platforms import slack_events as events
from tests.platforms.slack import FakeSlack
from tests.platforms.slack_workspace import TEAM, Message, buttons, shown

SLACK = "team"
DESK_CHAT, LEGAL_CHAT, DUTY = "C0DESK", "C0LEGAL", "S0DUTY"
BEN, CLEO, EVE, GUEST = "U0BEN", "U0CLEO", "U0EVE", "U0GUEST"
HOME = "https://help.example"
STAFF = (
    Listed("Ben", "agent", {"slack": f"{TEAM}/{BEN}"}),
    Listed("Cleo", "lead", {"slack": f"{TEAM}/{CLEO}"}),
)


class _Entry(BaseModel):
    kind: str
    desk: str = "support"
    demo: bool = False
    quiet_seconds: float | None = None


@dataclass
class Office:
    """``desk`` is the configured desk; ``kind`` lends the customers' channel its capabilities."""

    store: Store
    clock: ManualClock
    rig: Rig
    slack: FakeSlack
    channel: SlackChannel
    session: ClientSession
    kind: str
    desk: DeskSettings
    desk_kind: str = "slack"
    url: str = ""
    asked: list[str] = field(default_factory=list[str])
    media_works: bool = True
    zone: str = "UTC"
    idle: bool = False

    def __post_init__(self) -> None:
        configured = Settings(desks={"support": self.desk}).model_copy(
            update={
                "channels": {CHANNEL: _Entry(kind=self.kind), SLACK: _Entry(kind=self.desk_kind)}
            }
        )
        self.live = LiveConfiguration(configured, lambda: Loaded(configured))
        self.places, chats = Places(lambda: self.live.current().settings), StaffChats(self.live)
        self.channel.desks = partial(chats.on, SLACK)
        self.store.follow(Following(self.places))
        capabilities: Mapping[str, Capabilities] = {
            CHANNEL: self.rig.capabilities,
            SLACK: CAPABILITIES[self.desk_kind],
        }
        kinds = {CHANNEL: self.kind, SLACK: self.desk_kind}
        notices = lambda: self.rig.notices  # noqa: E731 - handed on as it is
        zone = lambda: ZoneInfo(self.zone)  # noqa: E731 - handed on as it is
        around = Surroundings(capabilities, kinds, notices, STANDING, zone, HOME)
        self.door = self._door()
        self.sending: dict[str, Channel] = {CHANNEL: self.rig.channel, SLACK: self.channel}
        self.rig.outbox = OutboxLoop(
            OutboxTools(
                self.store,
                self.rig.node,
                lambda: self.sending,
                self.clock,
                lambda: 1.0,
                self.rig.failpoint,
                enclose=Enclosing(self.rig.files),
                compose=Composing(self.store, around),
            )
        )
        self.media = MediaLoop(
            MediaTools(self.store, self.rig.node, lambda: self.sending, self.rig.files)
        )
        self.verbs = Desk(self.store, self.rig.rendering, notices)
        tools = Tools(
            self.store,
            self.verbs,
            self.rig.rendering,
            capabilities,
            kinds,
            notices,
            lambda id: f"{HOME}/desk#c/{id}",
            self._ask,
        )
        self.work: Work = ThreadDesk(tools).work
        self.loop = DeskLoop(self.store, self._works)

    def _door(self) -> Door:
        surface = surface_of(SLACK, CAPABILITIES["slack"], tenant="main", quiet=None)
        surface = replace(surface, kind="slack", desks=self.channel.desks)
        rig = self.rig
        return Door(surface, self.store, rig.files, rig.gate, rig.failpoint, 30.0)

    async def moves(self, **desk: Any) -> None:
        """The desk is configured otherwise while all runs."""
        settings = self.live.current().settings
        moved = {**settings.desks, "support": self.desk.model_copy(update=desk)}
        loaded = Loaded(settings.model_copy(update={"desks": moved}))
        await asyncio.to_thread(self.live.adopt, loaded)

    async def _works(self, row: RowMapping) -> str:
        return await self.work(row)

    async def _ask(self, question: str) -> str:
        self.asked.append(question)
        return "Four weeks, says the article on returns."

    # --- What people do ------------------------------------------------------------------------

    async def hand_over(self, text: str = "Where is my parcel?", chat: str = "c1") -> Message:
        """A customer asks for a person; the line that the desk is shown."""
        self.rig.brain.answer = to_a_person
        await self.rig.say(text, chat)
        await self.settle()
        return self.heads()[-1]

    async def deliver(self, body: events.Body) -> None:
        async with await self.slack.post(self.session, self.url, body) as answer:
            assert answer.status == 200
        await self.settle()

    async def says(self, text: str, head: Message, user: str = BEN, **fields: Any) -> events.Body:
        """Somebody writes in the thread below a line."""
        said = events.says(
            self.slack.workspace,
            events.escaped(text),
            channel=self.place_of(head),
            user=user,
            thread_ts=head["ts"],
            **fields,
        )
        await self.deliver(said)
        return said

    async def presses(self, label: str, head: Message, user: str = BEN) -> None:
        """Somebody presses the newest button of this label in the thread."""
        place = self.place_of(head)
        message = next(
            each
            for each in reversed(self.slack.workspace.thread(place, head["ts"]))
            if label in {found["text"]["text"] for found in buttons(each)}
        )
        await self.presses_of(message, label, head, user)

    async def presses_of(
        self, message: Message, label: str, head: Message, user: str = BEN
    ) -> None:
        """Somebody presses a button of this message, which they may see alone."""
        button = next(each for each in buttons(message) if each["text"]["text"] == label)
        place, space = self.place_of(head), self.slack.workspace
        shown_in = {**message, "ts": message.get("ts", head["ts"]), "thread_ts": head["ts"]}
        await self.deliver(events.presses(space, place, shown_in, button, user))

    async def on_the_web_desk(self, verb: Literal["take", "resolve"], user: str) -> None:
        """Somebody does it there, in the newest conversation."""
        member = await self.store.read(lambda r: member_at(r, "slack", f"{TEAM}/{user}"))
        assert member is not None
        asked = Asked(member, (await self.rig.conversation())["id"], uuid4().hex, verb)
        await getattr(self.verbs, verb)(asked)
        await self.settle()

    async def again(self) -> None:
        """Everything that staff did is worked off once more, as after a node has died."""
        due = update(desk_inputs).values(due_at=self.clock.now())
        await self.store.write(lambda unit: unit.execute(due))
        await self.settle()

    async def settle(self) -> None:
        """Work off all that is due, on either side of the desk, unless all are ``idle``."""
        self.clock.pass_(2.0)
        if self.idle:
            return
        while True:
            done = await self.rig.turns.once() + await self.loop.once()
            done += await self.rig.outbox.once()
            done += self.media_works and await self.media.fetch_next()
            if not done:
                return

    # --- What they see -------------------------------------------------------------------------

    def heads(self) -> list[Message]:
        """The lines in the desk's channels, oldest first."""
        return [each for _, each in self.slack.workspace.ours() if "thread_ts" not in each]

    def place_of(self, head: Message) -> str:
        return next(where for where, each in self.slack.workspace.ours() if each is head)

    def thread(self, head: Message) -> list[str]:
        """What the app has said below a line."""
        said = self.slack.workspace.thread(self.place_of(head), head["ts"])
        return [shown(each) for each in said if each is not head and each.get("bot_id")]

    def whispers(self, user: str) -> list[str]:
        return [shown(dict(each)) for each in self.slack.whispers(user)]

    @property
    def customer_got(self) -> list[str]:
        return self.rig.channel.texts

    async def threads(self) -> list[RowMapping]:
        found = select(desk_threads).order_by(desk_threads.c.created_at)
        return list(await self.store.read(lambda r: r.all(found)))

    async def outcomes(self) -> list[str]:
        found = select(desk_inputs.c.outcome).order_by(desk_inputs.c.number)
        return [row["outcome"] for row in await self.store.read(lambda r: r.all(found))]

    async def recorded(self) -> list[str]:
        """What intake did with what came from Slack."""
        found = select(received.c.outcome).where(received.c.channel == SLACK)
        return [row["outcome"] for row in await self.store.read(lambda r: r.all(found))]


@asynccontextmanager
async def open_office(
    store: Store,
    clock: ManualClock,
    folder: Path,
    kind: str = "telegram",
    desk_kind: str = "slack",
    failpoint: Callable[[str], None] = lambda _name: None,
    **desk: Any,
) -> AsyncGenerator[Office]:
    given = {"channel": SLACK, "chat": DESK_CHAT, "on_duty": DUTY, **desk}
    configured = DeskSettings.model_validate(given)
    async with FakeSlack(clock.now) as slack, ClientSession() as session:
        space = slack.workspace
        space.messages |= {DESK_CHAT: [], LEGAL_CHAT: []}
        space.names |= {BEN: "Ben", CLEO: "Cleo", EVE: "Eve", GUEST: "Gus"}
        space.guests.add(GUEST)
        channel = SlackChannel(
            SLACK,
            settings(slack),
            CAPABILITIES["slack"],
            clock,
            patience=PATIENT,
        )
        await store.write(lambda unit: configure(unit, STAFF))
        rig = Rig(store, clock, folder, capabilities=CAPABILITIES[kind], failpoint=failpoint)
        office = Office(store, clock, rig, slack, channel, session, kind, configured, desk_kind)
        app = web.Application()
        app.router.add_routes(channel.routes(office.door))
        async with TestServer(app) as server, channel:
            office.url = str(server.make_url(f"/webhooks/{SLACK}"))
            yield office
