"""A clarifying question through the pipeline: two readings on buttons, and the reply understood."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from brain.agent import Agent
from brain.contract import Decision, Filter, Hit, Passage, TurnInput
from brain.models.extractive import Extractive
from brain.settings import BrainSettings
from brain.triage.classifier import shipped
from gateway.clock import SystemClock
from tests.gateway.pipeline.rig import Rig, ScriptedBrain

READER = shipped()
WHICH = "how long does the trail lamp battery last"


def lamp(size: int, hours: int) -> Passage:
    title = f"Trail Lamp {size} for long nights"
    text = f"Its battery lasts {hours} hours."
    return Passage(f"l{size}", f"lamp-{size}", "main", title, (title, "Battery"), text)


class Lamps:
    """Knows two lamps, alike but for their size."""

    async def search(self, query: str, allowed: Filter, limit: int = 8) -> Sequence[Hit]:
        return [Hit(lamp(200, 8), 0.8, 0.8, 0.8), Hit(lamp(400, 14), 0.78, 0.78, 0.78)]


class Thinking(ScriptedBrain):
    """The agent itself, and what it was asked."""

    def __init__(self) -> None:
        super().__init__()
        answerer = Extractive(READER.content)
        self._agent = Agent(Lamps(), READER, answerer, BrainSettings(), SystemClock())

    async def decide(self, turn: TurnInput) -> Decision:
        self.asked.append(turn)
        return await self._agent.decide(turn)


@pytest.fixture
async def asked(rig: Rig) -> Rig:
    rig.brain = Thinking()
    await rig.say(WHICH)
    await rig.settle()
    return rig


async def test_both_readings_are_named_and_on_buttons(asked: Rig) -> None:
    row = (await asked.messages())[-1]
    assert row["notice"] == "clarify"
    assert "Do you mean Trail Lamp 200 or Trail Lamp 400?" in asked.channel.texts[-1]
    choices = json.loads(row["choices"])
    assert choices[:3] == [
        ["option_a", "Trail Lamp 200"],
        ["option_b", "Trail Lamp 400"],
        ["something_else", "Something else"],
    ]
    assert choices[3][0] == "person"
    assert all(len(label) <= 20 for _, label in choices)


async def test_a_pressed_button_is_the_question_with_that_name(asked: Rig) -> None:
    await asked.press("option_b")
    await asked.settle()
    assert "14 hours" in asked.channel.texts[-1]
    assert (await asked.conversation())["owner"] == "assistant"


async def test_a_written_name_does_the_same(asked: Rig) -> None:
    await asked.say("the 200 please")
    await asked.settle()
    assert "8 hours" in asked.channel.texts[-1]


async def test_something_else_calls_a_person(asked: Rig) -> None:
    await asked.press("something_else")
    await asked.settle()
    assert (await asked.conversation())["owner"] == "queue"
    assert await asked.notices_said() == ["handoff_by_us"]


async def test_a_bot_question_beside_another_is_answered_before_it(rig: Rig) -> None:
    rig.brain.answer = lambda _turn: Decision("reply", "It lasts 8 hours.", notice="are_you_a_bot")
    await rig.say("are you a bot? how long does the battery last")
    await rig.settle()
    said = rig.channel.texts[-1]
    assert said.index("Yes, I'm an AI assistant") < said.index("It lasts 8 hours.")
