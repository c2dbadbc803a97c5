"""Sentences are read before anybody is answered from them, in small steps."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from brain.knowledge.beforehand import BEGIN_SECONDS, Beforehand
from brain.knowledge.unavailable import EmbedderUnavailable
from tests.brain.knowledge.fake_store import FakePassages, numbered, passage


class Stopped(Exception):
    pass


class Counting:
    """``naps`` are the pauses; the loop is stopped at the ``last`` of them."""

    def __init__(self, last: int) -> None:
        self.naps: list[float] = []
        self.last = last
        self.at = 0.0

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        self.at += 0.5
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        if len(self.naps) == self.last:
            raise Stopped
        await asyncio.sleep(0)


class Reading:
    name, dimensions = "reading", 2

    def __init__(self, *, down: bool = False) -> None:
        self.read: list[str] = []
        self._down = down

    def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        if self._down:
            raise EmbedderUnavailable("nobody is there")
        self.read += texts
        return [[1.0, 0.0] for _ in texts]


async def test_every_sentence_is_read_once_with_rests_in_between() -> None:
    said = passage("a", "Boots", "Wax them. Let them dry.")
    clock, reading = Counting(last=6), Reading()
    with pytest.raises(Stopped):
        await Beforehand(FakePassages([said, *numbered(7)]), reading, 100, ("main",)).run(clock)
    assert reading.read[:3] == [
        "Boots: Wax them.",
        "Boots: Let them dry.",
        "Tent 0: Tent number 0.",
    ]
    assert len(reading.read) == len(set(reading.read)) == 9
    # Nine sentences are two batches, half a second each; then nothing is new.
    assert clock.naps == [BEGIN_SECONDS, 1.5, 1.5, 30.0, 30.0, 30.0]


async def test_no_more_is_read_than_is_remembered_and_a_dead_embedder_ends_it() -> None:
    reading, down = Reading(), Reading(down=True)
    rows = FakePassages(numbered(9))
    for embedder in (reading, down):
        with pytest.raises(Stopped):
            await Beforehand(rows, embedder, 4, ("main",)).run(Counting(last=3))
    assert (len(reading.read), down.read) == (4, [])
