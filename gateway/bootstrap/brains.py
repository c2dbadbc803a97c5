"""The brains of one gateway: those that answer customers, and those that are asked over articles as
they would be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from brain.contract import Brain, Clock, Knowledge
from brain.knowledge.index import KnowledgeIndex
from brain.settings import BrainSettings
from brain.spending import Budget
from gateway.bootstrap.acting import Systems
from gateway.bootstrap.briefing import means_of
from gateway.bootstrap.limiting import limits_of
from gateway.bootstrap.rehearsing import Rehearsal, Shelves
from gateway.bootstrap.thinking import Account, LateBrain, LateEmbedder
from gateway.budgets.budget import StoredBudget
from gateway.budgets.calls import Keeping
from gateway.budgets.caps import Limits
from gateway.config.live import LiveConfiguration
from gateway.knowledge.contradicting import StoredContradictions
from gateway.knowledge.shelves import StoredPassages
from gateway.store.store import Store


class Needs(Protocol):
    """What of a gateway's ingredients brains are made from; ``brain_for`` None is the real one."""

    @property
    def live(self) -> LiveConfiguration: ...

    @property
    def store(self) -> Store: ...

    @property
    def clock(self) -> Clock: ...

    @property
    def brain_for(self) -> Callable[[BrainSettings], Brain] | None: ...


class Brains:
    """``library`` is what customers are answered from."""

    def __init__(
        self,
        needs: Needs,
        budget: Budget,
        systems: Systems,
        embedder: LateEmbedder,
        library: tuple[KnowledgeIndex, StoredPassages],
    ) -> None:
        self._needs = needs
        self._budget = budget
        self._systems = systems
        self._embedder = embedder
        self._index, self._shelves = library

    def of(self, settings: BrainSettings) -> Brain:
        """The one that answers customers."""
        return self._over(settings, self._index, self._shelves, self._budget)

    def rehearsal(self) -> Rehearsal:
        embedder, clock = self._embedder, self._needs.clock
        local = embedder.local()
        return Rehearsal(self._index, self._shelves, embedder, local, self._rehearsed, clock)

    def _rehearsed(self, knowledge: Knowledge, shelves: Shelves) -> Brain:
        """Paid for like the other, and no word of what models are asked is kept: it may be a
        customer's, and nobody would find it when they are erased."""
        settings = self._needs.live.current().settings
        quiet = StoredBudget(self._needs.store, self._limits, Keeping(stored=False))
        return self._over(settings.brain, knowledge, shelves, quiet)

    def _limits(self) -> Limits:
        return limits_of(self._needs.live.current().settings)

    def _over(
        self, brain: BrainSettings, knowledge: Knowledge, shelves: Shelves, budget: Budget
    ) -> Brain:
        if self._needs.brain_for is not None:
            return self._needs.brain_for(brain)
        settings = self._needs.live.current().settings
        account = Account(budget, self._department)
        contradictions = StoredContradictions(self._needs.store)
        means = means_of(settings, account, self._systems.actions, contradictions, shelves)
        local = self._embedder.local()
        return LateBrain(brain, knowledge, shelves, local, self._needs.clock, means)

    def _department(self, channel: str) -> str:
        return self._needs.live.current().settings.desk_of(channel)
