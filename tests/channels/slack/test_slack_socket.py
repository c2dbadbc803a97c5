"""Socket Mode: acknowledged when it is on disk, in the order in which it was said, and a connection
that is cut or silent is noticed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from pydantic import SecretStr

from channels.errors import ChannelDisconnected, ChannelMisconfigured, IntakeClosed
from channels.events import Chosen, Commanded, InboundMessage, Unreadable
from channels.kinds import CAPABILITIES
from channels.slack.channel import SILENT_SECONDS, SlackChannel
from channels.slack.lanes import Lanes
from channels.slack.patience import Patience
from tests.channels.fakes import FakeClock
from tests.channels.slack.conversations import outbound
from tests.contract.harness.slack import Ledger, settings
from tests.platforms import slack_events as events
from tests.platforms.slack import APP_TOKEN, FakeSlack
from tests.platforms.slack_workspace import PUBLIC, buttons


@dataclass
class HeldClock(FakeClock):
    """Whoever sleeps sleeps until ``go``."""

    sleeping: int = 0

    def __post_init__(self) -> None:
        self.gone = asyncio.Event()
        self.changed = asyncio.Condition()

    async def sleep(self, seconds: float) -> None:
        async with self.changed:
            self.sleeping += 1
            self.changed.notify_all()
        await self.gone.wait()

    async def asleep(self, count: int) -> None:
        async with self.changed:
            await self.changed.wait_for(lambda: self.sleeping >= count)

    def go(self) -> None:
        self.gone.set()


@dataclass
class Line:
    """A channel that listens over Socket Mode."""

    channel: SlackChannel
    slack: FakeSlack
    intake: Ledger
    clock: FakeClock
    receiving: asyncio.Task[None]

    async def ended(self) -> BaseException | None:
        """How receiving ended."""
        await asyncio.wait([self.receiving])
        return self.receiving.exception()


@asynccontextmanager
async def line(
    slack: FakeSlack | None = None, clock: FakeClock | None = None, **patience: float
) -> AsyncGenerator[Line]:
    clock = clock or FakeClock()
    async with slack or FakeSlack(clock.now) as fake:
        given = settings(fake, app_token=SecretStr(APP_TOKEN), signing_secret=None)
        adapter = SlackChannel(
            "slack",
            given,
            CAPABILITIES["slack"],
            clock,
            patience=Patience(**{"name": 20, **patience}),
        )
        intake = Ledger()
        async with adapter:
            receiving = asyncio.create_task(adapter.receive(intake))
            try:
                yield Line(adapter, fake, intake, clock, receiving)
            finally:
                receiving.cancel()
                await asyncio.gather(receiving, return_exceptions=True)


async def test_what_is_on_disk_is_acknowledged() -> None:
    async with line() as opened:
        await opened.slack.online()
        assert await opened.slack.push(events.says(opened.slack.workspace, "hello"))
        (event,) = opened.intake.events
        assert isinstance(event, InboundMessage)
        assert (event.text, event.sender.name) == ("hello", "Ada")


async def test_without_a_signing_secret_there_is_no_webhook() -> None:
    async with line() as opened:
        assert opened.channel.routes(opened.intake) == ()


async def test_buttons_and_commands_come_over_the_same_line() -> None:
    async with line() as opened:
        space = opened.slack.workspace
        await opened.slack.online()
        assert await opened.slack.push(events.commands(space, "human", "now"))
        said = events.says(space, "hello")
        assert await opened.slack.push(said)
        hello = opened.intake.events[-1]
        assert isinstance(hello, InboundMessage)
        await opened.channel.send(outbound(hello.address, "?", ("a",), hello.reply_context))
        _, posted = list(space.ours())[-1]
        assert await opened.slack.push(events.presses(space, "D0ADA", posted, buttons(posted)[0]))
        assert [type(event) for event in opened.intake.events] == [
            Commanded,
            InboundMessage,
            Chosen,
        ]


async def test_a_closed_intake_is_not_acknowledged_and_ends_it() -> None:
    async with line() as opened:
        await opened.slack.online()
        opened.intake.closed = True
        pushed = asyncio.create_task(opened.slack.push(events.says(opened.slack.workspace, "x")))
        assert isinstance(await opened.ended(), IntakeClosed)
        pushed.cancel()
        assert opened.slack.acks == []


async def test_what_was_said_first_comes_in_first() -> None:
    clock = HeldClock()
    async with line(clock=clock) as opened:
        await opened.slack.online()
        space = opened.slack.workspace
        bodies = [events.says(space, str(number)) for number in range(8)]
        shuffled = [bodies[at] for at in (3, 0, 7, 1, 6, 2, 5, 4)]
        pushes = [asyncio.create_task(opened.slack.push(body)) for body in shuffled]
        await clock.asleep(len(bodies))
        clock.go()
        assert all(await asyncio.gather(*pushes))
        texts = [e.text for e in opened.intake.events if isinstance(e, InboundMessage)]
        assert texts == list("01234567")


async def test_a_lane_goes_on_when_somebody_gives_up() -> None:
    clock = HeldClock()
    lanes, went = Lanes(clock), list[str]()

    async def go(ts: str) -> None:
        async with lanes.turn("C1", ts):
            went.append(ts)

    tasks = {ts: asyncio.create_task(go(ts)) for ts in ("10.1", "9.1", "9.2")}
    await clock.asleep(3)
    tasks["9.1"].cancel()
    await asyncio.gather(tasks["9.1"], return_exceptions=True)
    clock.go()
    await asyncio.gather(tasks["10.1"], tasks["9.2"])
    assert went == ["9.2", "10.1"]
    assert len(lanes) == 0


async def test_slow_channels_do_not_hold_up_others() -> None:
    lanes, open_end = Lanes(FakeClock()), asyncio.Event()

    async def stay() -> None:
        async with lanes.turn("C1", "1.1"):
            await open_end.wait()

    staying = asyncio.create_task(stay())
    async with lanes.turn("C2", "2.1"), lanes.turn("", ""):
        open_end.set()
    await staying


async def test_a_connection_is_replaced_before_it_ends() -> None:
    async with line() as opened:
        await opened.slack.online()
        old = opened.slack.connections[0]
        await old.send_str('{"type": "disconnect", "reason": "refresh_requested"}')
        await opened.slack.online(2)
        assert await opened.slack.push(events.says(opened.slack.workspace, "on the new one"))
        await old.close()
        assert await opened.slack.push(events.says(opened.slack.workspace, "still there"))
        assert not opened.receiving.done()


@pytest.mark.parametrize(
    ("frame", "error"),
    [
        ({"type": "disconnect", "reason": "link_disabled"}, ChannelMisconfigured),
        ({"type": "disconnect", "reason": "too_many_websockets"}, ChannelDisconnected),
    ],
)
async def test_an_end_that_slack_explains_is_told(
    frame: dict[str, str], error: type[Exception]
) -> None:
    async with line() as opened:
        await opened.slack.online()
        await opened.slack.connections[0].send_json(frame)
        assert isinstance(await opened.ended(), error)


async def test_a_cut_connection_ends_receiving() -> None:
    async with line() as opened:
        await opened.slack.online()
        await opened.slack.hang_up()
        assert isinstance(await opened.ended(), ChannelDisconnected)


async def test_a_connection_that_only_looks_open_is_noticed() -> None:
    async with line(heartbeat=0.1) as opened:
        opened.slack.answers_pings = False
        await opened.slack.online()
        assert isinstance(await opened.ended(), ChannelDisconnected)


async def test_a_silence_is_found_by_the_probe() -> None:
    async with line() as opened:
        await opened.slack.online()
        assert await opened.slack.push(events.says(opened.slack.workspace, "hello"))
        await opened.channel.probe()
        opened.clock.at += SILENT_SECONDS + 1
        with pytest.raises(ChannelDisconnected, match="silent"):
            await opened.channel.probe()


async def test_a_ping_of_slacks_is_answered() -> None:
    async with line() as opened:
        await opened.slack.online()
        await opened.slack.connections[0].ping(b"are you there?")
        assert await opened.slack.push(events.says(opened.slack.workspace, "hello"))
        assert opened.slack.pongs == [b"are you there?"]


async def test_who_does_not_say_hello_is_not_listened_to() -> None:
    async with line(FakeSlack(says_hello=False), hello=0.05) as opened:
        failed = await opened.ended()
        assert isinstance(failed, ChannelDisconnected)
        assert "hello" in str(failed)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("invalid_auth", ChannelMisconfigured),
        ("missing_scope", ChannelMisconfigured),
        ("limited", ChannelDisconnected),
        ("internal_error", ChannelDisconnected),
        ("lost", ChannelDisconnected),
    ],
)
async def test_a_line_that_does_not_open_is_told(fault: str, error: type[Exception]) -> None:
    fake = FakeSlack()
    fake.faults["apps.connections.open"].append(fault)
    async with line(fake) as opened:
        failed = await opened.ended()
        assert isinstance(failed, error)
        assert APP_TOKEN not in str(failed)


async def test_the_ticket_of_a_line_is_never_shown() -> None:
    fake = FakeSlack(takes_tickets=False)
    async with line(fake) as opened:
        failed = await opened.ended()
        assert isinstance(failed, ChannelDisconnected)
        assert "ticket" not in repr(failed)


async def test_frames_that_nobody_can_read_are_kept_and_the_line_stays() -> None:
    async with line() as opened:
        await opened.slack.online()
        connection = opened.slack.connections[0]
        for raw in ("", "[", '{"type": "events_api"}', '{"type": 7}'):
            await connection.send_str(raw)
        for payload in (None, 7, {"event": {"type": "message"}}):
            assert await opened.slack.push_raw({"type": "events_api", "payload": payload})
        assert await opened.slack.push(events.says(opened.slack.workspace, "hello"))
        assert any(isinstance(event, Unreadable) for event in opened.intake.events)


async def test_a_mention_over_two_lines_is_one_message() -> None:
    """Either of several connections may carry either event."""
    async with line() as opened:
        await opened.slack.online()
        said = events.says(opened.slack.workspace, "<@U0BOT> hello", channel=PUBLIC)
        twin = events.mention(opened.slack.workspace, said)
        assert all(await asyncio.gather(opened.slack.push(said), opened.slack.push(twin)))
        assert len(opened.intake.events) == 1
