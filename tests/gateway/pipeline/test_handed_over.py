"""What goes wrong with answering ends with a person, said once; and who answers is disclosed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise, product
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from brain.contract import Decision, Handoff, Reason, TurnInput
from channels.errors import RejectedSendError
from gateway.config.hours import Hours
from gateway.conversations.ownership import cover, expect
from gateway.store.store import Store
from gateway.turns.plan import MOST_CHARACTERS
from gateway.turns.waiting import EVERY_SECONDS, PER_CASE
from tests.gateway.conftest import ManualClock
from tests.gateway.pipeline.rig import Rig, to_a_person

DISCLOSURE = "Fernhill Outdoor's AI assistant"
NEVER = Hours(week=((),) * 7, zone=ZoneInfo("UTC"))


def not_known(_turn: TurnInput) -> Decision:
    handoff = Handoff(Reason("low_confidence", "nothing was found"), "unknown")
    return Decision(kind="hand_over", handoff=handoff, language="en")


async def test_that_we_do_not_know_is_said_again_only_where_no_other_word_is_due(rig: Rig) -> None:
    rig.brain.answer = not_known
    await rig.say("q1")
    await rig.settle()
    await rig.say("hello?")
    await rig.settle(60)
    await rig.press("ask_meanwhile")
    await rig.settle()
    await rig.say("q2")
    await rig.settle(EVERY_SECONDS)
    # What was asked while waiting is tried at once, and is not known either.
    assert await rig.notices_said() == ["unknown", "waiting", "unknown", "waiting"]
    assert (await rig.conversation())["owner"] == "queue"


async def test_a_handoff_that_was_heard_is_known_in_whatever_language(rig: Rig) -> None:
    for language in ("en", "de"):
        handoff = Handoff(Reason("asked_for_person", "asked"), "handoff")
        decision = Decision(kind="hand_over", handoff=handoff, language=language)
        rig.brain.answer = lambda _turn, decision=decision: decision
        await rig.say("a person please")
        await rig.settle()
        row = await rig.conversation()
        assert row["owner"] == "queue"
        await rig.store.write(lambda unit, id=row["id"]: cover(unit, expect(unit, id, None)))
    assert await rig.notices_said() == ["handoff", "waiting"]


# How a case that waits gets its customer's next words: they went on with the assistant and kept
# their place, a person gave it back, or they only ask on.
WAYS = ("covered", "returned", "waits")
HEARD = {
    # The last is for who goes in circles.
    "covered": {"waiting", "handoff", "handoff_by_us"},
    "returned": {"handoff", "handoff_by_us"},
    "waits": {"waiting", None},
}
PAUSES = ((60.0,) * 4, (EVERY_SECONDS,) * 4, (60.0, EVERY_SECONDS) * 2, (EVERY_SECONDS, 60.0) * 2)


async def asked_again(rig: Rig, chat: str, way: str) -> None:
    if way == "covered":
        id = (await rig.conversation(chat))["id"]
        await rig.store.write(lambda unit: cover(unit, expect(unit, id, None)))
    if way == "returned":
        await rig.staff("take", chat=chat)
        await rig.staff("return", chat=chat)
    await rig.say("a person, please", chat=chat)


@pytest.mark.parametrize("pauses", PAUSES)
async def test_in_whatever_order_a_renewed_wish_is_heard_and_a_wait_is_said_seldom(
    sqlite_store: Store, clock: ManualClock, tmp_path: Path, pauses: Sequence[float]
) -> None:
    rig = Rig(sqlite_store, clock, tmp_path)
    rig.brain.answer = to_a_person
    orders = {"".join(way[0] for way in ways): ways for ways in product(WAYS, repeat=len(pauses))}
    for chat in orders:
        await rig.say("a person, please", chat=chat)
    await rig.settle()
    for step, pause in enumerate(pauses):
        clock.pass_(pause)
        for chat, ways in orders.items():
            await asked_again(rig, chat, ways[step])
        await rig.settle()
        for chat, ways in orders.items():
            *_, before, last = (row["notice"] for row in await rig.messages(chat))
            heard = last if before is None else None
            assert heard in HEARD[ways[step]], (chat, step)
    for chat in orders:
        said = [row["at"] for row in await rig.messages(chat) if row["notice"] == "waiting"]
        assert len(said) <= PER_CASE, chat
        assert all(then - one >= EVERY_SECONDS for one, then in pairwise(said)), chat


async def test_a_channel_that_is_no_longer_configured_is_left_to_people(rig: Rig) -> None:
    await rig.say("hello")
    rig.configured = False
    await rig.settle()
    assert rig.brain.asked == []
    row = await rig.conversation()
    assert (row["owner"], row["reason"]) == ("queue", "rollout_off")


async def test_who_writes_on_and_on_is_no_reason_to_fail_for_ever(rig: Rig) -> None:
    def fail(_turn: TurnInput) -> Decision:
        raise RuntimeError("the model is down")

    rig.brain.answer = fail
    for number in range(30):
        await rig.say(f"hello {number}?")
        for _ in range(5):
            rig.clock.pass_(1)
            await rig.turns.once()
    row = await rig.conversation()
    assert (row["owner"], row["reason"]) == ("queue", "our_failure")
    assert len(rig.brain.asked) == 3


async def test_a_team_that_never_opens_is_still_handed_the_case(rig: Rig) -> None:
    rig.hours = NEVER
    rig.brain.answer = to_a_person
    await rig.say("a person please")
    await rig.settle()
    row = await rig.conversation()
    assert (row["owner"], row["reason"]) == ("queue", "asked_for_person")
    # There is no hour to name, so it is the handoff that is said.
    assert await rig.notices_said() == ["handoff"]


async def test_an_endless_answer_is_cut(rig: Rig) -> None:
    rig.brain.answer = lambda _turn: Decision(kind="reply", text="word **bold** and. " * 40_000)
    await rig.say("hello")
    await rig.answer()
    told = sum(len(row["plain"]) for row in await rig.deliveries())
    assert MOST_CHARACTERS // 2 < told < MOST_CHARACTERS + 1000


async def test_a_disclosure_that_was_taken_back_is_made_with_the_next_answer(rig: Rig) -> None:
    await rig.say("hello")
    await rig.answer()
    await rig.staff("take")
    await rig.settle()
    await rig.staff("return")
    await rig.say("again")
    await rig.settle()
    assert not any(DISCLOSURE in text for text in rig.channel.texts[:-1])
    assert DISCLOSURE in rig.channel.texts[-1]


async def test_a_disclosure_that_did_not_arrive_is_made_with_the_next_answer(rig: Rig) -> None:
    rig.channel.outcomes = [RejectedSendError("blocked")]
    await rig.say("hello")
    await rig.settle()
    await rig.staff("resolve")
    for text in ("another day", "and another"):
        await rig.say(text)
        await rig.settle()
    assert [DISCLOSURE in text for text in rig.channel.texts] == [True, False]


async def test_that_people_are_awaited_is_not_said_twice_in_a_row(rig: Rig) -> None:
    """A second handoff of a case says it in place of its own text, and that counts as saying it."""
    rig.brain.answer = to_a_person
    await rig.say("a person, please")
    await rig.settle()
    await asked_again(rig, "c1", "covered")
    await rig.settle()
    await rig.say("hello?")
    await rig.settle()
    assert await rig.notices_said() == ["handoff", "waiting"]


async def test_who_was_with_a_person_already_is_handed_over_anew(rig: Rig) -> None:
    """They are in no line by then, so nobody tells them that they still are."""
    rig.brain.answer = to_a_person
    await rig.say("a person, please")
    await rig.settle()
    await asked_again(rig, "c1", "returned")
    await rig.settle()
    assert (await rig.notices_said())[-1] == "handoff"
