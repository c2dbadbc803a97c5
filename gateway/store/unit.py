"""What a unit of work and a read are given: the connection, the time, new ids and wake-ups."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import (
    Connection,
    CursorResult,
    Executable,
    RowMapping,
    Table,
    bindparam,
    insert,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite

from gateway.store.statement import Prepared
from gateway.telemetry.facts import Fact


def database_time(connection: Connection) -> float:
    """PostgreSQL's own clock, so that nodes with skewed clocks agree."""
    found = connection.execute(text("SELECT EXTRACT(EPOCH FROM clock_timestamp())::float8"))
    return float(found.scalar_one())


@dataclass(slots=True)
class Reading:
    """A connection opened for one tenant. Statements are Core's, or prepared ones with their
    values: what runs for every message is prepared."""

    connection: Connection
    tenant: str
    now: float

    def execute(self, statement: Executable) -> CursorResult[Any]:
        return self.connection.execute(statement)

    def one(self, statement: Executable | Prepared, **values: object) -> RowMapping | None:
        if isinstance(statement, Prepared):
            found = statement.rows(self.connection, values)
            return found[0] if found else None
        return self.execute(statement).mappings().first()

    def all(self, statement: Executable | Prepared, **values: object) -> Sequence[RowMapping]:
        if isinstance(statement, Prepared):
            return statement.rows(self.connection, values)
        return self.execute(statement).mappings().all()

    def scalar(self, statement: Executable | Prepared, **values: object) -> Any:  # noqa: ANN401  # what the column holds
        if isinstance(statement, Prepared):
            found = statement.rows(self.connection, values)
            return next(iter(found[0].values())) if found else None
        return self.execute(statement).scalar()


@dataclass(slots=True)
class Unit(Reading):
    """A transaction's share: a plain synchronous function of rows gets it, and nothing else.

    A unit may be run again after a failure, so it is guarded by a unique key or by claim and
    epoch. ``emit`` names topics that are notified after COMMIT only, ``tell`` facts likewise.
    """

    new_id: Callable[[], str]
    failpoint: Callable[[str], None]
    emitted: set[str] = field(default_factory=set[str])
    told: list[Fact] = field(default_factory=list[Fact])

    def emit(self, *topics: str) -> None:
        self.emitted.update(topics)

    def tell(self, fact: Fact) -> None:
        self.told.append(fact)

    def insert(self, table: Table, **values: object) -> None:
        _insert(table, tuple(values)).change(self.connection, values)

    def insert_once(self, table: Table, **values: object) -> bool:
        """Insert unless a unique key is taken; False when it was."""
        statement = _insert_once(self.connection.dialect.name, table, tuple(values))
        return statement.change(self.connection, values) == 1

    def upsert(self, table: Table, key: Sequence[str], /, **values: object) -> None:
        """Insert, or update all but the key columns."""
        dialect = self.connection.dialect.name
        statement = _upsert(dialect, table, tuple(key), tuple(values))
        statement.change(self.connection, values)

    def changed(self, statement: Executable | Prepared, **values: object) -> int:
        """How many rows a statement changed."""
        if isinstance(statement, Prepared):
            return statement.change(self.connection, values)
        return self.execute(statement).rowcount


@cache
def _insert(table: Table, names: tuple[str, ...]) -> Prepared:
    return Prepared(insert(table).values(_given(names)).inline())


@cache
def _insert_once(dialect: str, table: Table, names: tuple[str, ...]) -> Prepared:
    return Prepared(_either(dialect, table).values(_given(names)).on_conflict_do_nothing().inline())


@cache
def _upsert(dialect: str, table: Table, key: tuple[str, ...], names: tuple[str, ...]) -> Prepared:
    statement = _either(dialect, table).values(_given(names))
    changes = {name: statement.excluded[name] for name in names if name not in key}
    return Prepared(
        statement.on_conflict_do_update(index_elements=list(key), set_=changes).inline()
    )


def _given(names: tuple[str, ...]) -> dict[str, Any]:
    return {name: bindparam(name) for name in names}


def _either(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    # The insert constructor is the second of the two places where the engines differ.
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def dumps(value: object) -> str:
    """JSON for a column: compact, and the same for the same value. Half of a surrogate pair, which
    no database takes, becomes a question mark."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return text.encode("utf-8", "replace").decode("utf-8")


def loads_object(value: str | None) -> Mapping[str, Any]:
    return json.loads(value) if value else {}


def loads_list(value: str | None) -> Sequence[Any]:
    return json.loads(value) if value else []
