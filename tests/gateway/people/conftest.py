"""The desk that these tests run against."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.gateway.web.house import House, open_house


@pytest.fixture
async def house(store_url: str, tmp_path: Path) -> AsyncGenerator[House]:
    async with open_house(store_url, tmp_path) as opened:
        yield opened
