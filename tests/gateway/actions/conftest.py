"""A gateway that acts, on each engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.store.store import Store
from tests.gateway.actions.shop import ActingRig
from tests.gateway.conftest import ManualClock


@pytest.fixture
def rig(store: Store, clock: ManualClock, tmp_path: Path) -> ActingRig:
    return ActingRig(store, clock, tmp_path)
