"""Asking beside customers: a few questions at a time, and meanings compared off the event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from brain.contract import Decision, KnowledgeUnavailable, Said, TurnInput
from brain.knowledge.index import KnowledgeIndex
from gateway.bootstrap.rehearsing import AT_ONCE, Rehearsal
from gateway.clock import SystemClock
from gateway.knowledge.shelves import StoredPassages
from gateway.store.store import MAIN, Store


@dataclass(slots=True)
class Letters:
    """Implements Embedder: what begins with the same letter is alike."""

    threads: list[str] = field(default_factory=list[str])
    name: str = "letters"
    dimensions: int = 26

    def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        self.threads.append(threading.current_thread().name)
        return [[float(text[0] == chr(97 + at)) for at in range(26)] for text in texts]


@dataclass(slots=True)
class Busy:
    """A brain that counts how many questions it has in hand; it fails at those named."""

    fails: frozenset[str] = frozenset()
    now: int = 0
    most: int = 0
    closed_with: int | None = None

    async def decide(self, turn: TurnInput) -> Decision:
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            for _ in range(10):
                await asyncio.sleep(0)
            if turn.turn in self.fails:
                raise KnowledgeUnavailable
            return Decision("reply", text=turn.turn)
        finally:
            self.now -= 1

    async def close(self) -> None:
        self.closed_with = self.now


def rehearsal(store: Store, tmp_path: Path, local: Letters, brain: Busy) -> Rehearsal:
    shelves, clock = StoredPassages(store), SystemClock()
    index = KnowledgeIndex(tmp_path / "index", shelves, lambda: local, (MAIN,), clock)
    return Rehearsal(index, shelves, local, local, lambda _index, _shelves: brain, clock)


def turns(count: int) -> list[TurnInput]:
    new = (Said(1, "customer", "May I?", 1.0),)
    return [
        TurnInput(f"t{at}", MAIN, f"c{at}", "web", demo=False, owner="assistant", new=new)
        for at in range(count)
    ]


async def test_a_few_questions_are_asked_at_once_and_answered_in_their_order(
    sqlite_store: Store, tmp_path: Path
) -> None:
    brain = Busy()
    rehearsing = rehearsal(sqlite_store, tmp_path, Letters(), brain)
    said = await rehearsing.now(turns(3 * AT_ONCE))
    assert [one.text for one in said] == [f"t{at}" for at in range(3 * AT_ONCE)]
    assert (brain.most, brain.closed_with) == (AT_ONCE, 0)


async def test_one_that_fails_ends_the_others_before_the_brain_is_closed(
    sqlite_store: Store, tmp_path: Path
) -> None:
    brain = Busy(fails=frozenset({"t0"}))
    rehearsing = rehearsal(sqlite_store, tmp_path, Letters(), brain)
    with pytest.raises(KnowledgeUnavailable):
        await rehearsing.now(turns(3 * AT_ONCE))
    assert (brain.now, brain.closed_with) == (0, 0)


async def test_what_is_alike_is_found_with_one_embedding_off_the_loop(
    sqlite_store: Store, tmp_path: Path
) -> None:
    local = Letters()
    rehearsing = rehearsal(sqlite_store, tmp_path, local, Busy())
    groups = await rehearsing.groups(["boot", "tent", "bag", "axe", "torch"], 0.6)
    assert [list(group) for group in groups] == [[0, 2], [1, 4], [3]]
    assert await rehearsing.groups([], 0.6) == []
    assert len(local.threads) == 1
    assert threading.main_thread().name not in local.threads
