"""One gateway node's pipeline in this process: a door, the loops, a scripted brain, and a channel
whose platform is a function. It starts no server and judges nothing."""

from __future__ import annotations

import asyncio
import os
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from uuid import uuid4

import structlog

from bench.model import QUESTION, Model, scripted
from brain.contract import Brain, Decision, TurnInput
from channels.contract import Channel, OutboundMessage, Receipt
from channels.events import Address, InboundMessage, Sender
from channels.kinds import CAPABILITIES
from gateway.bootstrap.memory import settle
from gateway.clock import SystemClock
from gateway.conversations.rendering import Rendering
from gateway.intake.door import Door, Gate
from gateway.intake.surface import surface_of
from gateway.notices.catalogue import Notices
from gateway.outbox.loop import OutboxLoop, OutboxTools
from gateway.records import Node as Name
from gateway.store.files import Files
from gateway.store.store import Store
from gateway.telemetry.facts import Facts
from gateway.telemetry.journal import journal
from gateway.telemetry.metrics import Metrics
from gateway.telemetry.origins import Origins
from gateway.turns.loop import TurnLoop, TurnTools
from gateway.turns.origin import StoredOrigins
from gateway.turns.plan import ChannelRules, TurnSetup

CHANNEL = "line"


def quiet_log() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))


def memory_mb() -> int:
    """Resident memory of this process."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1_048_576


def share(values: Sequence[float], part: float) -> float:
    """The value that ``part`` of the values do not exceed, in milliseconds."""
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(part * len(ordered)))] * 1000, 1)


class Asking:
    """A brain that says what ``model`` says, after ``seconds``."""

    def __init__(self, model: Model = scripted, seconds: float = 0.0) -> None:
        self._model = model
        self._seconds = seconds

    async def decide(self, turn: TurnInput) -> Decision:
        if self._seconds:
            await asyncio.sleep(self._seconds)
        text = await self._model(turn.new[-1].text)
        return Decision(kind="reply", text=text, confidence=1.0, language="en")


class Platform(Channel):
    """A channel that hands what it sends to ``deliver``."""

    def __init__(self, deliver: Callable[[OutboundMessage], Awaitable[None]]) -> None:
        self.capabilities = CAPABILITIES["telegram"]
        self._deliver = deliver
        self._ids = count()

    async def send(self, message: OutboundMessage) -> Receipt:
        await self._deliver(message)
        return Receipt((f"sent-{next(self._ids)}",), time.time())


class Node:
    """A pipeline with quiet time 0; without a ``brain`` of its own it has a script."""

    def __init__(
        self, store: Store, folder: Path, channel: Channel, brain: Brain | None = None
    ) -> None:
        self._brain = brain or Asking()
        self._notices = Notices("Fernhill Outdoor")
        name = Name("bench", uuid4().hex)
        clock = SystemClock()
        rendering = Rendering({CHANNEL: channel.capabilities})
        surface = surface_of(CHANNEL, channel.capabilities, tenant="main", quiet=0.0)
        self.store = store
        told = Facts()
        told.listen(Metrics([CHANNEL]).pipeline)
        told.listen(journal)
        store.facts.listen(Origins(StoredOrigins(store).of, told))
        self.door = Door(surface, store, Files(folder / "files"), Gate(), _pass)
        self._turns = TurnLoop(TurnTools(store, name, self._setup, rendering, clock, _pass))
        self._outbox = OutboxLoop(
            OutboxTools(store, name, lambda: {CHANNEL: channel}, clock, lambda: 1.0, _pass)
        )

    def _setup(self) -> TurnSetup:
        rules = {CHANNEL: ChannelRules(demo=False, answers=True, mail=False)}
        return TurnSetup(self._brain, self._notices, None, ("en",), rules, version=1)

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        loops = [asyncio.create_task(self._turns.run()), asyncio.create_task(self._outbox.run())]
        settle()
        try:
            yield
        finally:
            await self._turns.drain(5.0)
            await self._outbox.drain(5.0)
            for loop in loops:
                loop.cancel()
            await asyncio.gather(*loops, return_exceptions=True)


def _pass(_name: str) -> None:
    """No failpoint is armed."""


@dataclass
class Visitors:
    """Customers who wait for their answer before they write again; times in seconds."""

    acknowledged: list[float] = field(default_factory=list[float])
    answered: list[float] = field(default_factory=list[float])
    _waiting: dict[str, asyncio.Future[None]] = field(
        default_factory=dict[str, asyncio.Future[None]]
    )
    _ids: dict[str, int] = field(default_factory=lambda: defaultdict[str, int](int))

    async def hear(self, message: OutboundMessage) -> None:
        waiting = self._waiting.pop(message.address.chat, None)
        if waiting is not None:
            waiting.set_result(None)

    def forget(self) -> None:
        """What is remembered of those who have gone, so that only the node's memory grows."""
        self.acknowledged.clear()
        self.answered.clear()
        self._ids.clear()

    async def converse(self, door: Door, chat: str, messages: int) -> None:
        for _ in range(messages):
            await self.say(door, chat)

    async def say(self, door: Door, chat: str, text: str | None = None) -> None:
        answer = asyncio.get_running_loop().create_future()
        self._waiting[chat] = answer
        self._ids[chat] += 1
        event = InboundMessage(
            f"{chat}-{self._ids[chat]}-{uuid4().hex[:6]}",
            Address(chat),
            # The same words over and over would call a person.
            text or f"{QUESTION} ({self._ids[chat]})",
            Sender((f"user-{chat}",), name="Ada"),
            reply_context={"chat": chat},
        )
        begun = time.perf_counter()
        await door.accept(event)
        self.acknowledged.append(time.perf_counter() - begun)
        await answer
        self.answered.append(time.perf_counter() - begun)


@dataclass(frozen=True, slots=True)
class Spent:
    """What a stretch of work took: ``cpu`` is this process's, in milliseconds a message."""

    replies: int
    per_second: float
    cpu: float


@asynccontextmanager
async def measured(replies: int, into: list[Spent]) -> AsyncGenerator[None]:
    """Append what the body took for its ``replies``."""
    begun, cpu = time.perf_counter(), time.process_time()
    yield
    seconds = time.perf_counter() - begun
    used = (time.process_time() - cpu) * 1000
    into.append(Spent(replies, round(replies / seconds, 1), round(used / replies, 2)))
