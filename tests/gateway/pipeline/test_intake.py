"""Nothing acknowledged lives only in memory, and everything is taken in once."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import func, select

from channels.errors import IntakeClosed
from channels.events import (
    Address,
    Chosen,
    Cursor,
    Deleted,
    DeliveryUpdate,
    Edited,
    Ignored,
    InboundMessage,
    Sender,
    Unreadable,
)
from gateway.records import Node
from gateway.store.schema.conversation import conversations, messages
from gateway.store.schema.pipeline import early_updates, received, unreadable
from gateway.supervisor.heartbeat import claim_receiver
from tests.gateway.pipeline.rig import CHANNEL, Rig


async def test_fifty_times_the_same_event_is_one_message_and_one_answer(rig: Rig) -> None:
    accepted = await asyncio.gather(*(rig.say("hello", id="m1") for _ in range(50)))
    assert sum(outcome.new for outcome in accepted) == 1
    assert len({outcome.message for outcome in accepted}) == 1
    await rig.settle()
    assert rig.channel.texts[0].endswith("hello")
    assert len(rig.channel.sent) == 1


async def test_a_repetition_after_the_answer_changes_nothing(rig: Rig) -> None:
    await rig.say("hello", id="m1")
    await rig.settle()
    again = await rig.say("hello", id="m1")
    await rig.settle()
    assert not again.new
    assert len(rig.channel.sent) == 1


async def test_the_cursor_moves_in_the_same_commit(rig: Rig) -> None:
    assert await rig.door.cursor("offset") is None
    await rig.say("hello", cursor=Cursor("offset", "7"))
    assert await rig.door.cursor("offset") == "7"


async def test_a_closed_gate_stores_nothing(rig: Rig) -> None:
    rig.gate.open = False
    with pytest.raises(IntakeClosed):
        await rig.say("hello")
    found = await rig.store.read(lambda r: r.scalar(select(func.count()).select_from(messages)))
    assert found == 0


async def test_a_store_that_fails_is_not_acknowledged(rig: Rig) -> None:
    await asyncio.to_thread(rig.store.close)
    with pytest.raises(IntakeClosed):
        await rig.say("hello")


async def test_a_place_in_the_stream_that_the_store_does_not_tell_is_a_closed_intake(
    rig: Rig,
) -> None:
    await asyncio.to_thread(rig.store.close)
    with pytest.raises(IntakeClosed):
        await rig.door.cursor("offset")


async def test_two_people_never_share_a_conversation(rig: Rig) -> None:
    await asyncio.gather(*(rig.say(f"marker-{n}", chat=f"chat{n}") for n in range(12)))
    await rig.settle()
    by_chat = {message.address.chat: message.plain for message in rig.channel.sent}
    assert len(by_chat) == 12
    for chat, text in by_chat.items():
        assert text.endswith(f"marker-{chat.removeprefix('chat')}")


async def test_ten_first_messages_at_once_make_one_conversation_and_one_case(rig: Rig) -> None:
    await asyncio.gather(*(rig.say(f"m{n}", id=f"m{n}") for n in range(10)))
    rows = await rig.messages()
    assert [row["seq"] for row in rows] == list(range(1, 11))
    assert len({row["case_id"] for row in rows}) == 1
    found = await rig.store.read(
        lambda r: r.scalar(select(func.count()).select_from(conversations))
    )
    assert found == 1


async def test_a_bots_message_and_an_ignored_event_pass_without_effect(rig: Rig) -> None:
    bot = InboundMessage("b1", Address("c1"), "beep", Sender(("robot",), kind="bot"))
    await rig.accept(bot)
    await rig.accept(Ignored("i1", "a channel join"))
    outcomes = await rig.store.read(lambda r: [row["outcome"] for row in r.all(select(received))])
    assert sorted(outcomes) == ["ignored: a bot wrote it", "ignored: a channel join"]


async def test_an_unreadable_event_is_kept_whole(rig: Rig) -> None:
    await rig.accept(Unreadable("u1", "no sender", b"\xff\x00raw"))
    row = await rig.store.read(lambda r: r.one(select(unreadable)))
    assert row is not None
    assert (row["reason"], row["raw_base64"]) == ("no sender", "/wByYXc=")


async def test_an_edit_before_the_answer_is_what_is_answered(rig: Rig) -> None:
    await rig.say("helo", id="m1")
    await rig.accept(Edited("e1", Address("c1"), "m1", "hello", Sender(("user-c1",))))
    await rig.settle()
    assert rig.channel.texts[0].endswith("hello")


async def test_a_deleted_message_is_not_answered(rig: Rig) -> None:
    await rig.say("oops", id="m1")
    await rig.accept(Deleted("d1", Address("c1"), "m1", Sender(("user-c1",))))
    await rig.settle()
    assert rig.channel.sent == []
    assert (await rig.conversation())["ready_at"] is None


async def test_a_button_is_pressed_under_the_platforms_own_id_of_the_message(rig: Rig) -> None:
    await rig.say("hello")
    await rig.settle()
    pressed = Chosen("p1", Address("c1"), "ext-1", "person", Sender(("user-c1",)))
    await rig.accept(pressed)
    assert (await rig.messages())[-1]["choice"] == "person"


@pytest.mark.parametrize("order", [["delivered", "read"], ["read", "delivered"]])
async def test_receipts_only_rise(rig: Rig, order: list[str]) -> None:
    await rig.say("hello")
    await rig.settle()
    for number, state in enumerate(order):
        await rig.accept(DeliveryUpdate(f"s{number}", "ext-1", state))  # pyright: ignore[reportArgumentType]  # both are states
    assert (await rig.deliveries())[0]["state"] == "read"


async def test_a_receipt_before_our_own_record_waits_for_it(rig: Rig) -> None:
    await rig.accept(DeliveryUpdate("s1", "ext-1", "delivered"))
    await rig.say("hello")
    await rig.settle()
    assert (await rig.deliveries())[0]["state"] == "delivered"
    left = await rig.store.read(lambda r: r.scalar(select(func.count()).select_from(early_updates)))
    assert left == 0


async def test_a_late_failure_is_kept_and_a_failure_after_delivery_is_not(rig: Rig) -> None:
    await rig.say("one")
    await rig.settle()
    await rig.accept(DeliveryUpdate("s1", "ext-1", "failed", "63016"))
    row = (await rig.deliveries())[0]
    assert (row["state"], row["error"]) == ("failed", "63016")
    await rig.say("two")
    await rig.settle()
    await rig.accept(DeliveryUpdate("s2", "ext-2", "delivered"))
    await rig.accept(DeliveryUpdate("s3", "ext-2", "failed"))
    assert (await rig.deliveries())[1]["state"] == "delivered"


async def test_someone_of_the_business_writing_on_the_platform_takes_over(rig: Rig) -> None:
    await rig.say("hello")
    owner = InboundMessage("o1", Address("c1"), "I'm on it", Sender(("boss",), kind="operator"))
    await rig.accept(owner)
    await rig.settle()
    assert rig.channel.sent == []
    assert (await rig.conversation())["owner"] == "staff"


async def test_a_node_that_is_no_longer_the_receiver_moves_no_cursor(rig: Rig) -> None:
    claim = await rig.store.write(lambda unit: claim_receiver(unit, rig.node, CHANNEL))
    rig.door.claim = claim
    await rig.say("mine", cursor=Cursor("offset", "1"))
    rig.clock.pass_(60)
    other = Node("two", "life")
    assert await rig.store.write(lambda unit: claim_receiver(unit, other, CHANNEL)) is not None
    with pytest.raises(IntakeClosed):
        await rig.say("late", id="late", cursor=Cursor("offset", "2"))
    assert await rig.door.cursor("offset") == "1"
    rows = await rig.messages()
    assert [row["body"] for row in rows] == ["mine"]


async def test_what_only_a_machine_would_write_is_kept_and_seen_and_not_answered(rig: Rig) -> None:
    def at_such_a_pace(number: int) -> InboundMessage:
        return InboundMessage(
            f"m-{number}",
            Address("c1"),
            "Thank you for your message.",
            Sender(("user-c1",), name="Ada"),
            unanswered="answers faster than anybody reads",
        )

    await rig.say("hello")
    await rig.settle()
    for number in range(3):
        assert (await rig.door.accept(at_such_a_pace(number))).new
        await rig.settle(20)
    assert len(rig.channel.texts) == 1
    row = await rig.conversation()
    assert (row["owner"], row["reason"]) == ("queue", "not_answered")
    said = [message["body"] for message in await rig.messages()]
    assert said.count("Thank you for your message.") == 3
