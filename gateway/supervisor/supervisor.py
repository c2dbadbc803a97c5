"""Runs the loops and the channels, restarts what fails, and says whether this node is well."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from channels.contract import Channel, Clock
from gateway.actions.loop import ActionLoop
from gateway.conversations.pauses import paused
from gateway.errors import StoreUnavailable
from gateway.intake.door import Gate
from gateway.outbox.loop import OutboxLoop
from gateway.records import ChannelHealth, Node, Readiness
from gateway.store.store import Store
from gateway.supervisor import heartbeat
from gateway.supervisor.channels import ChannelLife
from gateway.telemetry.facts import Restarted
from gateway.turns.loop import TurnLoop

RESTART_SECONDS = 1.0
RESTART_MOST_SECONDS = 30.0
# A loop that ran this long starts its pauses anew.
STEADY_SECONDS = 120.0
# Every claim loop comes round once a second or after one attachment, which may take 30 s.
HANGING_SECONDS = 45.0
# SIGTERM to the end: all within 28 s; 5 of them still accept, the caller closes the listener.
TURNS_DRAIN_SECONDS = 12.0
OUTBOX_DRAIN_SECONDS = 6.0
log = structlog.get_logger()
Loop = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Parts:
    """What a node runs. ``rounds`` count how often a loop has come round."""

    store: Store
    node: Node
    clock: Clock
    gate: Gate
    turns: TurnLoop
    outbox: OutboxLoop
    others: Mapping[str, Loop]
    lives: Sequence[ChannelLife]
    rounds: Mapping[str, Callable[[], int]] = field(default_factory=dict[str, Callable[[], int]])
    actions: ActionLoop | None = None


@dataclass(frozen=True, slots=True)
class _Probe:
    """What a commit of this node's came to."""

    commits: bool
    oldest: float | None
    now: float
    paused: tuple[str, ...] = ()


class Supervisor:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._running: set[str] = set()
        # How often each loop had come round, and since when it has been so often.
        self._rounds: dict[str, tuple[int, float]] = {}
        # Set before the end: load balancers look elsewhere while events are still accepted.
        self.leaving = False

    async def start(self) -> None:
        """Take this node's row and start everything; returns at once.

        Raises:
            StoreUnavailable: the node's row cannot be written.
        """
        parts = self._parts
        await parts.store.write(lambda unit: heartbeat.begin(unit, parts.node))
        loops: dict[str, Loop] = {
            "turns": parts.turns.run,
            "outbox": parts.outbox.run,
            "heartbeat": self._beat,
            **parts.others,
        }
        if parts.actions is not None:
            loops["actions"] = parts.actions.run
        for name, loop in loops.items():
            self._tasks[name] = asyncio.create_task(self._keep(name, loop), name=name)
        for life in parts.lives:
            self._tasks[f"channel {life.name}"] = asyncio.create_task(life.run(), name=life.name)

    async def stop(self) -> None:
        """Drain: no more turns, what is being sent is recorded, leases are let go."""
        self._parts.gate.open = False
        await asyncio.gather(
            self._parts.turns.drain(TURNS_DRAIN_SECONDS), self._drain_actions(TURNS_DRAIN_SECONDS)
        )
        await self._parts.outbox.drain(OUTBOX_DRAIN_SECONDS)
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _drain_actions(self, seconds: float) -> None:
        """A call that is under way is let to its end: cut off, nobody would know what it did."""
        if self._parts.actions is not None:
            await self._parts.actions.drain(seconds)

    def sending(self) -> Mapping[str, Channel]:
        """The channels that are up for sending right now."""
        return {life.name: life.channel for life in self._parts.lives if life.can_send}

    async def readiness(self) -> Readiness:
        """Ready if and only if this node can commit and its loops run."""
        probe = await self._probe()
        commits, oldest, now = probe.commits, probe.oldest, probe.now
        down = sorted((set(self._expected()) - self._running) | self._hanging())
        last = self._parts.gate.last_inbound_at
        return Readiness(
            ready=not self.leaving and commits and not down,
            commits=commits,
            loops_down=tuple(down),
            oldest_unfinished_age=None if oldest is None else max(0.0, now - oldest),
            channels={
                life.name: ChannelHealth(
                    state=life.state,
                    why=life.why,
                    last_inbound_age=now - last[life.name] if life.name in last else None,
                    retries=life.retries,
                )
                for life in self._parts.lives
            },
            paused=probe.paused,
        )

    async def _probe(self) -> _Probe:
        parts = self._parts
        try:
            async with asyncio.timeout(2.0):
                return await parts.store.write(
                    lambda unit: _Probe(
                        heartbeat.beat(unit, parts.node),
                        heartbeat.oldest_unfinished(unit),
                        unit.now,
                        tuple(one.channel for one in paused(unit)),
                    )
                )
        except (StoreUnavailable, TimeoutError):
            return _Probe(commits=False, oldest=None, now=parts.clock.now())

    def _hanging(self) -> set[str]:
        """Loops that run and have not come round for too long."""
        now, parts = self._parts.clock.monotonic(), self._parts
        counters: dict[str, Callable[[], int]] = {
            "turns": lambda: parts.turns.rounds,
            "outbox": lambda: parts.outbox.rounds,
            **parts.rounds,
        }
        if (actions := parts.actions) is not None:
            counters["actions"] = lambda: actions.rounds
        for name, rounds in counters.items():
            known, _ = self._rounds.get(name, (-1, now))
            if rounds() != known:
                self._rounds[name] = (rounds(), now)
        return {name for name, (_, at) in self._rounds.items() if now - at > HANGING_SECONDS}

    def _expected(self) -> Sequence[str]:
        return [name for name in self._tasks if not name.startswith("channel ")]

    async def _keep(self, name: str, loop: Loop) -> None:
        """A loop that ends while the node runs has failed: it starts again after a pause."""
        failures = 0
        while True:
            self._running.add(name)
            began = self._parts.clock.monotonic()
            try:
                await loop()
            except StoreUnavailable as error:
                log.warning("loop.store_unavailable", loop=name, error=str(error))
            except Exception:  # the supervisor outlives any one loop
                log.exception("loop.failed", loop=name)
            self._running.discard(name)
            if not self._parts.gate.open:
                return
            if self._parts.clock.monotonic() - began > STEADY_SECONDS:
                failures = 0
            pause = min(RESTART_SECONDS * 2**failures, RESTART_MOST_SECONDS)
            failures = min(failures + 1, 10)
            await self._parts.clock.sleep(pause)
            self._parts.store.facts.tell(Restarted("loop", name))

    async def _beat(self) -> None:
        parts = self._parts
        while True:
            alone = await parts.store.write(lambda unit: heartbeat.beat(unit, parts.node))
            for name in sorted(self._hanging()):
                log.error("loop.hangs", loop=name, mend="restart this node; nothing is lost")
            if not alone:
                log.error(
                    "node.name_taken",
                    node=parts.node.name,
                    mend="another process runs under this name; give each its own",
                )
            await parts.clock.sleep(heartbeat.HEARTBEAT_SECONDS)
