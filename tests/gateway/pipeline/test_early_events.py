"""Edits, deletions and receipts in any order, and what is left when a message was taken back."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import func, select

from brain.contract import TurnInput
from channels.events import Address, Attachment, Deleted, DeliveryUpdate, Edited, Sender
from gateway.conversations.messages import topic
from gateway.store.schema.pipeline import early_updates
from tests.gateway.pipeline.rig import Rig

ADDRESS = Address("c1")
CUSTOMER = Sender(("user-c1",))


async def still_waiting(rig: Rig) -> int:
    counted = select(func.count()).select_from(early_updates)
    return int(await rig.store.read(lambda r: r.scalar(counted)))


async def delete(rig: Rig, message: str) -> None:
    await rig.accept(Deleted(f"deletion of {message}", ADDRESS, message, CUSTOMER))


@pytest.mark.parametrize("said_before", [(), ("hello",)], ids=["new", "known"])
async def test_an_edit_before_its_message_is_what_is_answered(
    rig: Rig, said_before: tuple[str, ...]
) -> None:
    for text in said_before:
        await rig.say(text)
        await rig.settle()
    await rig.accept(Edited("e1", ADDRESS, "m1", "the new words", CUSTOMER))
    await rig.say("the old words", id="m1")
    await rig.settle()
    assert rig.channel.texts[-1].endswith("the new words")
    assert "the old words" not in rig.channel.texts[-1]
    assert await still_waiting(rig) == 0


async def test_the_last_of_several_early_edits_holds(rig: Rig) -> None:
    for number, text in enumerate(("second", "third")):
        await rig.accept(Edited(f"e{number}", ADDRESS, "m1", text, CUSTOMER))
        rig.clock.pass_(1)
    await rig.say("first", id="m1")
    await rig.settle()
    assert [said.text for said in rig.brain.asked[0].new] == ["third"]


async def test_a_deletion_before_its_message_leaves_nothing_to_answer(rig: Rig) -> None:
    await delete(rig, "m1")
    await rig.say("oops", id="m1")
    await rig.settle()
    assert rig.brain.asked == []
    assert (await rig.messages())[0]["deleted_at"] is not None
    assert await still_waiting(rig) == 0


async def test_another_messages_edit_waits_for_that_one(rig: Rig) -> None:
    await rig.accept(Edited("e1", ADDRESS, "m2", "new words", CUSTOMER))
    await rig.say("hello", id="m1")
    await rig.settle()
    assert rig.channel.texts[-1].endswith("hello")
    assert await still_waiting(rig) == 1


async def test_a_failure_reported_before_our_own_record_calls_a_person(rig: Rig) -> None:
    await rig.accept(DeliveryUpdate("u1", "ext-1", "failed", "63016"))
    await rig.say("hello")
    await rig.settle()
    assert [row["state"] for row in await rig.deliveries()] == ["failed"]
    assert (await rig.conversation())["reason"] == "delivery_failed"
    assert await still_waiting(rig) == 0


async def test_when_all_was_taken_back_nobody_waits_any_more(rig: Rig) -> None:
    await rig.say("oops", id="m1")
    await delete(rig, "m1")
    await rig.settle()
    row = await rig.conversation()
    assert (row["first_unanswered_at"], row["ready_at"]) == (None, None)
    assert row["answered_seq"] == row["customer_seq"]


async def test_a_message_taken_back_does_not_supersede_the_turn_without_it(rig: Rig) -> None:
    await rig.say("one", id="m1")
    await rig.say("two", id="m2")
    await delete(rig, "m2")

    async def somebody_looks_in(turn: TurnInput) -> None:
        rig.store.signals.notify([topic(turn.conversation)])
        for _ in range(100):
            await rig.store.read(lambda _r: None)
            await asyncio.sleep(0)

    rig.brain.before = somebody_looks_in
    await rig.settle()
    await rig.settle()
    assert [[said.text for said in turn.new] for turn in rig.brain.asked] == [["one"]]
    row = await rig.conversation()
    assert (row["first_unanswered_at"], row["ready_at"]) == (None, None)


async def test_the_time_of_a_message_taken_back_is_not_held_against_a_later_file(rig: Rig) -> None:
    await rig.say("oops", id="m1")
    await delete(rig, "m1")
    await rig.settle()
    rig.clock.pass_(100)
    await rig.say("see this", attachments=[Attachment("a.png", "image/png", ref={"file": "a"})])
    await rig.answer()
    assert rig.brain.asked == []
    rig.channel.files["a"] = b"png"
    await rig.media.fetch_next()
    await rig.settle(1)
    assert rig.brain.asked[0].new[0].files == ("a.png",)
