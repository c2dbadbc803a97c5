"""Drafts decided about in a thread: by button, by words, never past words that were not seen."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from sqlalchemy import select

from brain.contract import TurnInput
from gateway.store.schema.drafts import drafts
from gateway.store.store import Store
from tests.gateway.conftest import ManualClock
from tests.gateway.desk.office import BEN, Office, open_office
from tests.gateway.pipeline.drafting import CHECKED, prepared
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
