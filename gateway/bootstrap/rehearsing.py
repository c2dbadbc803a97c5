"""Asking the assistant over a text that nobody has saved: an index of its own in a temporary
folder, for as long as the questions take. What models are asked meanwhile is paid for like any
other question, and no word of it is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import mul
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol, runtime_checkable

from brain.contract import (
    Brain,
    Clock,
    Decision,
    Embedder,
    Filter,
    Guides,
    Knowledge,
    Passage,
    Passages,
    TurnInput,
)
from brain.knowledge.index import KnowledgeIndex
from gateway.knowledge.proposed import Proposal, ProposedPassages
from gateway.knowledge.shelves import StoredPassages
from gateway.store.store import MAIN

# Up to so many passages all are looked in; of more, those that the questions find.
WHOLE = 600
_NEAR = 24
# Whoever changes an article waits; beyond these others wait for their turn.
_REHEARSALS = 2
# Questions of one rehearsal: models are slow, and customers ask them meanwhile.
AT_ONCE = 5


class Shelves(Passages, Guides, Protocol):
    """What a brain reads articles from."""


BrainOver = Callable[[Knowledge, Shelves], Brain]


@runtime_checkable
class Closes(Protocol):
    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Recalled:
    """Implements Embedder: what is known is not asked for again."""

    embedder: Embedder
    vectors: Mapping[str, Sequence[float]]

    @property
    def name(self) -> str:
        return self.embedder.name

    @property
    def dimensions(self) -> int:
        return self.embedder.dimensions

    def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        new = [text for text in texts if text not in self.vectors]
        made = dict(zip(new, self.embedder.embed(new), strict=True)) if new else {}
        return [made[text] if text in made else self.vectors[text] for text in texts]


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """Implements Rehearsing. ``brain_over`` makes the brain of the configuration in force over
    other knowledge; ``local`` compares sentences."""

    index: KnowledgeIndex
    shelves: StoredPassages
    embedder: Embedder
    local: Embedder
    brain_over: BrainOver
    clock: Clock
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_REHEARSALS))

    async def now(self, turns: Sequence[TurnInput]) -> Sequence[Decision]:
        """
        Raises:
            KnowledgeUnavailable.
        """
        async with self._turns:
            return await _asked(self.brain_over(self.index, self.shelves), turns)

    async def proposed(self, proposal: Proposal, turns: Sequence[TurnInput]) -> Sequence[Decision]:
        """
        Raises:
            KnowledgeUnavailable.
        """
        async with self._turns:
            shelves = ProposedPassages(self.shelves, proposal, await self._around(turns))
            known = await self.index.known(await shelves.all(MAIN))
            folder = await asyncio.to_thread(TemporaryDirectory, prefix="frontdesk-rehearsal-")
            embedder = Recalled(self.embedder, known)
            index = KnowledgeIndex(
                Path(folder.name), shelves, lambda: embedder, (MAIN,), self.clock
            )
            try:
                await index.sync()
                return await _asked(self.brain_over(index, shelves), turns)
            finally:
                await index.close()
                await asyncio.to_thread(folder.cleanup)

    async def alike(self, text: str, others: Sequence[str]) -> Sequence[float]:
        """How near each of the others is in meaning, -1 to 1."""
        return await asyncio.to_thread(_alike, self.local, text, others)

    async def groups(self, texts: Sequence[str], least: float) -> Sequence[Sequence[int]]:
        """The places of the texts, those together that are at least so near to the first of
        theirs."""
        return await asyncio.to_thread(_groups, self.local, texts, least)

    async def _around(self, turns: Sequence[TurnInput]) -> Sequence[Passage]:
        every = await self.shelves.all(MAIN)
        if len(every) <= WHOLE:
            return every
        near: dict[str, Passage] = {}
        for turn in turns:
            allowed = Filter(MAIN, turn.demo, turn.audiences)
            hits = await self.index.search(turn.new[-1].text, allowed, _NEAR)
            near |= {hit.passage.id: hit.passage for hit in hits}
        return list(near.values())


async def _asked(brain: Brain, turns: Sequence[TurnInput]) -> Sequence[Decision]:
    room = asyncio.Semaphore(AT_ONCE)

    async def one(turn: TurnInput) -> Decision:
        async with room:
            return await brain.decide(turn)

    asked = [asyncio.create_task(one(turn)) for turn in turns]
    try:
        return await asyncio.gather(*asked)
    finally:
        # Where one fails, nobody wants to know of the others, and the brain is closed after them.
        for task in asked:
            task.cancel()
        await asyncio.gather(*asked, return_exceptions=True)
        if isinstance(brain, Closes):
            await brain.close()


def _alike(embedder: Embedder, text: str, others: Sequence[str]) -> Sequence[float]:
    if not others:
        return ()
    first, *rest = embedder.embed([text, *others])
    return [sum(map(mul, first, one)) for one in rest]


def _groups(embedder: Embedder, texts: Sequence[str], least: float) -> Sequence[Sequence[int]]:
    if not texts:
        return []
    vectors = embedder.embed(texts)
    groups: list[list[int]] = []
    for place, vector in enumerate(vectors):
        near = (group for group in groups if sum(map(mul, vectors[group[0]], vector)) >= least)
        group = next(near, None)
        if group is None:
            groups.append([place])
        else:
            group.append(place)
    return groups
