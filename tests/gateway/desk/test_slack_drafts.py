"""Drafts decided about in a thread: by button, by words, never past words that were not seen."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from brain.contract import TurnInput
from gateway.store.schema.conversation import cases
from gateway.store.schema.drafts import drafts
from gateway.store.store import Store
from gateway.store.unit import dumps, loads_object
from tests.gateway.conftest import ManualClock
from tests.gateway.desk.office import BEN, CLEO, EVE, Office, open_office
from tests.gateway.pipeline.drafting import CHECKED, prepared
from tests.platforms import slack_events as events
from tests.platforms.slack_workspace import Message, shown


@pytest.fixture
async def office(sqlite_store: Store, clock: ManualClock, tmp_path: Path) -> AsyncGenerator[Office]:
    async with open_office(sqlite_store, clock, tmp_path) as opened:
        opened.rig.brain.answer = prepared
        opened.rig.stages = CHECKED
        yield opened


async def asked(office: Office, text: str = "shipping") -> Message:
    """A customer asks, and the assistant prepares an answer; the line of the desk."""
    await office.rig.say(text)
    await office.settle()
    return office.heads()[-1]


async def states(office: Office) -> list[tuple[str, int, str | None]]:
    found = select(drafts.c.state, drafts.c.version, drafts.c.decided_name)
    rows = await office.store.read(lambda r: r.all(found))
    return [(row["state"], row["version"], row["decided_name"]) for row in rows]


async def test_it_is_sent_by_button_under_the_person_s_name(office: Office) -> None:
    head = await asked(office)
    assert "Suggests: On shipping" in office.thread(head)[0].replace("*", "")
    await office.presses("Send draft", head)
    assert office.customer_got[-1].startswith("On shipping")
    assert await states(office) == [("sent", 1, "Ben")]
    assert "Ben has it since" in shown(head)
    assert office.thread(head)[-1] == "Sent to Ada on Telegram."
    await office.presses("Send draft", head)
    assert "does not wait for a decision" in office.whispers(BEN)[-1]
    assert office.customer_got.count(office.customer_got[-1]) == 1


async def test_what_the_customer_wrote_since_is_shown_and_asked_again(office: Office) -> None:
    head = await asked(office)

    def nothing_new(turn: TurnInput) -> object:
        raise RuntimeError("the assistant is busy")

    office.rig.brain.before = nothing_new
    await office.rig.say("and to Norway?")
    await office.settle()
    before = list(office.customer_got)
    await office.presses("Send draft", head)
    assert office.customer_got == before
    assert "and to Norway?" in office.whispers(BEN)[-1]
    whisper = dict(office.slack.whispers(BEN)[-1])
    await office.presses_of(whisper, "Send all the same", head)
    assert office.customer_got[-1].startswith("On shipping")
    assert await states(office) == [("sent", 1, "Ben")]


async def test_a_newer_version_stands_in_the_thread_and_the_older_is_not_sent(
    office: Office,
) -> None:
    head = await asked(office)
    await office.rig.say("returns")
    await office.settle()
    assert "Draft 2" in office.thread(head)[-1]
    first = office.slack.workspace.thread(office.place_of(head), head["ts"])[1]
    await office.presses_of(first, "Send draft", head)
    assert "has written this draft anew" in office.whispers(BEN)[-1]
    await office.presses("Send draft", head)
    assert await states(office) == [("sent", 2, "Ben")]


async def test_it_is_edited_and_rejected_by_words(office: Office) -> None:
    head = await asked(office)
    # No form can be shown: an order does the same.
    office.slack.faults["views.open"].append("expired_trigger_id")
    await office.presses("Edit and send", head)
    assert "!edit" in office.whispers(BEN)[-1]
    await office.says("!edit It ships on Friday.", head)
    assert office.customer_got[-1] == "It ships on Friday."
    await office.says("!edit again", head)
    assert "no draft" in office.whispers(BEN)[-1]
    await office.says("!resolve", head)
    other = await asked(office, "returns")
    await office.presses("Reject", other)
    assert "!reject" in office.whispers(BEN)[-1]
    await office.says("!reject too vague", other)
    assert [state for state, _, _ in await states(office)] == ["edited_sent", "rejected"]
    assert "rejects the draft: too vague" in office.thread(other)[-1]


async def test_it_is_edited_in_a_form(office: Office) -> None:
    head = await asked(office)
    await office.presses("Edit and send", head)
    assert office.slack.forms.text.startswith("On shipping")
    assert office.whispers(BEN) == []
    sent = office.slack.forms.sends("It *ships* on Friday & <soon>.", BEN)
    await office.deliver(sent)
    await office.deliver(sent)
    assert office.customer_got.count("It ships on Friday & <soon>.") == 1
    assert await states(office) == [("edited_sent", 1, "Ben")]
    assert office.thread(head)[-1] == "Sent to Ada on Telegram."
    await office.presses("Edit and send", head)
    assert "no draft" in office.whispers(BEN)[-1]


async def test_a_form_sends_nothing_past_what_the_customer_wrote_since_it_opened(
    office: Office,
) -> None:
    head = await asked(office)

    def nothing_new(turn: TurnInput) -> object:
        raise RuntimeError("the assistant is busy")

    office.rig.brain.before = nothing_new
    await office.presses("Edit and send", head)
    await office.rig.say("and to Norway?")
    await office.settle()
    before = list(office.customer_got)
    await office.deliver(office.slack.forms.sends("On Friday.", BEN))
    assert office.customer_got == before
    told = office.whispers(BEN)[-1]
    assert "and to Norway?" in told
    assert "On Friday." in told
    whisper = dict(office.slack.whispers(BEN)[-1])
    await office.presses_of(whisper, "Send all the same", head, CLEO)
    assert office.customer_got == before
    await office.presses_of(whisper, "Send all the same", head)
    assert office.customer_got[-1] == "On Friday."
    assert await states(office) == [("edited_sent", 1, "Ben")]


async def test_a_form_about_what_is_decided_meanwhile_sends_nothing(office: Office) -> None:
    head = await asked(office)
    await office.presses("Edit and send", head)
    await office.presses("Send draft", head, CLEO)
    before = list(office.customer_got)
    await office.deliver(office.slack.forms.sends("On Friday.", BEN))
    assert "On Friday." in office.whispers(BEN)[-1]
    await office.says("!resolve", head, CLEO)
    office.slack.forms.opened[-1]["id"] = "V999999"
    await office.deliver(office.slack.forms.sends("On Monday.", BEN))
    assert "this case is over" in office.whispers(BEN)[-1]
    assert [words for words in office.customer_got if words not in before] == []


async def suggested(office: Office) -> Message:
    """A handoff with a mere suggestion, opened in Ben's form; the line of the desk."""
    head = await office.hand_over()
    case = select(cases.c.id, cases.c.brief)
    (row,) = await office.store.read(lambda r: r.all(case))
    brief = dumps({**loads_object(row["brief"]), "suggested": "Within a week."})
    await office.store.write(lambda unit: unit.execute(update(cases).values(brief=brief)))
    value = {"choice": "edit_draft"}
    button = {
        "action_id": "frontdesk-choice-9", "value": json.dumps(value), "text": {"text": "x"}
    }  # fmt: skip
    space, place = office.slack.workspace, office.place_of(head)
    await office.deliver(events.presses(space, place, head, button, BEN))
    return head


async def fills(office: Office, text: str, user: str = BEN) -> None:
    """Somebody sends a form that they have before them."""
    office.slack.forms.opened[-1]["id"] = f"V{uuid4().hex[:8].upper()}"
    await office.deliver(office.slack.forms.sends(text, user))


async def test_a_mere_suggestion_is_edited_in_a_form_and_outsiders_send_none(
    on_sqlite: Office,
) -> None:
    await suggested(on_sqlite)
    assert on_sqlite.slack.forms.text == "Within a week."
    await fills(on_sqlite, "no", EVE)
    assert "not one of the staff's" in on_sqlite.whispers(EVE)[-1]
    await fills(on_sqlite, "Within two.")
    assert on_sqlite.customer_got[-1] == "Within two."


async def test_a_suggestion_is_held_to_what_was_seen_and_sent_once_however_often_it_is_pressed(
    on_sqlite: Office,
) -> None:
    office = on_sqlite
    head = await suggested(office)
    await office.rig.say("and to Norway?")
    await office.settle()
    before = len(office.customer_got)
    await fills(office, "Within two.")
    assert len(office.customer_got) == before
    asked_again = dict(office.slack.whispers(BEN)[-1])
    assert "and to Norway?" in shown(asked_again)
    assert "Within two." in shown(asked_again)
    for _ in range(2):
        await office.presses_of(asked_again, "Send all the same", head)
    assert office.customer_got[before:].count("Within two.") == 1


async def test_what_was_typed_into_a_form_is_given_back_whenever_it_is_refused(
    on_sqlite: Office,
) -> None:
    office = on_sqlite
    head = await suggested(office)
    before = list(office.customer_got)
    await fills(office, "// a hard case")
    assert "begins with // is a note" in office.whispers(BEN)[-1]
    assert "a hard case" in office.whispers(BEN)[-1]
    assert (await office.outcomes())[-1] == "refused: nothing to say"
    await office.presses("Take", head, CLEO)
    words = "x" * 2_990 + " the end"
    await fills(office, words)
    assert "Cleo owns this" in office.whispers(BEN)[-1]
    assert "the end" in office.whispers(BEN)[-1]
    await office.says("!resolve", head, CLEO)
    await fills(office, "Within two.")
    assert "this case is over" in office.whispers(BEN)[-1]
    assert "Within two." in office.whispers(BEN)[-1]
    notes = [row["kind"] for row in await office.rig.messages()]
    assert "note" not in notes
    assert [words for words in office.customer_got if words not in before][1:] == []


async def test_an_order_to_send_sends_no_note(on_sqlite: Office) -> None:
    head = await on_sqlite.hand_over()
    await on_sqlite.says("!send // a hard case", head)
    assert "begins with // is a note" in on_sqlite.whispers(BEN)[-1]
    assert (await on_sqlite.outcomes())[-1] == "refused: nothing to say"
