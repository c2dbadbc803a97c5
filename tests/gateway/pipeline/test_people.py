"""Between customers and people: who has answered, who waits since when, what may be closed."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from brain.contract import Decision
from channels.errors import RejectedSendError
from gateway.conversations.ownership import expect, return_
from gateway.desk.records import CustomerSpoke
from gateway.store.schema.pipeline import timers
from tests.gateway.pipeline.rig import ADA, Rig, echo, to_a_person

HOUR = 3600.0


async def ask_for_a_person(rig: Rig) -> None:
    rig.brain.answer = to_a_person
    await rig.say("a person please")
    await rig.settle()


async def test_what_the_business_answered_on_the_platform_is_not_answered_again(rig: Rig) -> None:
    await rig.say("hello")
    await rig.operator_says("I answer from my phone")
    row = await rig.conversation()
    await rig.store.write(lambda unit: return_(unit, expect(unit, row["id"], None)))
    await rig.settle()
    assert rig.brain.asked == []
    assert rig.channel.sent == []


async def test_an_answer_on_the_platform_ends_the_waiting(rig: Rig) -> None:
    await rig.say("hello")
    await rig.operator_says("I answer")
    await rig.say("more?")
    await rig.operator_says("and again I answer")
    rig.clock.pass_(HOUR + 100)
    await rig.fire()
    assert (await rig.conversation())["owner"] == "staff"


async def test_what_nobody_answered_on_the_platform_is_back_in_the_queue(rig: Rig) -> None:
    await rig.say("hello")
    await rig.operator_says("I answer")
    await rig.say("more?")
    asked = rig.clock.now()
    rig.clock.pass_(HOUR + 100)
    await rig.fire()
    row = await rig.conversation()
    assert (row["owner"], row["reason"], row["waiting_since"]) == ("queue", "forgotten", asked)


async def test_a_case_is_not_closed_over_words_that_nobody_has_read(rig: Rig) -> None:
    await rig.say("hello")
    await rig.settle()
    await rig.staff("take")
    seen = (await rig.conversation())["last_seq"]
    await rig.say("one more thing: where is my order?")
    before = await rig.conversation()
    with pytest.raises(CustomerSpoke) as refused:
        await rig.staff("resolve", seen=seen)
    assert refused.value.epoch == before["epoch"]
    assert await rig.conversation() == before
    # Who has read them may close it.
    done = await rig.staff("resolve", seen=before["last_seq"])
    row = await rig.conversation()
    assert (done.owner, row["case_id"]) == ("assistant", None)


async def test_a_refused_closing_leaves_the_request_free_to_be_made_again(rig: Rig) -> None:
    await rig.say("hello")
    await rig.staff("take")
    with pytest.raises(CustomerSpoke):
        await rig.staff("resolve", seen=0, request="the-same")
    seen = (await rig.conversation())["last_seq"]
    done = await rig.staff("resolve", seen=seen, request="the-same")
    assert done.owner == "assistant"


async def test_what_was_asked_in_the_queue_is_answered_after_a_return(rig: Rig) -> None:
    await ask_for_a_person(rig)
    await rig.say("what does shipping cost?")
    await rig.settle(60)
    rig.brain.answer = echo
    await rig.staff("take")
    await rig.staff("return")
    await rig.settle()
    assert [said.text for said in rig.brain.asked[-1].new][-1] == "what does shipping cost?"
    assert rig.channel.texts[-1].endswith("what does shipping cost?")
    await rig.settle(100)
    assert len(rig.brain.asked) == 2


async def test_who_is_forgotten_has_waited_since_they_first_asked(rig: Rig) -> None:
    await ask_for_a_person(rig)
    since = (await rig.conversation())["waiting_since"]
    rig.clock.pass_(120)
    await rig.staff("take")
    assert (await rig.conversation())["waiting_since"] is None
    rig.clock.pass_(HOUR)
    await rig.fire()
    row = await rig.conversation()
    assert (row["owner"], row["waiting_since"]) == ("queue", since)


async def test_a_person_whose_reply_did_not_arrive_is_reminded_like_one_who_gave_none(
    rig: Rig,
) -> None:
    await rig.say("hello")
    await rig.settle()
    await rig.staff("say", "Hi")
    rig.channel.outcomes = [None, RejectedSendError("blocked")]
    await rig.settle()
    assert [row["state"] for row in await rig.deliveries()] == ["sent", "sent", "failed"]
    row = await rig.conversation()
    assert (row["owner"], row["staff_id"]) == ("staff", ADA.id)
    failed = rig.clock.now()
    rig.clock.pass_(HOUR)
    await rig.fire()
    row = await rig.conversation()
    assert (row["owner"], row["reason"], row["waiting_since"]) == ("queue", "forgotten", failed)


async def test_a_reply_that_arrived_sets_no_reminder(rig: Rig) -> None:
    await rig.say("hello")
    await rig.settle()
    await rig.staff("say", "Hi")
    await rig.settle()
    waiting = select(timers).where(timers.c.kind == "forgotten", timers.c.fired_at.is_(None))
    assert await rig.store.read(lambda r: r.one(waiting)) is None


async def test_pressing_to_go_on_twice_asks_the_assistant_nothing(rig: Rig) -> None:
    await ask_for_a_person(rig)
    await rig.say("hello?")
    await rig.settle(60)
    rig.brain.answer = lambda _turn: Decision(kind="reply", text="An answer.")
    for _ in range(2):
        await rig.press("ask_meanwhile")
        await rig.settle()
    assert all(turn.new for turn in rig.brain.asked)
    row = await rig.conversation()
    assert (row["owner"], row["covered"], row["ready_at"]) == ("assistant", True, None)
