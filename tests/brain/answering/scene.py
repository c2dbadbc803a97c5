"""A turn whose answer models write, over the wire: the real agent on a small shelf, with two models
of fake providers behind it."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, cast

from pydantic import SecretStr

from brain.agent import Agent
from brain.answering.composing import ModelComposer, Resources
from brain.answering.support import Support
from brain.contract import Brain, Decision, Filter, Hit, Passage, Said, TurnInput
from brain.knowledge.embedding import NgramEmbedder
from brain.models.anthropic import AnthropicModel
from brain.models.building import links_of
from brain.models.chain import Chain
from brain.models.extractive import Extractive
from brain.models.openai import OpenAIModel
from brain.models.pricing import listed
from brain.models.purse import Purse
from brain.models.streams import Patience
from brain.settings import BrainSettings, ModelPrice, ModelSettings, RouteRule, RouteSettings
from brain.triage import taxonomy
from brain.triage.classifier import Triage, shipped
from brain.triage.intents import Understood
from tests.platforms.models import Call, Move, Providers, Says, Wire

READER = shipped()
PRICES = listed()
EMBEDDER = NgramEmbedder()
RETURNS = Passage(
    "r1", "returns", "main", "Returns", ("Returns", "How long"),
    "You can return anything within 60 days of delivery. Sale items cannot be returned.",
    "https://fernhill.example/help/returns",
)  # fmt: skip
SHIPPING = Passage(
    "s1", "shipping", "main", "Shipping", ("Shipping", "International"),
    "International shipping costs £9.95 and takes 5 to 8 working days.",
    "https://fernhill.example/help/shipping", review_by="2026-01-01",
)  # fmt: skip
QUESTION = "How long can I return something after delivery?"
ANSWER = "You can return anything within 60 days of delivery."
WIRES: dict[str, Wire] = {"small": "anthropic", "large": "openai"}
# Read before any test: a file is no matter of a turn.
INTENTS = taxonomy.shipped()
BEGINS = '{\n "passages"'
PRICE = ModelPrice(input=1.0, output=5.0)


class Shelf:
    """Finds what shares words with the query; also all of it, as the store does."""

    def __init__(self, *passages: Passage) -> None:
        self.passages = passages or (RETURNS, SHIPPING)

    async def search(self, query: str, allowed: Filter, limit: int = 8) -> Sequence[Hit]:
        wanted = READER.content(query)
        found = [
            (p, len(wanted & READER.content(f"{p.title} {p.text}")) / 3)
            for p in self.passages
            if p.audience in allowed.audiences
        ]
        hits = [Hit(p, min(1.0, share), min(1.0, share), share) for p, share in found if share]
        return sorted(hits, key=lambda hit: -hit.score)[:limit]

    async def version(self, tenant: str) -> int:
        return 1

    async def all(self, tenant: str) -> Sequence[Passage]:
        return self.passages

    async def resolve(self, ids: Sequence[str], allowed: Filter) -> Sequence[Passage]:
        return [one for one in self.passages if one.id in ids]


class TrueClock:
    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(min(seconds, 0.01))


TURN = TurnInput(
    turn="t1",
    tenant="main",
    conversation="c1",
    channel="web",
    demo=True,
    owner="assistant",
    new=(),
    language="en",
    now=1_795_000_000.0,
)


class Understands:
    """The real reader, which takes every message to be about this."""

    def __init__(self, understood: Understood) -> None:
        self._understood = understood
        self.content = READER.content

    def look(self, new: Sequence[Said], history: Sequence[Said], known: str | None) -> Triage:
        return replace(READER.look(new, history, known), understood=self._understood)


@dataclass
class Scene:
    """``base`` is what every turn has but for its words."""

    agent: Brain
    providers: Providers
    purse: Purse
    base: TurnInput = TURN

    async def turn(self, *texts: str, history: tuple[Said, ...] = (), **more: Any) -> Decision:
        new = tuple(Said(99, "customer", text, 0.0) for text in texts or (QUESTION,))
        return await self.agent.decide(replace(self.base, new=new, history=history, **more))

    def asked(self) -> list[str]:
        return [call.model for call in self.providers.calls]

    def documents(self) -> list[Mapping[str, Any]]:
        """What each call was given to read."""
        texts = [call.said[0] for call in self.providers.calls]
        return [json.loads(text[text.rindex(BEGINS) :]) for text in texts if BEGINS in text]


@dataclass
class Setting:
    """What differs from one test to the next."""

    patience: Patience = field(default_factory=lambda: Patience(idle=10.0, total=20.0))
    cap: int | None = None
    rules: Sequence[RouteRule] = ()
    tags: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    prices: Mapping[str, ModelPrice] = field(default_factory=dict[str, ModelPrice])
    shelf: Shelf = field(default_factory=Shelf)
    resources: Callable[[Shelf], Resources] | None = None
    around: Callable[[Brain], Brain] | None = None
    understood: Understood = field(default_factory=Understood)
    base: TurnInput = TURN
    brain: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def models(self, providers: Providers) -> dict[str, ModelSettings]:
        return {
            name: ModelSettings(
                provider=wire,
                model=name,
                api_key=SecretStr("sk-secret"),
                api_base=providers.base(wire),
                price=self.prices.get(name, PRICE),
                tags=self.tags.get(name, ()),
            )
            for name, wire in WIRES.items()
        }

    def settings(self, models: Mapping[str, ModelSettings]) -> BrainSettings:
        rules = tuple(self.rules)
        routes = {"default": RouteSettings(rules=rules)} if rules else {}
        given = {"models": models, "routes": routes, **self.brain}
        return BrainSettings.model_validate(given)


@asynccontextmanager
async def scene(script: Callable[[Call], Move], **more: Any) -> AsyncGenerator[Scene]:
    setting = Setting(**more)
    async with Providers(script) as providers:
        models = setting.models(providers)
        settings = setting.settings(models)
        clock, purse = TrueClock(), Purse(setting.cap)
        links = await asyncio.to_thread(links_of, models, PRICES, clock, setting.patience)
        chain = Chain(links, purse, clock, random.Random(1).random, setting.patience)
        support = Support(READER.content, EMBEDDER)
        resources = setting.resources(setting.shelf) if setting.resources is not None else None
        composer = ModelComposer(
            chain, settings, support, lambda channel: f"{channel}-desk", resources
        )
        answerer = Extractive(READER.content, EMBEDDER)
        reader = Understands(setting.understood)
        agent: Brain = Agent(setting.shelf, reader, answerer, settings, clock, composer)
        if setting.around is not None:
            agent = setting.around(agent)
        try:
            yield Scene(agent, providers, purse, setting.base)
        finally:
            for link in links.values():
                await cast("AnthropicModel | OpenAIModel", link.model).close()


def writes(
    *sentences: str, confidence: float = 0.9, handoff: str = "", missing: str = "", **more: Any
) -> Says:
    """A model's answer that names every passage it was given for every sentence."""
    ids = [f"{sort}{number}" for sort in "pks" for number in range(1, 9)]
    rows = [{"text": text, "sources": ids, "place": "same"} for text in sentences]
    reply = {"sentences": rows, "confidence": confidence, "handoff": handoff, "missing": missing}
    return Says(json.dumps(reply | more))


def traced(decision: Decision) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", decision.trace.detail["model"])
