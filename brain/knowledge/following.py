"""Owns bringing a build to what the store has: embeds what is new in small steps and removes what
is gone, off the event loop. Never decides which build answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ParamSpec, TypeVar

from brain.contract import Embedder, Passage
from brain.knowledge.build import Build, Plan, text_of, title_of
from brain.knowledge.vectors import KeptVectors, Vector

_P = ParamSpec("_P")
_T = TypeVar("_T")
# Small steps: a search waits for the one that is running.
_STEP = 16


class IndexThread:
    """The one thread that touches the files of an index, in order."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, "knowledge-index")

    async def do(self, work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, lambda: work(*args, **kwargs))

    async def close(self) -> None:
        await asyncio.to_thread(self._pool.shutdown, wait=True)


class Follower:
    """Fills builds for one embedder; the vectors once made are kept in ``folder``."""

    def __init__(self, folder: Path, embedder: Embedder, thread: IndexThread) -> None:
        self._path = folder / f"vectors-{embedder.name}.db"
        self._embedder = embedder
        self._thread = thread
        self._kept: KeptVectors | None = None

    async def bring(self, build: Build, passages: Sequence[Passage]) -> Plan:
        """Give ``build`` exactly these passages and seal it.

        Raises:
            IndexDamaged: the build cannot be used.
            EmbedderUnavailable: there are no vectors for now; those made so far are kept.
            KnowledgeUnavailable: the disk has no room.
        """
        kept = await self._opened()
        plan = await self._thread.do(build.plan, passages)
        if plan.new or plan.gone:
            await self._thread.do(build.unseal)
            for step in _steps(plan.new):
                vectors = await self._vectors(kept, step)
                await self._thread.do(build.add, step, vectors)
            await self._thread.do(build.remove, plan.gone)
            await self._thread.do(kept.forget_others, _texts(passages))
        await self._thread.do(build.seal)
        return plan

    async def known(self, passages: Sequence[Passage]) -> Mapping[str, Vector]:
        """The vectors that were made already of what is embedded for these passages."""
        kept = await self._opened()
        return await self._thread.do(kept.known, _texts(passages))

    async def close(self) -> None:
        if self._kept is not None:
            await self._thread.do(self._kept.close)

    async def _opened(self) -> KeptVectors:
        if self._kept is None:
            dimensions = await asyncio.to_thread(lambda: self._embedder.dimensions)
            self._kept = await self._thread.do(KeptVectors, self._path, dimensions)
        return self._kept

    async def _vectors(
        self, kept: KeptVectors, passages: Sequence[Passage]
    ) -> Mapping[str, Vector]:
        texts = _texts(passages)
        known = await self._thread.do(kept.known, texts)
        missing = [text for text in texts if text not in known]
        if not missing:
            return known
        made = await asyncio.to_thread(self._embedder.embed, missing)
        new = dict(zip(missing, made, strict=True))
        await self._thread.do(kept.keep, new)
        return {**known, **new}


def _texts(passages: Iterable[Passage]) -> list[str]:
    return list(dict.fromkeys(text for p in passages for text in (text_of(p), title_of(p))))


def _steps(passages: Sequence[Passage]) -> Iterator[Sequence[Passage]]:
    for start in range(0, len(passages), _STEP):
        yield passages[start : start + _STEP]
