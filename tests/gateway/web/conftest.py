"""The desk that these tests run against."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.gateway.web.house import House, Site, open_house, open_site


@pytest.fixture
async def house(sqlite_url: str, tmp_path: Path) -> AsyncGenerator[House]:
    async with open_house(sqlite_url, tmp_path) as opened:
        yield opened


@pytest.fixture
async def site(sqlite_url: str, tmp_path: Path) -> AsyncGenerator[Site]:
    async with open_site(sqlite_url, tmp_path) as opened:
        yield opened
