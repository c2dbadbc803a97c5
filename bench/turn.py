"""Measures what a turn adds to its model and its knowledge, through the running pipeline: from the
door to the platform, with the whole brain. The model and the knowledge are scripts that take no
time. It judges nothing."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.node import Node, Platform, Visitors, quiet_log, share
from brain.agent import Agent
from brain.answering.composing import ModelComposer
from brain.answering.support import Support
from brain.chat import ChatRequest, Completion, Usage
from brain.contract import Filter, Hit, Passage
from brain.models.breaker import Breaker
from brain.models.building import tariff_of
from brain.models.chain import Chain, Link
from brain.models.extractive import Extractive
from brain.models.pricing import listed
from brain.models.purse import Purse
from brain.settings import BrainSettings, EmbeddingSettings, ModelPrice, ModelSettings
from gateway.bootstrap.thinking import LateEmbedder, reader_of
from gateway.clock import SystemClock
from gateway.store.opening import open_store

QUESTIONS = Path(__file__).with_name("questions.json")
WARM = 10
SENTENCES = (
    "You can return anything within 60 days of delivery.",
    "Sale items cannot be returned.",
    "We refund within 5 working days of the parcel's arrival.",
)
ARTICLES = tuple(
    Passage(
        f"p{at}",
        f"a{at}",
        "main",
        title,
        (title, "In short"),
        " ".join(SENTENCES) if at == 0 else f"{title}: {' '.join(SENTENCES[:2])}",
        f"https://help.example.com/{at}",
        language="en",
    )
    for at, title in enumerate(
        ("Returns", "Refunds", "Exchanges", "Gifts", "Repairs", "Sizes", "Sales", "Vouchers")
    )
)


class Shelf:
    """Finds the same articles for everything, at once."""

    async def search(self, query: str, allowed: Filter, limit: int = 8) -> Sequence[Hit]:
        del query, allowed
        return [
            Hit(passage, 0.9 - at / 20, 0.9, 0.9) for at, passage in enumerate(ARTICLES[:limit])
        ]


class Script:
    """A model that quotes the first article, at once."""

    name = "script"

    async def complete(self, request: ChatRequest) -> Completion:
        del request
        sentences = [{"text": text, "sources": ["p1"], "place": "same"} for text in SENTENCES]
        data = {"sentences": sentences, "confidence": 0.95, "handoff": "", "missing": ""}
        return Completion(json.dumps(data), Usage(input=1200, output=90), data=data)


def _brain(folder: Path) -> Agent:
    """The agent as it is joined for the gateway, over both scripts."""
    model = ModelSettings(provider="openai", model="script", price=ModelPrice(input=1, output=4))
    settings = BrainSettings(models={"script": model})
    embedder, clock = LateEmbedder(folder, EmbeddingSettings()), SystemClock()
    reader = reader_of(settings, embedder)
    tariff = tariff_of("script", model, listed())
    link = Link(Script(), tariff, Breaker(clock), model.context)
    chain = Chain({"script": link}, Purse(), clock, lambda: 0.5)
    composer = ModelComposer(chain, settings, Support(reader.content, embedder), lambda _: "web")
    answerer = Extractive(reader.content, embedder)
    return Agent(Shelf(), reader, answerer, settings, clock, composer)


async def _figures(folder: Path) -> dict[str, object]:
    brain = await asyncio.to_thread(_brain, folder)
    store = await asyncio.to_thread(open_store, f"sqlite:///{folder / 'bench.db'}")
    visitors = Visitors()
    node = Node(store, folder, Platform(visitors.hear), brain)
    questions: list[str] = list(json.loads(QUESTIONS.read_text("utf-8")))
    async with node.running():
        for at, question in enumerate(questions):
            if at == WARM:
                visitors.forget()
            await visitors.say(node.door, f"c{at}", question)
    await asyncio.to_thread(store.close)
    return {
        "turns": len(visitors.answered),
        "turn_overhead_p50_ms": share(visitors.answered, 0.5),
        "turn_overhead_p99_ms": share(visitors.answered, 0.99),
    }


def measure() -> dict[str, object]:
    quiet_log()
    with tempfile.TemporaryDirectory(prefix="frontdesk-bench-") as folder:
        return asyncio.run(_figures(Path(folder)))
