"""A guide under way lies in the case: walked from message to message, across restarts and days, and
told to the people who take over."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, select, update

from brain.contract import Citation, Decision, Filter, Guide, Handoff, Reason, TurnInput
from brain.guides.guided import Guided
from brain.guides.phrasebook import shipped as shipped_phrases
from brain.triage.classifier import shipped
from gateway.knowledge.shelves import StoredPassages
from gateway.store.schema.conversation import cases
from gateway.store.schema.library import documents, passages
from gateway.store.schema.pipeline import turns
from gateway.store.store import Store
from gateway.store.unit import Unit
from tests.gateway.conftest import ManualClock
from tests.gateway.pipeline.rig import Rig, ScriptedBrain, to_a_person

READER = shipped()
PHRASES = shipped_phrases()
DAY = 24 * 3600.0
STEPS = """1. Hold the button for three seconds. Does the light come on?
   - if: yes -> done
   - if: no light -> step 2
   - if: it blinks red -> person
2. Charge it for an hour with the cable from the box.
3. Hold the button again. Does it light up now?
   - if: yes -> done
   - if: no -> person"""
LEAD_IN = "If your lamp stays dark, go through these steps."
WARRANTY = "Lamps have two years of warranty."
PUBLIC = Filter("main", demo=False)


def answers(turn: TurnInput) -> Decision:
    text = turn.new[-1].text
    if "human" in text:
        return to_a_person(turn)
    if "lamp" in text:
        return Decision("reply", STEPS, citations=(Citation("steps", "Lamp", None, ""),))
    if "shipping" in text:
        return Decision("reply", "It costs £5.")
    reason = Reason("low_confidence", "nothing is known of it")
    return Decision("hand_over", handoff=Handoff(reason, "unknown"), unsuccessful="unknown")


class Walking(ScriptedBrain):
    """The script, with guides around it out of a store."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self.script = ScriptedBrain()
        self.script.answer = answers
        self._guided = Guided(self.script, StoredPassages(store), READER, PHRASES)

    async def decide(self, turn: TurnInput) -> Decision:
        return await self._guided.decide(turn)


def shelve(unit: Unit) -> None:
    unit.insert(
        documents,
        tenant_id="main",
        id="lamp",
        title="The lamp stays dark",
        source="kb",
        origin="kb",
        url="https://fernhill.example/lamp",
        audience="public",
        hash="1",
        added_at=unit.now,
        guide=True,
        body=f"{LEAD_IN}\n\n{STEPS}\n\n## Warranty\n\n{WARRANTY}\n",
    )
    for position, (id, text) in enumerate(
        [("lead", LEAD_IN), ("steps", STEPS), ("warranty", WARRANTY)]
    ):
        unit.insert(
            passages, id=id, tenant_id="main", document_id="lamp", position=position, body=text
        )


@pytest.fixture
async def walking(rig: Rig) -> Rig:
    rig.brain = Walking(rig.store)
    await rig.store.write(shelve)
    return rig


async def begun(rig: Rig) -> Rig:
    await rig.say("my lamp stays dark")
    await rig.settle()
    return rig


async def answer(rig: Rig, text: str) -> str:
    await rig.say(text)
    await rig.settle()
    return rig.channel.texts[-1]


async def kept(rig: Rig, what: Column[Any]) -> dict[str, Any] | None:
    """What the case remembers."""
    row = await rig.conversation()
    found = await rig.store.read(
        lambda r: r.scalar(select(what).where(cases.c.id == row["case_id"]))
    )
    return json.loads(found) if found else None


async def test_each_step_is_committed_with_the_case(walking: Rig) -> None:
    await begun(walking)
    assert await kept(walking, cases.c.guide) == {
        "document": "lamp",
        "title": "The lamp stays dark",
        "step": 1,
        "done": [],
    }
    assert "Charge it for an hour" in await answer(walking, "no light")
    stands = await kept(walking, cases.c.guide)
    assert stands is not None
    assert stands["step"] == 2


async def test_buttons_lead_on_with_the_way_to_a_person_beside_them(walking: Rig) -> None:
    await begun(walking)
    offered = [choice.id for choice in walking.channel.sent[-1].choices]
    assert offered == ["guide_1_1", "guide_1_2", "guide_1_3", "person"]
    await walking.press("guide_1_2")
    await walking.settle()
    assert "Charge it for an hour" in walking.channel.texts[-1]


async def test_a_restarted_gateway_goes_on_where_the_customer_stands(
    walking: Rig, store: Store, clock: ManualClock, tmp_path: Path
) -> None:
    await begun(walking)
    await answer(walking, "no light")
    restarted = Rig(store, clock, tmp_path / "again", name="again", brain=Walking(store))
    assert "Hold the button again" in await answer(restarted, "done")


async def test_a_day_later_the_next_step_follows(walking: Rig) -> None:
    await begun(walking)
    await answer(walking, "no light")
    walking.clock.pass_(DAY)
    assert "We are at step 2 of 3" in await answer(walking, "hello again")
    assert "Hold the button again" in await answer(walking, "done")


async def test_the_good_end_is_the_end_of_the_guide(walking: Rig) -> None:
    await begun(walking)
    await answer(walking, "yes")
    assert await kept(walking, cases.c.guide) is None


async def test_people_are_told_the_steps_done_so_far(walking: Rig) -> None:
    await begun(walking)
    await answer(walking, "no light")
    await answer(walking, "done")
    await walking.say("I want to talk to a human")
    await walking.settle()
    brief = await kept(walking, cases.c.brief)
    assert brief is not None
    assert brief["steps"] == [
        "1. Hold the button for three seconds. Does the light come on?: no light",
        "2. Charge it for an hour with the cable from the box.: done",
    ]


async def test_another_question_leaves_the_guide_where_it_is(walking: Rig) -> None:
    await begun(walking)
    assert "It costs £5." in await answer(walking, "how much is shipping?")
    assert [choice.id for choice in walking.channel.sent[-1].choices] == ["guide_steps", "person"]
    await walking.press("guide_steps")
    await walking.settle()
    assert "We are at step 1 of 3" in walking.channel.texts[-1]


async def test_an_article_that_changed_meanwhile_goes_to_a_person(walking: Rig) -> None:
    await begun(walking)
    changed = "1. Take the battery out."
    await walking.store.write(lambda unit: unit.execute(update(documents).values(body=changed)))
    await answer(walking, "no light")
    brief = await kept(walking, cases.c.brief)
    assert brief is not None
    assert brief["reason"] == "guide_changed"


async def test_the_trace_says_guide_step_and_outcome(walking: Rig) -> None:
    await begun(walking)
    await answer(walking, "no light")
    traces = await walking.store.read(
        lambda r: [row["trace"] for row in r.all(select(turns.c.trace).order_by(turns.c.from_seq))]
    )
    assert json.loads(traces[-1])["detail"]["guide"]["outcome"] == "no light"


async def test_a_passage_leads_into_its_guide_unless_it_stands_after_the_steps(
    walking: Rig,
) -> None:
    shelves = StoredPassages(walking.store)
    assert isinstance(await shelves.of_passage("lead", PUBLIC), Guide)
    assert isinstance(await shelves.of_passage("steps", PUBLIC), Guide)
    assert await shelves.of_passage("warranty", PUBLIC) is None
    assert await shelves.of_passage("unknown", PUBLIC) is None
    guide = await shelves.guide("lamp", PUBLIC)
    assert guide is not None
    assert [step.passage for step in guide.steps] == ["steps", "steps", "steps"]


async def test_a_guide_that_is_not_allowed_is_none(walking: Rig) -> None:
    shelves = StoredPassages(walking.store)
    shown: dict[str, object] = {"audience": "public", "demo": False, "draft": False}
    for hidden in ({"audience": "internal"}, {"demo": True}, {"draft": True}, {"body": "None."}):
        changes = {**shown, **hidden}
        await walking.store.write(
            lambda unit, now=changes: unit.execute(update(documents).values(**now))
        )
        assert await shelves.guide("lamp", PUBLIC) is None, hidden
        assert await shelves.of_passage("steps", PUBLIC) is None, hidden
