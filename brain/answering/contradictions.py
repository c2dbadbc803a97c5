"""Passages found for one answer that contradict each other: which of them is right, and telling the
lead. It reads no more than those passages."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from brain.contract import Embedder, Hit, Passage
from brain.knowledge.lint.conflicts import Conflict, find


class Contradictions(Protocol):
    async def told(self, tenant: str, found: Sequence[Conflict]) -> Sequence[Conflict]:
        """Keep them for the lead; those of which nobody said that both sides are right."""
        ...


@dataclass(frozen=True, slots=True)
class Settled:
    """The passages without the sentences that others make untrue; ``notes`` say which, for the
    trace."""

    hits: Sequence[Hit]
    notes: tuple[str, ...] = ()


class Settling:
    def __init__(self, embedder: Embedder, contradictions: Contradictions) -> None:
        self._embedder = embedder
        self._contradictions = contradictions

    async def settled(self, hits: Sequence[Hit], tenant: str) -> Settled:
        passages = [hit.passage for hit in hits]
        # By words first: what differs by them is seldom there, and costs little to find.
        if not await asyncio.to_thread(find, passages, (), None):
            return Settled(hits)
        found = await asyncio.to_thread(find, passages, (), self._embedder)
        wrong = await self._contradictions.told(tenant, found) if found else ()
        return without(hits, wrong)


def without(hits: Sequence[Hit], contradictions: Sequence[Conflict]) -> Settled:
    """Of each pair the sentence that counts less is taken out; where none does, both are."""
    notes: list[str] = []
    taken: dict[str, list[str]] = {}
    for one in contradictions:
        for passage, quote in _losers(one):
            taken.setdefault(passage.id, []).append(quote)
        notes.append(_note(one))
    kept = [
        hit if hit.passage.id not in taken else _cut(hit, taken[hit.passage.id]) for hit in hits
    ]
    return Settled([hit for hit in kept if hit is not None], tuple(notes))


def rank(passage: Passage) -> tuple[bool, float]:
    """What its author vouches for counts more, then what is newer."""
    return "trusted" in passage.marks, passage.changed


def _losers(one: Conflict) -> list[tuple[Passage, str]]:
    left, right = (one.left, one.left_quote), (one.right, one.right_quote)
    if rank(one.left) == rank(one.right):
        return [left, right]
    return [right] if rank(one.left) > rank(one.right) else [left]


def _cut(hit: Hit, quotes: Sequence[str]) -> Hit | None:
    """Without the sentences; without all of it where they cannot be found in it."""
    text = hit.passage.text
    for quote in quotes:
        if quote not in text:
            return None
        text = text.replace(quote, " ")
    return replace(hit, passage=replace(hit.passage, text=text)) if text.strip() else None


def _note(one: Conflict) -> str:
    losers = " and ".join(f"“{passage.title}”" for passage, _ in _losers(one))
    return f"{one.about}: what {losers} says was left out"
