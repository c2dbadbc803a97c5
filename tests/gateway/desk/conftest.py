"""The desks that these tests run against: on the web, and in Slack."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from gateway.store.store import Store
from tests.gateway.conftest import ManualClock
from tests.gateway.desk.office import Office, open_office
from tests.gateway.web.house import House, open_house


@pytest.fixture
async def house(store_url: str, tmp_path: Path) -> AsyncGenerator[House]:
    async with open_house(store_url, tmp_path) as opened:
        yield opened


@pytest.fixture
async def office(store: Store, clock: ManualClock, tmp_path: Path) -> AsyncGenerator[Office]:
    async with open_office(store, clock, tmp_path) as opened:
        yield opened


@pytest.fixture
async def on_sqlite(
    sqlite_store: Store, clock: ManualClock, tmp_path: Path
) -> AsyncGenerator[Office]:
    """For what does not depend on the engine."""
    async with open_office(sqlite_store, clock, tmp_path) as opened:
        yield opened
