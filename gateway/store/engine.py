"""Engines for both databases: connection set-up is one of the two places where they differ.

SQLite: WAL with ``synchronous=FULL`` (with NORMAL, commits were acknowledged before any fsync) and
our own BEGIN IMMEDIATE, since the driver's implicit one starts too late for guards.
PostgreSQL: READ COMMITTED, ``synchronous_commit=on``, ``lock_timeout``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from sqlalchemy import Connection, Dialect, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url

from gateway.errors import StoreNotDurable

LOCK_TIMEOUT_MS = 2_000
# A unit does no I/O: only a process that was frozen in its middle is silent for this long, and its
# locks must not hold the other nodes up.
SILENT_TIMEOUT_MS = 5_000
# A unit does no I/O and waits two seconds for a lock: no statement of ours takes as long as this.
SILENCE_SECONDS = 15.0
_Begin = Literal["BEGIN IMMEDIATE", "BEGIN"]


def is_sqlite(url: URL | str) -> bool:
    return make_url(url).get_backend_name() == "sqlite"


def writer_engine(url: str, silence: float = SILENCE_SECONDS) -> Engine:
    """One connection, for the writer thread; a server is given up after ``silence`` seconds."""
    if is_sqlite(url):
        return _sqlite(url, "BEGIN IMMEDIATE", pool_size=1)
    return _impatient(_postgres(url, pool_size=1), silence)


def opening_engine(url: str) -> Engine:
    """One connection, for what comes before a store is open: it waits for as long as another
    node's upgrade takes."""
    return writer_engine(url) if is_sqlite(url) else _postgres(url, pool_size=1)


def reader_engine(url: str, connections: int, silence: float = SILENCE_SECONDS) -> Engine:
    """A pool for reads; on SQLite it cannot write."""
    if is_sqlite(url):
        return _sqlite(url, "BEGIN", pool_size=connections)
    return _impatient(_postgres(url, pool_size=connections), silence)


def _sqlite(url: str, begin: _Begin, *, pool_size: int) -> Engine:
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        connect_args={"timeout": 5.0},
        hide_parameters=True,
    )

    def connected(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA temp_store=MEMORY")
        if begin == "BEGIN":
            cursor.execute("PRAGMA query_only=ON")
        cursor.close()

    def began(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", began)
    return engine


def _postgres(url: str, *, pool_size: int) -> Engine:
    options = (
        "-c synchronous_commit=on -c default_transaction_isolation=read\\ committed"
        f" -c lock_timeout={LOCK_TIMEOUT_MS} -c timezone=UTC"
        f" -c idle_in_transaction_session_timeout={SILENT_TIMEOUT_MS}"
    )
    return create_engine(
        make_url(url).set(drivername="postgresql+psycopg"),
        pool_size=pool_size,
        max_overflow=0,
        pool_pre_ping=True,
        # What customers wrote has no place in an error's text.
        hide_parameters=True,
        connect_args={
            "options": options,
            "connect_timeout": 5,
            # A server that is gone without a word is noticed within seconds.
            "keepalives_idle": 5,
            "keepalives_interval": 2,
            "keepalives_count": 3,
            "tcp_user_timeout": 10_000,
        },
    )


def _impatient(engine: Engine, silence: float) -> Engine:
    from gateway.store.patience import PatientConnection  # noqa: PLC0415  the driver is there only where PostgreSQL is used

    def connect(
        _dialect: Dialect, _record: object, args: Sequence[Any], options: Mapping[str, Any]
    ) -> PatientConnection:
        connection = PatientConnection.connect(*args, **options)
        connection.silence = silence
        return connection

    event.listen(engine, "do_connect", connect)
    return engine


def check_durability(connection: Connection) -> None:
    """Refuse a database that acknowledges what is not on disk.

    Raises:
        StoreNotDurable: with the setting to change.
    """
    if connection.dialect.name == "sqlite":
        _expect(connection, "PRAGMA journal_mode", "wal")
        _expect(connection, "PRAGMA synchronous", 2)
    else:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            _expect(connection, f"SHOW {setting}", "on")


def _expect(connection: Connection, query: str, value: object) -> None:
    found = connection.execute(text(query)).scalar()
    if found != value:
        raise StoreNotDurable(
            f"the database answers {found!r} to {query!r} where {value!r} is needed: an"
            " acknowledged message could be lost in a power failure; change the setting"
        )
