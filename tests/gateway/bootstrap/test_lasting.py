"""A brain that a reload replaces lets go of its connections with its last turn, and not before."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from brain.contract import Decision, TurnInput
from brain.settings import BrainSettings
from gateway.bootstrap.lasting import Lasting, Loaded
from gateway.bootstrap.setups import TurnSetups
from gateway.config.live import LiveConfiguration
from gateway.config.load import load
from tests.brain.answering.scene import TURN


class Slow:
    """A brain that answers when it is let; ``closed`` is how often its connections went."""

    def __init__(self) -> None:
        self.loaded = 0
        self.closed = 0
        self.let = asyncio.Event()
        self.asked = asyncio.Event()

    async def load(self) -> Loaded:
        self.loaded += 1
        return Loaded(self, self.close)

    async def close(self) -> None:
        self.closed += 1

    async def decide(self, turn: TurnInput) -> Decision:
        self.asked.set()
        await self.let.wait()
        return Decision(kind="silent")


@pytest.mark.parametrize("under_way", [True, False])
async def test_connections_go_with_the_last_turn(under_way: bool) -> None:
    slow = Slow()
    lasting = Lasting(slow.load)
    first = asyncio.create_task(lasting.decide(TURN))
    await slow.asked.wait()
    if not under_way:
        slow.let.set()
        await first
    await lasting.retire()
    assert slow.closed == (0 if under_way else 1)
    slow.let.set()
    assert (await first).kind == "silent"
    assert slow.closed == 1
    # One that began with it before the reload and asks only now is answered, and lets go again.
    assert (await lasting.decide(TURN)).kind == "silent"
    assert (slow.loaded, slow.closed) == (2, 2)


async def test_it_is_loaded_once_whoever_comes_first() -> None:
    slow = Slow()
    slow.let.set()
    lasting = Lasting(slow.load)
    await asyncio.gather(*(lasting.decide(TURN) for _ in range(5)))
    assert (slow.loaded, slow.closed) == (1, 0)


class Counted:
    """A brain of which it is counted how often it was told to go."""

    def __init__(self) -> None:
        self.retired = 0

    async def decide(self, turn: TurnInput) -> Decision:
        return Decision(kind="silent")

    async def retire(self) -> None:
        self.retired += 1


async def test_a_reload_and_the_end_let_go_of_the_brain_before(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    await asyncio.to_thread(file.write_text, "business: {name: Fernhill Outdoor}\n")
    first = await asyncio.to_thread(load, file, {})
    made: list[Counted] = []

    def brain_for(_settings: BrainSettings) -> Counted:
        made.append(Counted())
        return made[-1]

    live = LiveConfiguration(first.settings, lambda: load(file, {}))
    setups = await asyncio.to_thread(TurnSetups, live, {}, brain_for)
    await setups.refresh()
    assert [one.retired for one in made] == [1, 0]
    await setups.close()
    assert [one.retired for one in made] == [1, 1]
