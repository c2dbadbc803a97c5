"""The contract suite: what every kind of channel has to do with what comes in over its transport,
run against each kind's harness. It never asks how an adapter does it."""

from __future__ import annotations

import asyncio

import pytest

from channels.events import InboundMessage
from channels.kinds import Kind
from tests.contract.harness.protocol import Harness
from tests.contract.steps import came_of, inapplicable, said, told

NAUGHTY = [
    "How long may I return boots?",
    "two\nlines\tand a tab",
    "'; DROP TABLE messages; -- {{7*7}} ${jndi:x} `id`",
    "<script>alert(1)</script> <!channel> @everyone",
    "naïve 日本語 עברית \u202eright to left\u202c",
    "👩‍👩‍👧‍👦 zero\u200bwidth é e\u0301 \U000e0041",
    " leading and trailing ",
]


@pytest.mark.parametrize("text", NAUGHTY, ids=range(len(NAUGHTY)))
async def test_a_verified_payload_becomes_one_message_as_it_was_written(
    harness: Harness, text: str
) -> None:
    event = await told(harness, said(harness, text), InboundMessage)
    assert (event.text, event.address) == (text, harness.address)
    assert (event.sender.kind, event.public) == ("customer", False)
    assert event.sender.ids


async def test_a_repeated_payload_has_the_same_external_id(harness: Harness) -> None:
    payload = said(harness, "again")
    outcomes = await asyncio.gather(*(harness.deliver(payload) for _ in range(50)))
    assert all(outcome.acknowledged for outcome in outcomes)
    assert len({event.external_id for event in harness.intake.events}) == 1


async def test_two_payloads_are_two_messages(harness: Harness) -> None:
    await harness.deliver(said(harness, "one"))
    await harness.deliver(said(harness, "one"))
    assert len({event.external_id for event in harness.intake.events}) == 2


async def test_a_burst_comes_in_in_the_order_in_which_it_was_written(harness: Harness) -> None:
    texts = [f"line {number} of ten" for number in range(10)]
    payloads = [said(harness, text) for text in texts]
    events = [event for each in payloads for event in await came_of(harness, each)]
    came = [event for event in events if isinstance(event, InboundMessage)]
    assert [event.text for event in came] == texts
    assert [event.text for event in sorted(came, key=lambda each: each.order)] == texts


async def test_a_forged_payload_is_refused_and_nothing_is_accepted(harness: Harness) -> None:
    outcome = await harness.forge(said(harness, "forged"))
    if outcome is None:
        inapplicable("this kind's transport is our own login; nothing is signed")
    assert (outcome.acknowledged, outcome.status) == (False, 401)
    assert harness.intake.events == []


async def test_nothing_is_parsed_before_it_is_verified(harness: Harness) -> None:
    outcome = await harness.forge_garbage()
    if outcome is None:
        inapplicable("this kind's transport is our own login; nothing is signed")
    assert outcome.status == 401
    assert harness.intake.events == []


async def test_a_closed_intake_is_no_acknowledgement(harness: Harness) -> None:
    payload = said(harness, "come back later")
    harness.intake.closed = True
    outcome = await harness.deliver(payload)
    assert not outcome.acknowledged
    assert outcome.status in {None, 503}
    harness.intake.closed = False
    assert (await harness.deliver(payload)).acknowledged


async def test_a_body_beyond_the_cap_is_refused(harness: Harness) -> None:
    outcome = await harness.oversized()
    if outcome is None:
        inapplicable("the platform has its own cap")
    assert (outcome.acknowledged, outcome.status) == (False, 413)
    assert harness.intake.events == []


async def test_what_was_missed_while_down_is_found_once(harness: Harness) -> None:
    await harness.deliver(said(harness, "before it went down"))
    if not await harness.missed(said(harness, "while it was down")):
        assert harness.channel.capabilities.receivers == "any", "one receiver has to catch up"
        inapplicable("the platform keeps nothing for later, and its sender tries again")
    await harness.deliver(said(harness, "after it came back"))
    came = [event.text for event in harness.intake.events if isinstance(event, InboundMessage)]
    assert came == ["before it went down", "while it was down", "after it came back"]


async def test_the_channel_can_what_its_kind_says(kind: Kind, harness: Harness) -> None:
    assert harness.channel.capabilities == kind.capabilities
