"""Commands and reactions, and answering that goes round in circles."""

from __future__ import annotations

from uuid import uuid4

import pytest
from sqlalchemy import select

from brain.contract import Decision
from channels.events import Address, Commanded, InboundMessage, Reacted, Sender
from gateway.store.schema.conversation import reactions
from gateway.store.schema.pipeline import received
from gateway.turns.circles import ANSWERS, REPEATS
from tests.gateway.pipeline.rig import Rig

ADA = Sender(("user-c1",), name="Ada")


def command(name: str, text: str = "") -> Commanded:
    return Commanded(uuid4().hex, Address("c1"), name, text, ADA)


async def test_a_command_for_a_person_is_a_wish_for_one(rig: Rig) -> None:
    await rig.accept(command("human", "my boots leak"))
    await rig.settle()
    (asked,) = rig.brain.asked
    assert [(said.text, said.choice) for said in asked.new] == [
        ("my boots leak", None),
        ("/human", "person"),
    ]


async def test_a_bare_command_for_a_person_is_a_wish_too(rig: Rig) -> None:
    await rig.accept(command("/Human"))
    await rig.settle()
    assert [said.choice for said in rig.brain.asked[0].new] == ["person"]


async def test_a_repeated_command_is_one(rig: Rig) -> None:
    event = command("human", "my boots leak")
    assert (await rig.accept(event)).new
    assert not (await rig.accept(event)).new
    assert len(await rig.messages()) == 2


async def test_start_is_greeted_without_the_brain(rig: Rig) -> None:
    await rig.accept(command("start", "from-the-website"))
    await rig.settle()
    assert rig.brain.asked == []
    (row,) = [row for row in await rig.messages() if row["author"] == "assistant"]
    assert row["notice"] == "greeting"


async def test_an_unknown_command_is_recorded_and_not_answered(rig: Rig) -> None:
    await rig.accept(command("weather", "in Oslo"))
    await rig.settle()
    assert rig.channel.sent == []
    outcomes = await rig.store.read(lambda r: r.all(select(received.c.outcome)))
    assert [row["outcome"] for row in outcomes] == ["recorded: command weather"]


async def kept(rig: Rig) -> list[tuple[str, bool, bool]]:
    rows = await rig.store.read(lambda r: r.all(select(reactions).order_by(reactions.c.emoji)))
    return [(row["emoji"], bool(row["unhelpful"]), row["removed_at"] is None) for row in rows]


async def react(rig: Rig, emoji: str, message: str = "ext-1", *, removed: bool = False) -> None:
    event = Reacted(uuid4().hex, Address("c1"), message, emoji, ADA, removed)
    await rig.accept(event)


@pytest.mark.parametrize("emoji", ["👎", "👎🏽", "-1", ":thumbsdown:"])
async def test_a_thumb_down_under_an_answer_says_that_it_did_not_help(rig: Rig, emoji: str) -> None:
    await rig.say("hello")
    await rig.settle()
    await react(rig, emoji)
    assert await kept(rig) == [(emoji.strip(":"), True, True)]


async def test_other_signs_are_recorded_and_can_be_taken_back(rig: Rig) -> None:
    await rig.say("hello", id="m1")
    await rig.settle()
    await react(rig, "👍")
    await react(rig, "👎", "m1")
    assert await kept(rig) == [("👍", False, True), ("👎", False, True)]
    await react(rig, "👍", removed=True)
    assert await kept(rig) == [("👍", False, False), ("👎", False, True)]
    await react(rig, "👍")
    assert (await kept(rig))[0] == ("👍", False, True)


async def test_a_sign_under_what_is_not_known_changes_nothing(rig: Rig) -> None:
    await rig.say("hello")
    await rig.settle()
    await react(rig, "👎", "ext-999")
    assert await kept(rig) == []


async def test_a_sign_is_found_in_whichever_thread_of_the_chat_our_message_stands(rig: Rig) -> None:
    await rig.accept(InboundMessage("m1", Address("room", "t1"), "hello", ADA))
    await rig.settle()
    for chat in ("elsewhere", "room"):
        await rig.accept(Reacted(uuid4().hex, Address(chat, "t2"), "ext-1", "👎", ADA))
        assert await kept(rig) == ([("👎", True, True)] if chat == "room" else [])


async def test_the_same_words_again_and_again_go_to_a_person_once(rig: Rig) -> None:
    for _ in range(REPEATS + 2):
        await rig.say("I am out of the office.")
        await rig.settle()
    assert len(rig.brain.asked) == REPEATS - 1
    row = await rig.conversation()
    assert (row["owner"], row["reason"]) == ("queue", "in_circles")
    assert (await rig.notices_said()).count("handoff_by_us") == 1


async def test_too_many_answers_in_a_short_time_go_to_a_person(rig: Rig) -> None:
    rig.brain.answer = lambda turn: Decision(kind="reply", text=f"yes, {turn.new[-1].text}")
    for number in range(ANSWERS + 2):
        await rig.say(f"and number {number}?")
        await rig.settle()
    assert len(rig.brain.asked) == ANSWERS
    assert (await rig.conversation())["reason"] == "in_circles"


async def test_the_same_question_now_and_then_is_answered(rig: Rig) -> None:
    for _ in range(REPEATS + 1):
        await rig.say("hello")
        await rig.settle(90.0)
    assert len(rig.brain.asked) == REPEATS + 1


async def test_the_pictures_of_an_album_are_one_turn(rig: Rig) -> None:
    for number in range(3):
        await rig.accept(
            InboundMessage(uuid4().hex, Address("c1"), f"{number}", ADA, group="album-1")
        )
        rig.clock.pass_(0.9)
        await rig.turns.once()
    assert rig.brain.asked == []
    await rig.settle(2.0)
    assert [said.text for said in rig.brain.asked[0].new] == ["0", "1", "2"]
