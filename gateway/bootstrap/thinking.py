"""The brain's heavy parts, each loaded once, in a thread, when first needed."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from brain.actions.catalogue import Catalogue
from brain.acts import Actions
from brain.agent import Agent
from brain.answering.composed import Composer
from brain.answering.manner import PLAIN, Manner
from brain.answering.refined import Refiner
from brain.contract import (
    Brain,
    Clock,
    Decision,
    Embedder,
    Guides,
    Knowledge,
    Passages,
    TurnInput,
)
from brain.guides.guided import Guided
from brain.guides.phrasebook import Phrasebook
from brain.guides.phrasebook import shipped as shipped_phrases
from brain.knowledge.known_vectors import KnownVectors
from brain.models.extractive import Extractive
from brain.settings import BrainSettings, EmbeddingSettings
from brain.spending import Budget
from brain.triage.classifier import Classifier, shipped
from brain.triage.lessons import taught
from brain.triage.taxonomy import with_own
from gateway.bootstrap.lasting import Lasting, Loaded

if TYPE_CHECKING:
    # What loads with models, which most gateways do without.
    from brain.answering.composing import Resources
    from brain.answering.contradictions import Contradictions

log = structlog.get_logger()


def reader_of(settings: BrainSettings, embedder: LateEmbedder) -> Classifier:
    """What reads messages by the shipped intents and those of the settings; blocking, for some
    seconds where it was not learnt before."""
    known = repr(sorted(settings.intents.items()))
    if known not in embedder.readers:
        lesson = taught(with_own(settings.intents), embedder, embedder.cache)
        embedder.readers[known] = shipped(lesson)
    return embedder.readers[known]


class LateEmbedder:
    """Implements Embedder by the one of the settings, or the best that works here in its place;
    loaded at first use, blocking."""

    def __init__(self, cache: Path, settings: EmbeddingSettings) -> None:
        self.cache = cache
        self._settings = settings
        self._lock = threading.Lock()
        self._loaded: Embedder | None = None
        self._known_vectors = KnownVectors()
        # By the intents of their settings: brains of other settings, and reloads, share them.
        self.readers: dict[str, Classifier] = {}
        self._local: LateEmbedder | None = None

    def local(self) -> LateEmbedder:
        """What compares sentences while a customer waits, and in loops of our own: never an API,
        which would be asked twice for every question and may be down."""
        if self._settings.api_base is None:
            return self
        with self._lock:
            self._local = self._local or LateEmbedder(self.cache, EmbeddingSettings())
            return self._local

    def load(self) -> Embedder:
        with self._lock:
            if self._loaded is None:
                self._loaded = self._choose()
            return self._loaded

    @property
    def name(self) -> str:
        return self.load().name

    @property
    def dimensions(self) -> int:
        return self.load().dimensions

    def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        return self._known_vectors.vectors(texts, self.load().embed)

    def _choose(self) -> Embedder:
        from brain.knowledge.embedding import choose

        chosen = choose(self.cache, self._settings)
        if chosen.reason is not None:
            log.warning(
                "knowledge.embedding_fallback",
                reason=chosen.reason,
                meaning="answers are found by words and characters instead of meaning",
            )
        return chosen.embedder


# Of the 95 s of a turn, what models may take together; the rest is for everything around them.
_MODELS_SECONDS = 80.0


@dataclass(frozen=True, slots=True)
class Account:
    """Who pays for models: a budget, and the desk that a channel belongs to."""

    budget: Budget
    department: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Means:
    """What models are asked with beside the passages; each may be absent. ``systems`` are what a
    catalogue's actions are made through, ``mask`` takes out of a text what no model may read."""

    account: Account
    systems: tuple[Catalogue, Actions] | None = None
    contradictions: Contradictions | None = None
    passages: Passages | None = None
    manner: Callable[[str], Manner] = lambda _channel: PLAIN
    mask: Callable[[str], str] = str


class LateBrain:
    """Implements Brain by an Agent that walks guides; what it reads messages by, and the SDKs of
    the models that are configured, are loaded by ``ready`` or at the first turn."""

    def __init__(
        self,
        settings: BrainSettings,
        knowledge: Knowledge,
        guides: Guides,
        embedder: LateEmbedder,
        clock: Clock,
        means: Means,
    ) -> None:
        self._means = means
        self._settings = settings
        self._knowledge = knowledge
        self._guides = guides
        self._embedder = embedder
        self._clock = clock
        self._life = Lasting(self._load)

    async def ready(self) -> None:
        """Load all that a turn needs, in threads; a turn that comes meanwhile waits for it."""
        await self._life.ready()

    async def decide(self, turn: TurnInput) -> Decision:
        return await self._life.decide(turn)

    async def retire(self) -> None:
        """Let go of the models' connections with the last turn under way."""
        await self._life.retire()

    async def close(self) -> None:
        """Let go of them; nobody asks it any more."""
        await self._life.close()

    async def _load(self) -> Loaded:
        reader = await asyncio.to_thread(reader_of, self._settings, self._embedder)
        phrases = await asyncio.to_thread(shipped_phrases)
        if not self._settings.models:
            return Loaded(self._join(reader, phrases, None, None))
        composer, refiner, close = await asyncio.to_thread(self._with_models, reader)
        return Loaded(self._join(reader, phrases, composer, refiner), close)

    def _join(
        self,
        reader: Classifier,
        phrases: Phrasebook,
        composer: Composer | None,
        refiner: Refiner | None,
    ) -> Brain:
        answerer = Extractive(reader.content, self._embedder)
        agent = Agent(self._knowledge, reader, answerer, self._settings, self._clock, composer)
        if refiner is not None:
            agent = agent.refining(refiner)
        return Guided(agent, self._guides, reader, phrases)

    def _with_models(
        self, reader: Classifier
    ) -> tuple[Composer, Refiner | None, Callable[[], Awaitable[None]]]:
        """What asks models, and how their connections are let go of. Without models nothing of
        theirs is loaded."""
        settings, account = self._settings, self._means.account
        from brain.answering.composing import ModelComposer
        from brain.answering.refining import ModelRefiner
        from brain.answering.support import Support
        from brain.models.building import links_of
        from brain.models.chain import Chain
        from brain.models.pricing import listed
        from brain.models.streams import Patience

        patience = Patience(total=_MODELS_SECONDS)
        links = links_of(settings.models, listed(), self._clock, patience)
        draw = random.SystemRandom().random
        chain = Chain(links, account.budget, self._clock, draw, patience)
        support = Support(reader.content, self._embedder)
        composer = ModelComposer(chain, settings, support, account.department, self._resources())
        if (refine := settings.triage.refine) is None:
            return composer, None, chain.close
        # The same models and breakers; only the customer's patience with them is another.
        quick = Patience(total=refine.seconds)
        hurried = Chain(links, account.budget, self._clock, draw, quick)
        refiner = ModelRefiner(hurried, settings, refine, account.department)
        return composer, refiner, chain.close

    def _resources(self) -> Resources:
        from brain.answering.composing import Resources
        from brain.answering.contradictions import Settling
        from brain.answering.policies import Policies
        from brain.answering.systems import Systems

        means = self._means
        return Resources(
            None if means.systems is None else Systems(*means.systems, means.mask),
            None
            if means.contradictions is None
            else Settling(self._embedder, means.contradictions),
            None if means.passages is None else Policies(means.passages, self._clock),
            means.manner,
        )
