"""Who wrote, and where others read along: our own words, other programs, the account's owner, and
places where an assistant answers only when it is spoken to."""

from __future__ import annotations

import pytest

from channels.contract import Choice
from channels.events import Address, Chosen, Ignored, InboundMessage
from tests.contract.harness.protocol import By, Harness, Payload
from tests.contract.steps import came_of, has, inapplicable, outbound, shown, times, told

PROGRAMS: tuple[By, ...] = ("self", "bot")


@pytest.mark.parametrize("by", PROGRAMS)
async def test_what_a_program_wrote_is_no_customers_message(harness: Harness, by: By) -> None:
    payload = harness.payload("beep", by=by)
    if payload is None:
        inapplicable("this platform has no such sender")
    for event in await came_of(harness, payload):
        if not isinstance(event, Ignored):
            assert isinstance(event, InboundMessage)
            assert event.sender.kind == "bot"


async def test_the_owner_who_answers_by_hand_is_known(harness: Harness) -> None:
    payload = harness.payload("I have seen to it", by="operator")
    if payload is None:
        inapplicable("this platform does not show what the account's owner writes")
    event = await told(harness, payload, InboundMessage)
    assert (event.sender.kind, event.text) == ("operator", "I have seen to it")
    assert event.address == harness.address, "it is the customer's conversation that they take"


async def addressed(harness: Harness, text: str) -> InboundMessage:
    capabilities = harness.channel.capabilities
    payload = has(capabilities.public, harness.public_payload(text, addressed=True))
    event = await told(harness, payload, InboundMessage)
    assert event.text == payload.text
    return event


async def test_public_places_are_claimed_with_a_way_to_meet_alone(harness: Harness) -> None:
    capabilities = harness.channel.capabilities
    assert (harness.public_address is not None) == capabilities.public
    assert (capabilities.private is not None) == capabilities.public


async def test_who_speaks_to_us_in_public_is_heard_as_in_public(harness: Harness) -> None:
    event = await addressed(harness, "how long may I return boots?")
    assert event.public
    assert event.address != harness.address
    assert event.sender.kind == "customer"


async def test_what_is_said_to_the_room_is_not_kept(harness: Harness) -> None:
    capabilities = harness.channel.capabilities
    payload = harness.public_payload("lunch at noon, anyone?", addressed=False)
    for event in await came_of(harness, has(capabilities.public, payload)):
        assert isinstance(event, Ignored)
        assert "lunch" not in repr(event)
    assert "lunch" not in repr(harness.intake.events)


async def test_a_button_in_public_is_pressed_by_whom_it_was_meant_for(harness: Harness) -> None:
    event = await addressed(harness, "where is my parcel?")
    mine, theirs = await _presses(harness, event)
    chosen = await told(harness, mine, Chosen)
    assert (chosen.choice, chosen.sender.ids[0]) == ("person", event.sender.ids[0])
    for strangers in await came_of(harness, theirs):
        assert not isinstance(strangers, Chosen) or strangers.sender.ids[0] != event.sender.ids[0]


async def _presses(harness: Harness, event: InboundMessage) -> tuple[Payload, Payload]:
    """One press by whom the message answers, and one by somebody else."""
    message = outbound(
        event.address,
        "Shall a person look?",
        choices=(Choice("person", "Talk to a person"),),
        reply_to=event.external_id,
        reply_context=event.reply_context,
    )
    seen, _ = await shown(harness, message)
    claimed = harness.channel.capabilities.choices_limit
    theirs = has(claimed, harness.pressed(seen, "Talk to a person", by="stranger-7"))
    return has(claimed, harness.pressed(seen, "Talk to a person")), theirs


async def test_what_is_for_one_person_is_not_said_in_public(harness: Harness) -> None:
    event = await addressed(harness, "my order is late")
    message = outbound(
        event.address,
        "Your parcel waits at 5 Elm Street.",
        reply_context=event.reply_context,
        private_to=event.sender.ids[0],
    )
    receipt = await harness.channel.send(message)
    if harness.channel.capabilities.private == "link":
        assert times(harness, "Elm Street") == 0, "behind the link, and nowhere before"
        return
    assert isinstance(receipt.thread, Address), "the place that was opened has to be named"
    assert receipt.thread != event.address
    (seen,) = [each for each in harness.seen() if "Elm Street" in each.text]
    assert seen.address != event.address
