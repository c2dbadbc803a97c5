"""Fixtures of the website's tests."""

from __future__ import annotations

import pytest

from tests.brain.knowledge.website.fake_site import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()
