"""A store that sources are read into."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.store.store import Store
from tests.gateway.knowledge.site import Desk, Site


@pytest.fixture
def desk(store: Store, tmp_path: Path) -> Desk:
    return Desk(store, tmp_path / "files", Site())


@pytest.fixture
def small_desk(sqlite_store: Store, tmp_path: Path) -> Desk:
    """The same for what does not depend on the engine."""
    return Desk(sqlite_store, tmp_path / "files", Site())
