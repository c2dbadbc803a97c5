"""The demo shop's help pages: well formed, and found and quoted through the real index."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from brain.agent import Agent
from brain.contract import Said, TurnInput
from brain.knowledge.index import KnowledgeIndex
from brain.knowledge.loaders import load_folder
from brain.knowledge.minilm import MiniLm
from brain.knowledge.weights import ModelUnusable
from brain.models.extractive import Extractive
from brain.settings import BrainSettings
from brain.triage.classifier import shipped
from tests.brain.knowledge.fake_store import FakePassages, PatientClock, passages_of

FOLDER = Path(__file__).parents[2] / "gateway" / "demo" / "kb"
QUESTION = TurnInput("t", "main", "c", "web", demo=True, owner="assistant", new=())


def test_every_article_is_well_formed() -> None:
    loaded = load_folder(FOLDER, demo=True)
    assert loaded.problems == ()
    assert len(loaded.documents) >= 12
    for article in loaded.documents:
        assert article.url == f"https://fernhill.example/help/{article.id}"
        assert (article.audience, article.language, article.demo) == ("public", "en", True)
        assert 120 <= len(article.body.split()) <= 350, article.id


@pytest.fixture
async def agent(tmp_path: Path) -> AsyncIterator[Agent]:
    try:
        model = await asyncio.to_thread(MiniLm, tmp_path / "model")
    except ModelUnusable as error:
        pytest.skip(f"the sentence model is not installed: {error}")
    documents = (await asyncio.to_thread(load_folder, FOLDER, demo=True)).documents
    store = FakePassages(passages_of(documents))
    clock = PatientClock()
    index = KnowledgeIndex(tmp_path / "index", store, lambda: model, ["main"], clock)
    classifier = await asyncio.to_thread(shipped)
    extractive = Extractive(classifier.content, model)
    yield Agent(index, classifier, extractive, BrainSettings(), clock)
    await index.close()


@pytest.mark.timeout(180)  # builds the model's graph and an index
async def test_the_shop_answers_with_the_right_article_and_knows_its_limits(agent: Agent) -> None:
    for text, article, words in [
        ("how long can I return something", "returns", "60 days"),
        ("what does shipping cost", "shipping", "£3.95"),
        ("and for international?", "shipping", "£9.95"),
        ("can I cook in my tent when it rains", "stove-safety", "Never use a stove inside a tent"),
        ("what does a repair cost", "warranty", "£15"),
    ]:
        history = (Said(1, "customer", "what does shipping cost", 0.0),) if "and" in text else ()
        new = (Said(2, "customer", text, 0.0),)
        decision = await agent.decide(replace(QUESTION, new=new, history=history))
        assert decision.kind == "reply", (text, decision.confidence)
        assert decision.citations[0].url == f"https://fernhill.example/help/{article}"
        assert words in decision.text
        assert len(decision.text.split()) <= 120
    for text in ["who won the football match", "how much food should I feed my cat"]:
        decision = await agent.decide(replace(QUESTION, new=(Said(1, "customer", text, 0.0),)))
        assert decision.handoff is not None, text
        assert decision.handoff.reason.code == "low_confidence"
