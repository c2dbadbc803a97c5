"""Stores and clocks for the gateway's tests: the same tests on SQLite and on real PostgreSQL."""

from __future__ import annotations

import asyncio
import secrets
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import structlog
from psycopg import sql

from gateway.store.opening import open_store
from gateway.store.store import Options, Store
from tests.conftest import PostgresServer

# Plain lines: the default draws tracebacks with their sources, which blocks the loop.
structlog.configure(
    processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()]
)


class ManualClock:
    """Time that moves when the test says so; sleeping moves it."""

    def __init__(self) -> None:
        self.at = 1_800_000_000.0

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += seconds
        await asyncio.sleep(0)

    def pass_(self, seconds: float) -> None:
        self.at += seconds


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the current schema; copying it is quicker than migrating again."""
    file = tmp_path_factory.mktemp("template") / "frontdesk.db"
    open_store(f"sqlite:///{file}").close()
    return file


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer) -> str:
    name = postgres_server.create()
    open_store(postgres_server.url(name)).close()
    return name


@pytest.fixture
def sqlite_url(tmp_path: Path, sqlite_template: Path) -> str:
    file = tmp_path / "data" / "frontdesk.db"
    file.parent.mkdir()
    shutil.copy(sqlite_template, file)
    return f"sqlite:///{file}"


@pytest.fixture
def migrated_postgres_url(postgres_server: PostgresServer, postgres_template: str) -> Iterator[str]:
    name = f"test_{secrets.token_hex(6)}"
    postgres_server.execute(
        sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
            sql.Identifier(name), sql.Identifier(postgres_template)
        )
    )
    yield postgres_server.url(name)
    postgres_server.drop(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest) -> str:
    fixture = "sqlite_url" if request.param == "sqlite" else "migrated_postgres_url"
    url: str = request.getfixturevalue(fixture)
    return url


@pytest.fixture
async def store(store_url: str, clock: ManualClock) -> AsyncIterator[Store]:
    opened = await asyncio.to_thread(open_store, store_url, Options(now=clock.now))
    yield opened
    await asyncio.to_thread(opened.close)


@pytest.fixture
async def sqlite_store(sqlite_url: str, clock: ManualClock) -> AsyncIterator[Store]:
    """For what does not depend on the engine."""
    opened = await asyncio.to_thread(open_store, sqlite_url, Options(now=clock.now))
    yield opened
    await asyncio.to_thread(opened.close)


@pytest.fixture
def no_pause() -> Callable[[int], None]:
    return lambda _attempt: None
