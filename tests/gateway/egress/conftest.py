"""Fixtures of the egress's tests."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.gateway.egress import fake_web


@pytest.fixture
async def site() -> AsyncIterator[fake_web.Site]:
    async with fake_web.site() as served:
        yield served


@pytest.fixture
async def canary() -> AsyncIterator[fake_web.Canary]:
    async with fake_web.canary() as watch:
        yield watch
        assert watch.connects == 0, "somebody reached the address that nobody may reach"
