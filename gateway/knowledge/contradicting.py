"""Contradictions that were met while answering, kept for the lead like those that are looked for.
It decides on none of them."""

from __future__ import annotations

from collections.abc import Sequence

from brain.knowledge.lint.conflicts import Conflict
from gateway.knowledge.conflicts import Pair, Side, dismissed, record
from gateway.store.store import Store


class StoredContradictions:
    """Implements ``Contradictions``."""

    def __init__(self, store: Store) -> None:
        self._store = store
        # By tenant: what was kept already is not written again with every question.
        self._kept: set[tuple[str, tuple[str, str]]] = set()

    async def told(self, tenant: str, found: Sequence[Conflict]) -> Sequence[Conflict]:
        """
        Raises:
            StoreUnavailable.
        """
        pairs = [pair_of(conflict) for conflict in found]
        new = [pair for pair in pairs if (tenant, pair.key) not in self._kept]
        if new:
            await self._store.write(lambda unit: record(unit, new), tenant=tenant)
            self._kept |= {(tenant, pair.key) for pair in new}
        right = await self._store.read(dismissed, tenant=tenant)
        return [one for one, pair in zip(found, pairs, strict=True) if pair.key not in right]


def pair_of(conflict: Conflict) -> Pair:
    left, right = conflict.left, conflict.right
    return Pair(
        Side(left.id, left.document, left.title, conflict.left_quote),
        Side(right.id, right.document, right.title, conflict.right_quote),
        conflict.about,
    )
