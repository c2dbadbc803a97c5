"""How far the assistant goes in each mode, and that whatever it does not say goes to people."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select

from brain.contract import Citation, Decision, Reason, Trace, TurnInput
from channels.events import Address, Commanded, Sender
from gateway.config.hours import parse_hours, parse_zone
from gateway.config.rollout import Stage, Stages
from gateway.conversations import watching
from gateway.store.schema.conversation import cases
from gateway.store.schema.drafts import drafts
from gateway.store.schema.pipeline import turns
from gateway.store.schema.safety import watches
from tests.gateway.pipeline.rig import Rig, to_a_person

SHUT = parse_hours({"mon": "00:00-00:01"}, parse_zone("UTC"), ())
ALWAYS = parse_hours("always", parse_zone("UTC"), ())
DRAFT = Stages(Stage("draft"))
DAY = 86_400.0


def about(intent: str | None) -> Trace:
    return Trace("scripted", detail={"triage": {"intent": intent}})


def answered(intent: str | None = None) -> Decision:
    return Decision(
        kind="reply",
        text="It takes three days.",
        citations=(Citation("p-ship", "Shipping", None, "three days"),),
        confidence=0.9,
        reasons=(Reason("answered", "confidence 0.90 reaches 0.70"),),
        language="en",
        trace=about(intent),
    )


def answering(rig: Rig, intent: str | None = None) -> None:
    def answer(_turn: TurnInput) -> Decision:
        return answered(intent)

    rig.brain.answer = answer


async def brief(rig: Rig, chat: str = "c1") -> dict[str, Any]:
    row = await rig.conversation(chat)
    found = await rig.store.read(
        lambda r: r.scalar(select(cases.c.brief).where(cases.c.id == row["case_id"]))
    )
    return json.loads(found)


async def traced(rig: Rig) -> dict[str, Any]:
    row = await rig.store.read(lambda r: r.one(select(turns).order_by(turns.c.started_at.desc())))
    assert row is not None
    trace: dict[str, Any] = json.loads(row["trace"])["detail"]["rollout"]
    return trace


async def watched(rig: Rig) -> list[tuple[str, bool]]:
    """The intents on the watch list, and whether each was read."""
    rows = await rig.store.read(lambda r: r.all(select(watches).order_by(watches.c.at)))
    return [(row["intent"], row["read_at"] is not None) for row in rows]


async def test_in_draft_people_check_what_would_have_been_said(rig: Rig) -> None:
    rig.stages = DRAFT
    answering(rig)
    await rig.say("How long does delivery take?")
    await rig.settle()
    row = await rig.conversation()
    assert (row["owner"], row["reason"]) == ("queue", "draft")
    assert await rig.notices_said() == ["draft_wait"]
    assert [message.author for message in rig.channel.sent] == ["system"]
    found = await brief(rig)
    waiting = await rig.store.read(lambda r: r.one(select(drafts)))
    assert waiting is not None
    assert (waiting["state"], waiting["body"]) == ("open", "It takes three days.")
    assert found["suggested"] == ""
    assert found["question"] == "How long does delivery take?"
    assert found["sources"] == [{"passage": "p-ship"}]


async def test_in_the_shadow_nothing_is_said_and_all_is_kept(rig: Rig) -> None:
    rig.stages = Stages(Stage("shadow"))
    answering(rig, "shipping")
    await rig.say("How long does delivery take?")
    await rig.settle()
    row = await rig.conversation()
    assert (row["owner"], row["reason"]) == ("queue", "shadow")
    assert rig.channel.sent == []
    assert await traced(rig) == {
        "mode": "shadow",
        "intent": "shipping",
        "decision": "reply",
        "text": "It takes three days.",
        "sources": ["p-ship"],
        "handoff": None,
    }
    assert (await brief(rig))["suggested"] == ""


async def test_in_the_shadow_a_handoff_is_not_said_either(rig: Rig) -> None:
    rig.stages = Stages(Stage("shadow"))
    rig.brain.answer = to_a_person
    await rig.say("A person please")
    await rig.settle()
    assert (await rig.conversation())["owner"] == "queue"
    assert rig.channel.sent == []
    assert (await traced(rig))["handoff"] == "asked_for_person"


async def test_in_draft_a_wish_for_a_person_is_answered_as_ever(rig: Rig) -> None:
    rig.stages = DRAFT
    rig.brain.answer = to_a_person
    await rig.say("A person please")
    await rig.settle()
    assert await rig.notices_said() == ["handoff"]
    assert (await rig.conversation())["reason"] == "asked_for_person"


async def test_off_asks_the_brain_only_where_an_intent_is_open(rig: Rig) -> None:
    rig.stages = Stages(Stage("off"), {"shipping": Stage("auto")})
    answering(rig, "shipping")
    await rig.say("How long does delivery take?", chat="open")
    await rig.settle()
    answering(rig, "billing")
    await rig.say("What is this charge?", chat="shut")
    await rig.settle()
    assert (await rig.conversation("open"))["owner"] == "assistant"
    shut = await rig.conversation("shut")
    assert (shut["owner"], shut["reason"]) == ("queue", "rollout_off")
    assert "three days" not in rig.channel.texts[-1]


@pytest.mark.parametrize(
    ("intent", "owner"), [("shipping", "assistant"), ("billing", "queue"), (None, "queue")]
)
async def test_one_intent_is_opened_by_name(rig: Rig, intent: str | None, owner: str) -> None:
    rig.stages = Stages(Stage("draft"), {"shipping": Stage("auto")})
    answering(rig, intent)
    await rig.say("How long does delivery take?")
    await rig.settle()
    assert (await rig.conversation())["owner"] == owner


async def test_off_hours_only_leaves_the_hours_to_people(rig: Rig) -> None:
    rig.stages = Stages(Stage("auto", off_hours_only=True))
    answering(rig)
    rig.hours = ALWAYS
    await rig.say("How long does delivery take?", chat="by-day")
    await rig.settle()
    rig.hours = SHUT
    await rig.say("How long does delivery take?", chat="by-night")
    await rig.settle()
    assert (await rig.conversation("by-day"))["reason"] == "rollout_off"
    assert (await rig.conversation("by-night"))["owner"] == "assistant"


async def test_laughter_calls_nobody(rig: Rig) -> None:
    rig.stages = DRAFT
    rig.brain.answer = lambda _turn: Decision(kind="silent", language="en")
    await rig.say("haha")
    await rig.settle()
    assert (await rig.conversation())["owner"] == "assistant"
    assert rig.channel.sent == []


async def test_a_start_in_draft_is_not_greeted_by_the_assistant(rig: Rig) -> None:
    rig.stages = DRAFT
    await rig.accept(Commanded("cmd-1", Address("c1"), "start", "", Sender(("user-c1",))))
    await rig.settle()
    assert rig.channel.sent == []
    assert (await rig.conversation())["owner"] == "assistant"


async def test_nobody_is_offered_an_assistant_that_may_not_answer(rig: Rig) -> None:
    rig.stages, rig.hours = DRAFT, SHUT
    rig.brain.answer = to_a_person
    await rig.say("A person please")
    await rig.settle()
    await rig.say("Hello?")
    await rig.settle()
    assert await rig.notices_said() == ["handoff", "waiting"]
    assert all(message.choices == () for message in rig.channel.sent)


async def test_what_the_assistant_decides_by_itself_is_watched_for_two_weeks(rig: Rig) -> None:
    answering(rig, "shipping")
    await rig.say("How long?", chat="first")
    await rig.settle()
    assert await watched(rig) == [("shipping", False)]
    rig.clock.pass_(13 * DAY)
    await rig.say("How long?", chat="second")
    await rig.settle()
    rig.clock.pass_(2 * DAY)
    await rig.say("How long?", chat="third")
    await rig.settle()
    assert len(await watched(rig)) == 2
    # Another intent has two weeks of its own.
    answering(rig, "billing")
    await rig.say("How much?", chat="fourth")
    await rig.settle()
    assert [intent for intent, _ in await watched(rig)] == ["shipping", "shipping", "billing"]


async def test_what_was_read_is_to_be_read_again_when_more_is_said(rig: Rig) -> None:
    answering(rig)
    await rig.say("How long?")
    await rig.settle()
    id = (await rig.conversation())["id"]
    assert await rig.store.write(lambda unit: watching.mark_read(unit, id, "Lin"))
    assert not await rig.store.write(lambda unit: watching.mark_read(unit, id, "Lin"))
    assert await watched(rig) == [("", True)]
    await rig.say("And express?")
    await rig.settle()
    assert await watched(rig) == [("", False)]


@pytest.mark.parametrize("mode", ["draft", "shadow", "demo"])
async def test_neither_drafts_nor_the_demo_are_watched(rig: Rig, mode: str) -> None:
    rig.demo = mode == "demo"
    rig.stages = Stages(
        Stage("shadow" if mode == "shadow" else "draft" if mode == "draft" else "auto")
    )
    answering(rig)
    await rig.say("How long?")
    await rig.settle()
    assert await watched(rig) == []
