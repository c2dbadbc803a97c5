"""Looking for passages that contradict what was just read, outside any unit, and keeping what was
found. Drafts have no passages and are left out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from typing import TypeAlias

from brain.contract import Passage
from gateway.knowledge.conflicts import Pair, dismissed, record
from gateway.knowledge.shelves import StoredPassages
from gateway.store.store import MAIN, Store

# The new passages, all passages; blocking.
Find: TypeAlias = Callable[[Sequence[Passage], Sequence[Passage]], Sequence[Pair]]


class Checking:
    def __init__(self, store: Store, find: Find) -> None:
        self._store = store
        self._find = find

    async def check(self, documents: Collection[str], tenant: str = MAIN) -> list[Pair]:
        """What contradicts the passages of these documents, but for what was dismissed; all of it
        is kept for the desk.

        Raises:
            StoreUnavailable.
        """
        if not documents:
            return []
        wanted = frozenset(documents)
        everything = await StoredPassages(self._store).all(tenant)
        new = [passage for passage in everything if passage.document in wanted]
        pairs = await asyncio.to_thread(self._find, new, everything)
        # Where both sides are new, each may be found from either.
        found = list({pair.key: pair for pair in pairs}.values())
        if not found:
            return []
        await self._store.write(lambda unit: record(unit, found), tenant=tenant)
        right = await self._store.read(dismissed, tenant=tenant)
        return [pair for pair in found if pair.key not in right]

    async def check_all(self, tenant: str = MAIN) -> list[Pair]:
        """The same over the whole library.

        Raises:
            StoreUnavailable.
        """
        everything = await StoredPassages(self._store).all(tenant)
        return await self.check({passage.document for passage in everything}, tenant)
