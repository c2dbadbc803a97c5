"""What the gateway refuses to start on, and that each refusal says what is wrong and what to do."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import Engine, create_engine, event, select, text, update
from sqlalchemy.engine import make_url

from gateway.errors import (
    CorruptStore,
    SchemaTooNew,
    StoreFull,
    StoreInUse,
    StoreNotDurable,
    StoreRefused,
    StoreUnreachable,
)
from gateway.store.engine import check_durability, writer_engine
from gateway.store.migration import SCHEMA_VERSION
from gateway.store.opening import open_store, sole_gateway
from gateway.store.schema.pipeline import requests, schema_state
from tests.conftest import PostgresServer

PAGE = 4096
ROOT = Path(__file__).parents[3]


def file_of(url: str) -> Path:
    database = make_url(url).database
    assert database is not None
    return Path(database)


def set_schema(url: str, **values: int) -> None:
    engine = writer_engine(url)
    with engine.begin() as connection:
        connection.execute(update(schema_state).values(**values))
    engine.dispose()


def overwrite(file: Path, offset: int, length: int) -> None:
    with file.open("rb+") as damaged:
        damaged.seek(offset)
        damaged.write(b"\xa5" * length)


# --- Versions ----------------------------------------------------------------------------------


def test_a_schema_that_needs_a_newer_program_is_refused(store_url: str) -> None:
    set_schema(store_url, version=SCHEMA_VERSION + 3, oldest_program=SCHEMA_VERSION + 1)
    with pytest.raises(
        SchemaTooNew, match=rf"needs a program of schema {SCHEMA_VERSION + 1}.*install the newer"
    ):
        open_store(store_url)


def test_a_newer_schema_that_this_program_can_still_work_on_opens(store_url: str) -> None:
    newer = SCHEMA_VERSION + 3
    set_schema(store_url, version=newer, oldest_program=1)
    engine = writer_engine(store_url)
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE alembic_version SET version_num = :new"), {"new": f"{newer:04}"}
        )
    engine.dispose()
    open_store(store_url).close()
    with engine.connect() as connection:
        assert connection.execute(select(schema_state.c.version)).scalar() == newer
    engine.dispose()


def test_a_command_that_may_not_upgrade_says_which_one_does(tmp_path: Path) -> None:
    with pytest.raises(StoreRefused, match="frontdesk db upgrade"):
        open_store(f"sqlite:///{tmp_path / 'new.db'}", upgrade=False)


# --- Damage ------------------------------------------------------------------------------------


def test_a_damaged_header_is_refused(sqlite_url: str) -> None:
    overwrite(file_of(sqlite_url), 0, 16)
    with pytest.raises(CorruptStore, match=r"(?s)is damaged .*frontdesk db restore FILE"):
        open_store(sqlite_url)


@pytest.mark.parametrize("page", [1, 2, 5, 12])
def test_a_damaged_page_is_refused(sqlite_url: str, page: int) -> None:
    before = file_of(sqlite_url).stat().st_size
    assert before > 13 * PAGE
    overwrite(file_of(sqlite_url), page * PAGE, 200)
    with pytest.raises(CorruptStore, match=r"(?s)is damaged .*Nothing was changed"):
        open_store(sqlite_url)
    assert file_of(sqlite_url).stat().st_size == before


def test_a_file_cut_short_is_refused(sqlite_url: str) -> None:
    file = file_of(sqlite_url)
    os.truncate(file, file.stat().st_size // 2)
    with pytest.raises(CorruptStore, match="is damaged"):
        open_store(sqlite_url)


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("Dear diary, " * 500)
    with pytest.raises(CorruptStore, match="not a database"):
        open_store(f"sqlite:///{file}")
    assert file.read_text().startswith("Dear diary")


# --- Places ------------------------------------------------------------------------------------


def test_a_file_where_a_folder_is_needed_is_refused(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("in the way")
    with pytest.raises(StoreRefused, match=r"cannot make the folder .*FRONTDESK_DATA"):
        open_store(f"sqlite:///{tmp_path / 'var' / 'frontdesk.db'}")


def test_a_folder_where_the_file_is_needed_is_refused(tmp_path: Path) -> None:
    (tmp_path / "frontdesk.db").mkdir()
    with pytest.raises(StoreRefused, match="cannot be opened for writing"):
        open_store(f"sqlite:///{tmp_path / 'frontdesk.db'}")


# --- One gateway -------------------------------------------------------------------------------

SECOND = """
import sys
from gateway.errors import StoreInUse
from gateway.store.migration import SCHEMA_VERSION
from gateway.store.opening import sole_gateway
try:
    with sole_gateway(sys.argv[1]):
        print("opened")
except StoreInUse as refusal:
    print(refusal)
"""


def run_python(program: str, *args: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program, *args],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        timeout=20,
    )
    return done.stdout.strip()


def test_a_second_gateway_on_the_same_files_is_refused(sqlite_url: str) -> None:
    with sole_gateway(sqlite_url):
        told = run_python(SECOND, sqlite_url)
        assert f"process {os.getpid()}" in told
        assert "FRONTDESK_DATA" in told
        with pytest.raises(StoreInUse), sole_gateway(sqlite_url):
            pytest.fail("the same lock was given twice")
    assert run_python(SECOND, sqlite_url) == "opened"


def test_commands_work_beside_a_running_gateway(sqlite_url: str) -> None:
    with sole_gateway(sqlite_url):
        open_store(sqlite_url, upgrade=False).close()


def test_postgresql_takes_several_gateways(migrated_postgres_url: str) -> None:
    with sole_gateway(migrated_postgres_url):
        assert run_python(SECOND, migrated_postgres_url) == "opened"


# --- Room --------------------------------------------------------------------------------------


@contextmanager
def small_disk(folder: Path) -> Generator[bool]:
    """A file system of 4 MB; False where this machine does not let us have one."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)]
    mounted = shutil.which("mount") is not None and (
        subprocess.run(mount, capture_output=True, check=False).returncode == 0
    )
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", str(folder)], check=True)


@contextmanager
def at_most(pages: int) -> Generator[None]:
    """Every database stops growing there, as on a disk that is full."""

    def limit(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages}")

    event.listen(Engine, "connect", limit)
    try:
        yield
    finally:
        event.remove(Engine, "connect", limit)


def test_a_disk_without_room_for_the_schema_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'frontdesk.db'}"
    with at_most(20), pytest.raises(StoreFull, match=r"no space is left .*free some"):
        open_store(url)
    open_store(url).close()


@pytest.mark.parametrize("left", [0, 8 * 1024, 200 * 1024])
@pytest.mark.parametrize("existing", [True, False])
def test_a_full_disk_is_called_that(
    tmp_path: Path, sqlite_template: Path, left: int, *, existing: bool
) -> None:
    folder = tmp_path / "small"
    with small_disk(folder) as mounted:
        if not mounted:
            pytest.skip("no small file system can be mounted here: needs root and mount")
        if existing:
            shutil.copy(sqlite_template, folder / "frontdesk.db")
        (folder / "filler").write_bytes(b"x" * (shutil.disk_usage(folder).free - left))
        with pytest.raises(StoreFull, match=r"no space is left .*free some"):
            open_store(f"sqlite:///{folder / 'frontdesk.db'}")
        (folder / "filler").unlink()
        open_store(f"sqlite:///{folder / 'frontdesk.db'}").close()


# --- Servers -----------------------------------------------------------------------------------


def test_a_server_that_does_not_answer_is_named_without_its_password(tmp_path: Path) -> None:
    url = f"postgresql+psycopg://desk:hunter2@/shop?host={tmp_path}"
    with pytest.raises(StoreUnreachable, match=r"(?s)does not answer.*is it running") as refused:
        open_store(url)
    assert "hunter2" not in str(refused.value)


def test_a_database_that_is_not_there_is_named(postgres_server: PostgresServer) -> None:
    with pytest.raises(StoreUnreachable, match='"nowhere" does not exist'):
        open_store(postgres_server.url("nowhere"))


def test_a_lax_default_of_the_database_does_not_reach_us(migrated_postgres_url: str) -> None:
    """``synchronous_commit`` is a setting of each session, and ours asks for it."""
    with _plain(migrated_postgres_url) as admin:
        name = admin.info.dbname
        statement = sql.SQL("ALTER DATABASE {} SET synchronous_commit = off")
        admin.execute(statement.format(sql.Identifier(name)))
    with _plain(migrated_postgres_url) as others:
        assert others.execute("SHOW synchronous_commit").fetchone() == ("off",)
    store = open_store(migrated_postgres_url)
    shown = asyncio.run(store.write(lambda unit: unit.scalar(text("SHOW synchronous_commit"))))
    store.close()
    assert shown == "on"


def test_a_connection_that_acknowledges_before_the_disk_is_refused(
    migrated_postgres_url: str,
) -> None:
    """As behind a pooler that drops what our sessions ask for."""
    engine = create_engine(
        migrated_postgres_url, connect_args={"options": "-c synchronous_commit=off"}
    )
    with (
        engine.connect() as connection,
        pytest.raises(StoreNotDurable, match=r"synchronous_commit.*power failure"),
    ):
        check_durability(connection)
    engine.dispose()


@pytest.mark.parametrize("setting", ["fsync", "full_page_writes"])
def test_a_server_that_does_not_write_to_the_disk_is_refused(
    postgres_server: PostgresServer, migrated_postgres_url: str, setting: str
) -> None:
    _set_on_server(postgres_server, migrated_postgres_url, setting, "off")
    try:
        with pytest.raises(StoreNotDurable, match=rf"'off' to 'SHOW {setting}'.*power failure"):
            open_store(migrated_postgres_url)
    finally:
        _set_on_server(postgres_server, migrated_postgres_url, setting, "on")
    open_store(migrated_postgres_url).close()


def _plain(url: str) -> psycopg.Connection:
    return psycopg.connect(url.replace("postgresql+psycopg", "postgresql"), autocommit=True)


def _set_on_server(server: PostgresServer, url: str, setting: str, value: str) -> None:
    name = sql.Identifier(setting)
    server.execute(sql.SQL("ALTER SYSTEM SET {} = {}").format(name, sql.Literal(value)))
    server.execute(sql.SQL("SELECT pg_reload_conf()").format())
    for _ in range(500):
        with _plain(url) as connection:
            if connection.execute(sql.SQL("SHOW {}").format(name)).fetchone() == (value,):
                return
            connection.execute("SELECT pg_sleep(0.01)")
    pytest.fail(f"the server did not take over {setting}={value}")


# --- After a kill ------------------------------------------------------------------------------

WRITES = """
import asyncio, sys
from gateway.store.migration import SCHEMA_VERSION
from gateway.store.opening import open_store, sole_gateway
from gateway.store.schema.pipeline import requests

async def main(store):
    number = 0
    async def one(n):
        await store.write(lambda u: u.insert(requests, id=f"r{n}", conversation_id="c",
                                             verb="x", at=u.now, answer="y" * 500))
        print(f"r{n}", flush=True)
    while True:
        await asyncio.gather(*(one(number + k) for k in range(20)))
        number += 20

with sole_gateway(sys.argv[1]):
    asyncio.run(main(open_store(sys.argv[1])))
"""


def test_after_a_kill_it_opens_and_has_all_that_was_acknowledged(store_url: str) -> None:
    writing = subprocess.Popen(
        [sys.executable, "-c", WRITES, store_url], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert writing.stdout is not None
    acknowledged = [writing.stdout.readline().strip() for _ in range(300)]
    writing.send_signal(signal.SIGKILL)
    acknowledged += [line.strip() for line in writing.stdout if line.endswith("\n")]
    writing.stdout.close()
    assert writing.wait(10) == -signal.SIGKILL
    with sole_gateway(store_url):
        store = open_store(store_url)
        rows = asyncio.run(
            store.read(lambda r: {row["id"] for row in r.all(select(requests.c.id))})
        )
        store.close()
    assert len(acknowledged) >= 300
    assert set(acknowledged) <= rows


def test_opening_again_and_again_changes_nothing(store_url: str) -> None:
    for _ in range(3):
        open_store(store_url).close()
