"""Owns the search of the node's knowledge, a derived index that follows the store. Never the truth:
every id found is asked of the store before it is used."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import structlog

from brain.contract import Clock, Embedder, Filter, Hit, KnowledgeUnavailable, Passage, Passages
from brain.knowledge.build import Build
from brain.knowledge.damage import IndexDamaged
from brain.knowledge.following import IndexThread
from brain.knowledge.fusion import Scored, by_vouching
from brain.knowledge.lexical import Found
from brain.knowledge.query import QUERY_LIMIT
from brain.knowledge.unavailable import EmbedderUnavailable
from brain.knowledge.upkeep import Answering, SyncReport, Upkeep
from brain.knowledge.vectors import Vector

log = structlog.get_logger()
# The store may have dropped some of what the index still has.
_SPARE = 3
_MOST_DOUBLINGS = 5
# So long a search waits for what the index has not followed yet.
_CATCH_UP_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: how long a search waits for the first build, how often the store is asked."""

    first_build: float = 45.0
    poll: float = 3.0


@dataclass(frozen=True, slots=True)
class _Question:
    """``words`` are what its words found in ``build``, ``vector`` is None where they must do."""

    text: str
    build: Build
    words: Found
    vector: Sequence[float] | None
    allowed: Filter


class KnowledgeIndex:
    """Implements ``Knowledge`` over a folder that no other process uses.

    ``embedder_factory`` blocks and is called in a thread; so is the embedder, by several at once.
    """

    def __init__(
        self,
        folder: Path,
        passages: Passages,
        embedder_factory: Callable[[], Embedder],
        tenants: Sequence[str],
        clock: Clock,
        patience: Patience | None = None,
    ) -> None:
        self._passages = passages
        self._clock = clock
        self._patience = patience or Patience()
        self._thread = IndexThread()
        self._upkeep = Upkeep(folder, passages, embedder_factory, tenants, self._thread)
        self._healing: asyncio.Task[SyncReport] | None = None
        self._following: asyncio.Task[bool] | None = None
        self._failed = False
        self._by_words = False

    async def sync(self) -> SyncReport:
        """Bring the index to the store's version; one that is missing or damaged is built.

        Raises:
            KnowledgeUnavailable: it cannot be built here; what answered before still does.
        """
        return await self._synced()

    async def rebuild(self) -> SyncReport:
        """Build anew; the old build answers until the new one is ready.

        Raises:
            KnowledgeUnavailable: as for ``sync``.
        """
        return await self._synced(anew=True)

    async def run(self) -> None:
        """Follow the store until cancelled."""
        failures = 0
        while True:
            try:
                await self.sync()
                failures = 0
            except KnowledgeUnavailable as error:
                failures += 1
                log.warning("knowledge_not_synced", reason=str(error))
            # What fails is not asked again at once, and costs no line of the log each time.
            pause = self._patience.poll * 2 ** min(failures, _MOST_DOUBLINGS)
            await self._clock.sleep(pause)

    async def search(self, query: str, allowed: Filter, limit: int = 8) -> Sequence[Hit]:
        query = query[:QUERY_LIMIT].strip()
        if not query or limit < 1:
            return ()
        hits, gone = await self._searched(query, allowed, limit)
        if gone and await self._is_behind(allowed.tenant) and await self._caught_up():
            hits, _ = await self._searched(query, allowed, limit)
        return hits

    async def known(self, passages: Sequence[Passage]) -> Mapping[str, Vector]:
        """The vectors that were made already for these passages, by the text that was embedded."""
        return await self._upkeep.known(passages)

    async def close(self) -> None:
        """Let go of all files; the index cannot be used after it."""
        for task in (self._healing, self._following):
            if task is not None:
                task.cancel()
                await asyncio.wait([task])
        await self._upkeep.close()
        await self._thread.close()

    async def _searched(
        self, query: str, allowed: Filter, limit: int
    ) -> tuple[Sequence[Hit], bool]:
        """What was found, and whether the store has something of it no more."""
        try:
            candidates = await self._candidates(query, allowed)
        except IndexDamaged:
            candidates = await self._once_more(query, allowed)
        return await self._hits(candidates[: limit * _SPARE], allowed, limit)

    async def _is_behind(self, tenant: str) -> bool:
        """An article that is written anew has other passages, and until the next look of ``run``
        the index knows none of them."""
        answering = self._upkeep.answering
        if answering is None:
            return False
        return await self._passages.version(tenant) != answering.versions.get(tenant)

    async def _caught_up(self) -> bool:
        """Whether the index has what the store has; a long way is not waited for, and none that
        ended in vain: then it is for ``run`` to try again."""
        if self._failed:
            return False
        # One that nobody waited out may be done long since, and know nothing of what came later.
        if self._following is None or self._following.done():
            self._following = asyncio.create_task(self._follows())
        following = self._following
        await asyncio.wait({following}, timeout=_CATCH_UP_SECONDS)
        if not following.done() or following.cancelled():
            return False
        return following.exception() is None and following.result()

    async def _follows(self) -> bool:
        try:
            await self._synced()
        except KnowledgeUnavailable:
            return False
        return True

    async def _synced(self, *, anew: bool = False) -> SyncReport:
        try:
            report = await self._upkeep.sync(anew=anew)
        except KnowledgeUnavailable:
            self._failed = True
            raise
        self._failed = False
        return report

    async def _candidates(self, query: str, allowed: Filter) -> Sequence[Scored]:
        """Raises IndexDamaged, having put the damaged build aside."""
        answering = await self._ready()
        if answering.passages == 0:
            return ()
        try:
            # Words are looked up while the question is embedded; they need no vector.
            (build, words), vector = await asyncio.gather(
                self._thread.do(self._words, answering, query, allowed),
                self._vector(answering.embedder, query),
            )
            question = _Question(query, build, words, vector, allowed)
            return await self._thread.do(self._look_up, answering, question)
        except IndexDamaged:
            await self._upkeep.put_aside(answering)
            raise

    async def _vector(self, embedder: Embedder | None, query: str) -> Sequence[float] | None:
        """None where words must do: no embedder for this build, or it cannot be asked now."""
        if embedder is None:
            return None
        try:
            (vector,) = await asyncio.to_thread(embedder.embed, [query])
        except EmbedderUnavailable as error:
            if not self._by_words:
                log.warning("knowledge_by_words_alone", reason=str(error))
            self._by_words = True
            return None
        if self._by_words:
            log.info("knowledge_by_meaning_again", embedder=embedder.name)
        self._by_words = False
        return vector

    async def _once_more(self, query: str, allowed: Filter) -> Sequence[Scored]:
        try:
            return await self._candidates(query, allowed)
        except IndexDamaged as error:
            raise KnowledgeUnavailable(str(error)) from error

    def _words(self, asked: Answering, query: str, allowed: Filter) -> tuple[Build, Found]:
        # A build that was replaced since it was asked for is closed by now; so below.
        build = (self._upkeep.answering or asked).build
        return build, build.words(query, allowed)

    def _look_up(self, asked: Answering, question: _Question) -> Sequence[Scored]:
        build = (self._upkeep.answering or asked).build
        words = question.words
        if build is not question.build:
            words = build.words(question.text, question.allowed)
        comparable = question.vector if build.embedder == asked.build.embedder else None
        return build.search(words, comparable, question.allowed)

    async def _hits(
        self, candidates: Sequence[Scored], allowed: Filter, limit: int
    ) -> tuple[Sequence[Hit], bool]:
        found = await self._passages.resolve([c.id for c in candidates], allowed)
        passages = {passage.id: passage for passage in found}
        hits = [
            Hit(passages[c.id], c.score, c.dense, c.lexical) for c in candidates if c.id in passages
        ]
        found_all = len(hits) == len(candidates)
        return tuple(by_vouching(hits, self._today())[:limit]), not found_all

    def _today(self) -> str:
        return datetime.fromtimestamp(self._clock.now(), UTC).date().isoformat()

    async def _ready(self) -> Answering:
        """What answers, once something does; builds it where nobody has begun to."""
        if not self._upkeep.published.is_set():
            await self._wait()
        if self._upkeep.answering is None or not self._upkeep.published.is_set():
            raise KnowledgeUnavailable(
                "the knowledge is still being indexed; it answers as soon as that is done"
            )
        return self._upkeep.answering

    async def _wait(self) -> None:
        if self._healing is None or self._healing.done():
            self._healing = asyncio.create_task(self._synced())
        healing = self._healing
        signals = [
            asyncio.ensure_future(self._upkeep.published.wait()),
            asyncio.ensure_future(self._clock.sleep(self._patience.first_build)),
        ]
        try:
            await asyncio.wait([healing, *signals], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for signal in signals:
                signal.cancel()
        if healing.done():
            healing.result()
