"""A store whose commits get lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from gateway.store.opening import open_store
from gateway.store.store import Options, Store
from tests.gateway.conftest import ManualClock
from tests.gateway.pipeline.losing import LostCommits


@pytest.fixture
def lost() -> LostCommits:
    return LostCommits()


@pytest.fixture
async def losing_store(
    store_url: str, clock: ManualClock, lost: LostCommits
) -> AsyncIterator[Store]:
    options = Options(now=clock.now, failpoint=lost, pause=lambda _attempt: None)
    opened = await asyncio.to_thread(open_store, store_url, options)
    yield opened
    await asyncio.to_thread(opened.close)
