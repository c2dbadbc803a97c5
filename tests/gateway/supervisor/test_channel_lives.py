"""One channel's life: restarted with patience, stopped when it cannot work, received on once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy import select, update

from channels.contract import Intake
from channels.errors import ChannelDisconnected, ChannelMisconfigured, IntakeClosed
from gateway.records import Node
from gateway.store.opening import open_store
from gateway.store.schema.pipeline import receivers
from gateway.store.store import Options, Store
from gateway.supervisor.channels import PROBE_EVERY_SECONDS, ChannelLife, ChannelTools
from gateway.supervisor.heartbeat import RECEIVER_LEASE_SECONDS, claim_receiver
from tests.gateway.pipeline.rig import Rig
from tests.gateway.supervisor.standing import ANY, ONE, StandingClock, WrittenChannel, eventually

TAKEOVER_SECONDS = 35


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
async def standing(store_url: str, clock: StandingClock) -> AsyncIterator[Store]:
    opened = await asyncio.to_thread(open_store, store_url, Options(now=clock.now))
    yield opened
    await asyncio.to_thread(opened.close)


@asynccontextmanager
async def living(
    store: Store, clock: StandingClock, channel: WrittenChannel, folder: Path, node: str = "one"
) -> AsyncGenerator[ChannelLife]:
    door = Rig(store, clock, folder / node, name=node).door
    life = ChannelLife(
        "line", channel, door, ChannelTools(store, Node(node, "1"), clock, lambda: 1.0)
    )
    task = asyncio.create_task(life.run())
    try:
        yield life
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def lost(times: int) -> list[Exception]:
    return [ChannelDisconnected("the line is cut") for _ in range(times)]


@pytest.mark.parametrize("receivers_of", [ANY, ONE], ids=["any", "one"])
async def test_a_lost_connection_is_made_again_with_longer_and_longer_pauses(
    standing: Store, clock: StandingClock, tmp_path: Path, receivers_of: object
) -> None:
    channel = WrittenChannel(receivers_of, *lost(6))
    async with living(standing, clock, channel, tmp_path) as life:
        for number, pause in enumerate((1.0, 2.0, 5.0, 15.0, 60.0, 60.0), start=1):
            await eventually(
                standing, lambda pause=pause, n=number: down_after(life, clock, pause, n, channel)
            )
            assert life.why == "the line is cut"
            assert not life.can_send
            clock.pass_(pause)
        await eventually(standing, lambda: life.state == "up" and channel.receiving == 1)
        assert life.why is None


def pauses(clock: StandingClock) -> list[float]:
    """What was slept, but for the time between two probes."""
    return [seconds for seconds in clock.slept if seconds != PROBE_EVERY_SECONDS]


def down_after(
    life: ChannelLife, clock: StandingClock, pause: float, begun: int, channel: WrittenChannel
) -> bool:
    return life.state == "down" and pauses(clock)[-1:] == [pause] and channel.begun == begun


@pytest.mark.parametrize("receivers_of", [ANY, ONE], ids=["any", "one"])
async def test_a_wrong_configuration_stops_it_and_says_why(
    standing: Store, clock: StandingClock, tmp_path: Path, receivers_of: object
) -> None:
    channel = WrittenChannel(receivers_of, ChannelMisconfigured("the token was revoked"))
    async with living(standing, clock, channel, tmp_path) as life:
        await eventually(standing, lambda: life.why == "the token was revoked")
        clock.pass_(600)
        await standing.write(lambda _unit: None)
        assert (life.state, channel.begun) == ("down", 1)


async def test_a_login_that_is_refused_stops_it_too(
    standing: Store, clock: StandingClock, tmp_path: Path
) -> None:
    channel = WrittenChannel(ONE)
    channel.login = [ChannelMisconfigured("the password is wrong")]
    async with living(standing, clock, channel, tmp_path) as life:
        await eventually(standing, lambda: life.why == "the password is wrong")
        assert (life.state, channel.begun) == ("down", 0)


async def test_a_bug_of_an_adapter_is_a_restart_like_any_other(
    standing: Store, clock: StandingClock, tmp_path: Path
) -> None:
    channel = WrittenChannel(ONE, ZeroDivisionError("oops"))
    async with living(standing, clock, channel, tmp_path) as life:
        await eventually(standing, lambda: clock.slept[-1:] == [1.0])
        assert life.why == "ZeroDivisionError: oops"
        clock.pass_(1)
        await eventually(standing, lambda: channel.receiving == 1)


async def test_a_poller_that_is_turned_away_at_the_door_still_sends(
    standing: Store, clock: StandingClock, tmp_path: Path
) -> None:
    channel = WrittenChannel(ONE, IntakeClosed("the gateway is stopping"))
    async with living(standing, clock, channel, tmp_path) as life:
        await eventually(standing, lambda: life.why == "the gateway is stopping")
        assert (life.state, life.can_send) == ("up", True)
        clock.pass_(1)
        await eventually(standing, lambda: channel.receiving == 1)
        assert (channel.begun, life.why) == (2, None)


async def test_a_channel_that_was_up_for_long_begins_with_the_short_pause_again(
    standing: Store, clock: StandingClock, tmp_path: Path
) -> None:
    cut = asyncio.Event()

    class Cut(WrittenChannel):
        async def receive(self, intake: Intake) -> None:
            if self.fates:
                raise self.fates.pop(0)
            await cut.wait()
            cut.clear()
            raise ChannelDisconnected("cut again")

    async with living(standing, clock, Cut(ANY, *lost(3)), tmp_path) as life:
        for pause in (1.0, 2.0, 5.0):
            await eventually(standing, lambda pause=pause: pauses(clock)[-1:] == [pause])
            clock.pass_(pause)
        await eventually(standing, lambda: life.state == "up")
        clock.pass_(121)
        cut.set()
        await eventually(standing, lambda: pauses(clock) == [1.0, 2.0, 5.0, 1.0])


# --- Receiver leases ---------------------------------------------------------------------------


async def test_of_two_nodes_only_one_receives_and_the_other_stands_by(
    standing: Store, clock: StandingClock, tmp_path: Path
) -> None:
    one, two = WrittenChannel(ONE), WrittenChannel(ONE)
    async with living(standing, clock, one, tmp_path, "one") as first:
        await eventually(standing, lambda: one.receiving == 1)
        async with living(standing, clock, two, tmp_path, "two") as second:
            for _ in range(90):
                clock.pass_(1)
                await eventually(standing, lambda: second.state == "standby")
                # The lease is renewed before it runs out, however long this goes on.
                await standing.write(lambda _unit: None)
                assert (one.receiving, two.receiving) == (1, 0)
            assert (first.state, second.can_send) == ("up", True)


async def test_a_node_that_ends_well_hands_over_at_once(
    standing: Store, clock: StandingClock, tmp_path: Path
) -> None:
    one, two = WrittenChannel(ONE), WrittenChannel(ONE)
    async with living(standing, clock, one, tmp_path, "one"):
        await eventually(standing, lambda: one.receiving == 1)
    assert one.receiving == 0
    async with living(standing, clock, two, tmp_path, "two"):
        await eventually(standing, lambda: two.receiving == 1)


async def test_a_dead_nodes_place_is_taken_within_35_seconds(
    standing: Store, clock: StandingClock, tmp_path: Path
) -> None:
    dead = Node("dead", "1")
    assert await standing.write(lambda unit: claim_receiver(unit, dead, "line")) is not None
    channel = WrittenChannel(ONE)
    async with living(standing, clock, channel, tmp_path) as life:
        await eventually(standing, lambda: life.state == "standby")
        for second in range(TAKEOVER_SECONDS):
            clock.pass_(1)
            for _ in range(5):
                await standing.write(lambda _unit: None)
            if second < RECEIVER_LEASE_SECONDS - 1:
                assert channel.receiving == 0
        await eventually(standing, lambda: channel.receiving == 1)


async def test_receiving_stops_when_the_lease_is_lost(
    standing: Store, clock: StandingClock, tmp_path: Path
) -> None:
    """As after a long stop of the whole process: another node has claimed meanwhile."""
    channel = WrittenChannel(ONE)
    async with living(standing, clock, channel, tmp_path) as life:
        await eventually(standing, lambda: channel.receiving == 1 and 8.0 in clock.slept)
        await standing.write(
            lambda unit: unit.execute(
                update(receivers).values(
                    claim=receivers.c.claim + 1, claimed_by="two:1", claimed_until=unit.now + 1e6
                )
            )
        )
        clock.pass_(8)
        await eventually(standing, lambda: life.why == "another node receives on this channel")
        assert channel.receiving == 0
        clock.pass_(1)
        await eventually(standing, lambda: life.state == "standby")
        held = await standing.read(lambda r: r.scalar(select(receivers.c.claimed_by)))
        assert held == "two:1"


async def test_a_channel_that_needs_no_receiving_keeps_its_lease_and_is_quiet(
    standing: Store, clock: StandingClock, tmp_path: Path
) -> None:
    """A webhook in the place of polling: receive returns at once."""

    class Quiet(WrittenChannel):
        async def receive(self, intake: Intake) -> None:
            self.begun += 1

    channel = Quiet(ONE)
    async with living(standing, clock, channel, tmp_path) as life:
        await eventually(standing, lambda: channel.begun == 1)
        for _ in range(20):
            await standing.write(lambda _unit: None)
        assert (channel.begun, life.state) == (1, "up")


@pytest.mark.parametrize("receivers_of", [ANY, ONE], ids=["any", "one"])
async def test_a_connection_that_is_open_and_dead_is_found_out_and_made_again(
    standing: Store, clock: StandingClock, tmp_path: Path, receivers_of: object
) -> None:
    channel = WrittenChannel(receivers_of)
    channel.probes = [ChannelDisconnected("nothing was heard for 3 minutes")]
    async with living(standing, clock, channel, tmp_path) as life:
        await eventually(
            standing, lambda: channel.receiving == 1 and PROBE_EVERY_SECONDS in clock.slept
        )
        clock.pass_(PROBE_EVERY_SECONDS)
        await eventually(standing, lambda: life.state == "down" and channel.receiving == 0)
        assert life.why == "nothing was heard for 3 minutes"
        clock.pass_(1)
        await eventually(standing, lambda: life.state == "up" and channel.begun == 2)
