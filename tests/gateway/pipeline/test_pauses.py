"""The big off switch: from its commit on the assistant says nothing, on every node, and whatever a
customer writes or was about to be told goes to people."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, update

from brain.contract import TurnInput
from channels.errors import RetryableSendError, UncertainSendError
from channels.events import Address, Commanded, Sender
from channels.kinds import CAPABILITIES
from gateway.config.hours import parse_hours, parse_zone
from gateway.conversations import pauses
from gateway.conversations.pauses import ALL
from gateway.store.schema.conversation import cases, conversations
from gateway.store.schema.pipeline import addresses, deliveries, turns
from gateway.store.store import Store
from tests.gateway.conftest import ManualClock
from tests.gateway.pipeline.rig import CHANNEL, Rig, to_a_person


async def pause(rig: Rig, channel: str = CHANNEL) -> bool:
    return await rig.store.write(lambda unit: pauses.pause(unit, channel, "Ada"))


async def resume(rig: Rig, channel: str = CHANNEL) -> bool:
    return await rig.store.write(lambda unit: pauses.resume(unit, channel, "Ada"))


async def brief(rig: Rig) -> str:
    row = await rig.conversation()
    found = await rig.store.read(
        lambda r: r.scalar(select(cases.c.brief).where(cases.c.id == row["case_id"]))
    )
    return str(found)


@pytest.mark.parametrize("channel", [CHANNEL, ALL])
async def test_a_pause_sends_new_messages_to_people_without_asking_the_brain(
    rig: Rig, channel: str
) -> None:
    assert await pause(rig, channel)
    assert not await pause(rig, channel)
    await rig.say("Where is my parcel?")
    await rig.settle()
    row = await rig.conversation()
    assert (row["owner"], row["reason"]) == ("queue", "paused")
    assert await rig.notices_said() == ["handoff_by_us"]
    assert rig.brain.asked == []
    assert "Where is my parcel?" in await brief(rig)


async def test_another_channels_pause_changes_nothing_here(rig: Rig) -> None:
    await pause(rig, "elsewhere")
    await rig.say("hello")
    await rig.settle()
    assert rig.channel.texts[-1].endswith("hello")


async def test_after_resume_new_messages_are_the_assistants_and_the_queue_keeps_its_own(
    rig: Rig,
) -> None:
    await pause(rig)
    await rig.say("to people", chat="waits")
    await rig.settle()
    assert await resume(rig)
    assert not await resume(rig)
    await rig.say("hello", chat="new")
    await rig.say("are you there?", chat="waits")
    await rig.settle()
    assert (await rig.conversation("new"))["owner"] == "assistant"
    assert (await rig.conversation("waits"))["owner"] == "queue"
    assert [turn.conversation for turn in rig.brain.asked] == [
        (await rig.conversation("new"))["id"]
    ]


async def test_a_turn_in_flight_is_fenced_and_its_messages_go_to_people(rig: Rig) -> None:
    async def switched_off(_turn: TurnInput) -> None:
        await pause(rig)

    rig.brain.before = switched_off
    await rig.say("Where is my parcel?")
    await rig.settle()
    assert [message.author for message in rig.channel.sent] == ["system"]
    assert (await rig.conversation())["reason"] == "paused"
    states = await rig.store.read(
        lambda r: [row["state"] for row in r.all(select(turns).order_by(turns.c.started_at))]
    )
    assert sorted(states) == ["done", "fenced"]
    # It was decided but never said.
    assert [row["author"] for row in await rig.messages()] == ["customer", "system"]


async def test_a_brain_that_thinks_long_is_not_waited_for(rig: Rig) -> None:
    """Whatever stirs the conversation, or eight seconds, has the turn look at the switch."""
    thinking = asyncio.Event()

    async def think(_turn: TurnInput) -> None:
        thinking.set()
        await asyncio.Event().wait()

    rig.brain.before = think
    await rig.say("Where is my parcel?")
    rig.clock.pass_(6)
    turn = asyncio.create_task(rig.turns.once())
    await thinking.wait()
    await pause(rig)
    id = (await rig.conversation())["id"]
    await rig.store.write(lambda unit: unit.emit(f"conversation:{id}"))
    assert await turn == 1
    await rig.settle()
    assert await rig.notices_said() == ["handoff_by_us"]


async def test_an_answer_that_was_not_sent_yet_is_withdrawn_and_asked_of_people(rig: Rig) -> None:
    await rig.say("Where is my parcel?")
    await rig.answer()
    assert [row["state"] for row in await rig.deliveries()] == ["queued"]
    await pause(rig)
    await rig.settle()
    states = [(row["author"], row["state"]) for row in await rig.deliveries()]
    assert states == [("assistant", "withdrawn"), ("system", "sent")]
    assert [message.author for message in rig.channel.sent] == ["system"]
    row = await rig.conversation()
    assert (row["owner"], row["reason"]) == ("queue", "paused")
    assert "Where is my parcel?" in await brief(rig)


async def test_an_answer_shown_by_the_commit_itself_is_withdrawn_too(
    store: Store, clock: ManualClock, tmp_path: Path
) -> None:
    rig = Rig(store, clock, tmp_path, replace(CAPABILITIES["telegram"], pulled=True))
    await rig.say("Where is my parcel?")
    await rig.answer()
    await pause(rig, ALL)
    await rig.settle()
    states = [(row["author"], row["state"]) for row in await rig.deliveries()]
    assert states == [("assistant", "withdrawn"), ("system", "sent")]


async def test_an_answer_that_waits_for_a_retry_does_not_wait_for_people(rig: Rig) -> None:
    rig.channel.outcomes = [RetryableSendError("busy", retry_after=None)]
    await rig.say("Where is my parcel?")
    await rig.settle()
    waiting = (await rig.deliveries())[0]
    assert (waiting["state"], waiting["retry_at"] > rig.clock.now()) == ("queued", True)
    await rig.store.write(
        lambda unit: unit.execute(update(addresses).values(ready_at=rig.clock.now() + 600))
    )
    await pause(rig)
    await rig.settle(0.0)
    assert [row["state"] for row in await rig.deliveries()] == ["withdrawn", "sent"]
    assert (await rig.conversation())["owner"] == "queue"


async def test_what_may_have_arrived_is_not_sent_again_under_a_pause(rig: Rig) -> None:
    def switched_off(_message: object) -> None:
        rig.channel.before_send = None
        rig.channel.outcomes = [UncertainSendError("no answer")]
        paused.append(asyncio.get_running_loop().create_task(pause(rig)))

    paused: list[asyncio.Task[bool]] = []
    rig.channel.before_send = switched_off
    await rig.say("Where is my parcel?")
    await rig.settle()
    await paused[0]
    await rig.settle()
    authors = [message.author for message in rig.channel.sent]
    assert authors.count("assistant") <= 1
    assert (await rig.conversation())["owner"] == "queue"


async def test_a_conversation_that_people_took_meanwhile_keeps_its_owner(rig: Rig) -> None:
    await rig.say("Where is my parcel?")
    await rig.answer()
    await rig.staff("take")
    await pause(rig)
    await rig.settle()
    assert (await rig.conversation())["owner"] == "staff"
    assert "paused" not in str([row["notice"] for row in await rig.messages()])


async def test_staff_write_and_notices_go_out_under_a_pause(rig: Rig) -> None:
    rig.brain.answer = to_a_person
    await rig.say("A person please")
    await rig.settle()
    await pause(rig, ALL)
    await rig.staff("say", "Ada here.")
    await rig.settle()
    assert [message.author for message in rig.channel.sent[-2:]] == ["system", "staff"]


async def test_nobody_is_offered_to_go_on_with_a_silent_assistant(rig: Rig) -> None:
    rig.hours = parse_hours({"mon": "00:00-00:01"}, parse_zone("UTC"), ())
    await pause(rig)
    await rig.say("Where is my parcel?")
    await rig.settle()
    await rig.say("Hello?")
    await rig.settle()
    assert await rig.notices_said() == ["handoff_by_us", "waiting"]
    assert all(message.choices == () for message in rig.channel.sent)


async def test_who_goes_on_with_the_assistant_falls_back_to_people(rig: Rig) -> None:
    """The offer was made before the pause; their place in the queue is kept."""
    rig.brain.answer = to_a_person
    await rig.say("A person please")
    await rig.settle()
    await rig.say("Still nobody?")
    await rig.settle()
    since = (await rig.conversation())["waiting_since"]
    await pause(rig)
    await rig.press("ask_meanwhile")
    await rig.say("What are your hours?")
    await rig.settle()
    row = await rig.conversation()
    assert (row["owner"], row["waiting_since"]) == ("queue", since)


async def test_a_start_under_a_pause_asks_nothing_of_people(rig: Rig) -> None:
    await pause(rig)
    await rig.accept(Commanded("cmd-1", Address("c1"), "start", "", Sender(("user-c1",))))
    await rig.settle()
    assert (await rig.conversation())["owner"] == "assistant"
    assert rig.channel.sent == []


async def test_two_nodes_at_full_speed_are_silent_from_the_pause_on(
    two_nodes: tuple[Rig, Rig],
) -> None:
    """Nobody is answered after it, and nobody is left without an answer or a person."""
    one, two = two_nodes
    chats = [f"c{number}" for number in range(120)]
    await asyncio.gather(*(two_nodes[at % 2].say("hi", chat=chat) for at, chat in enumerate(chats)))
    one.clock.pass_(6)
    began = asyncio.Event()

    def counted(_message: object) -> None:
        if len(one.channel.sent) + len(two.channel.sent) >= 20:
            began.set()

    for rig in two_nodes:
        rig.channel.before_send = counted
    working = [asyncio.create_task(work(rig)) for rig in two_nodes]
    await began.wait()
    await pause(one, ALL)
    marked = await begun(one)
    await asyncio.gather(*working)
    for rig in two_nodes:
        await work(rig)
    assert await begun(one) == marked
    owners = await one.store.read(
        lambda r: {row["address"]: row["owner"] for row in r.all(select(conversations))}
    )
    sent = [*one.channel.sent, *two.channel.sent]
    answered = {message.address.chat for message in sent if message.author == "assistant"}
    assert {chat for chat, owner in owners.items() if owner == "queue"} == set(chats) - answered
    assert 0 < len(answered) < len(chats)


async def work(rig: Rig) -> None:
    while await rig.turns.once() + await rig.outbox.once():
        pass


async def begun(rig: Rig) -> set[str]:
    """The assistant's deliveries that were ever marked as being sent."""
    ours = deliveries.c.author == "assistant", deliveries.c.sending_at.is_not(None)
    return await rig.store.read(
        lambda r: {row["id"] for row in r.all(select(deliveries.c.id).where(*ours))}
    )
