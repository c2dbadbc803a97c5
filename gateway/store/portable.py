"""Every row from one database into another, whichever engines they are: how a server's database is
backed up into a file, and a file put into a server. It changes nothing in what it reads.

The file is a store of its own, the same that one gateway on SQLite has. So a backup of either
engine is restored into either, which is also the way from one machine to several.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Connection, Engine, Table, func, inspect, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.ddl import CreateSchema

from gateway.errors import CorruptStore, StoreInUse, StoreRefused
from gateway.store import migration
from gateway.store.backup import check_sqlite, copy_sqlite, sync
from gateway.store.engine import writer_engine
from gateway.store.opening import open_store
from gateway.store.schema.every import metadata
from gateway.store.schema.pipeline import nodes

ROWS = 1_000
# A node that beat this recently is running.
ALIVE_SECONDS = 15.0
REPLACED = "frontdesk_replaced"
ALEMBIC = "alembic_version"
_MASK = (1 << 128) - 1


@dataclass(frozen=True, slots=True)
class Copied:
    """``rows`` over all tables; ``kept`` is where what was there before is kept, None where there
    was nothing."""

    rows: int
    kept: str | None = None


@dataclass(frozen=True, slots=True)
class Sum:
    """How many rows a table has, and what they add up to in whatever order they come."""

    rows: int = 0
    total: int = 0

    def with_rows(self, rows: Sequence[Sequence[Any]]) -> Sum:
        total = sum(map(_digest, rows), self.total)
        return Sum(self.rows + len(rows), total & _MASK)


def back_up(url: str, file: Path) -> Copied:
    """Write a server's database into a file, as of one moment, while gateways run on it.

    Raises:
        StoreRefused: it cannot be read, or the file cannot be written.
    """
    open_store(url, upgrade=False).close()
    partial = file.with_name(f"{file.name}.partial")
    partial.unlink(missing_ok=True)
    try:
        open_store(f"sqlite:///{partial}").close()
        copied = _between(url, f"sqlite:///{partial}")
        check_sqlite(partial)
        sync(partial)
        partial.replace(file)
    except (DBAPIError, OSError) as error:
        raise StoreRefused(f"the copy {file} could not be written: {_why(error)}") from error
    finally:
        partial.unlink(missing_ok=True)
    return copied


def put_back(file: Path, url: str, *, replace: bool) -> Copied:
    """Put a file's rows into a server's database: all of them, or nothing is changed.

    Raises:
        CorruptStore: the file is damaged. StoreInUse: a gateway runs on the database.
        StoreRefused: it holds something and ``replace`` is False, or does not take the rows.
    """
    check_sqlite(file)
    with TemporaryDirectory(dir=file.absolute().parent, prefix=".restoring-") as folder:
        # An older copy is brought up to date in a copy of its own.
        fresh = Path(folder) / "copy.db"
        copy_sqlite(file, fresh)
        open_store(f"sqlite:///{fresh}").close()
        return _into_server(f"sqlite:///{fresh}", url, replace=replace)


def _into_server(source: str, url: str, *, replace: bool) -> Copied:
    reading, writing = writer_engine(source), writer_engine(url)
    try:
        with reading.connect() as there, writing.begin() as here:
            _patient(here)
            kept = _moved_aside(here, replace=replace)
            migration.upgrade_in(here)
            return Copied(_copy(there, here), kept)
    except DBAPIError as error:
        raise StoreRefused(f"the database does not take the copy: {_why(error)}") from error
    finally:
        reading.dispose()
        writing.dispose()


def _between(source: str, target: str) -> Copied:
    reading, writing = writer_engine(source), writer_engine(target)
    try:
        snapshot = _snapshot(reading)
        with snapshot.connect() as there, writing.begin() as here:
            _patient(there)
            return Copied(_copy(there, here))
    finally:
        reading.dispose()
        writing.dispose()


def _snapshot(engine: Engine) -> Engine:
    """The same engine, whose transactions see one moment."""
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _patient(connection: Connection) -> None:
    """A copy takes longer than any unit of ours ever should."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        connection.execute(text("SET LOCAL lock_timeout = 0"))


def _moved_aside(here: Connection, *, replace: bool) -> str | None:
    """Move the tables that are there into a schema of their own; its name."""
    names = set(inspect(here).get_table_names())
    ours = sorted(names & {*metadata.tables, ALEMBIC})
    if not ours:
        return None
    _refuse_a_running_gateway(here)
    if not replace:
        raise StoreRefused(
            "the database holds a store already; say --replace to put the copy in its place (what"
            f" is there is kept in the schema {REPLACED})"
        )
    kept = _free_name(here)
    here.execute(CreateSchema(kept))
    for name in ours:
        quoted = here.dialect.identifier_preparer.quote(name)
        here.execute(text(f"ALTER TABLE {quoted} SET SCHEMA {kept}"))
    return kept


def _refuse_a_running_gateway(here: Connection) -> None:
    if not inspect(here).has_table(nodes.name):
        return
    # Whoever starts meanwhile waits for this transaction, and then finds the copy.
    here.execute(text(f"LOCK TABLE {nodes.name} IN ACCESS EXCLUSIVE MODE"))
    age = func.extract("epoch", func.clock_timestamp()) - func.max(nodes.c.heartbeat_at)
    beat = here.execute(select(age)).scalar()
    if beat is not None and float(beat) < ALIVE_SECONDS:
        raise StoreInUse(
            f"a gateway runs on this database, or did {float(beat):.0f} seconds ago; stop every"
            f" node and wait for {ALIVE_SECONDS:.0f} seconds"
        )


def _free_name(here: Connection) -> str:
    taken = set(inspect(here).get_schema_names())
    names = (f"{REPLACED}_{number}" if number > 1 else REPLACED for number in range(1, 10_000))
    return next(name for name in names if name not in taken)


def _copy(there: Connection, here: Connection) -> int:
    """Copy every table, and look whether all of it arrived; how many rows there are.

    Raises:
        CorruptStore: what was written is not what was read.
    """
    rows = 0
    for table in metadata.sorted_tables:
        here.execute(table.delete())
        sent = Sum()
        for part in _parts(there, table):
            named = [dict(zip(table.c.keys(), row, strict=True)) for row in part]
            here.execute(table.insert(), named)
            sent = sent.with_rows(part)
        if sum_of(here, table) != sent:
            raise CorruptStore(f"the table {table.name} did not arrive whole; nothing was changed")
        rows += sent.rows
    return rows


def sum_of(connection: Connection, table: Table) -> Sum:
    found = Sum()
    for part in _parts(connection, table):
        found = found.with_rows(part)
    return found


def _parts(connection: Connection, table: Table) -> Iterator[list[tuple[Any, ...]]]:
    result = connection.execute(select(table).execution_options(yield_per=ROWS))
    for part in result.partitions():
        yield [tuple(row) for row in part]


def _digest(row: Sequence[Any]) -> int:
    return int.from_bytes(hashlib.sha256(repr(tuple(row)).encode()).digest()[:16], "big")


def _why(error: Exception) -> str:
    original = error.orig if isinstance(error, DBAPIError) else error
    return str(original).splitlines()[0] if str(original) else type(error).__name__
