"""Every reason to pass a customer on, on every kind of channel, reaches the web desk with its whole
brief. The brain is the real one; only what a message is about comes from a mark in its words."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from brain.agent import Agent
from brain.circumstances import Circumstances, Profile
from brain.contract import (
    CaseState,
    Decision,
    Hit,
    KnowledgeUnavailable,
    Passage,
    Said,
    TurnInput,
)
from brain.models.extractive import Extractive
from brain.settings import BrainSettings
from brain.triage.classifier import Classifier, Triage, shipped
from brain.triage.intents import Understood
from brain.triage.taxonomy import TOPICS
from brain.triage.taxonomy import shipped as shipped_intents
from channels.errors import RejectedSendError
from channels.events import Attachment
from channels.kinds import CAPABILITIES
from gateway.config.rollout import Stage, Stages
from gateway.conversations import pauses
from gateway.desk import presence
from gateway.desk.inbox import Filters, Wanted, listed
from gateway.desk.view import Views
from gateway.store.schema.people import staff
from gateway.store.store import Store
from tests.gateway.conftest import ManualClock
from tests.gateway.pipeline.rig import ADA, CHANNEL, Rig

CLASSIFIER: Classifier = shipped()
KINDS = ("web", "whatsapp", "slack", "discord", "telegram", "email", "api")
HOUR = 3600.0
RETURNS = Passage(
    "r1", "returns", "main", "Returns", ("Returns", "How long"),
    "You can return anything within 60 days of delivery.", "https://fernhill.example/help/returns",
)  # fmt: skip
INTENTS = {intent.topic: name for name, intent in shipped_intents().items() if intent.topic}
QUESTION = "How many days do I have to return my tent?"
MARK = re.compile(r"\(about (\w+)\)")


class Shelf:
    """Finds the article on returns for what shares words with it; ``broken`` by its name."""

    async def search(self, query: str, allowed: object, limit: int = 8) -> Sequence[Hit]:
        wanted = CLASSIFIER.content(query)
        share = len(wanted & CLASSIFIER.content(f"{RETURNS.title} {RETURNS.text}")) / 3
        return [Hit(RETURNS, min(1.0, share), min(1.0, share), share)] if share else []


class Marked:
    """Reads a message as it is, but for its topic: that stands in brackets."""

    def look(self, new: Sequence[Said], history: Sequence[Said], known: str | None) -> Triage:
        triage = CLASSIFIER.look(new, history, known)
        topic = next((found[1] for said in new if (found := MARK.search(said.text))), None)
        intent = INTENTS.get(topic)  # pyright: ignore[reportArgumentType]  # a word
        if topic is None or intent is None:
            return triage
        about = Understood(intent, shipped_intents()[intent].topic, 0.95, 0.95)
        return replace(triage, understood=about)

    def content(self, text: str) -> frozenset[str]:
        return CLASSIFIER.content(text)


@dataclass(frozen=True)
class Trigger:
    """What happens in a chat of its own, and what the desk is told."""

    happens: Callable[[Rig, str], Awaitable[None]]
    reason: str
    question: str = QUESTION
    told: Mapping[str, str] = field(default_factory=dict[str, str])


def writes(*texts: str) -> Callable[[Rig, str], Awaitable[None]]:
    async def happens(rig: Rig, chat: str) -> None:
        for text in texts:
            await rig.say(text, chat=chat)
            await rig.settle()

    return happens


async def _with_a_file(rig: Rig, chat: str) -> None:
    files = [Attachment("broken.jpg", "image/jpeg", 3, content=b"jpg")]
    await rig.say("Here is a photo of it", chat=chat, attachments=files)
    await rig.settle()


async def _taken_and_forgotten(rig: Rig, chat: str) -> None:
    await writes(QUESTION)(rig, chat)
    await rig.staff("take", chat=chat)
    await rig.say("hello?", chat=chat)
    rig.clock.pass_(HOUR)
    await rig.fire()


async def _left_by_who_is_away(rig: Rig, chat: str) -> None:
    await writes(QUESTION)(rig, chat)
    await rig.staff("take", chat=chat)
    await rig.say("hello?", chat=chat)
    await rig.store.write(lambda unit: presence.go(unit, ADA))


async def _left_for_a_day(rig: Rig, chat: str) -> None:
    await writes(QUESTION)(rig, chat)
    await rig.staff("say", "One moment", chat=chat)
    rig.clock.pass_(25 * HOUR)
    await rig.say("hello?", chat=chat)


async def _closed_and_back(rig: Rig, chat: str) -> None:
    rig.reopens_within = 24 * HOUR
    await writes(QUESTION)(rig, chat)
    await rig.staff("resolve", chat=chat)
    await rig.say("It is still broken", chat=chat)
    await rig.settle()


async def _not_delivered(rig: Rig, chat: str) -> None:
    rig.channel.outcomes = [RejectedSendError("blocked")]
    await writes(QUESTION)(rig, chat)
    rig.channel.outcomes = []


async def _paused(rig: Rig, chat: str) -> None:
    await rig.store.write(lambda unit: pauses.pause(unit, CHANNEL, "Ada"))
    await writes(QUESTION)(rig, chat)
    await rig.store.write(lambda unit: pauses.resume(unit, CHANNEL, "Ada"))


def under(mode: Any) -> Callable[[Rig, str], Awaitable[None]]:
    async def happens(rig: Rig, chat: str) -> None:
        before, rig.stages = rig.stages, Stages(Stage(mode))
        await writes(QUESTION)(rig, chat)
        rig.stages = before

    return happens


async def _off(rig: Rig, chat: str) -> None:
    rig.answers = False
    await writes(QUESTION)(rig, chat)
    rig.answers = True


async def _our_failure(rig: Rig, chat: str) -> None:
    for _ in range(4):
        await rig.say(f"{QUESTION} (breaks)", chat=chat)
        for _ in range(3):
            rig.clock.pass_(15)
            await rig.settle()


ANSWERED = {"tried": RETURNS.text}
TRIGGERS: dict[str, Trigger] = {
    "a wish": Trigger(
        writes(QUESTION, "I want to talk to a human"), "asked_for_person", told=ANSWERED
    ),
    "a file": Trigger(
        _with_a_file, "unreadable_file", "Here is a photo of it", {"files": "broken.jpg"}
    ),
    "not known": Trigger(
        writes("Do you sell kayaks to return visitors?"),
        "low_confidence",
        "Do you sell kayaks to return visitors?",
    ),
    "not helped twice": Trigger(
        writes(QUESTION, "that did not help"),
        "unsuccessful_exchanges",
        f"{QUESTION} … that did not help",
    ),
    **{
        topic: Trigger(writes(f"{QUESTION} (about {topic})"), topic, f"{QUESTION} (about {topic})")
        for topic in TOPICS
    },
    "a VIP": Trigger(writes(f"{QUESTION} (vip)"), "vip", f"{QUESTION} (vip)"),
    "prefers people": Trigger(
        writes(f"{QUESTION} (prefers)"), "prefers_person", f"{QUESTION} (prefers)"
    ),
    "the third time": Trigger(
        writes(f"{QUESTION} (third)"), "contact_again", f"{QUESTION} (third)"
    ),
    "knowledge away": Trigger(
        writes(f"{QUESTION} (away)"), "knowledge_unavailable", f"{QUESTION} (away)"
    ),
    "our failure": Trigger(_our_failure, "our_failure", f"{QUESTION} (breaks)"),
    "a draft": Trigger(under("draft"), "draft", told={"draft": RETURNS.text}),
    "only watching": Trigger(under("shadow"), "shadow"),
    "switched off": Trigger(_off, "rollout_off"),
    "paused": Trigger(_paused, "paused"),
    "not delivered": Trigger(_not_delivered, "delivery_failed", "", {"concluded": RETURNS.text}),
    "forgotten": Trigger(_taken_and_forgotten, "forgotten"),
    "away": Trigger(_left_by_who_is_away, "owner_away"),
    "silent for a day": Trigger(_left_for_a_day, "owner_silent"),
    "came back": Trigger(_closed_and_back, "reopened"),
}


class Told:
    """The real agent; what a gateway may know of a customer stands in brackets, too."""

    def __init__(self, clock: ManualClock) -> None:
        settings = BrainSettings()
        answerer = Extractive(CLASSIFIER.content)
        self._agent = Agent(Shelf(), Marked(), answerer, settings, clock)
        self._without = Agent(_Away(), Marked(), answerer, settings, clock)

    async def decide(self, turn: TurnInput) -> Decision:
        text = turn.new[-1].text
        if "(breaks)" in text:
            raise RuntimeError("something of ours is broken")
        profile = Profile(vip="(vip)" in text, prefers_person="(prefers)" in text)
        failed = 1 if text == "that did not help" else 0
        case = CaseState(failed, contacts=3 if "(third)" in text else 1)
        known = replace(turn, around=Circumstances(profile=profile), case=case)
        agent = self._without if "(away)" in text else self._agent
        return await agent.decide(known)


class _Away:
    async def search(self, query: str, allowed: object, limit: int = 8) -> Sequence[Hit]:
        raise KnowledgeUnavailable("the index is being built")


@pytest.mark.timeout(120)
@pytest.mark.parametrize("kind", KINDS)
async def test_every_trigger_reaches_the_desk_with_its_whole_brief(
    sqlite_store: Store, clock: ManualClock, tmp_path: Path, kind: str
) -> None:
    rig = Rig(sqlite_store, clock, tmp_path, capabilities=CAPABILITIES[kind])
    await rig.store.write(
        lambda unit: unit.insert(staff, id=ADA.id, name="Ada", role="agent", created_at=unit.now)
    )
    told = Told(clock)
    rig.brain.decide = told.decide
    views = Views(rig.store, lambda named: named, {CHANNEL: kind})
    wrong: list[str] = []
    for name, trigger in TRIGGERS.items():
        if name == "not delivered" and rig.capabilities.pulled:
            continue  # There is nobody who could refuse it.
        chat = f"{name.replace(' ', '-')}@shop.example"
        await trigger.happens(rig, chat)
        row = await rig.conversation(chat)
        view = await views.one(row["id"], "")
        page = await rig.store.read(
            lambda r: listed(r, Wanted(Filters("", owner="queue"), limit=100), {CHANNEL: kind})
        )
        assert view is not None
        in_queue = row["id"] in {item["id"] for item in page.items}
        wrong += [f"{name}: {why}" for why in missing(view, trigger, in_queue=in_queue)]
    assert wrong == []


def missing(view: dict[str, Any], trigger: Trigger, *, in_queue: bool) -> Iterator[str]:
    """What whoever takes it would not know."""
    if (view["owner"], view["reason"]) != ("queue", trigger.reason):
        yield f"it is {view['owner']}'s for {view['reason']}"
    if not in_queue or view["waiting_since"] is None:
        yield "nobody sees it waiting"
    if view["brief"] is None:
        yield "there is no brief"
    else:
        yield from _missing_in({**view["brief"], "draft": view["draft"]}, trigger)
    if not any(one["author"] == "customer" and one["text"] for one in view["messages"]):
        yield "what the customer said is not there"


def _missing_in(brief: dict[str, Any], trigger: Trigger) -> Iterator[str]:
    if brief["reason"] != trigger.reason or not brief["rule"]:
        yield f"the reason is {brief['reason']}: {brief['rule']}"
    if trigger.question not in brief["question"]:
        yield f"the question is {brief['question']}"
    if brief["identity"] != "not verified":
        yield f"it is {brief['identity']}"
    for part, wanted in trigger.told.items():
        if wanted not in str(brief[part]):
            yield f"{part} is {brief[part]}"
