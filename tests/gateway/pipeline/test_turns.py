"""One turn in flight per conversation, answered in order, and never over a person."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import select

from brain.contract import Decision, Handoff, Reason, TurnInput
from channels.events import Attachment
from channels.kinds import CAPABILITIES
from gateway.conversations.ownership import expect, resolve, return_, take
from gateway.errors import StoreUnavailable
from gateway.notices.catalogue import Notices
from gateway.store.schema.conversation import cases
from gateway.store.schema.pipeline import turns
from gateway.store.store import Store
from gateway.turns.loop import WATCH_SECONDS
from tests.gateway.conftest import ManualClock
from tests.gateway.pipeline.rig import Rig

OTHER_NOTICES = Notices("Another Name")


def person(_turn: TurnInput) -> Decision:
    reason = Reason("asked_for_person", "the customer asked for a person")
    return Decision(kind="hand_over", handoff=Handoff(reason, "handoff"), language="en")


async def take_over(rig: Rig, chat: str = "c1") -> None:
    row = await rig.conversation(chat)
    await rig.store.write(lambda unit: take(unit, expect(unit, row["id"], None), "staff-1"))


async def test_messages_within_the_quiet_time_are_one_turn(rig: Rig) -> None:
    for text in ("hello", "I have", "a question"):
        await rig.say(text)
        rig.clock.pass_(1.0)
    await rig.settle()
    assert len(rig.brain.asked) == 1
    assert [said.text for said in rig.brain.asked[0].new] == ["hello", "I have", "a question"]


async def test_a_steady_writer_is_answered_after_five_seconds_at_most(rig: Rig) -> None:
    for number in range(6):
        await rig.say(f"m{number}")
        await rig.turns.once()
        rig.clock.pass_(1.0)
    assert rig.brain.asked


async def test_answers_come_in_the_order_of_the_questions(rig: Rig) -> None:
    for number in range(5):
        await rig.say(f"q{number}")
        await rig.settle()
    assert [text.rpartition("q")[2][:1] for text in rig.channel.texts] == list("01234")


async def test_words_that_come_while_we_think_are_answered_too(rig: Rig) -> None:
    async def interrupt(turn: TurnInput) -> None:
        if len(rig.brain.asked) == 1:
            await rig.say("and another thing")
            await asyncio.Event().wait()

    rig.brain.before = interrupt
    await rig.say("first")
    await rig.settle()
    assert [said.text for said in rig.brain.asked[-1].new] == ["first", "and another thing"]
    assert len(rig.channel.sent) == 1
    states = await rig.store.read(
        lambda r: [
            row["state"] for row in r.all(select(turns.c.state).order_by(turns.c.started_at))
        ]
    )
    assert states == ["superseded", "done"]


async def test_newer_words_supersede_at_most_twice(rig: Rig) -> None:
    async def interrupt(turn: TurnInput) -> None:
        number = len(rig.brain.asked)
        if number <= 3:
            await rig.say(f"more {number}")
        for _ in range(200 if number <= 2 else 20):
            await asyncio.sleep(0)

    rig.brain.before = interrupt
    await rig.say("first")
    for _ in range(8):
        await rig.settle()
    superseded = await rig.store.read(
        lambda r: sum(row["state"] == "superseded" for row in r.all(select(turns.c.state)))
    )
    assert superseded <= 2
    answered = " / ".join(rig.channel.texts)
    for word in ("first", "more 1", "more 2", "more 3"):
        assert answered.count(word) == 1


async def test_a_takeover_while_the_brain_works_ends_the_turn_silently(rig: Rig) -> None:
    async def interrupt(turn: TurnInput) -> None:
        await take_over(rig)

    rig.brain.before = interrupt
    await rig.say("hello")
    await rig.settle()
    assert rig.channel.sent == []
    row = await rig.conversation()
    assert (row["owner"], row["answered_seq"]) == ("staff", 0)
    state = await rig.store.read(lambda r: r.scalar(select(turns.c.state)))
    assert state == "fenced"


async def test_a_takeover_between_commit_and_sending_withdraws_the_answer(rig: Rig) -> None:
    await rig.say("hello")
    rig.clock.pass_(6)
    await rig.turns.once()
    await take_over(rig)
    await rig.outbox.once()
    assert rig.channel.sent == []
    assert [row["state"] for row in await rig.deliveries()] == ["withdrawn"]


async def test_return_lets_the_assistant_answer_what_nobody_has(rig: Rig) -> None:
    await rig.say("hello")
    await take_over(rig)
    await rig.settle()
    row = await rig.conversation()
    await rig.store.write(lambda unit: return_(unit, expect(unit, row["id"], None)))
    await rig.settle()
    assert rig.channel.texts[-1].endswith("hello")
    assert rig.brain.asked[-1].case.human_stretch


async def test_resolve_ends_the_case_and_the_next_message_begins_another(rig: Rig) -> None:
    await rig.say("hello")
    await rig.settle()
    row = await rig.conversation()
    await rig.store.write(lambda unit: resolve(unit, expect(unit, row["id"], None), "resolved"))
    await rig.say("something else")
    await rig.settle()
    found = await rig.store.read(
        lambda r: [(row["number"], row["outcome"]) for row in r.all(select(cases))]
    )
    assert sorted(found) == [(1, "resolved"), (2, None)]


async def test_asking_for_a_person_puts_the_case_in_the_queue_and_says_so(rig: Rig) -> None:
    rig.brain.answer = person
    await rig.say("a person please")
    await rig.settle()
    row = await rig.conversation()
    assert (row["owner"], row["reason"]) == ("queue", "asked_for_person")
    assert row["waiting_since"] is not None
    assert "passing this to our team" in rig.channel.texts[0]


async def test_while_people_are_awaited_the_assistant_is_silent(rig: Rig) -> None:
    rig.brain.answer = person
    await rig.say("a person please")
    await rig.settle()
    for _ in range(12):
        await rig.say("are you there?")
        await rig.settle(400.0)
    waiting = [text for text in rig.channel.texts if "still in line" in text]
    assert len(rig.brain.asked) == 1
    assert len(waiting) == 3  # At most one in 15 minutes and three a case.
    assert len(rig.channel.sent) == 4


async def test_ask_meanwhile_covers_and_keeps_the_place(rig: Rig) -> None:
    rig.brain.answer = person
    await rig.say("a person please")
    await rig.settle()
    since = (await rig.conversation())["waiting_since"]
    await rig.say("hello?")
    await rig.settle(60)
    rig.brain.answer = lambda _turn: Decision(kind="reply", text="An answer.", language="en")
    await rig.press("ask_meanwhile")
    await rig.settle()
    row = await rig.conversation()
    assert (row["owner"], row["covered"], row["waiting_since"]) == ("assistant", True, since)
    await rig.say("what about shipping?")
    await rig.settle()
    assert "An answer." in rig.channel.texts[-1]
    await take_over(rig)
    assert (await rig.conversation())["covered"] is False


async def test_a_poison_message_goes_to_a_person_after_three_tries(rig: Rig) -> None:
    def poison(turn: TurnInput) -> Decision:
        raise RuntimeError("cannot digest this")

    rig.brain.answer = poison
    await rig.say("poison")
    await rig.say("fine", chat="c2")
    for _ in range(6):
        await rig.settle(10)
    assert len([turn for turn in rig.brain.asked if turn.conversation == turn.conversation]) == 6
    row = await rig.conversation()
    assert (row["owner"], row["reason"]) == ("queue", "our_failure")
    assert "isn't working" in rig.channel.texts[0]


async def test_other_conversations_flow_beside_a_poison_message(rig: Rig) -> None:
    def poison(turn: TurnInput) -> Decision:
        if turn.new[0].text == "poison":
            raise RuntimeError("cannot digest this")
        return Decision(kind="reply", text="fine")

    rig.brain.answer = poison
    await rig.say("poison")
    await rig.say("hello", chat="c2")
    await rig.settle()
    assert [message.address.chat for message in rig.channel.sent] == ["c2"]


async def test_a_node_that_died_in_a_turn_is_followed_by_another(rig: Rig, tmp_path: Path) -> None:
    hung = asyncio.Event()

    async def hang(turn: TurnInput) -> None:
        hung.set()
        await asyncio.Event().wait()

    rig.brain.before = hang
    await rig.say("hello")
    rig.clock.pass_(6)
    dying = asyncio.create_task(rig.turns.once())
    await hung.wait()
    other = Rig(rig.store, rig.clock, tmp_path / "two", name="two")
    await other.settle(1)
    assert other.brain.asked == []  # The lease holds.
    await other.settle(31)
    assert len(other.channel.sent) == 1
    rig.brain.before = None
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    await rig.settle()
    assert rig.channel.sent == []


async def test_a_zombies_commit_is_refused(rig: Rig, tmp_path: Path) -> None:
    """Stopped past its lease and woken again: the other node has answered by then."""
    going_on = asyncio.Event()
    asked = asyncio.Event()

    async def stop(turn: TurnInput) -> None:
        asked.set()
        await going_on.wait()

    rig.brain.before = stop
    await rig.say("hello")
    rig.clock.pass_(6)
    zombie = asyncio.create_task(rig.turns.once())
    await asked.wait()
    other = Rig(rig.store, rig.clock, tmp_path / "two", name="two")
    await other.settle(31)
    going_on.set()
    await zombie
    await rig.settle()
    assert len(other.channel.sent) + len(rig.channel.sent) == 1


async def test_draining_lets_the_turn_go_for_another_node(rig: Rig, tmp_path: Path) -> None:
    asked = asyncio.Event()

    async def hang(turn: TurnInput) -> None:
        asked.set()
        await asyncio.Event().wait()

    rig.brain.before = hang
    await rig.say("hello")
    rig.clock.pass_(6)
    working = asyncio.create_task(rig.turns.once())
    await asked.wait()
    await rig.turns.drain(0.01)
    await asyncio.gather(working, return_exceptions=True)
    other = Rig(rig.store, rig.clock, tmp_path / "two", name="two")
    await other.settle(0)
    assert len(other.channel.sent) == 1


async def test_rollout_off_hands_everything_to_people(rig: Rig) -> None:
    rig.answers = False
    await rig.say("hello")
    await rig.settle()
    assert rig.brain.asked == []
    assert (await rig.conversation())["reason"] == "rollout_off"


async def test_a_turn_waits_for_a_file_but_not_for_ever(rig: Rig) -> None:
    await rig.say("see this", attachments=[Attachment("a.png", "image/png", ref={"file": "a"})])
    await rig.settle(5)
    assert rig.brain.asked == []
    rig.channel.files["a"] = b"png"
    await rig.media.fetch_next()
    await rig.settle(1)
    assert rig.brain.asked[0].new[0].files == ("a.png",)


async def test_a_file_that_never_comes_is_waited_for_ten_seconds(rig: Rig) -> None:
    await rig.say("see this", attachments=[Attachment("a.png", "image/png", ref={"file": "a"})])
    await rig.settle(11)
    assert len(rig.brain.asked) == 1


async def test_first_contact_says_that_an_assistant_answers_and_never_again(rig: Rig) -> None:
    await rig.say("hello")
    await rig.settle()
    await rig.say("and shipping?")
    await rig.settle()
    assert "Fernhill Outdoor's AI assistant" in rig.channel.texts[0]
    assert "AI assistant" not in rig.channel.texts[1]


async def test_a_way_to_a_person_is_on_every_answer(rig: Rig) -> None:
    for text in ("one", "two", "three"):
        await rig.say(text)
        await rig.settle()
    for message in rig.channel.sent:
        assert any(choice.id == "person" for choice in message.choices)


@pytest.mark.parametrize("kind", ["email", "whatsapp", "slack"])
async def test_a_number_or_label_typed_where_choices_were_shown_is_that_choice(
    sqlite_store: Store, clock: ManualClock, tmp_path: Path, kind: str
) -> None:
    rig = Rig(sqlite_store, clock, tmp_path, capabilities=CAPABILITIES[kind])
    await rig.say("hello")
    await rig.settle()
    await rig.say("talk to a person.")
    await rig.settle()
    assert rig.brain.asked[-1].new[0].choice == "person"


async def test_a_full_store_at_commit_leaves_the_turn_to_be_repeated(
    store: Store, clock: ManualClock, tmp_path: Path
) -> None:
    failing = iter([True])

    def fail(name: str) -> None:
        if name == "turns.inside_commit" and next(failing, False):
            raise StoreUnavailable

    rig = Rig(store, clock, tmp_path, failpoint=fail)
    await rig.say("hello")
    await rig.settle()
    assert rig.channel.sent == []
    await rig.settle(31)
    assert len(rig.channel.sent) == 1


async def test_a_turn_keeps_the_configuration_that_it_began_with(rig: Rig) -> None:
    def reload(_turn: TurnInput) -> None:
        rig.notices = OTHER_NOTICES

    rig.brain.before = reload
    await rig.say("hello")
    await rig.settle()
    assert "Fernhill Outdoor's AI assistant" in rig.channel.texts[0]
    await rig.say("hello", chat="c2")
    await rig.settle()
    assert "Another Name's AI assistant" in rig.channel.texts[1]


@pytest.mark.parametrize(
    "decision",
    [Decision(kind="draft", text="a draft"), Decision(kind="reply"), Decision(kind="hand_over")],
)
async def test_what_cannot_be_carried_out_ends_with_a_person(rig: Rig, decision: Decision) -> None:
    rig.brain.answer = lambda _turn: decision
    await rig.say("hello")
    for _ in range(6):
        await rig.settle(10)
    assert (await rig.conversation())["reason"] == "our_failure"


async def test_a_takeover_calls_off_what_the_assistant_prepares_at_once(rig: Rig) -> None:
    asking, called_off = asyncio.Event(), asyncio.Event()

    async def a_model_that_takes_its_time(_turn: TurnInput) -> None:
        asking.set()
        try:
            await asyncio.Event().wait()
        finally:
            called_off.set()

    rig.brain.before = a_model_that_takes_its_time
    await rig.say("hello")
    rig.clock.pass_(6)
    working = asyncio.create_task(rig.turns.once())
    await asyncio.wait_for(asking.wait(), 20)
    await rig.staff("say", "A person here")
    # Nobody waits for the next look at the lease: the commit itself wakes the turn.
    async with asyncio.timeout(0.9 * WATCH_SECONDS):
        await called_off.wait()
        await working
    await rig.settle()
    assert [text for text in rig.channel.texts if "hello" in text] == []
