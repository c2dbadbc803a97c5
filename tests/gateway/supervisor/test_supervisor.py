"""A node's life: loops restarted, readiness honest, draining in order."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from brain.contract import TurnInput
from channels.errors import ChannelMisconfigured, IntakeClosed
from gateway.conversations.deliveries import OUTBOX
from gateway.conversations.ownership import TURNS
from gateway.errors import StoreUnavailable
from gateway.records import Readiness
from gateway.store.opening import open_store
from gateway.store.schema.pipeline import nodes, receivers
from gateway.store.store import Options, Store
from gateway.supervisor.channels import ChannelLife, ChannelTools
from gateway.supervisor.supervisor import Parts, Supervisor
from tests.gateway.pipeline.rig import Rig
from tests.gateway.supervisor.standing import ONE, StandingClock, WrittenChannel, eventually

Loop = Callable[[], Awaitable[None]]


@dataclass
class Disk:
    """A failpoint that stands for a disk: full while it says so."""

    full: bool = False

    def __call__(self, name: str) -> None:
        if self.full and name == "store.before_commit":
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorname = "SQLITE_FULL"
            raise OperationalError("INSERT", {}, error)


@dataclass
class Stand:
    """One node with nothing left out."""

    store: Store
    clock: StandingClock
    rig: Rig
    supervisor: Supervisor
    seen: list[Readiness] = field(default_factory=list[Readiness])

    async def until(self, check: Callable[[Readiness], bool], seconds: float = 0.0) -> Readiness:
        """Look until it is so, the clock moving by ``seconds`` a look."""
        now = await self.supervisor.readiness()
        for _ in range(2_000):
            if check(now):
                return now
            self.clock.pass_(seconds)
            now = await self.supervisor.readiness()
        raise AssertionError(f"it never came to be; last was {now!r}")

    async def came_round(self) -> None:
        """Until the two loops of the pipeline have looked once more."""
        before = (self.rig.turns.rounds, self.rig.outbox.rounds)
        self.store.signals.notify({TURNS, OUTBOX})
        await eventually(
            self.store,
            lambda: self.rig.turns.rounds > before[0] and self.rig.outbox.rounds > before[1],
        )


@asynccontextmanager
async def standing(
    url: str,
    folder: Path,
    *,
    disk: Disk | None = None,
    others: Mapping[str, Loop] | None = None,
    channels: Sequence[tuple[str, WrittenChannel]] = (),
    rounds: Mapping[str, Callable[[], int]] | None = None,
) -> AsyncGenerator[Stand]:
    clock = StandingClock()
    options = Options(now=clock.now, failpoint=disk or Disk(), pause=lambda _n: None)
    store = await asyncio.to_thread(open_store, url, options)
    rig = Rig(store, clock, folder)
    tools = ChannelTools(store, rig.node, clock, lambda: 1.0)
    lives = [ChannelLife(name, channel, rig.door, tools) for name, channel in channels]
    running = (rig.turns, rig.outbox, others or {}, lives, rounds or {})
    supervisor = Supervisor(Parts(store, rig.node, clock, rig.gate, *running))
    await supervisor.start()
    try:
        yield Stand(store, clock, rig, supervisor)
    finally:
        await supervisor.stop()
        await asyncio.to_thread(store.close)


async def forever() -> None:
    await asyncio.Event().wait()


async def test_a_node_whose_loops_run_is_ready(store_url: str, tmp_path: Path) -> None:
    async with standing(store_url, tmp_path, others={"quiet": forever}) as stand:
        found = await stand.until(lambda now: now.ready)
        assert found.commits
        assert found.loops_down == ()


async def test_a_loop_that_fails_is_restarted_and_until_then_the_node_is_not_ready(
    sqlite_url: str, tmp_path: Path
) -> None:
    runs: list[int] = []

    async def fails_once() -> None:
        runs.append(len(runs))
        if len(runs) == 1:
            raise ZeroDivisionError("oops")
        await forever()

    async with standing(sqlite_url, tmp_path, others={"flaky": fails_once}) as stand:
        found = await stand.until(lambda now: now.loops_down == ("flaky",))
        assert found.commits
        assert not found.ready
        assert runs == [0]
        await stand.until(lambda now: now.ready, seconds=1.0)
        assert runs == [0, 1]


async def test_a_loop_that_ends_quietly_counts_as_failed(sqlite_url: str, tmp_path: Path) -> None:
    async def ends() -> None:
        return

    async with standing(sqlite_url, tmp_path, others={"short": ends}) as stand:
        await stand.until(lambda now: now.loops_down == ("short",))


async def test_a_loop_that_fails_for_days_is_still_restarted(
    sqlite_url: str, tmp_path: Path
) -> None:
    runs = 0

    async def fails() -> None:
        nonlocal runs
        runs += 1
        if runs <= 1_100:
            raise StoreUnavailable
        await forever()

    async with standing(sqlite_url, tmp_path, others={"sick": fails}) as stand:
        while runs <= 1_100:
            stand.clock.pass_(60)
            await asyncio.sleep(0)
        await stand.until(lambda now: now.ready)
        pauses = [pause for pause in stand.clock.slept if pause != 5.0]
        assert max(pauses) <= 60


async def test_one_bad_channel_leaves_the_node_ready_and_is_named(
    store_url: str, tmp_path: Path
) -> None:
    bad = WrittenChannel(ONE, ChannelMisconfigured("the token was revoked"))
    channels = [("bad", bad), ("good", WrittenChannel(ONE))]
    async with standing(store_url, tmp_path, channels=channels) as stand:
        found = await stand.until(
            lambda now: (
                now.channels["good"].state == "up"
                and now.channels["bad"].state == "down"
                and now.channels["bad"].why != "starting"
            )
        )
        assert found.ready
        assert (found.channels["bad"].state, found.channels["bad"].why) == (
            "down",
            "the token was revoked",
        )
        assert set(stand.supervisor.sending()) == {"good"}


async def test_a_full_store_takes_the_node_out_and_it_comes_back_by_itself(
    sqlite_url: str, tmp_path: Path
) -> None:
    disk = Disk()
    async with standing(sqlite_url, tmp_path, disk=disk) as stand:
        await stand.until(lambda now: now.ready)
        await stand.rig.say("before")
        disk.full = True
        found = await stand.until(lambda now: not now.ready)
        assert not found.commits
        with pytest.raises(IntakeClosed):
            await stand.rig.say("refused", id="m2")
        disk.full = False
        await stand.until(lambda now: now.ready, seconds=1.0)
        assert (await stand.rig.say("refused", id="m2")).new
        said = [row["body"] for row in await stand.rig.messages() if row["author"] == "customer"]
        assert said == ["before", "refused"]


async def test_a_node_that_leaves_says_so_while_it_still_accepts(
    sqlite_url: str, tmp_path: Path
) -> None:
    async with standing(sqlite_url, tmp_path) as stand:
        await stand.until(lambda now: now.ready)
        stand.supervisor.leaving = True
        assert not (await stand.supervisor.readiness()).ready
        assert (await stand.rig.say("just in time")).new


async def test_draining_closes_the_door_ends_the_turns_and_lets_every_lease_go(
    store_url: str, tmp_path: Path
) -> None:
    asked, answer = asyncio.Event(), asyncio.Event()

    async def think(_turn: TurnInput) -> None:
        asked.set()
        await answer.wait()

    channel = WrittenChannel(ONE)
    async with standing(store_url, tmp_path, channels=[("line", channel)]) as stand:
        stand.rig.brain.before = think
        await stand.until(lambda now: now.channels["line"].state == "up")
        await stand.rig.say("hello")
        stand.clock.pass_(6)
        await asked.wait()
        stopping = asyncio.create_task(stand.supervisor.stop())
        await asyncio.sleep(0)
        with pytest.raises(IntakeClosed):
            await stand.rig.say("too late")
        assert not stopping.done()
        answer.set()
        await stopping
        assert channel.receiving == 0
        row = await stand.rig.conversation()
        assert (row["claimed_by"], row["answered_seq"]) == (None, 1)
        assert await stand.store.read(lambda r: r.scalar(select(receivers.c.claimed_by))) is None
        # What the drain did not get to send waits in its row, or was sent; it is not lost.
        states = [delivery["state"] for delivery in await stand.rig.deliveries()]
        assert states in (["queued"], ["sent"])


async def test_a_node_writes_its_row_and_keeps_it_alive(store_url: str, tmp_path: Path) -> None:
    async with standing(store_url, tmp_path) as stand:
        began = stand.clock.now()
        await stand.until(lambda now: now.ready, seconds=0)
        for _ in range(4):
            stand.clock.pass_(5)
            await stand.supervisor.readiness()
        row = await stand.store.read(lambda r: r.one(select(nodes)))
        assert row is not None
        assert row["name"] == "one"
        assert row["heartbeat_at"] >= began + 15


async def test_a_loop_that_hangs_without_failing_takes_the_node_out_within_a_minute(
    sqlite_url: str, tmp_path: Path
) -> None:
    rounds = 0
    async with standing(
        sqlite_url, tmp_path, others={"sweeper": forever}, rounds={"sweeper": lambda: rounds}
    ) as stand:
        await stand.until(lambda now: now.ready)
        await stand.came_round()
        stand.clock.pass_(30)
        assert (await stand.supervisor.readiness()).loops_down == ()
        await stand.came_round()
        stand.clock.pass_(29)
        found = await stand.supervisor.readiness()
        assert (found.ready, "sweeper" in found.loops_down) == (False, True)
        rounds += 1
        await stand.came_round()
        await stand.until(lambda now: now.ready)
