"""The schema's way up: what migrations make is what the program expects, on both engines."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import select, text
from sqlalchemy.engine import make_url

from gateway.store.engine import writer_engine
from gateway.store.migration import MIGRATION_LOCK, OLDEST_PROGRAM, SCHEMA_VERSION, found_state
from gateway.store.opening import open_store
from gateway.store.schema.every import metadata
from gateway.store.schema.pipeline import requests

ROOT = Path(__file__).parents[3]


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'data' / 'frontdesk.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


def state_of(url: str) -> tuple[int, int] | None:
    engine = writer_engine(url)
    with engine.connect() as connection:
        found = found_state(connection)
    engine.dispose()
    return found


def mark_as_older(url: str) -> None:
    engine = writer_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE schema_state SET version = 0, oldest_program = 0"))
    engine.dispose()


def add_row(url: str, id: str) -> None:
    store = open_store(url)
    asyncio.run(
        store.write(
            lambda unit: unit.insert(requests, id=id, conversation_id="c", verb="x", at=unit.now)
        )
    )
    store.close()


def test_what_migrations_make_is_what_the_program_expects(empty_url: str) -> None:
    open_store(empty_url).close()
    engine = writer_engine(empty_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, metadata)
    engine.dispose()
    assert differences == []


def test_a_forgotten_migration_would_be_noticed(empty_url: str) -> None:
    """The comparison above sees a column that no migration makes."""
    open_store(empty_url).close()
    engine = writer_engine(empty_url)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE requests DROP COLUMN answer"))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata)
    engine.dispose()


def test_an_upgrade_again_keeps_everything(empty_url: str) -> None:
    add_row(empty_url, "before")
    assert state_of(empty_url) == (SCHEMA_VERSION, OLDEST_PROGRAM)
    mark_as_older(empty_url)
    add_row(empty_url, "after")
    assert state_of(empty_url) == (SCHEMA_VERSION, OLDEST_PROGRAM)
    store = open_store(empty_url)
    rows = asyncio.run(
        store.read(lambda r: sorted(row["id"] for row in r.all(select(requests.c.id))))
    )
    store.close()
    assert rows == ["after", "before"]


def test_sqlite_is_copied_before_an_upgrade_and_only_then(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'frontdesk.db'}"
    copy = tmp_path / f"frontdesk.db.before-{SCHEMA_VERSION}"
    add_row(url, "kept")
    assert not copy.exists()
    mark_as_older(url)
    open_store(url).close()
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT id FROM requests").fetchall() == [("kept",)]
        assert connection.execute("SELECT version FROM schema_state").fetchall() == [(0,)]


def test_an_upgrade_that_fails_changes_nothing(empty_url: str) -> None:
    """Half a schema would be worse than none: the whole upgrade is one transaction."""
    engine = writer_engine(empty_url)
    if make_url(empty_url).get_backend_name() == "sqlite":
        Path(str(make_url(empty_url).database)).parent.mkdir()
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE visible (already INTEGER)"))
    with pytest.raises(Exception, match="already exists"):
        open_store(empty_url)
    with engine.connect() as connection:
        assert found_state(connection) is None
        assert not engine.dialect.has_table(connection, "conversations")
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE visible"))
    engine.dispose()
    open_store(empty_url).close()
    assert state_of(empty_url) == (SCHEMA_VERSION, OLDEST_PROGRAM)


OPEN = "import sys; from gateway.store.opening import open_store; open_store(sys.argv[1]).close()"


def test_two_nodes_upgrading_at_once_make_one_schema(postgres_url: str) -> None:
    nodes = [
        subprocess.Popen(
            [sys.executable, "-c", OPEN, postgres_url], cwd=ROOT, stderr=subprocess.PIPE
        )
        for _ in range(3)
    ]
    for node in nodes:
        _, told = node.communicate(timeout=25)
        assert node.returncode == 0, told.decode()[-2000:]
    assert state_of(postgres_url) == (SCHEMA_VERSION, OLDEST_PROGRAM)


async def test_a_node_waits_for_anothers_long_upgrade(postgres_url: str) -> None:
    """Longer than any row may be waited for."""
    plain = postgres_url.replace("postgresql+psycopg", "postgresql")
    other = await psycopg.AsyncConnection.connect(plain)
    await other.execute("SELECT pg_advisory_xact_lock(%s::bigint)", [MIGRATION_LOCK])
    opening = asyncio.create_task(asyncio.to_thread(open_store, postgres_url))
    await other.execute("SELECT pg_sleep(2.5)")
    assert not opening.done()
    await other.commit()
    await asyncio.to_thread((await opening).close)
    await other.close()
