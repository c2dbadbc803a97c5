"""Owns which build answers: opens the one of the last run, follows the store, builds anew when
there is none or it is damaged, and swaps without a gap. Never searches."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from brain.contract import Embedder, KnowledgeUnavailable, Passage, Passages
from brain.knowledge.build import Build
from brain.knowledge.damage import IndexDamaged
from brain.knowledge.following import Follower, IndexThread
from brain.knowledge.likeness import measured
from brain.knowledge.shelf import Shelf
from brain.knowledge.unavailable import EmbedderUnavailable
from brain.knowledge.vectors import Vector

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What a sync changed; ``rebuilt`` says that a new build took over."""

    passages: int
    added: int = 0
    removed: int = 0
    rebuilt: bool = False


@dataclass(frozen=True, slots=True)
class Answering:
    """The build that answers now, the store's versions that it has, and what embeds questions for
    it: None while its vectors are another embedder's."""

    build: Build
    embedder: Embedder | None
    versions: Mapping[str, int]
    passages: int


class Upkeep:
    """One sync at a time; ``answering`` may be read at any moment."""

    def __init__(
        self,
        folder: Path,
        passages: Passages,
        embedder_factory: Callable[[], Embedder],
        tenants: Sequence[str],
        thread: IndexThread,
    ) -> None:
        self.answering: Answering | None = None
        self.published = asyncio.Event()
        self._folder = folder
        self._passages = passages
        self._make_embedder = embedder_factory
        self._tenants = tuple(tenants)
        self._thread = thread
        self._shelf = Shelf(folder)
        self._turn = asyncio.Lock()
        self._loaded: tuple[Embedder, Follower] | None = None

    async def sync(self, *, anew: bool = False) -> SyncReport:
        """Bring the index to the store's version; ``anew`` builds it from the ground.

        Raises:
            KnowledgeUnavailable: it cannot be built here; what answered before still does.
        """
        async with self._turn:
            try:
                return await self._synced(anew=anew)
            except IndexDamaged as error:
                raise KnowledgeUnavailable(
                    f"a new knowledge index failed at once: {error}; see to the disk"
                ) from error
            except EmbedderUnavailable as error:
                raise KnowledgeUnavailable(
                    f"{error}; the knowledge index keeps what it has and tries again"
                ) from error
            except OSError as error:
                raise KnowledgeUnavailable(
                    f"the knowledge index cannot be written ({error}); see to the disk"
                ) from error

    async def put_aside(self, damaged: Answering) -> None:
        """Take a damaged build away, so that the next sync makes a new one."""
        if self.answering is damaged:
            self._publish(None)
            log.warning("knowledge_index_damaged", folder=damaged.build.folder.name)
            await self._thread.do(self._shelf.quarantine, damaged.build)

    async def known(self, passages: Sequence[Passage]) -> Mapping[str, Vector]:
        """The vectors that were made already for these passages."""
        async with self._turn:
            return {} if self._loaded is None else await self._loaded[1].known(passages)

    async def close(self) -> None:
        async with self._turn:
            answering, self.answering = self.answering, None
            if answering is not None:
                await self._thread.do(answering.build.close)
            loaded, self._loaded = self._loaded, None
            if loaded is not None:
                await loaded[1].close()

    async def _synced(self, *, anew: bool) -> SyncReport:
        versions = {tenant: await self._passages.version(tenant) for tenant in self._tenants}
        answering = self.answering
        if answering and answering.versions == versions and not anew:
            return SyncReport(answering.passages)
        embedder, follower = await self._load()
        passages = [p for tenant in self._tenants for p in await self._passages.all(tenant)]
        current = self.answering or await self._open(embedder)
        if current and current.embedder and not anew:
            try:
                return await self._updated(current, follower, passages, versions)
            except IndexDamaged:
                await self.put_aside(current)
        return await self._replaced(embedder, follower, passages, versions)

    async def _load(self) -> tuple[Embedder, Follower]:
        if self._loaded is None:
            embedder = await asyncio.to_thread(self._make_embedder)
            self._loaded = embedder, Follower(self._folder, embedder, self._thread)
        return self._loaded

    async def _open(self, embedder: Embedder) -> Answering | None:
        """The build of an earlier run; it answers at once unless it has nothing to say."""
        build = await self._thread.do(self._shelf.newest)
        if build is None:
            return None
        same = embedder if embedder.name == build.embedder else None
        size = await self._thread.do(build.size)
        opened = Answering(build, same, {}, size)
        self._publish(opened, speaks=size > 0)
        return opened

    async def _updated(
        self,
        current: Answering,
        follower: Follower,
        passages: Sequence[Passage],
        versions: Mapping[str, int],
    ) -> SyncReport:
        plan = await follower.bring(current.build, passages)
        if self.answering is not current:
            raise IndexDamaged("a search found the build damaged meanwhile")
        self._publish(Answering(current.build, current.embedder, versions, len(passages)))
        return SyncReport(len(passages), len(plan.new), plan.removed)

    async def _replaced(
        self,
        embedder: Embedder,
        follower: Follower,
        passages: Sequence[Passage],
        versions: Mapping[str, int],
    ) -> SyncReport:
        likeness = await asyncio.to_thread(measured, embedder)
        build = await self._thread.do(self._shelf.fresh, embedder.name, likeness)
        try:
            plan = await follower.bring(build, passages)
        except BaseException:
            await self._thread.do(self._shelf.discard, build)
            raise
        before = self.answering
        self._publish(Answering(build, embedder, versions, len(passages)))
        if before is not None:
            await self._thread.do(self._shelf.discard, before.build)
        await self._thread.do(self._shelf.keep_only, build)
        log.info("knowledge_index_built", passages=len(passages), embedder=embedder.name)
        return SyncReport(len(passages), len(plan.new), plan.removed, rebuilt=True)

    def _publish(self, answering: Answering | None, *, speaks: bool = True) -> None:
        self.answering = answering
        if answering is not None and speaks:
            self.published.set()
        else:
            self.published.clear()
