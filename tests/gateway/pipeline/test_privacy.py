"""What a customer gives away by mistake is masked before the brain, the log and the desk, and where
originals are dropped it is not even stored."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import structlog
from sqlalchemy import select

from brain.contract import Decision, Trace
from channels.events import Address, Edited, InboundMessage, Sender, Unreadable
from gateway.desk.inbox import Filters, Wanted, listed
from gateway.desk.view import Views
from gateway.intake.cleaning import without_originals
from gateway.privacy.masking import STANDING
from gateway.store.schema.conversation import cases, messages
from gateway.store.schema.pipeline import turns
from gateway.store.store import Store
from gateway.telemetry.logs import redact
from tests.gateway.conftest import ManualClock
from tests.gateway.pipeline.rig import Rig, to_a_person

CARD, IBAN, PASSWORD = "4111 1111 1111 1111", "DE89 3704 0044 0532 0130 00", "Hunter2!"
SAID = f"Card {CARD}, IBAN {IBAN}, my password is {PASSWORD}"
SHOWN = "Card [card …1111], IBAN [iban …3000], my password is [secret]!"


def is_clean(shown: object) -> bool:
    return not any(secret in repr(shown) for secret in (CARD, IBAN, "Hunter2"))


async def test_the_brain_sees_the_mask(rig: Rig) -> None:
    await rig.say(SAID)
    await rig.settle()
    await rig.say("and now?")
    await rig.settle()
    assert rig.brain.asked[0].new[0].text == SHOWN
    assert rig.brain.asked[1].history[0].text == SHOWN
    assert is_clean(rig.brain.asked)
    assert (await rig.messages())[0]["body"] == SAID


async def test_the_desk_sees_the_mask(rig: Rig) -> None:
    rig.brain.answer = to_a_person
    await rig.say(SAID)
    await rig.settle()
    row = await rig.conversation()
    view = await Views(rig.store, lambda named: named, {}).one(row["id"], "")
    assert view is not None
    assert is_clean(view)
    assert view["messages"][0]["text"] == SHOWN
    assert view["messages"][0]["masked"]
    assert view["brief"]["question"] == SHOWN
    wanted = Wanted(Filters(""))
    page = await rig.store.read(lambda reading: listed(reading, wanted, {}))
    assert is_clean(page)
    brief = await rig.store.read(lambda reading: reading.scalar(select(cases.c.brief)))
    assert is_clean(brief)


async def test_dropped_is_never_stored(store: Store, clock: ManualClock, tmp_path: Path) -> None:
    rig = Rig(store, clock, tmp_path, dropped=STANDING)
    rig.brain.answer = to_a_person
    await rig.say(SAID)
    await rig.settle()
    assert (await rig.messages())[0]["body"] == SHOWN
    for table in (messages, cases, turns):
        rows = await store.read(lambda reading, table=table: reading.all(select(table)))
        assert is_clean([row for row in map(dict, rows) if row.pop("reply_context", 1)])


@pytest.mark.parametrize(
    "event",
    [
        Edited("e", Address("c1"), "m", SAID, Sender(("a",))),
        Unreadable("u", "broken", SAID.encode()),
    ],
)
def test_whatever_carries_words_is_dropped(event: Edited | Unreadable) -> None:
    assert is_clean(without_originals(event, STANDING))


def test_the_bytes_of_a_message_are_dropped_and_its_subject_masked() -> None:
    sender = Sender(("ada@example.com",))
    context = {"subject": f"card {CARD}", "references": ["<a@b>"]}
    event = InboundMessage(
        "m",
        Address("c1"),
        SAID,
        sender,
        reply_context=context,
        raw=b"raw",
    )
    kept = without_originals(event, STANDING)
    assert isinstance(kept, InboundMessage)
    assert kept.raw is None
    assert kept.reply_context == {"subject": "card [card …1111]", "references": ["<a@b>"]}


def test_a_log_line_has_the_mask() -> None:
    line = redact(structlog.get_logger(), "info", {"event": "failed", "error": f"{CARD} {IBAN}"})
    assert is_clean(line)
    # A platform's long ids stay, or nothing could be followed.
    ids = {"event": "sent", "message": "1298736450912837465", "chat": "-1001234567890"}
    assert redact(structlog.get_logger(), "info", dict(ids)) == ids


async def test_no_log_line_of_a_turn_has_anybodys_words(rig: Rig) -> None:
    sink = io.StringIO()
    before = structlog.get_config()
    structlog.configure(
        processors=[structlog.processors.JSONRenderer()],
        logger_factory=structlog.PrintLoggerFactory(sink),
    )
    try:
        rig.brain.answer = lambda _turn: Decision(kind="propose_action", trace=Trace("none"))
        await rig.say(SAID)
        await rig.settle()
    finally:
        structlog.configure(**before)
    assert sink.getvalue()
    assert is_clean(sink.getvalue())
