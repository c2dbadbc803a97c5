"""What customers do besides writing: changing, taking back, reacting, pressing, commanding."""

from __future__ import annotations

import pytest

from channels.contract import Choice
from channels.events import Chosen, Commanded, Deleted, Edited, InboundMessage, Reacted
from tests.contract.harness.protocol import Harness
from tests.contract.steps import greeted, has, outbound, said, shown, told

# The same sign, in the words of those platforms that have their own.
THUMBS_DOWN = {"👎", "-1", "thumbsdown"}


async def test_a_changed_message_is_the_one_that_was_written(harness: Harness) -> None:
    payload = said(harness, "size 42")
    first = await told(harness, payload, InboundMessage)
    capabilities = harness.channel.capabilities
    changed = has(capabilities.customer_edits, harness.edited(payload, "size 43"))
    event = await told(harness, changed, Edited)
    assert (event.message, event.text) == (first.external_id, "size 43")
    assert (event.address, event.sender.ids) == (first.address, first.sender.ids)
    assert event.external_id != first.external_id


async def test_two_changes_are_two_events(harness: Harness) -> None:
    payload = said(harness, "size 42")
    await told(harness, payload, InboundMessage)
    capabilities = harness.channel.capabilities
    once = has(capabilities.customer_edits, harness.edited(payload, "size 43"))
    twice = has(capabilities.customer_edits, harness.edited(payload, "size 44"))
    first, second = await told(harness, once, Edited), await told(harness, twice, Edited)
    assert first.external_id != second.external_id
    assert second.text == "size 44"


async def test_a_message_that_was_taken_back_is_named(harness: Harness) -> None:
    payload = said(harness, "my number is 12345")
    first = await told(harness, payload, InboundMessage)
    gone = has(harness.channel.capabilities.customer_deletes, harness.deleted(payload))
    event = await told(harness, gone, Deleted)
    assert (event.message, event.address) == (first.external_id, first.address)
    assert event.external_id != first.external_id


async def test_a_reaction_says_which_and_to_what(harness: Harness) -> None:
    payload = said(harness, "no, that does not help")
    first = await told(harness, payload, InboundMessage)
    capabilities = harness.channel.capabilities
    reacted = has(capabilities.customer_reactions, harness.reacted(payload, "👎"))
    event = await told(harness, reacted, Reacted)
    assert (event.message, event.removed) == (first.external_id, False)
    assert event.emoji in THUMBS_DOWN
    assert event.sender.ids


async def test_a_pressed_button_says_which_message_and_which_choice(harness: Harness) -> None:
    capabilities = harness.channel.capabilities
    first = await greeted(harness)
    message = outbound(
        first.address,
        "Do you mean boots or shoes?",
        choices=(Choice("boots", "Boots"), Choice("person", "Talk to a person")),
        reply_context=first.reply_context,
    )
    seen, names = await shown(harness, message)
    payload = has(capabilities.choices_limit, harness.pressed(seen, "Talk to a person"))
    event = await told(harness, payload, Chosen)
    assert event.message in names
    assert event.choice == "person"
    assert (event.address, event.sender.ids) == (first.address, first.sender.ids)


@pytest.mark.parametrize("text", ["", "somebody from billing"], ids=["bare", "worded"])
async def test_a_command_asks_for_a_person(harness: Harness, text: str) -> None:
    capabilities = harness.channel.capabilities
    payload = has(capabilities.commands, harness.commanded("human", text))
    event = await told(harness, payload, Commanded)
    assert (event.command, event.text) == ("human", payload.text)
    assert (event.address, event.sender.kind) == (harness.address, "customer")
