"""A folder in which commands run, with and without a store."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from tests.gateway.cli.desk import Desk


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    """A command sets logging up for its process, which here is that of all tests."""
    configured, handlers = structlog.get_config(), logging.root.handlers[:]
    level = logging.root.level
    yield
    structlog.configure(**configured)
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


@pytest.fixture
def fresh(tmp_path: Path) -> Desk:
    """A machine on which no gateway has run yet."""
    made = Desk(tmp_path, "sqlite:///data/frontdesk.db")
    made.configure()
    return made


@pytest.fixture
def desk(tmp_path: Path, sqlite_url: str) -> Desk:
    """A machine with a store."""
    made = Desk(tmp_path, sqlite_url)
    made.configure()
    return made
