"""The brain's heavy parts, each loaded once, in a thread, when first needed."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from pathlib import Path

import structlog

from brain.agent import Agent
from brain.contract import Brain, Clock, Decision, Embedder, Knowledge, TurnInput
from brain.models.extractive import Extractive
from brain.settings import BrainSettings
from brain.triage.classifier import Classifier, shipped

log = structlog.get_logger()


class LateEmbedder:
    """Implements Embedder by the best one that works here, loaded at first use; blocking."""

    def __init__(self, cache: Path) -> None:
        self._cache = cache
        self._lock = threading.Lock()
        self._loaded: Embedder | None = None

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
        return self.load().embed(texts)

    def _choose(self) -> Embedder:
        from brain.knowledge.embedding import choose

        chosen = choose(self._cache)
        if chosen.reason is not None:
            log.warning(
                "knowledge.embedding_fallback",
                reason=chosen.reason,
                meaning="answers are found by words and characters instead of meaning",
            )
        return chosen.embedder


class LateBrain:
    """Implements Brain by an Agent whose vocabularies are read at the first turn."""

    def __init__(
        self, settings: BrainSettings, knowledge: Knowledge, embedder: Embedder, clock: Clock
    ) -> None:
        self._settings = settings
        self._knowledge = knowledge
        self._embedder = embedder
        self._clock = clock
        self._loading = asyncio.Lock()
        self._agent: Brain | None = None

    async def decide(self, turn: TurnInput) -> Decision:
        agent = self._agent or await self._load()
        return await agent.decide(turn)

    async def _load(self) -> Brain:
        async with self._loading:
            if self._agent is None:
                reader = await asyncio.to_thread(shipped)
                self._agent = self._join(reader)
            return self._agent

    def _join(self, reader: Classifier) -> Brain:
        answerer = Extractive(reader.content, self._embedder)
        return Agent(self._knowledge, reader, answerer, self._settings, self._clock)
