"""The store's passages for an index that must not be built too early: it waits until the configured
sources were read once, so that a fresh start never answers out of an empty library."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from brain.contract import Filter, Passage, Passages


class PassagesWhenRead:
    """Implements Passages over another one; ``read`` is set when there is something to index."""

    def __init__(self, passages: Passages, read: asyncio.Event) -> None:
        self._passages = passages
        self._read = read

    async def version(self, tenant: str) -> int:
        await self._read.wait()
        return await self._passages.version(tenant)

    async def all(self, tenant: str) -> Sequence[Passage]:
        await self._read.wait()
        return await self._passages.all(tenant)

    async def resolve(self, ids: Sequence[str], allowed: Filter) -> Sequence[Passage]:
        return await self._passages.resolve(ids, allowed)
