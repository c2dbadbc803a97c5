"""The contract suite: what every kind of channel has to do, run against each kind's harness."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from importlib import import_module

import pytest

from channels.contract import OutboundMessage
from channels.errors import RejectedSendError, UncertainSendError
from channels.events import Address, InboundMessage
from channels.kinds import KINDS
from channels.text.render import render
from tests.contract.harness.protocol import Harness, Open

NAUGHTY = [
    "How long may I return boots?",
    "two\nlines\tand a tab",
    "'; DROP TABLE messages; -- {{7*7}} ${jndi:x} `id`",
    "<script>alert(1)</script> <!channel> @everyone",
    "naïve 日本語 עברית \u202eright to left\u202c",
    "👩‍👩‍👧‍👦 zero\u200bwidth é e\u0301 \U000e0041",
    " leading and trailing ",
]


# Here and not in the fixture: a new kind without its harness fails at once, and an import blocks.
HARNESSES: dict[str, Open] = {
    kind: import_module(f"tests.contract.harness.{kind}").harness for kind in KINDS
}


@pytest.fixture(params=sorted(HARNESSES))
async def harness(request: pytest.FixtureRequest) -> AsyncIterator[Harness]:
    async with HARNESSES[request.param]() as ready:
        yield ready


def outbound(address: Address, text: str, plain: str | None = None) -> OutboundMessage:
    return OutboundMessage("d-1", address, text, plain or text)


@pytest.mark.parametrize("text", NAUGHTY, ids=range(len(NAUGHTY)))
async def test_a_verified_payload_becomes_one_message_as_it_was_written(
    harness: Harness, text: str
) -> None:
    assert (await harness.deliver(harness.payload(text))).acknowledged
    (event,) = harness.intake.events
    assert isinstance(event, InboundMessage)
    assert (event.text, event.address) == (text, harness.address)
    assert event.sender.kind == "customer"
    assert event.sender.ids


async def test_a_repeated_payload_has_the_same_external_id(harness: Harness) -> None:
    payload = harness.payload("again")
    outcomes = await asyncio.gather(*(harness.deliver(payload) for _ in range(50)))
    assert all(outcome.acknowledged for outcome in outcomes)
    assert len({event.external_id for event in harness.intake.events}) == 1


async def test_two_payloads_are_two_messages(harness: Harness) -> None:
    await harness.deliver(harness.payload("one"))
    await harness.deliver(harness.payload("one"))
    assert len({event.external_id for event in harness.intake.events}) == 2


async def test_a_forged_payload_is_refused_and_nothing_is_accepted(harness: Harness) -> None:
    outcome = await harness.forge(harness.payload("forged"))
    if outcome is None:
        pytest.skip("this kind's transport is our own login; nothing is signed")
    assert (outcome.acknowledged, outcome.status) == (False, 401)
    assert harness.intake.events == []


async def test_nothing_is_parsed_before_it_is_verified(harness: Harness) -> None:
    outcome = await harness.forge_garbage()
    if outcome is None:
        pytest.skip("this kind's transport is our own login; nothing is signed")
    assert outcome.status == 401
    assert harness.intake.events == []


async def test_a_closed_intake_is_no_acknowledgement(harness: Harness) -> None:
    payload = harness.payload("come back later")
    harness.intake.closed = True
    outcome = await harness.deliver(payload)
    assert not outcome.acknowledged
    assert outcome.status in {None, 503}
    harness.intake.closed = False
    assert (await harness.deliver(payload)).acknowledged


async def test_a_body_beyond_the_cap_is_refused(harness: Harness) -> None:
    outcome = await harness.oversized()
    if outcome is None:
        pytest.skip("the platform has its own cap")
    assert (outcome.acknowledged, outcome.status) == (False, 413)
    assert harness.intake.events == []


async def test_sending_gives_a_receipt(harness: Harness) -> None:
    receipt = await harness.channel.send(outbound(harness.address, "hello"))
    assert receipt.external_ids
    assert all(receipt.external_ids)


async def test_a_long_answer_arrives_whole_within_the_limit(harness: Harness) -> None:
    capabilities = harness.channel.capabilities
    words = [f"word{number}" for number in range(min(capabilities.text_limit, 40_000) // 3)]
    parts = render(" ".join(words), capabilities)
    seen = ""
    for part in parts:
        assert len(part.text.encode("utf-16-le")) // 2 <= capabilities.text_limit
        seen += " " + await harness.received(outbound(harness.address, part.text, part.plain))
    assert seen.split() == words


async def test_the_channel_can_what_its_kind_says(harness: Harness) -> None:
    assert harness.channel.capabilities in [kind.capabilities for kind in KINDS.values()]


async def test_what_a_channel_cannot_do_it_refuses(harness: Harness) -> None:
    capabilities, message = harness.channel.capabilities, outbound(harness.address, "changed")
    if not capabilities.edits:
        with pytest.raises(RejectedSendError):
            await harness.channel.edit("m-1", message)
    if not capabilities.deletes:
        with pytest.raises(RejectedSendError):
            await harness.channel.delete(harness.address, "m-1")
    if not (capabilities.read_back or capabilities.reconcile_by_resend):
        with pytest.raises(UncertainSendError):
            await harness.channel.reconcile(message)
