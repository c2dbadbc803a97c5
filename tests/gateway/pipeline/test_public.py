"""Where others read along: answers are given, people's data are not talked about, and what needs a
person goes on with the customer alone."""

from __future__ import annotations

import json
import time
from uuid import uuid4

import pytest
from sqlalchemy import select

from brain.contract import TurnInput
from channels.errors import RejectedSendError
from channels.events import Address, Attachment, Chosen, Commanded, InboundMessage, Sender
from gateway.privacy.articles import personal
from gateway.store.schema.conversation import attachments, cases
from tests.gateway.pipeline.rig import Rig, echo, to_a_person

ROOM = Address("room", "t1")
ADA, EVE = Sender(("ada",), name="Ada"), Sender(("eve",), name="Eve")
PRIVATE = "dm-ada"
SECRET = "My order is number 4711-22, write to ada@example.com"


async def ask(rig: Rig, text: str, by: Sender = ADA, *files: Attachment) -> None:
    await rig.accept(InboundMessage(uuid4().hex, ROOM, text, by, attachments=files, public=True))


async def room(rig: Rig) -> list[str]:
    """What others can read."""
    return [
        message.plain
        for message in rig.channel.sent
        if message.private_to is None and message.address == ROOM
    ]


async def alone(rig: Rig) -> list[tuple[str, str]]:
    return [
        (message.private_to, message.plain) for message in rig.channel.sent if message.private_to
    ]


async def test_a_question_in_public_is_answered_there(rig: Rig) -> None:
    await ask(rig, "How long may I return boots?")
    await rig.settle()
    assert len(await room(rig)) == 1
    assert await alone(rig) == []
    assert (await rig.conversation(ROOM.key))["public"]


async def test_a_handoff_goes_on_alone_with_who_asked(rig: Rig) -> None:
    rig.brain.answer = to_a_person
    await ask(rig, "I want a person")
    await rig.settle()
    ((to, text),) = await alone(rig)
    assert to == "ada"
    assert text.startswith("Let's not do that where others can read along.")
    (line,) = await room(rig)
    assert line == text
    private = await rig.conversation(PRIVATE)
    assert (private["owner"], private["reason"]) == ("queue", "asked_for_person")
    assert private["private_of"] == (await rig.conversation(ROOM.key))["id"]
    said = [(row["author"], row["body"]) for row in await rig.messages(PRIVATE)]
    assert said[0] == ("customer", "I want a person")


async def test_the_person_at_the_desk_has_the_brief_and_the_place_in_the_queue(rig: Rig) -> None:
    rig.brain.answer = to_a_person
    await ask(rig, "Where is my parcel?")
    await rig.answer()
    waiting = (await rig.conversation(ROOM.key))["waiting_since"]
    rig.clock.pass_(10.0)
    await rig.settle()
    private = await rig.conversation(PRIVATE)
    assert private["waiting_since"] == waiting
    brief = await rig.store.read(
        lambda r: r.scalar(select(cases.c.brief).where(cases.c.id == private["case_id"]))
    )
    assert json.loads(brief)["question"] == "Where is my parcel?"
    public = await rig.conversation(ROOM.key)
    assert (public["owner"], public["case_id"], public["waiting_since"]) == (
        "assistant",
        None,
        None,
    )


async def test_personal_data_are_answered_alone_and_never_repeated_in_public(rig: Rig) -> None:
    await ask(rig, SECRET)
    await rig.settle()
    assert [text for text in await room(rig) if "4711" in text or "example" in text] == []
    answer = rig.channel.sent[-1]
    assert answer.address == Address(PRIVATE)
    assert "4711-22" in answer.plain
    assert (await rig.conversation(PRIVATE))["owner"] == "assistant"
    assert len(rig.brain.asked) == 2


async def test_what_staff_answer_goes_to_the_private_place_only(rig: Rig) -> None:
    rig.brain.answer = to_a_person
    await ask(rig, "Where is my parcel?")
    await rig.settle()
    said = len(rig.channel.sent)
    await rig.staff("say", "It is at 5 Elm Street.", chat=PRIVATE)
    await rig.settle()
    assert {message.address for message in rig.channel.sent[said:]} == {Address(PRIVATE)}


async def test_staff_who_take_over_in_public_are_read_by_the_customer_alone(rig: Rig) -> None:
    await ask(rig, "Where is my parcel?")
    await rig.settle()
    said = len(await room(rig))
    await rig.staff("say", "It is at 5 Elm Street.", chat=ROOM.key)
    await rig.settle()
    assert len(await room(rig)) == said
    assert "It is at 5 Elm Street." in [text for _, text in await alone(rig)]
    private = await rig.conversation(PRIVATE)
    assert (private["owner"], private["staff_id"]) == ("staff", "staff-ada")
    bodies = [row["body"] for row in await rig.messages(PRIVATE)]
    assert "It is at 5 Elm Street." in bodies


async def test_who_cannot_be_met_alone_is_not_told_so_in_public(rig: Rig) -> None:
    rig.brain.answer = to_a_person
    rig.channel.outcomes = [RejectedSendError("they take no messages from strangers")]
    await ask(rig, "Where is my parcel?")
    await rig.settle()
    assert rig.channel.sent == []
    row = await rig.conversation(ROOM.key)
    assert row["owner"] == "queue"


async def test_an_earlier_private_conversation_goes_on(rig: Rig) -> None:
    await rig.accept(InboundMessage(uuid4().hex, Address(PRIVATE), "hello", ADA))
    await rig.settle()
    rig.brain.answer = to_a_person
    await ask(rig, "Where is my parcel?")
    await rig.settle()
    private = await rig.conversation(PRIVATE)
    assert private["owner"] == "queue"
    customers = [row["body"] for row in await rig.messages(PRIVATE) if row["author"] == "customer"]
    assert customers == ["hello", "Where is my parcel?"]
    assert private["contact_id"] == (await rig.conversation(ROOM.key))["contact_id"]


async def test_whom_it_is_about_is_who_spoke_last_when_it_was_decided(rig: Rig) -> None:
    rig.brain.answer = to_a_person
    await ask(rig, "Where is my parcel?")

    async def eve_speaks(_turn: TurnInput) -> None:
        rig.brain.before = None
        await ask(rig, "Mine too!", EVE)
        # Too late to be waited for.
        rig.clock.pass_(30.0)

    rig.brain.before = eve_speaks
    await rig.settle()
    assert [to for to, _ in await alone(rig)] == ["ada", "eve"]
    assert "Mine too!" not in [row["body"] for row in await rig.messages(PRIVATE)]
    hers = [row["body"] for row in await rig.messages("dm-eve") if row["author"] == "customer"]
    assert hers == ["Mine too!"]


async def test_a_file_goes_along(rig: Rig) -> None:
    rig.brain.answer = to_a_person
    await ask(rig, "Look at this", ADA, Attachment("boot.jpg", "image/jpeg", content=b"x"))
    await rig.settle()
    private = await rig.conversation(PRIVATE)
    rows = await rig.store.read(lambda r: r.all(select(attachments.c.conversation_id)))
    assert [row["conversation_id"] for row in rows] == [private["id"]]


@pytest.mark.parametrize(("by", "counts"), [(ADA, True), (EVE, False)], ids=["hers", "anothers"])
async def test_a_button_is_pressed_by_whom_it_was_meant_for(
    rig: Rig, by: Sender, counts: bool
) -> None:
    await ask(rig, "How long may I return boots?")
    await rig.settle()
    rig.brain.answer = lambda turn: to_a_person(turn) if turn.new[-1].choice else echo(turn)
    await rig.accept(Chosen(uuid4().hex, ROOM, "ext-1", "person", by))
    await rig.settle()
    assert (len(rig.brain.asked) == 2) == counts
    assert bool(await alone(rig)) == counts


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("write to ada@example.com", True),
        ("call me: +49 170 1234567", True),
        ("my order FH-20417 is late", True),
        ("DE89 3704 0044 0532 0130 00", True),
        ("4111 1111 1111 1111", True),
        ("How long may I return boots?", False),
        ("I bought two pairs in 2024 for 1500 euros", False),
        ("see https://example.com/returns", False),
    ],
)
def test_what_leads_to_one_person(text: str, found: bool) -> None:
    assert personal(text) is found


def test_it_is_found_wherever_it_stands() -> None:
    words = "boots " * 2000
    assert not personal(words)
    for at in range(0, 6000, 171):
        assert personal(f"{words[:at]} ada@example.com {words[at:]}")


def test_a_hostile_text_costs_little() -> None:
    began = time.process_time()
    for text in ("no-" * 33_000, "1" + " " * 99_000, "a." * 50_000, "DE12" * 25_000, "#" * 99_000):
        personal(text)
    assert time.process_time() - began < 10.0


async def test_a_command_for_a_person_where_others_read_along_is_answered_alone(rig: Rig) -> None:
    rig.brain.answer = to_a_person
    wish = Commanded(uuid4().hex, ROOM, "human", "it is about order 4711-22", ADA, public=True)
    await rig.accept(wish)
    await rig.settle()
    assert [to for to, _ in await alone(rig)] == ["ada"]
    assert [text for text in await room(rig) if "4711" in text] == []
    private = await rig.conversation(PRIVATE)
    assert (private["owner"], private["reason"]) == ("queue", "asked_for_person")
    bodies = [row["body"] for row in await rig.messages(PRIVATE) if row["author"] == "customer"]
    assert bodies == ["it is about order 4711-22", "/human"]
