"""A channel in which staff work: what is passed on, what one person alone sees, who is called."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from channels.errors import ChannelMisconfigured
from channels.events import Address, Chosen, Event, Ignored, InboundMessage
from tests.channels.slack.conversations import outbound
from tests.contract.harness.slack import Rig, channel, rig
from tests.platforms import slack_events as events
from tests.platforms.slack_workspace import (
    BOT,
    BOT_USER,
    COLLEAGUE,
    CUSTOMER,
    PUBLIC,
    buttons,
    pings,
)

DESKS = frozenset({PUBLIC})
THREAD: dict[str, Any] = {"user": BOT_USER, "bot_id": BOT, "text": "Ada waits"}


async def heard(opened: Rig, text: str, **fields: Any) -> Event:
    known = len(opened.intake.events)
    said = events.says(opened.slack.workspace, text, channel=PUBLIC, **fields)
    assert (await opened.deliver(said)).acknowledged
    (event,) = opened.intake.events[known:]
    return event


async def test_everything_in_a_thread_is_passed_on_and_nothing_outside_of_one() -> None:
    async with rig() as opened:
        opened.channel.desks = lambda: DESKS
        root = opened.slack.workspace.add(PUBLIC, THREAD)
        inside = {"user": COLLEAGUE, "thread_ts": root["ts"]}
        for text in ("On Friday.", f"<@{CUSTOMER}> can you look?", f"<@{BOT_USER}> !take"):
            event = await heard(opened, text, **inside)
            assert isinstance(event, InboundMessage)
            assert event.address == Address(PUBLIC, root["ts"])
        for text in ("lunch?", f"<@{BOT_USER}> hello"):
            event = await heard(opened, text, user=COLLEAGUE)
            assert isinstance(event, Ignored)
            assert "lunch" not in event.reason


async def test_guests_are_told_apart() -> None:
    async with rig() as opened:
        opened.channel.desks = lambda: DESKS
        opened.slack.workspace.guests.add(COLLEAGUE)
        root = opened.slack.workspace.add(PUBLIC, THREAD)
        for user, guest in ((COLLEAGUE, True), (CUSTOMER, False)):
            event = await heard(opened, "hello", user=user, thread_ts=root["ts"])
            assert isinstance(event, InboundMessage)
            assert event.sender.guest is guest
            message = outbound(Address(PUBLIC, root["ts"]), "Brief", ("Take",))
            await opened.channel.send(message)
            posted = opened.slack.workspace.thread(PUBLIC, root["ts"])[-1]
            (button,) = buttons(posted)
            space = opened.slack.workspace
            await opened.deliver(events.presses(space, PUBLIC, posted, button, user))
            pressed = opened.intake.events[-1]
            assert isinstance(pressed, Chosen)
            assert pressed.sender.guest is guest


async def test_one_person_alone_is_shown_it_in_the_thread() -> None:
    async with rig() as opened:
        root = opened.slack.workspace.add(PUBLIC, THREAD)
        message = outbound(Address(PUBLIC, root["ts"]), "Not sent", ("Take over",))
        await opened.channel.send(replace(message, only_for=f"T0HOME/{COLLEAGUE}"))
        (shown,) = opened.slack.whispers(COLLEAGUE)
        assert (shown["thread_ts"], "metadata" in shown) == (root["ts"], False)


async def test_whom_slack_calls() -> None:
    async with rig() as opened:
        calls = ("S0DUTY", f"T0HOME/{COLLEAGUE}")
        await opened.channel.send(replace(outbound(Address(PUBLIC), "waits"), mentions=calls))
        ((_, said),) = opened.slack.workspace.ours()
        assert pings(said) == ("!subteam^S0DUTY", f"@{COLLEAGUE}")


@pytest.mark.parametrize("member", [True, False])
async def test_check_says_whether_staff_can_work_there(member: bool) -> None:
    async with rig() as opened:
        opened.slack.members = {PUBLIC} if member else set()
        checked = channel(opened.slack, opened.clock)
        checked.desks = lambda: DESKS
        async with checked:
            if member:
                assert "staff work in #help" in await checked.check()
            else:
                with pytest.raises(ChannelMisconfigured, match="desks"):
                    await checked.check()
