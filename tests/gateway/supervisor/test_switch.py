"""A turn of the big off switch is told on every node, whoever made it, and told once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from structlog.testing import capture_logs

from gateway.conversations import pauses
from gateway.conversations.messages import LISTS
from gateway.store.opening import open_store
from gateway.store.store import Options, Store
from gateway.supervisor.switch import OVERLAP_SECONDS, SwitchLoop
from gateway.telemetry.facts import Fact, SwitchMoved
from gateway.telemetry.journal import journal
from tests.gateway.conftest import ManualClock


@pytest.fixture
async def other(store_url: str, store: Store, clock: ManualClock) -> AsyncIterator[Store]:
    """Another process on the same rows, such as the command line."""
    opened = await asyncio.to_thread(open_store, store_url, Options(now=clock.now, readers=1))
    yield opened
    await asyncio.to_thread(opened.close)


def moves(store: Store) -> list[tuple[str, str, str]]:
    told: list[tuple[str, str, str]] = []

    def hear(fact: Fact) -> None:
        if isinstance(fact, SwitchMoved):
            told.append((fact.state, fact.channel, fact.by))

    store.facts.listen(hear)
    return told


async def pause(store: Store, channel: str, by: str) -> None:
    await store.write(lambda unit: pauses.pause(unit, channel, by))


async def resume(store: Store, channel: str, by: str) -> None:
    await store.write(lambda unit: pauses.resume(unit, channel, by))


async def test_what_another_process_turns_is_told_once(
    store: Store, other: Store, clock: ManualClock
) -> None:
    loop, told = SwitchLoop(store, clock), moves(store)
    store.facts.listen(journal)
    await loop.look()
    with capture_logs() as logged, store.signals.listen(LISTS) as lists:
        await pause(other, "web", "the command line (ada)")
        await loop.look()
        assert await lists.wait(0.01)
        await loop.look()
        clock.pass_(5.0)
        await resume(other, "web", "Ben")
        await loop.look()
        clock.pass_(OVERLAP_SECONDS * 3)
        await loop.look()
    assert told == [("paused", "web", "the command line (ada)"), ("resumed", "web", "Ben")]
    lines = [(line["event"], line["channel"], line["by"]) for line in logged]
    assert lines == [
        ("assistant.paused", "web", "the command line (ada)"),
        ("assistant.resumed", "web", "Ben"),
    ]


async def test_what_this_process_turns_is_told_by_its_commit_alone(
    store: Store, clock: ManualClock
) -> None:
    loop, told = SwitchLoop(store, clock), moves(store)
    await loop.look()
    await pause(store, pauses.ALL, "Ada")
    await loop.look()
    clock.pass_(1.0)
    await resume(store, pauses.ALL, "Ada")
    await loop.look()
    await loop.look()
    assert told == [("paused", "*", "Ada"), ("resumed", "*", "Ada")]


async def test_a_start_says_what_is_paused_still(
    store: Store, other: Store, clock: ManualClock
) -> None:
    await pause(other, "web", "Ada")
    loop, told = SwitchLoop(store, clock), moves(store)
    with capture_logs() as logged:
        await loop.look()
        await loop.look()
    assert told == []
    (line,) = logged
    assert (line["event"], line["by"], line["since"]) == (
        "assistant.still_paused", "Ada", clock.now(),
    )  # fmt: skip
