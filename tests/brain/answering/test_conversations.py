"""Whole conversations through the real index and the sentence model, over an invented shop's
articles."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
import pytest_asyncio

from brain.agent import Agent
from brain.answering.ambiguity import was_offered
from brain.contract import CaseState, Decision, Said, TurnInput
from brain.knowledge.documents import Document
from brain.knowledge.index import KnowledgeIndex
from brain.knowledge.minilm import MiniLm
from brain.knowledge.weights import ModelUnusable
from brain.models.extractive import Extractive
from brain.models.twins import Twins
from brain.settings import BrainSettings
from brain.triage.classifier import shipped
from brain.triage.conversation import Clarified
from tests.brain.knowledge.fake_store import FakePassages, PatientClock, document, passages_of

TURN = TurnInput("t", "main", "c", "web", demo=False, owner="assistant", new=())


def article(id_: str, title: str, **sections: str) -> Document:
    parts = [f"## {name.replace('_', ' ')}\n\n{text}" for name, text in sections.items()]
    return document(id_, "\n\n".join([f"# {title}", *parts]), title=title)


def lantern(size: int, hours: int, grams: int, price: int) -> Document:
    title = f"Ember Lantern {size}"
    return article(
        f"lantern-{size}",
        title,
        Battery=f"The battery of the {title} lasts {hours} hours and charges over USB-C.",
        Weight=f"The {title} weighs {grams} grams with its battery.",
        Price=f"The {title} costs £{price} and comes in black.",
    )


ARTICLES = (
    article(
        "returns",
        "Returning an item",
        How_long_you_can_return_something="You can return anything within 45 days of delivery. "
        "However, gift cards cannot be returned.",
        What_a_return_costs="A return from within the UK is free. From abroad you pay the postage.",
    ),
    article(
        "shipping",
        "Shipping costs and times",
        Shipping_in_the_UK="Standard shipping in the UK costs £4.10 and takes 3 working days.",
        Shipping_to_Switzerland="Shipping to Switzerland costs £13 and takes 6 working days.",
    ),
    article(
        "password",
        "Reset your password",
        Resetting_a_forgotten_password='1. Choose "Forgotten password".\n2. Open the link in our '
        "email.\n3. Set a new password.",
        When_the_email_does_not_arrive="For example, an address with a typing error gets no email.",
    ),
    article(
        "payment",
        "Ways to pay",
        Cards_and_wallets="We accept Visa, Mastercard and PayPal for every order.",
        Paying_by_invoice="Companies can pay by invoice within 30 days.",
    ),
    lantern(20, 9, 180, 29),
    lantern(40, 16, 260, 49),
)


@dataclass
class Talk:
    """A customer's conversation, as the gateway would keep it."""

    agent: Agent
    history: list[Said] = field(default_factory=list[Said])
    unsuccessful: int = 0

    async def say(self, text: str) -> Decision:
        new = Said(len(self.history) + 1, "customer", text, 0.0)
        given = replace(
            TURN,
            new=(new,),
            history=tuple(self.history),
            language="en",
            case=CaseState(self.unsuccessful),
        )
        decision = await self.agent.decide(given)
        self.unsuccessful += decision.unsuccessful is not None
        told = decision.text or " ".join(decision.slots.values())
        cited = tuple(citation.passage for citation in decision.citations)
        self.history += [
            new,
            Said(new.seq + 1, "assistant", told, 0.0, notice=decision.notice, passages=cited),
        ]
        return decision


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def agent(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Agent]:
    folder: Path = tmp_path_factory.mktemp("conversations")
    try:
        model = await asyncio.to_thread(MiniLm, folder / "model")
    except ModelUnusable as error:
        pytest.skip(f"the sentence model is not installed: {error}")
    clock = PatientClock()
    store = FakePassages(passages_of(ARTICLES))
    index = KnowledgeIndex(folder / "index", store, lambda: model, ["main"], clock)
    reader = await asyncio.to_thread(shipped)
    yield Agent(index, reader, Extractive(reader.content, model), BrainSettings(), clock)
    await index.close()


pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(120)]


async def test_two_questions_of_which_the_second_speaks_of_the_first_ones_thing(
    agent: Agent,
) -> None:
    decision = await Talk(agent).say("What does the Ember Lantern 40 cost, and how heavy is it?")
    assert decision.kind == "reply"
    assert "£49" in decision.text
    assert "260 grams" in decision.text
    assert decision.text.index("£49") < decision.text.index("260 grams")
    assert len(decision.text.split()) <= 90


async def test_one_of_three_that_is_not_known_is_never_dropped(agent: Agent) -> None:
    asked = "How long can I return something? Do you sell kayaks? How do I reset my password?"
    decision = await Talk(agent).say(asked)
    assert decision.handoff is not None
    assert decision.handoff.open_questions == ("Do you sell kayaks?",)
    assert "45 days" in decision.handoff.suggested
    assert "Forgotten password" in decision.handoff.suggested


async def test_a_condition_comes_with_what_it_limits(agent: Agent) -> None:
    decision = await Talk(agent).say("How long can I return something?")
    assert "45 days" in decision.text
    assert "However, gift cards cannot be returned." in decision.text


async def test_sisters_are_told_apart_and_the_choice_holds(agent: Agent) -> None:
    talk = Talk(agent)
    asked = await talk.say("How long does the battery of the Ember Lantern last?")
    assert asked.kind == "clarify"
    assert dict(asked.slots) == {"a": "Ember Lantern 20", "b": "Ember Lantern 40"}
    assert "16 hours" in (await talk.say("the 40 please")).text
    assert "260 grams" in (await talk.say("how heavy is it?")).text
    assert "180 grams" in (await talk.say("and the other one?")).text


async def test_a_choice_between_two_things_says_nothing_of_two_others() -> None:
    lanterns = Twins("Lantern 20", "Lantern 40", frozenset({"20"}), frozenset({"40"}))
    tents = Twins("Tent A", "Tent B", frozenset({"a"}), frozenset({"b"}))
    said = Clarified("?", "the first", None, pending=False, offered="Lantern 20 or Lantern 40?")
    assert was_offered(said, lanterns)
    assert not was_offered(said, tents)


async def test_a_follow_up_stays_with_the_matter(agent: Agent) -> None:
    talk = Talk(agent)
    assert "£4.10" in (await talk.say("What does shipping in the UK cost?")).text
    assert "£13" in (await talk.say("and to Switzerland?")).text


async def test_another_matter_is_not_dragged_back(agent: Agent) -> None:
    talk = Talk(agent)
    await talk.say("How long does shipping in the UK take?")
    assert "Forgotten password" in (await talk.say("ok and how do I reset my password?")).text


async def test_what_the_matter_does_not_say_is_not_answered_from_it(agent: Agent) -> None:
    talk = Talk(agent)
    await talk.say("How heavy is the Ember Lantern 40?")
    assert (await talk.say("is it vegan?")).kind == "hand_over"


async def test_no_text_is_told_twice_in_a_case(agent: Agent) -> None:
    talk = Talk(agent)
    first = await talk.say("How do I reset my password?")
    again = await talk.say("how do I reset my password")
    assert again.text != first.text
    assert again.unsuccessful == "repeated"


async def test_what_has_nothing_to_do_with_the_shop_is_declined(agent: Agent) -> None:
    for text in ("why do cats purr", "who is the best basketball player", "recipe for pancakes"):
        decision = await Talk(agent).say(text)
        assert decision.notice == "off_topic", text
        assert decision.confidence <= 0.1
    for text in ("do you repair zips?", "can I park at your shop?", "my parcel was stolen"):
        decision = await Talk(agent).say(text)
        assert decision.notice != "off_topic", text
