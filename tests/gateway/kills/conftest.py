"""A home for gateways that die: one on each engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gateway.kills.process import GatewayHome


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'home' / 'data' / 'frontdesk.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url.replace("postgresql+psycopg", "postgresql")


@pytest.fixture
def home(empty_url: str, tmp_path: Path) -> GatewayHome:
    return GatewayHome(tmp_path / "home", empty_url)
