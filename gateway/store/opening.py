"""Opening a database for a gateway or a command: lock, checks, schema; clear refusals otherwise."""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError

from gateway.errors import (
    CorruptStore,
    StoreFull,
    StoreInUse,
    StoreRefused,
    StoreUnreachable,
)
from gateway.store import migration
from gateway.store.engine import check_durability, is_sqlite, opening_engine
from gateway.store.store import Options, Store

QUICK_CHECK_BYTES = 200_000_000
# Below this SQLite cannot even make its journal, and says "disk I/O error" instead of "full".
ROOM_BYTES = 1_000_000


def open_store(url: str, options: Options | None = None, *, upgrade: bool = True) -> Store:
    """Check the database, bring its schema up to date and open it.

    Raises:
        StoreRefused: or one of its kinds; the message says what to do.
    """
    prepare_folder(url)
    _require_room(url)
    engine = opening_engine(url)
    try:
        _prepare(engine, url, upgrade=upgrade)
    except DBAPIError as error:
        raise _refusal(url, error) from error
    finally:
        engine.dispose()
    return Store(url, options or Options())


def database_file(url: str) -> Path | None:
    """The file of a SQLite URL; None for a server's database or one in memory."""
    database = make_url(url).database if is_sqlite(url) else None
    return Path(database) if database and database != ":memory:" else None


def prepare_folder(url: str) -> None:
    file = database_file(url)
    if file is not None:
        try:
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise StoreRefused(
                f"cannot make the folder {file.parent} for the database: {error.strerror};"
                " choose another with FRONTDESK_DATA or store.url"
            ) from error


def _require_room(url: str) -> None:
    file = database_file(url)
    if file is not None and shutil.disk_usage(file.parent).free < ROOM_BYTES:
        raise StoreFull(f"no space is left for {file}; free some and start again")


@contextmanager
def sole_gateway(url: str) -> Generator[None]:
    """Hold the lock of a SQLite database while a gateway runs on it; nothing on PostgreSQL.

    Raises:
        StoreInUse: another gateway holds it.
    """
    file = database_file(url)
    if file is None:
        yield
        return
    prepare_folder(url)
    with (file.parent / f"{file.name}.lock").open("a+", encoding="ascii") as lock:
        _lock(lock, file)
        yield


def _lock(lock: IO[str], file: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.seek(0)
        holder = lock.read().strip() or "unknown"
        raise StoreInUse(
            f"another gateway (process {holder}) runs on {file}; stop it, or give this one its own"
            " data folder with FRONTDESK_DATA, or use PostgreSQL for several nodes"
        ) from error
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()


def _prepare(engine: Engine, url: str, *, upgrade: bool) -> None:
    file = database_file(url)
    with engine.connect() as connection:
        check_durability(connection)
        if file is not None and file.stat().st_size <= QUICK_CHECK_BYTES:
            found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
            if found != "ok":
                raise CorruptStore(_corrupt(file, str(found)))
    migration.bring_up_to_date(engine, file, upgrade=upgrade)


def _refusal(url: str, error: DBAPIError) -> StoreRefused:
    original = error.orig
    name = getattr(original, "sqlite_errorname", "") if isinstance(original, sqlite3.Error) else ""
    file = database_file(url)
    if file is not None and name in {"SQLITE_CORRUPT", "SQLITE_NOTADB"}:
        return CorruptStore(_corrupt(file, str(original)))
    if file is not None and name == "SQLITE_FULL":
        return StoreFull(f"no space is left for {file}; free some and start again")
    if file is not None and name in {"SQLITE_CANTOPEN", "SQLITE_READONLY"}:
        return StoreRefused(f"{file} cannot be opened for writing: {original}; mend its rights")
    if isinstance(error, OperationalError):
        shown = make_url(url).render_as_string(hide_password=True)
        return StoreUnreachable(f"the database {shown} does not answer: {original}; is it running?")
    return StoreRefused(f"the database refuses: {original}")


def _corrupt(file: Path, detail: str) -> str:
    return (
        f"{file} is damaged ({detail}). Nothing was changed. Restore the last backup with"
        f" 'frontdesk db restore FILE', or move the file away to start empty"
    )
