"""With every model down a wish for a person is acknowledged at once, in the customer's language, on
every kind of channel: no model is asked for it."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from brain.agent import Agent
from brain.answering.composed import Composed
from brain.answering.inquiry import Result
from brain.contract import TurnInput
from brain.models.extractive import Extractive
from brain.settings import BrainSettings
from brain.triage.classifier import Triage
from channels.kinds import CAPABILITIES
from gateway.store.store import Store
from tests.gateway.conftest import ManualClock
from tests.gateway.pipeline.rig import NOTICES, Rig
from tests.gateway.pipeline.test_every_trigger import CLASSIFIER, KINDS, Shelf

WITHIN_SECONDS = 5.0
WISHES = {
    "en": "I want to talk to a human",
    "de": "Ich möchte mit einem Menschen sprechen",
    "fr": "je veux parler à un humain",
    "es": "quiero hablar con una persona",
    "it": "voglio parlare con una persona",
    "pt": "quero falar com uma pessoa",
    "nl": "ik wil een mens spreken",
}


class Hanging:
    """Models that take a request and never answer."""

    async def compose(self, turn: TurnInput, triage: Triage, result: Result) -> Composed | None:
        await asyncio.Event().wait()
        raise AssertionError("nobody sets it")


@pytest.mark.parametrize("kind", KINDS)
async def test_a_wish_for_a_person_is_acknowledged_without_a_model(
    sqlite_store: Store, clock: ManualClock, tmp_path: Path, kind: str
) -> None:
    rig = Rig(sqlite_store, clock, tmp_path, capabilities=CAPABILITIES[kind])
    answerer = Extractive(CLASSIFIER.content)
    agent = Agent(Shelf(), CLASSIFIER, answerer, BrainSettings(), clock, Hanging())
    rig.brain.decide = agent.decide
    for language, wish in WISHES.items():
        chat = f"{language}@shop.example"
        began, asked = time.monotonic(), clock.now()
        await rig.say(wish, chat=chat)
        while not (sent := await told(rig, chat)):
            await rig.turns.once()
            await rig.outbox.once()
            clock.pass_(0.1)
            assert clock.now() - asked <= WITHIN_SECONDS, (kind, language)
        assert time.monotonic() - began <= WITHIN_SECONDS, (kind, language)
        start = NOTICES.say("handoff", language).text.partition(",")[0]
        assert sent[0].startswith(start), (kind, language, sent)
        assert (await rig.conversation(chat))["reason"] == "asked_for_person"


DEATHS = ("turns.after_open", "turns.before_commit", "turns.after_commit", "outbox.after_mark")
LEASE_SECONDS = 65.0


class Died(BaseException):
    """The process is gone: nothing in it hears of this."""


class Dying:
    """A failpoint at which a node dies, once."""

    point = ""

    def __call__(self, name: str) -> None:
        if name == self.point:
            self.point = ""
            raise Died(name)


@pytest.mark.parametrize("kind", KINDS)
async def test_the_wish_survives_the_death_of_its_node(
    sqlite_store: Store, clock: ManualClock, tmp_path: Path, kind: str
) -> None:
    dying = Dying()
    rig = Rig(sqlite_store, clock, tmp_path, capabilities=CAPABILITIES[kind], failpoint=dying)
    other = Rig(sqlite_store, clock, tmp_path, capabilities=CAPABILITIES[kind], name="two")
    for each in (rig, other):
        answerer = Extractive(CLASSIFIER.content)
        agent = Agent(Shelf(), CLASSIFIER, answerer, BrainSettings(), clock, Hanging())
        each.brain.decide = agent.decide
    for point, (language, wish) in zip(DEATHS, WISHES.items(), strict=False):
        if point.startswith("outbox") and rig.capabilities.pulled:
            continue  # The commit has sent it.
        chat = f"{point}@shop.example"
        await rig.say(wish, chat=chat)
        dying.point = point
        with pytest.raises(Died):
            await rig.settle()
        for _ in range(3):  # Found, asked about where that is possible, and sent then.
            await other.settle(LEASE_SECONDS)
        start = NOTICES.say("handoff", language).text.partition(",")[0]
        heard = [text for text in await told(other, chat) if text.startswith(start)]
        assert len(heard) == 1, (kind, point, heard)
        row = await other.conversation(chat)
        assert (row["owner"], row["reason"]) == ("queue", "asked_for_person"), (kind, point)


async def told(rig: Rig, chat: str) -> list[str]:
    return [
        row["plain"]
        for row in await rig.deliveries(chat)
        if row["state"] not in {"queued", "sending"}
    ]
