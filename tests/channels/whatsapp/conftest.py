"""A channel against a Twilio on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.contract.harness.whatsapp import Rig, rig


@pytest.fixture
async def wa() -> AsyncIterator[Rig]:
    async with rig() as opened:
        yield opened
