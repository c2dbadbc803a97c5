"""A rig on each engine, one whose commits get lost, and two nodes on one PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.store.opening import open_store
from gateway.store.store import Options, Store
from tests.gateway.conftest import ManualClock
from tests.gateway.pipeline.losing import LostCommits
from tests.gateway.pipeline.rig import Rig


@pytest.fixture
def rig(store: Store, clock: ManualClock, tmp_path: Path) -> Rig:
    return Rig(store, clock, tmp_path)


@pytest.fixture
def lost() -> LostCommits:
    return LostCommits()


@pytest.fixture
async def losing_store(
    store_url: str, clock: ManualClock, lost: LostCommits
) -> AsyncIterator[Store]:
    """A store that does not always hear what became of its COMMIT."""
    options = Options(now=clock.now, failpoint=lost, pause=lambda _attempt: None)
    opened = await asyncio.to_thread(open_store, store_url, options)
    yield opened
    await asyncio.to_thread(opened.close)


@pytest.fixture
def losing(losing_store: Store, clock: ManualClock, tmp_path: Path) -> Rig:
    return Rig(losing_store, clock, tmp_path)


@pytest.fixture
async def two_nodes(
    migrated_postgres_url: str, clock: ManualClock, tmp_path: Path
) -> AsyncIterator[tuple[Rig, Rig]]:
    """Each with its own writer; only PostgreSQL has two."""
    options = Options(now=clock.now)
    one = await asyncio.to_thread(open_store, migrated_postgres_url, options)
    two = await asyncio.to_thread(open_store, migrated_postgres_url, options)
    yield (
        Rig(one, clock, tmp_path / "one", name="one"),
        Rig(two, clock, tmp_path / "two", name="two"),
    )
    await asyncio.to_thread(one.close)
    await asyncio.to_thread(two.close)
