"""Measures what a turn adds to its model and its knowledge, through the running pipeline: from the
door to the platform, with the whole brain. The model and the knowledge are scripts; what the model
takes is taken off. It judges nothing."""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.node import Node, Platform, Visitors, quiet_log, share
from brain.agent import Agent
from brain.answering.composing import ModelComposer
from brain.answering.support import Support
from brain.chat import ChatRequest, Completion, Usage
from brain.contract import Filter, Hit, Passage
from brain.knowledge.beforehand import sentences
from brain.models.breaker import Breaker
from brain.models.building import tariff_of
from brain.models.chain import Chain, Link
from brain.models.extractive import Extractive
from brain.models.pricing import listed
from brain.models.purse import Purse
from brain.settings import BrainSettings, EmbeddingSettings, ModelPrice, ModelSettings
from channels.contract import OutboundMessage
from gateway.bootstrap.thinking import LateEmbedder, reader_of
from gateway.clock import SystemClock
from gateway.store.opening import open_store

QUESTIONS = Path(__file__).with_name("questions.json")
WARM = 10
_PIECE = 16
MOST = 130
SENTENCES = (
    "You can return anything within {days} days of delivery.",
    "Sale items cannot be returned.",
    "We refund within {refund} working days of the parcel's arrival.",
)
OWN_WORDS = (
    "Anything can be sent back within {days} days of delivery.",
    "Items on sale cannot be returned.",
    "You are refunded within {refund} working days after the parcel has arrived.",
)
TITLES = ("Returns", "Refunds", "Exchanges", "Gifts", "Repairs", "Sizes", "Sales", "Vouchers")


@dataclass(frozen=True, slots=True)
class Situation:
    """``new``: no turn before was answered from these passages, whose sentences were read
    ``beforehand`` or were not; ``quoting``: the model writes what stands there, else the same in
    its own words; it takes so many ``seconds`` to write it."""

    name: str
    new: bool = False
    beforehand: bool = True
    quoting: bool = True
    seconds: float = 0.0


SITUATIONS = (
    Situation("known_quoted"),
    Situation("known_in_own_words", quoting=False),
    Situation("new_quoted", new=True),
    Situation("new_in_own_words", new=True, quoting=False),
    Situation("new_in_own_words_model_300_ms", new=True, quoting=False, seconds=0.3),
    Situation("unread_quoted", new=True, beforehand=False),
    Situation("unread_in_own_words", new=True, beforehand=False, quoting=False),
)


def _said(sentences: Sequence[str], number: int) -> list[str]:
    return [text.format(days=30 + number, refund=2 + number) for text in sentences]


def _articles(number: int) -> Sequence[Passage]:
    """Eight, whose words no other number's have."""
    said = _said(SENTENCES, number)
    return [
        Passage(
            f"p{at}",
            f"a{at}",
            "main",
            title,
            (title, f"In short, {number}"),
            " ".join(said) if at == 0 else f"{title}: {' '.join(said[:2])}",
            f"https://help.example.com/{at}",
            language="en",
        )
        for at, title in enumerate(TITLES)
    ]


class Shelf:
    """Finds the same articles for everything, or others each time, at once."""

    def __init__(self, situation: Situation) -> None:
        self._new = situation.new
        self.number = 0

    async def search(self, query: str, allowed: Filter, limit: int = 8) -> Sequence[Hit]:
        del query, allowed
        return [
            Hit(passage, 0.9 - at / 20, 0.9, 0.9)
            for at, passage in enumerate(_articles(self.number)[:limit])
        ]

    def next(self) -> None:
        self.number += self._new


class Script:
    """A model that says what the first article says."""

    name = "script"

    def __init__(self, situation: Situation, shelf: Shelf) -> None:
        self._situation = situation
        self._shelf = shelf
        self.took = 0.0

    async def complete(self, request: ChatRequest) -> Completion:
        texts = _said(SENTENCES if self._situation.quoting else OWN_WORDS, self._shelf.number)
        self._shelf.next()
        sentences = [{"text": text, "sources": ["p1"], "place": "same"} for text in texts]
        data = {"sentences": sentences, "confidence": 0.95, "handoff": "", "missing": ""}
        written = json.dumps(data)
        begun = time.perf_counter()
        if self._situation.seconds:
            await self._written(written, request)
        self.took = time.perf_counter() - begun
        return Completion(written, Usage(input=1200, output=90), data=data)

    async def _written(self, text: str, request: ChatRequest) -> None:
        """At an even pace, as models stream."""
        for at in range(0, len(text), _PIECE):
            await asyncio.sleep(self._situation.seconds * _PIECE / len(text))
            if request.hears is not None:
                request.hears(text[at : at + _PIECE])


def _brain(folder: Path, situation: Situation, shelf: Shelf, script: Script) -> Agent:
    """The agent as it is joined for the gateway, over both scripts."""
    model = ModelSettings(provider="openai", model="script", price=ModelPrice(input=1, output=4))
    settings = BrainSettings(models={"script": model})
    embedder, clock = LateEmbedder(folder, EmbeddingSettings()), SystemClock()
    reader = reader_of(settings, embedder)
    if situation.beforehand:
        for number in range(MOST if situation.new else 1):
            embedder.embed(list(sentences(_articles(number))))
    tariff = tariff_of("script", model, listed())
    link = Link(script, tariff, Breaker(clock), model.context)
    chain = Chain({"script": link}, Purse(), clock, lambda: 0.5)
    composer = ModelComposer(chain, settings, Support(reader.content, embedder), lambda _: "web")
    answerer = Extractive(reader.content, embedder)
    return Agent(shelf, reader, answerer, settings, clock, composer)


async def _times(folder: Path, situation: Situation) -> Sequence[float]:
    """Seconds of each turn without its model's."""
    shelf = Shelf(situation)
    script = Script(situation, shelf)
    brain = await asyncio.to_thread(_brain, folder, situation, shelf, script)
    store = await asyncio.to_thread(open_store, f"sqlite:///{folder / situation.name}.db")
    visitors, heard, times = Visitors(), list[str](), list[float]()

    async def hear(message: OutboundMessage) -> None:
        heard.append(message.plain)
        await visitors.hear(message)

    node = Node(store, folder, Platform(hear), brain)
    questions: list[str] = list(json.loads(QUESTIONS.read_text("utf-8")))
    async with node.running():
        for at, question in enumerate(questions[:MOST]):
            script.took = 0.0
            await visitors.say(node.door, f"c{at}", question)
            times.append(visitors.answered[-1] - script.took)
    await asyncio.to_thread(store.close)
    answers = sum("days of delivery" in text for text in heard)
    print(f"{situation.name}: {answers} of {len(heard)} are answers of the model", flush=True)
    return times[WARM:]


def measure() -> dict[str, object]:
    quiet_log()
    figures: dict[str, object] = {"questions": MOST - WARM}
    with tempfile.TemporaryDirectory(prefix="frontdesk-bench-") as folder:
        for situation in SITUATIONS:
            times = asyncio.run(_times(Path(folder), situation))
            figures[f"{situation.name}_p50_ms"] = share(times, 0.5)
            figures[f"{situation.name}_p99_ms"] = share(times, 0.99)
    return figures
