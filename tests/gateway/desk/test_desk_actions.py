"""What staff do in a conversation: once each, never over another's head, notes never outside."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import update

from gateway.conversations.deliveries import enqueue
from gateway.conversations.messages import append_prepared
from gateway.conversations.ownership import OwnerMoved, UnknownConversation, cover, expect
from gateway.conversations.timers import REMIND_SECONDS
from gateway.desk.records import NothingToSay, OwnedByAnother, RequestReused
from gateway.records import Piece, Prepared
from gateway.store.schema.conversation import cases, conversations, messages, visible
from gateway.store.schema.pipeline import deliveries, requests, timers
from gateway.store.unit import Unit
from tests.gateway.web.house import House, asked


async def said(house: House, *, kind: str = "message", author: str = "staff") -> list[str]:
    return [
        row["body"]
        for row in sorted(await house.rows(messages), key=lambda row: row["seq"])
        if row["kind"] == kind and row["author"] == author
    ]


async def timer_kinds(house: House) -> list[str]:
    return [row["kind"] for row in await house.rows(timers) if row["fired_at"] is None]


async def test_a_reply_takes_the_conversation_and_is_queued_for_the_customer(
    house: House,
) -> None:
    ada = await house.member("Ada")
    conversation = await house.says("Where is my order?")
    await house.to_the_queue(conversation)
    done = await house.desk.say(asked(ada, conversation, "messages"), "On its **way**")
    row = await house.row(conversation)
    assert (row["owner"], row["staff_id"], row["epoch"]) == ("staff", ada.id, done.epoch)
    assert row["waiting_since"] is None
    assert row["answered_seq"] == row["customer_seq"] == 1
    assert row["ready_at"] is None
    assert row["first_unanswered_at"] is None
    queued = sorted(await house.rows(deliveries), key=lambda one: one["position"])
    assert [one["author"] for one in queued] == ["system", "staff"]
    assert queued[0]["plain"].startswith("Ada from Fernhill Outdoor is here")
    assert queued[1]["body"] == "On its **way**"
    assert not any(one["guarded"] for one in queued)
    last = max(await house.rows(messages), key=lambda one: one["seq"])
    assert (last["author"], last["name"], last["staff_id"]) == ("staff", "Ada", ada.id)
    assert (last["id"], last["seq"]) == (done.message, done.seq)


async def test_joining_is_said_in_the_conversations_language(house: House) -> None:
    ada = await house.member("Ada")
    conversation = await house.says("Wo ist mein Paket?")
    await house.write(
        lambda unit: unit.execute(
            update(conversations).where(conversations.c.id == conversation).values(language="de")
        )
    )
    await house.desk.take(asked(ada, conversation, "take"))
    [joined] = await said(house, author="system")
    assert "Fernhill Outdoor" in joined
    assert not joined.startswith("Ada from")


async def test_a_second_reply_joins_no_second_time(house: House) -> None:
    ada = await house.member("Ada")
    conversation = await house.says("Hello?")
    for text in ("One", "Two"):
        await house.desk.say(asked(ada, conversation, "messages"), text)
    assert len(await said(house, author="system")) == 1
    assert await said(house) == ["One", "Two"]


@pytest.mark.parametrize("verb", ["messages", "take", "return", "resolve"])
async def test_the_same_request_does_nothing_again(house: House, verb: str) -> None:
    ada = await house.member("Ada")
    conversation = await house.says("Hello?")
    await house.to_the_queue(conversation)
    first = asked(ada, conversation, verb, epoch=1)

    async def do() -> Any:
        match verb:
            case "messages":
                return await house.desk.say(first, "Hello!")
            case "take":
                return await house.desk.take(first)
            case "return":
                return await house.desk.return_(first)
            case _:
                return await house.desk.resolve(first)

    answers = await asyncio.gather(*(do() for _ in range(10)))
    answers.append(await do())
    assert len(set(answers)) == 1
    row = await house.row(conversation)
    assert row["epoch"] == answers[0].epoch == 2
    assert len(await house.rows(requests)) == 1
    assert await said(house) == (["Hello!"] if verb == "messages" else [])


async def test_a_request_id_serves_one_purpose_and_one_person(house: House) -> None:
    ada, ben = await house.member("Ada"), await house.member("Ben")
    conversation, other = await house.says("Hello?"), await house.says("Hi", "visitor-2")
    request = str(uuid4())
    await house.desk.take(asked(ada, conversation, "take", request=request))
    with pytest.raises(RequestReused):
        await house.desk.resolve(asked(ada, conversation, "resolve", request=request))
    with pytest.raises(RequestReused):
        await house.desk.take(asked(ada, other, "take", request=request))
    done = await house.desk.take(asked(ben, conversation, "take", request=request))
    assert (await house.row(conversation))["staff_id"] == ben.id
    assert done.epoch == 2


async def test_what_was_refused_can_be_asked_again_under_the_same_id(house: House) -> None:
    ada = await house.member("Ada")
    conversation = await house.says("Hello?")
    request = str(uuid4())
    with pytest.raises(OwnerMoved):
        await house.desk.take(asked(ada, conversation, "take", epoch=7, request=request))
    done = await house.desk.take(asked(ada, conversation, "take", epoch=0, request=request))
    assert done.owner == "staff"


async def test_a_moved_epoch_is_refused_with_the_current_one(house: House) -> None:
    ada = await house.member("Ada")
    conversation = await house.says("Hello?")
    await house.to_the_queue(conversation)
    desk = house.desk
    attempts: Sequence[Any] = (
        lambda: desk.take(asked(ada, conversation, "take", epoch=0)),
        lambda: desk.return_(asked(ada, conversation, "return", epoch=0)),
        lambda: desk.resolve(asked(ada, conversation, "resolve", epoch=0)),
        lambda: desk.say(asked(ada, conversation, "messages", epoch=0), "Hello"),
        lambda: desk.say(asked(ada, conversation, "messages", epoch=0), "// Hello"),
    )
    for attempt in attempts:
        with pytest.raises(OwnerMoved) as moved:
            await attempt()
        assert moved.value.epoch == 1
    row = await house.row(conversation)
    assert (row["owner"], row["epoch"], row["last_seq"]) == ("queue", 1, 1)


async def test_a_reply_never_steals_but_take_does(house: House) -> None:
    ada, ben = await house.member("Ada"), await house.member("Ben")
    conversation = await house.says("Hello?")
    await house.desk.take(asked(ada, conversation, "take"))
    for refused in (
        house.desk.say(asked(ben, conversation, "messages"), "Me too"),
        house.desk.return_(asked(ben, conversation, "return")),
        house.desk.resolve(asked(ben, conversation, "resolve")),
    ):
        with pytest.raises(OwnedByAnother) as by:
            await refused
        assert (by.value.owner_name, by.value.epoch) == ("Ada", 1)
        assert "Ada" in str(by.value)
    assert await said(house) == []
    await house.desk.say(asked(ben, conversation, "messages"), "// I know this customer")
    assert (await house.desk.take(asked(ben, conversation, "take"))).epoch == 2
    assert (await house.row(conversation))["staff_id"] == ben.id
    assert len(await said(house, author="system")) == 2


async def test_of_two_staff_replying_at_once_one_speaks(house: House) -> None:
    for turn in range(10):
        people = [await house.member(f"Member {number}") for number in range(4)]
        conversation = await house.says("Hello?", f"visitor-{turn}")
        await house.to_the_queue(conversation)
        results = await asyncio.gather(
            *(
                house.desk.say(asked(one, conversation, "messages"), f"{one.name} here")
                for one in people
            ),
            return_exceptions=True,
        )
        assert sum(isinstance(result, OwnedByAnother) for result in results) == 3
        owner = (await house.row(conversation))["staff_id"]
        spoke = [
            row["staff_id"]
            for row in await house.rows(messages)
            if row["conversation_id"] == conversation and row["author"] == "staff"
        ]
        assert spoke == [owner]


async def test_a_note_is_never_delivered_and_never_visible(house: House) -> None:
    ada = await house.member("Ada")
    conversation = await house.says("Hello?")
    before = await house.row(conversation)
    for text, note in (("// angry customer", False), ("second", True), ("\u200b//third", False)):
        done = await house.desk.say(asked(ada, conversation, "messages"), text, note=note)
        assert done.owner == "assistant"
    assert await said(house, kind="note") == ["angry customer", "second", "third"]
    assert await house.rows(deliveries) == []
    assert len(await house.rows(visible)) == 1
    after = await house.row(conversation)
    assert (after["epoch"], after["answered_seq"]) == (before["epoch"], before["answered_seq"])
    assert after["ready_at"] == before["ready_at"]


async def test_nothing_is_said_when_there_is_nothing_to_say(house: House) -> None:
    ada = await house.member("Ada")
    conversation = await house.says("Hello?")
    for text in ("   ", "//", "//   ", "\u200b\u200b", "![](https://x.example/a.png)"):
        with pytest.raises(NothingToSay):
            await house.desk.say(asked(ada, conversation, "messages"), text)
    assert (await house.row(conversation))["owner"] == "assistant"


async def test_unknown_conversations_are_unknown(house: House) -> None:
    ada = await house.member("Ada")
    for refused in (
        house.desk.say(asked(ada, "0" * 32, "messages"), "Hello"),
        house.desk.say(asked(ada, "0" * 32, "messages"), "// Hello"),
        house.desk.take(asked(ada, "0" * 32, "take")),
        house.desk.return_(asked(ada, "0" * 32, "return")),
        house.desk.resolve(asked(ada, "0" * 32, "resolve")),
    ):
        with pytest.raises(UnknownConversation):
            await refused


async def test_a_takeover_withdraws_what_the_assistant_has_not_sent(house: House) -> None:
    ada = await house.member("Ada")
    conversation = await house.says("Hello?")
    answer = Prepared("assistant", "I think so", pieces=(Piece("I think so", "I think so"),))

    def answers(unit: Unit) -> None:
        row = expect(unit, conversation, None)
        enqueue(unit, row, append_prepared(unit, conversation, answer, row["case_id"]), answer, 0)

    await house.write(answers)
    await house.desk.say(asked(ada, conversation, "messages"), "No")
    states = {row["plain"]: row["state"] for row in await house.rows(deliveries)}
    assert states["I think so"] == "withdrawn"
    assert states["No"] == "queued"


async def test_a_customer_is_not_forgotten_after_a_take(house: House) -> None:
    ada = await house.member("Ada")
    conversation = await house.says("Hello?")
    await house.to_the_queue(conversation)
    await house.desk.take(asked(ada, conversation, "take"))
    [timer] = await house.rows(timers)
    assert timer["kind"] == "forgotten"
    assert timer["due_at"] == house.clock.now() + REMIND_SECONDS
    house.clock.advance(600)
    await house.desk.take(asked(ada, conversation, "take"))
    [timer] = await house.rows(timers)
    assert timer["due_at"] == house.clock.now() - 600 + REMIND_SECONDS
    await house.desk.say(asked(ada, conversation, "messages"), "// looking")
    assert await timer_kinds(house) == ["forgotten"]
    await house.desk.say(asked(ada, conversation, "messages"), "Here")
    assert await timer_kinds(house) == []
    await house.says("And?")
    assert await timer_kinds(house) == ["forgotten"]
    await house.desk.return_(asked(ada, conversation, "return"))
    assert await timer_kinds(house) == []


async def test_returning_says_so_and_the_assistant_owns_again(house: House) -> None:
    ada = await house.member("Ada")
    conversation = await house.says("Hello?")
    await house.desk.say(asked(ada, conversation, "messages"), "Hello")
    await house.says("One more thing")
    done = await house.desk.return_(asked(ada, conversation, "return"))
    assert (done.owner, done.epoch) == ("assistant", 2)
    assert (await said(house, author="system"))[-1].startswith("Ada has finished here")
    assert (await house.row(conversation))["ready_at"] is not None
    again = await house.desk.return_(asked(ada, conversation, "return"))
    assert again.epoch == 2
    assert len(await said(house, author="system")) == 2


async def test_resolving_closes_the_case_and_the_next_message_opens_another(
    house: House,
) -> None:
    ada = await house.member("Ada")
    conversation = await house.says("Hello?")
    await house.desk.say(asked(ada, conversation, "messages"), "Hello")
    done = await house.desk.resolve(asked(ada, conversation, "resolve"))
    assert done.owner == "assistant"
    [case] = await house.rows(cases)
    assert (case["outcome"], case["resolved_at"]) == ("staff", house.clock.now())
    assert (await house.desk.resolve(asked(ada, conversation, "resolve"))).epoch == done.epoch
    await house.desk.say(asked(ada, conversation, "messages"), "One more thing from us")
    second = max(await house.rows(cases), key=lambda row: row["number"])
    last = max(await house.rows(messages), key=lambda row: row["seq"])
    assert (second["number"], last["case_id"]) == (2, second["id"])


async def test_a_first_staff_message_ends_the_cover(house: House) -> None:
    ada = await house.member("Ada")
    conversation = await house.says("Hello?")
    await house.to_the_queue(conversation)
    await house.write(lambda unit: cover(unit, expect(unit, conversation, None)))
    assert (await house.row(conversation))["covered"]
    await house.desk.say(asked(ada, conversation, "messages"), "Here now")
    row = await house.row(conversation)
    assert (row["owner"], bool(row["covered"]), row["waiting_since"]) == ("staff", False, None)
