"""A person is exported whole and erased whole: afterwards no row holds a word, a name, an address
or a parameter of theirs, and everybody else's rows are as they were."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from channels.events import Address, Attachment, InboundMessage, Reacted, Sender
from gateway.conversations.erasing import Erased, StillBusy, UnknownContact, erase, unreferenced
from gateway.desk.exporting import export
from gateway.store.schema.actions import actions
from gateway.store.schema.conversation import attachments, conversations, messages
from gateway.store.schema.every import metadata
from gateway.store.schema.pipeline import deliveries
from gateway.store.store import Store
from tests.gateway.actions.shop import ActingRig
from tests.gateway.conftest import ManualClock

# What only this person's rows may hold, wherever it ends up.
SECRETS = (
    "zanzibar", "user-mine", "mine-chat", "Zoe", "zoe-signed", "Z777777", "secret.pdf", "zz-ext",
)  # fmt: skip
# What becomes of every table when somebody is erased: a new one has to be put into one of these.
TOUCHED = {
    "contacts", "identities", "conversations", "cases", "messages", "reactions", "attachments",
    "turns", "addresses", "deliveries", "external_ids", "timers", "unreadable", "cursors",
    "actions", "action_events", "action_uses", "challenges", "documents", "passages", "closings",
    "drafts", "model_calls", "model_texts", "join_codes", "outgoing_events", "pages", "tags",
    "search_marks", "search_words", "contact_proofs", "contact_joins", "desk_inputs",
    "article_versions", "source_texts",
}  # fmt: skip
# These hold no word of a customer's, and who one is only as the id of a row.
UNTOUCHED = {
    "received", "visible", "requests", "watches", "reservations", "budget_sums", "openings",
    "pauses", "early_updates", "rests", "receivers", "nodes", "schema_state", "staff", "sessions",
    "staff_tokens", "sign_in_links", "knowledge_sources", "knowledge_conflicts",
    "library_versions", "canned_replies", "desk_threads", "digests", "first_answers", "ratings",
    "staff_identities", "switch_events", "settings_versions", "labelled_questions", "trial_links",
    "invitations", "link_codes", "viewers", "first_steps",
}  # fmt: skip


def test_every_table_has_been_thought_of() -> None:
    assert {table.name for table in metadata.sorted_tables} == TOUCHED | UNTOUCHED


@pytest.fixture
def rig(store: Store, clock: ManualClock, tmp_path: Path) -> ActingRig:
    return ActingRig(store, clock, tmp_path, user="zoe-signed")


async def _lives(rig: ActingRig) -> str:
    """Somebody writes, sends a file, reacts, has something refunded and wants another refund."""
    rig.ledger.orders |= {"Z777777": ("zoe-signed", 10.0), "A104857": ("ada", 10.0)}
    sender = Sender(("zoe-signed", "user-mine"), name="Zoe", verified="hs256")
    place = Address("mine-chat")
    await rig.accept(
        InboundMessage(
            "zz-ext", place, "zanzibar is my word", sender,
            attachments=(Attachment("secret.pdf", "application/pdf", content=b"zanzibar"),),
            reply_context={"subject": "zanzibar"},
        )
    )  # fmt: skip
    await rig.work()
    for text in ("refund order Z777777", "yes", "refund order Z777777"):
        await rig.accept(InboundMessage(uuid4().hex, place, text, sender))
        await rig.work()
    await rig.accept(Reacted(uuid4().hex, place, "zz-ext", "👎", sender))
    rig.user = "ada"
    await rig.say_and_settle("refund order A104857", "yes")
    return str((await rig.conversation("mine-chat"))["contact_id"])


async def _dump(store: Store) -> str:
    """Every row of every table, as text."""

    def query(reading: Any) -> str:
        return "\n".join(
            f"{table.name}: {dict(row)}"
            for table in metadata.sorted_tables
            for row in reading.all(select(table))
        )

    return await store.read(query)


async def _erase(rig: ActingRig, contact: str) -> Erased:
    return await rig.store.write(lambda unit: erase(unit, contact))


def _left(dump: str) -> Mapping[str, Sequence[str]]:
    lines = dump.splitlines()
    return {
        secret: found for secret in SECRETS if (found := [line for line in lines if secret in line])
    }


@pytest.mark.allow_blocking
async def test_nothing_of_theirs_is_left_and_nobody_elses_is_touched(rig: ActingRig) -> None:
    contact = await _lives(rig)
    assert set(_left(await _dump(rig.store))) == set(SECRETS)
    others = [dict(row) for row in await rig.messages("c1")]
    done = await _erase(rig, contact)
    assert (done.conversations, done.actions) == (1, 2)
    assert _left(await _dump(rig.store)) == {}
    assert [dict(row) for row in await rig.messages("c1")] == others
    # That it was done, when and by whom, stays.
    assert [row["state"] for row in await rig.rows()] == ["done", "withdrawn", "done"]
    events = await rig.audit()
    assert events.count("calling") == 2
    # Repeating it finds nothing more.
    again = await _erase(rig, contact)
    assert again.files == ()


@pytest.mark.allow_blocking
async def test_a_repeated_event_is_still_known_and_a_new_one_begins_anew(rig: ActingRig) -> None:
    contact = await _lives(rig)
    await _erase(rig, contact)
    sender = Sender(("zoe-signed", "user-mine"), name="Zoe", verified="hs256")
    place = Address("mine-chat")
    old = await rig.accept(InboundMessage("zz-ext", place, "zanzibar", sender))
    assert not old.new
    fresh = await rig.accept(InboundMessage(uuid4().hex, place, "hello again", sender))
    assert fresh.new
    row = await rig.conversation("mine-chat")
    assert row["contact_id"] != contact
    await rig.work()
    assert rig.channel.texts[-1].endswith("hello again")


@pytest.mark.allow_blocking
async def test_what_is_exported_is_all_of_theirs_and_of_nobody_else(rig: ActingRig) -> None:
    contact = await _lives(rig)
    told = await rig.store.read(lambda reading: export(reading, contact))
    assert {one["external_id"] for one in told["identities"]} == {"zoe-signed", "user-mine"}
    (line,) = told["conversations"]
    assert line["messages"][0]["body"] == "zanzibar is my word"
    assert line["messages"][0]["files"][0]["name"] == "secret.pdf"
    assert line["messages"][0]["reactions"] == ["👎"]
    first, second = line["actions"]
    assert (first["arguments"], first["state"]) == ({"order": "Z777777", "amount": 10.0}, "done")
    assert [step["event"] for step in first["audit"]][-1] == "done"
    assert second["state"] == "proposed"
    assert "A104857" not in str(told)
    with pytest.raises(UnknownContact):
        await rig.store.read(lambda reading: export(reading, "nobody"))


@pytest.mark.allow_blocking
async def test_what_is_under_way_ends_first(rig: ActingRig) -> None:
    contact = await _lives(rig)
    before = await _dump(rig.store)
    busy = (
        update(actions).where(actions.c.state == "proposed").values(state="calling"),
        update(deliveries).where(deliveries.c.address == "mine-chat").values(state="sending"),
        update(attachments).values(claimed_until=rig.clock.now() + 60.0),
    )
    for change in busy:

        def unit(unit: Any, change: Any = change) -> None:
            unit.execute(change)
            erase(unit, contact)

        with pytest.raises(StillBusy):
            await rig.store.write(unit)
    assert await _dump(rig.store) == before
    with pytest.raises(UnknownContact):
        await _erase(rig, "nobody")


@pytest.mark.allow_blocking
async def test_bytes_that_others_sent_too_stay(rig: ActingRig) -> None:
    contact = await _lives(rig)
    theirs = rig.files.keep(b"zanzibar").sha256
    done = await _erase(rig, contact)
    assert done.files == (theirs,)

    def also(unit: Any) -> None:
        unit.execute(update(messages).where(messages.c.seq == 1).values(raw_sha256=theirs))

    gone = await rig.store.read(lambda reading: unreferenced(reading, done.files))
    assert gone == [theirs]
    await rig.store.write(also)
    assert await rig.store.read(lambda reading: unreferenced(reading, done.files)) == []


@pytest.mark.allow_blocking
async def test_a_case_with_people_is_closed(rig: ActingRig) -> None:
    contact = await _lives(rig)
    await rig.staff("take", chat="mine-chat")
    await rig.staff("say", "Hello Zoe, zanzibar?", chat="mine-chat")
    await _erase(rig, contact)
    row = await rig.store.read(
        lambda r: r.one(select(conversations).where(conversations.c.contact_id == contact))
    )
    assert row is not None
    assert (row["owner"], row["case_id"]) == ("assistant", None)
    await rig.work()
    assert _left(await _dump(rig.store)) == {}
