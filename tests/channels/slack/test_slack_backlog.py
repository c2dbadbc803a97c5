"""What was said while nobody listened: looked up after a downtime and after a refusal, once, in
order, and at the pace that Slack asks for; the cursor moves past nothing that may be missing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from channels.errors import ChannelDisconnected, IntakeClosed
from channels.events import InboundMessage
from tests.channels.slack.conversations import US, asked, heard, outbound
from tests.contract.harness.slack import Rig, rig
from tests.platforms import slack_events as events
from tests.platforms.slack_workspace import BOT, BOT_USER, PUBLIC, Message

HEARD = "heard"
HOUR = 3600


@pytest.fixture
async def opened() -> AsyncIterator[Rig]:
    async with rig() as ready:
        yield ready


class Receiving:
    """The channel receives for as long as this is open."""

    def __init__(self, opened: Rig) -> None:
        self._opened = opened

    async def __aenter__(self) -> asyncio.Task[None]:
        self._task = asyncio.create_task(self._opened.channel.receive(self._opened.intake))
        return self._task

    async def __aexit__(self, *exc: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


async def began(opened: Rig) -> None:
    """The channel ran until now, and then nobody listened for an hour."""
    async with Receiving(opened):
        await opened.intake.asked_for(HEARD)
        await heard(opened, events.says(opened.slack.workspace, "before"))
    assert HEARD in opened.intake.cursors
    opened.clock.at += HOUR


def name(body: events.Body) -> str:
    return f"T0HOME/{body['event']['channel']}/{body['event']['ts']}"


def texts(opened: Rig) -> list[str]:
    return [event.text for event in opened.intake.events if isinstance(event, InboundMessage)]


async def test_the_first_start_looks_nothing_up(opened: Rig) -> None:
    events.says(opened.slack.workspace, "long before there was a channel")
    async with Receiving(opened):
        await opened.intake.asked_for(HEARD)
        await heard(opened, events.says(opened.slack.workspace, "hello"))
    assert opened.slack.asked("users.conversations") == []


async def test_missed_messages_come_in_the_order_in_which_they_were_written(opened: Rig) -> None:
    await began(opened)
    space = opened.slack.workspace
    bodies = [events.says(space, f"missed {number}") for number in range(5)]
    async with Receiving(opened):
        await opened.intake.holds(name(bodies[-1]))
    assert texts(opened) == ["before", *(f"missed {number}" for number in range(5))]


async def test_missed_answers_in_threads_are_found(opened: Rig) -> None:
    space = opened.slack.workspace
    root = await asked(opened, "how long?")
    await began(opened)
    opened.slack.page = 2
    below = [
        events.says(space, str(number), channel=PUBLIC, thread_ts=root.order) for number in range(5)
    ]
    async with Receiving(opened):
        await opened.intake.holds(name(below[-1]))
    assert texts(opened)[2:] == list("01234")
    found = opened.intake.events[-1]
    assert isinstance(found, InboundMessage)
    assert found.address == root.address


async def test_what_was_missed_and_is_none_of_ours_stays_where_it_is(opened: Rig) -> None:
    await began(opened)
    space = opened.slack.workspace
    events.says(space, "lunch?", channel=PUBLIC)
    space.add("D0ADA", {"user": BOT_USER, "bot_id": BOT, "text": "an answer of ours"})
    space.add("D0ADA", {"text": "x" * 300_000, "user": "U0ADA"})
    last = events.says(space, f"<@{US}> are you there?", channel=PUBLIC)
    async with Receiving(opened):
        await opened.intake.holds(name(last))
    assert texts(opened) == ["before", "are you there?"]
    assert len(opened.intake.events) == 2, "what is nothing to us was never missed"


async def test_slack_is_given_the_time_that_it_asks_for(opened: Rig) -> None:
    await began(opened)
    missed = events.says(opened.slack.workspace, "missed")
    opened.slack.faults["conversations.history"].extend(["limited"] * 3)
    started = opened.clock.at
    async with Receiving(opened):
        await opened.intake.holds(name(missed))
    assert opened.clock.at >= started + 21


async def test_a_place_that_cannot_be_read_does_not_hide_the_others(opened: Rig) -> None:
    await began(opened)
    space = opened.slack.workspace
    missed = events.says(space, f"<@{US}> missed", channel=PUBLIC)
    opened.slack.faults["conversations.history"].append("missing_scope")
    async with Receiving(opened):
        await opened.intake.holds(name(missed))


@pytest.mark.parametrize("fault", ["lost", "service_unavailable", "internal_error"])
async def test_while_slack_does_not_answer_the_cursor_stays(opened: Rig, fault: str) -> None:
    await began(opened)
    missed = events.says(opened.slack.workspace, "missed")
    # A question that was lost on a used connection is asked again on a fresh one.
    opened.slack.faults["conversations.history"].extend([fault] * (2 if fault == "lost" else 1))
    at = opened.intake.cursors[HEARD]
    async with Receiving(opened) as receiving:
        await asyncio.wait([receiving])
        assert isinstance(receiving.exception(), ChannelDisconnected)
    assert (await opened.deliver(events.says(opened.slack.workspace, "now"))).acknowledged
    assert opened.intake.cursors[HEARD] == at
    async with Receiving(opened):
        await opened.intake.holds(name(missed))


async def test_a_gateway_that_takes_nothing_in_ends_it_and_it_begins_again(opened: Rig) -> None:
    await began(opened)
    missed = events.says(opened.slack.workspace, "missed")
    opened.intake.closed = True
    async with Receiving(opened) as receiving:
        await asyncio.wait([receiving])
        assert isinstance(receiving.exception(), IntakeClosed)
    opened.intake.closed = False
    async with Receiving(opened):
        await opened.intake.holds(name(missed))


async def test_what_the_webhook_could_not_take_is_looked_up(opened: Rig) -> None:
    await began(opened)
    space = opened.slack.workspace
    async with Receiving(opened):
        await opened.slack.asked_for("conversations.history", 2)
        refused = events.says(space, "come back later")
        opened.intake.closed = True
        assert (await opened.deliver(refused)).status == 503
        opened.intake.closed = False
        await opened.intake.holds(name(refused))
    assert texts(opened) == ["before", "come back later"]


async def test_events_that_slack_left_out_are_looked_up(opened: Rig) -> None:
    await began(opened)
    async with Receiving(opened):
        await opened.slack.asked_for("conversations.history", 2)
        missed = events.says(opened.slack.workspace, "one of too many")
        limited = {"type": "app_rate_limited", "team_id": "T0HOME", "api_app_id": "A0APP"}
        assert (await opened.deliver(limited)).acknowledged
        await opened.intake.holds(name(missed))


async def test_more_than_a_week_is_not_gone_through(opened: Rig) -> None:
    await began(opened)
    old: Message = {"user": "U0ADA", "text": "a question of long ago"}
    opened.slack.workspace.add("D0ADA", old)
    opened.clock.at += 8 * 24 * HOUR
    fresh = events.says(opened.slack.workspace, "a question of today")
    async with Receiving(opened):
        await opened.intake.holds(name(fresh))
    assert texts(opened) == ["before", "a question of today"]
    asked_since = float(opened.slack.asked("conversations.history")[-1]["oldest"])
    assert asked_since == pytest.approx(opened.clock.at - 7 * 24 * HOUR, abs=1)


async def test_answers_are_no_gap(opened: Rig) -> None:
    """The cursor goes on with whatever is heard, our own words among it."""
    await began(opened)
    async with Receiving(opened):
        await opened.slack.asked_for("conversations.history", 2)
        said = await heard(opened, events.says(opened.slack.workspace, "hello"))
        await opened.channel.send(outbound(said.address, "hi", reply_context=said.reply_context))
        _, posted = list(opened.slack.workspace.ours())[-1]
        own = events.envelope(opened.slack.workspace, events.placed(posted, "D0ADA"))
        assert (await opened.deliver(own)).acknowledged
        assert opened.intake.cursors[HEARD] == posted["ts"]
        assert (await opened.deliver(events.says(opened.slack.workspace, "x"))).acknowledged
