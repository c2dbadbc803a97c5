"""The whole way of a message without HTTP: a door, the loops stepped by hand, and a platform that
keeps a ledger of what it was sent."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal
from uuid import uuid4

from sqlalchemy import RowMapping, select

from brain.contract import Brain, Decision, Handoff, Reason, TurnInput
from channels.contract import Capabilities, Channel, OutboundMessage, Receipt
from channels.errors import ChannelError, UncertainSendError
from channels.events import (
    Accepted,
    Address,
    Attachment,
    Chosen,
    Cursor,
    Event,
    InboundMessage,
    Json,
    Sender,
)
from channels.kinds import CAPABILITIES
from gateway.config.hours import Hours
from gateway.config.promises import Promises
from gateway.config.rollout import OPEN, Stages
from gateway.conversations.rendering import Rendering
from gateway.desk.actions import Asked, Desk
from gateway.desk.records import Done
from gateway.intake.door import Door, Gate
from gateway.intake.surface import surface_of
from gateway.media.loop import MediaLoop, MediaTools
from gateway.notices.catalogue import Notices
from gateway.outbox.enclosing import Enclosing
from gateway.outbox.loop import OutboxLoop, OutboxTools
from gateway.outbox.windows import Wording
from gateway.people.records import Actor
from gateway.privacy.masking import Masking
from gateway.records import Node
from gateway.store.files import Files
from gateway.store.schema.conversation import conversations, messages
from gateway.store.schema.pipeline import deliveries
from gateway.store.store import Store
from gateway.timers.effects import effects
from gateway.timers.loop import TimerLoop
from gateway.turns.loop import TurnLoop, TurnTools
from gateway.turns.plan import ChannelRules, TurnSetup
from gateway.turns.who import USUAL, Needs
from gateway.waiting.loop import WaitingLoop, WaitingTools
from gateway.waiting.measured import MeasuredWaits
from tests.gateway.conftest import ManualClock

CHANNEL = "line"
NOTICES = Notices("Fernhill Outdoor")
ADA = Actor("staff-ada", "Ada", "agent")


class ScriptedBrain:
    """Answers with whatever ``answer`` gives; remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[TurnInput] = []
        self.answer: Callable[[TurnInput], Decision] = echo
        self.before: Callable[[TurnInput], object] | None = None

    async def decide(self, turn: TurnInput) -> Decision:
        self.asked.append(turn)
        if self.before is not None:
            waiting = self.before(turn)
            if hasattr(waiting, "__await__"):
                await waiting  # pyright: ignore[reportGeneralTypeIssues]  # an awaitable when it has __await__
        return self.answer(turn)


def echo(turn: TurnInput) -> Decision:
    return Decision(kind="reply", text=" / ".join(said.text for said in turn.new), confidence=1.0)


def to_a_person(_turn: TurnInput) -> Decision:
    reason = Reason("asked_for_person", "the customer asked for a person")
    return Decision(kind="hand_over", handoff=Handoff(reason, "handoff"), language="en")


class LedgerChannel(Channel):
    """A platform that notes what it was sent. ``outcomes`` come first, in order, errors by being
    raised; a ``lands`` outcome counts as arrived before that. ``replies`` are raised when it is
    asked whether something arrived."""

    def __init__(self, capabilities: Capabilities, clock: ManualClock) -> None:
        self.capabilities = capabilities
        self.clock = clock
        self.sent: list[OutboundMessage] = []
        self.outcomes: list[ChannelError | Receipt | None] = []
        self.replies: list[ChannelError] = []
        self.lands = False
        self.note: str | None = None
        self.files: dict[str, bytes] = {}
        self.before_send: Callable[[OutboundMessage], object] | None = None
        # What was changed to which words, None for what was taken back.
        self.changed: list[tuple[str, str | None]] = []

    async def send(self, message: OutboundMessage) -> Receipt:
        if self.before_send is not None:
            self.before_send(message)
        outcome = self.outcomes.pop(0) if self.outcomes else None
        if outcome is None or self.lands:
            self.sent.append(message)
        if isinstance(outcome, Receipt):
            return outcome
        if outcome is not None:
            raise outcome
        place = Address(f"dm-{message.private_to}") if message.private_to else None
        return Receipt((f"ext-{len(self.sent)}",), self.clock.now(), place, note=self.note)

    async def reconcile(self, message: OutboundMessage) -> Receipt | None:
        if self.replies:
            raise self.replies.pop(0)
        if not self.capabilities.read_back:
            raise UncertainSendError
        for number, sent in enumerate(self.sent, start=1):
            if sent.delivery_id == message.delivery_id:
                return Receipt((f"ext-{number}",), self.clock.now())
        return None

    async def edit(self, external_id: str, message: OutboundMessage) -> Receipt:
        self.changed.append((external_id, message.text))
        return Receipt((external_id,), self.clock.now())

    async def delete(self, address: Address, external_id: str) -> None:
        self.changed.append((external_id, None))

    async def open(self, ref: Json) -> AsyncIterator[bytes]:
        yield self.files[str(ref["file"])]

    @property
    def texts(self) -> list[str]:
        return [message.plain for message in self.sent]


@dataclass
class Rig:
    """One node of a gateway with one channel."""

    store: Store
    clock: ManualClock
    folder: Path
    capabilities: Capabilities = field(default_factory=lambda: CAPABILITIES["telegram"])
    brain: ScriptedBrain = field(default_factory=ScriptedBrain)
    failpoint: Callable[[str], None] = lambda _name: None
    name: str = "one"
    answers: bool = True
    stages: Stages = OPEN
    demo: bool = False
    configured: bool = True
    hours: Hours | None = None
    template: Wording | None = None
    dropped: Masking | None = None
    # A whole brain in place of the scripted one, and what its rules look at.
    thinks: Brain | None = None
    needs: Needs = USUAL
    promises: Promises = field(default_factory=Promises)
    reopens_within: float = 0.0

    def __post_init__(self) -> None:
        self.channel = LedgerChannel(self.capabilities, self.clock)
        self.gate = Gate()
        self.node = Node(self.name, uuid4().hex)
        self.files = Files(self.folder / "files")
        self.notices: Notices = NOTICES
        self.rendering = Rendering({CHANNEL: self.capabilities})
        surface = surface_of(CHANNEL, self.capabilities, tenant="main", quiet=None)
        surface = replace(
            surface,
            dropped=self.dropped,
            reopens_within=lambda: self.reopens_within,
            thanks="thanks".__eq__,
        )
        # Patience for a busy machine; that nothing is acknowledged late has a test of its own.
        self.door = Door(surface, self.store, self.files, self.gate, self.failpoint, 30.0)
        self.turns = TurnLoop(
            TurnTools(self.store, self.node, self.setup, self.rendering, self.clock, self.failpoint)
        )
        self.outbox = OutboxLoop(
            OutboxTools(
                self.store,
                self.node,
                lambda: {CHANNEL: self.channel},
                self.clock,
                lambda: 1.0,
                self.failpoint,
                templates=lambda _channel, _language: self.template,
                enclose=Enclosing(self.files, lambda id: f"https://help.example/files/{id}"),
            )
        )
        self.media = MediaLoop(
            MediaTools(self.store, self.node, lambda: {CHANNEL: self.channel}, self.files)
        )
        self.timers = TimerLoop(self.store, effects(self.promised))
        self.measured = MeasuredWaits(self.store, self.promised)
        self.waiting = WaitingLoop(
            WaitingTools(
                self.store,
                self.clock,
                self.promised,
                lambda: self.notices,
                self.rendering,
                self.measured,
                "https://help.example/desk",
            )
        )

    def setup(self) -> TurnSetup:
        brain: Brain = self.thinks or self.brain
        rules = ChannelRules(self.demo, self.answers, mail=False, stages=self.stages)
        channels = {CHANNEL: rules} if self.configured else {}
        return TurnSetup(
            brain,
            self.notices,
            self.hours,
            ("en", "de"),
            channels,
            version=1,
            needs=self.needs,
            promises=self.promised(),
            measured=self.measured.minutes,
        )

    def promised(self) -> Promises:
        return replace(self.promises, hours=self.hours)

    async def say(
        self,
        text: str,
        chat: str = "c1",
        *,
        id: str | None = None,
        attachments: Sequence[Attachment] = (),
        cursor: Cursor | None = None,
    ) -> Accepted:
        event = InboundMessage(
            external_id=id or uuid4().hex,
            address=Address(chat),
            text=text,
            sender=Sender((f"user-{chat}",), name="Ada"),
            attachments=tuple(attachments),
            reply_context={"for": text},
        )
        return await self.door.accept(event, cursor)

    async def press(self, choice: str, chat: str = "c1") -> Accepted:
        """Press a button of the newest message that offered one."""
        rows = await self.messages(chat)
        offering = next(row["id"] for row in reversed(rows) if f'"{choice}"' in row["choices"])
        event = Chosen(uuid4().hex, Address(chat), offering, choice, Sender((f"user-{chat}",)))
        return await self.accept(event)

    async def accept(self, event: Event) -> Accepted:
        return await self.door.accept(event)

    async def operator_says(self, text: str, chat: str = "c1") -> Accepted:
        """The business itself writes on the platform, past us."""
        sender = Sender(("boss",), kind="operator")
        return await self.accept(InboundMessage(uuid4().hex, Address(chat), text, sender))

    async def staff(
        self,
        verb: Literal["say", "take", "return", "resolve"],
        text: str = "",
        *,
        seen: int | None = None,
        request: str | None = None,
        chat: str = "c1",
        attached: Sequence[str] = (),
    ) -> Done:
        """Ada acts in the conversation at an address, the first customer's by default."""
        row = await self.conversation(chat)
        asked = Asked(ADA, row["id"], request or uuid4().hex, verb, seen=seen)
        desk = Desk(self.store, self.rendering, lambda: self.notices)
        if verb == "say":
            return await desk.say(asked, text, attached=attached)
        acts = {"take": desk.take, "return": desk.return_, "resolve": desk.resolve}
        return await acts[verb](asked)

    async def answer(self) -> None:
        """Work off the turns that are due once the quiet time has passed; nothing is sent yet."""
        self.clock.pass_(6.0)
        await self.turns.once()

    async def look(self) -> None:
        """Let everything be looked at that waits."""
        self.clock.pass_(61.0)
        await self.waiting.once()

    async def fire(self) -> None:
        """Let every timer that is due have its effect."""
        while await self.timers.fire_next():
            pass

    async def settle(self, quiet: float = 6.0) -> None:
        """Let the quiet time pass and work off all that is due."""
        self.clock.pass_(quiet)
        while True:
            done = await self.turns.once() + await self.outbox.once()
            if not done:
                return

    async def conversation(self, chat: str = "c1") -> RowMapping:
        row = await self.store.read(
            lambda r: r.one(select(conversations).where(conversations.c.address == chat))
        )
        assert row is not None
        return row

    async def messages(self, chat: str = "c1") -> Sequence[RowMapping]:
        row = await self.conversation(chat)
        return await self.store.read(
            lambda r: r.all(
                select(messages)
                .where(messages.c.conversation_id == row["id"])
                .order_by(messages.c.seq)
            )
        )

    async def notices_said(self) -> list[str]:
        """The keys of what the gateway itself has said, in order."""
        return [row["notice"] for row in await self.messages() if row["author"] == "system"]

    async def deliveries(self, chat: str = "c1") -> Sequence[RowMapping]:
        return await self.store.read(
            lambda r: r.all(
                select(deliveries)
                .where(deliveries.c.address == chat)
                .order_by(deliveries.c.position)
            )
        )
