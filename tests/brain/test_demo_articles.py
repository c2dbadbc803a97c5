"""The demo shop's help pages: well formed, found and quoted through the real index, and what is not
for customers is never among what they get."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from brain.agent import Agent
from brain.contract import Decision, Filter, Guide, Hit, Said, TurnInput
from brain.guides import reading
from brain.knowledge.documents import Document
from brain.knowledge.embedding import NgramEmbedder
from brain.knowledge.index import KnowledgeIndex
from brain.knowledge.loaders.folder import load_folder
from brain.knowledge.loaders.process import Readings
from brain.knowledge.minilm import MiniLm
from brain.knowledge.weights import ModelUnusable
from brain.models.extractive import Extractive
from brain.settings import BrainSettings
from brain.triage.classifier import shipped
from tests.brain.knowledge.fake_store import (
    FakePassages,
    PatientClock,
    TrustingPassages,
    passages_of,
)

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "gateway" / "demo" / "kb"
QUESTION = TurnInput("t", "main", "c", "web", demo=True, owner="assistant", new=())
PUBLIC = Filter("main", demo=True)
_MARKER = re.compile(r"Internal marker ([A-Z]+-\d{4}): this sentence must never reach a customer\.")
_HOMES = {
    ("public", "en"): "https://fernhill.example/help",
    ("public", "de"): "https://fernhill.example/de/hilfe",
    ("internal", "en"): "https://staff.fernhill.example/handbook",
}
_OUTCOME_CHARS = 20
ANSWERS = (
    ("how long can I return something", "returns", "60 days"),
    ("what does shipping cost", "shipping", "£3.95"),
    ("can I cook in my tent when it rains", "stove-safety", "Never use a stove inside a tent"),
    ("what does a repair cost", "repairs", "£15"),
    ("how long is the warranty on a tent", "warranty", "5 years"),
    ("how do I cancel my order", "cancel-order", "within 60 minutes"),
    ("my parcel arrived damaged", "damaged-parcel", "photos"),
    ("do you ship to Norway and how long does it take", "shipping-switzerland-norway", "£14.95"),
    ("do you deliver to Australia", "shipping-countries", "Australia"),
    ("next day delivery price", "express-delivery", "£7.95"),
    ("when will I see my refund", "refunds", "5 working days"),
    ("how much do you deduct for sending back from the EU", "return-costs", "£8"),
    ("i forgot my password", "password-reset", "Forgotten password"),
    ("how do I turn on two-step sign-in", "two-step-sign-in", "authenticator app"),
    ("can I pay by bank transfer", "bank-transfer", "reference"),
    ("can I pay in instalments", "pay-in-three", "£100"),
    ("how long is a gift card valid", "gift-cards", "3 years"),
    ("how long do club points last", "loyalty", "24 months"),
    ("is there a student discount", "student-discount", "10 %"),
    ("are you open on sundays", "stores", "11:00 to 16:00"),
    ("what does it cost to rent a tent", "rentals", "£8 a day"),
    ("how do I clean a tent", "tent-care", "soft sponge"),
    ("can I wash a down sleeping bag", "sleeping-bag-care", "30 °C"),
    ("how heavy is the Ridge 2", "ridge-2", "2.1 kg"),
    ("how heavy is the Ridge 3", "ridge-3", "2.8 kg"),
    ("which batteries does the Trail Lamp 200 need", "trail-lamp-200", "AAA"),
    ("how do I charge the Trail Lamp 400", "trail-lamp-400", "USB-C"),
)


def loaded() -> Sequence[Document]:
    return load_folder(FOLDER, Readings(), demo=True).documents


def of(articles: Iterable[Document], audience: str) -> dict[str, Document]:
    return {a.id: a for a in articles if a.audience == audience and not a.draft}


def sample(articles: Iterable[Document]) -> Iterable[Document]:
    """The articles that must answer and every third of the others: all of them take half a minute
    on a busy machine, and ``python -m bench answers`` asks them all."""
    needed = {article for _, article, _ in ANSWERS} | {"shipping-eu"}
    return (a for at, a in enumerate(articles) if a.id in needed or at % 3 == 0)


def shown(articles: Iterable[Document]) -> FakePassages:
    """What the store holds: drafts never come into it."""
    return FakePassages(passages_of(article for article in articles if not article.draft))


# --- Form ------------------------------------------------------------------------------------


def test_every_article_is_well_formed() -> None:
    result = load_folder(FOLDER, Readings(), demo=True)
    assert result.problems == ()
    for article in result.documents:
        home = _HOMES[article.audience, article.language or ""]
        assert article.url == f"{home}/{article.id}"
        assert article.demo
        assert article.owner
        assert article.body.startswith(f"# {article.title}\n"), article.id
        assert 80 <= len(article.body.split()) <= 350, article.id
    assert len({article.title for article in result.documents}) == len(result.documents)


def test_the_shop_has_every_kind_of_article() -> None:
    articles = loaded()
    public = of(articles, "public").values()
    assert sum(article.language == "en" for article in public) >= 60
    assert sum(article.language == "de" for article in public) >= 4
    assert len(of(articles, "internal")) >= 6
    assert sum(article.draft for article in articles) == 2
    assert sum(article.guide for article in articles) == 3
    stale = {a.id for a in articles if a.review_by is None or a.review_by.year < 2027}
    assert stale == {"christmas-dates"}


def guides() -> list[tuple[Document, Guide]]:
    marked = [article for article in loaded() if article.guide]
    return [
        (article, guide)
        for article in marked
        if (guide := reading.read(article.id, article.title, article.url, article.body))
    ]


def test_every_guide_can_be_walked_to_its_end() -> None:
    found = guides()
    assert len(found) == 3
    for article, guide in found:
        assert reading.problems(article.body) == [], article.id
        assert [step.number for step in guide.steps] == list(range(1, len(guide.steps) + 1))
        assert 5 <= len(guide.steps) <= 8
        outcomes = [outcome for step in guide.steps for outcome in step.outcomes]
        assert {"done", "person"} <= {outcome.leads_to for outcome in outcomes}
        assert max(len(outcome.label) for outcome in outcomes) <= _OUTCOME_CHARS


def test_questions_ask_for_what_customers_may_read_and_for_nearly_all_of_it() -> None:
    articles = loaded()
    public = of(articles, "public")
    questions: dict[str, str] = json.loads((ROOT / "bench/questions.json").read_text("utf-8"))
    assert len(questions) >= 180
    assert set(questions.values()) == public.keys()
    refused: dict[str, str] = json.loads((ROOT / "bench/unanswerable.json").read_text("utf-8"))
    assert questions.keys().isdisjoint(refused)
    kinds = list(refused.values())
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {
        "off_topic": 20, "near": 40, "internal": 10,
    }  # fmt: skip


# --- What is not for customers ---------------------------------------------------------------


def test_every_internal_article_carries_a_marker_of_its_own_and_no_other_does() -> None:
    markers = {article.id: _MARKER.findall(article.body) for article in loaded()}
    internal = of(loaded(), "internal")
    assert all(len(markers[id_]) == 1 for id_ in internal)
    assert len({markers[id_][0] for id_ in internal}) == len(internal)
    assert not any(found for id_, found in markers.items() if id_ not in internal)


async def hits_for(index: KnowledgeIndex, article: Document, allowed: Filter) -> list[Hit]:
    marker = _MARKER.search(article.body)
    assert marker is not None
    asked = (marker[0], marker[1], article.title, article.body[:400])
    return [hit for text in asked for hit in await index.search(text, allowed, 20)]


async def test_internal_articles_are_found_by_staff_and_never_by_customers(tmp_path: Path) -> None:
    articles = await asyncio.to_thread(loaded)
    # A store that forgets to filter: the index alone has to keep them back.
    store = TrustingPassages(shown(articles).rows)
    index = KnowledgeIndex(
        tmp_path / "index", store, lambda: NgramEmbedder(128), ["main"], PatientClock()
    )
    for article in of(articles, "internal").values():
        staff = await hits_for(index, article, replace(PUBLIC, audiences=("public", "internal")))
        assert article.id in {hit.passage.document for hit in staff}
        customer = await hits_for(index, article, PUBLIC)
        assert customer
        assert {hit.passage.audience for hit in customer} == {"public"}
        assert not any(_MARKER.search(hit.passage.text) for hit in customer)
    await index.close()


# --- Answers ---------------------------------------------------------------------------------


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def agent(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Agent]:
    folder = tmp_path_factory.mktemp("demo")
    try:
        model = await asyncio.to_thread(MiniLm, folder / "model")
    except ModelUnusable as error:
        pytest.skip(f"the sentence model is not installed: {error}")
    store = shown(sample(await asyncio.to_thread(loaded)))
    clock = PatientClock()
    index = KnowledgeIndex(folder / "index", store, lambda: model, ["main"], clock)
    classifier = await asyncio.to_thread(shipped)
    extractive = Extractive(classifier.content, model)
    yield Agent(index, classifier, extractive, BrainSettings(), clock)
    await index.close()


async def decision_on(agent: Agent, text: str, *before: str) -> Decision:
    history = tuple(Said(1, "customer", said, 0.0) for said in before)
    turn = replace(QUESTION, new=(Said(2, "customer", text, 0.0),), history=history)
    return await agent.decide(turn)


def assert_answered(decision: Decision, article: str, words: str) -> None:
    assert decision.kind == "reply", decision
    assert decision.citations[0].url == f"https://fernhill.example/help/{article}"
    assert words in decision.text
    assert len(decision.text.split()) <= 120


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.timeout(180)  # the first of them builds the model's graph and an index
@pytest.mark.parametrize(("question", "article", "words"), ANSWERS)
async def test_the_right_article_answers(
    agent: Agent, question: str, article: str, words: str
) -> None:
    assert_answered(await decision_on(agent, question), article, words)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.timeout(180)
async def test_a_follow_up_is_answered_from_its_own_article(agent: Agent) -> None:
    decision = await decision_on(agent, "and for international?", "what does shipping cost")
    assert_answered(decision, "shipping-eu", "£9.95")


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    "question", ["who won the football match", "how much food should I feed my cat"]
)
async def test_what_is_not_about_the_shop_is_not_answered(agent: Agent, question: str) -> None:
    decision = await decision_on(agent, question)
    assert decision.citations == ()
    assert decision.kind != "reply" or decision.notice is not None
