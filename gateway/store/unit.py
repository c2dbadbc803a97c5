"""What a unit of work and a read are given: the connection, the time, new ids and wake-ups."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, CursorResult, Executable, RowMapping, Table, text
from sqlalchemy.dialects import postgresql, sqlite


def database_time(connection: Connection) -> float:
    """PostgreSQL's own clock, so that nodes with skewed clocks agree."""
    found = connection.execute(text("SELECT EXTRACT(EPOCH FROM clock_timestamp())::float8"))
    return float(found.scalar_one())


@dataclass(slots=True)
class Reading:
    """A connection opened for one tenant."""

    connection: Connection
    tenant: str
    now: float

    def execute(self, statement: Executable) -> CursorResult[Any]:
        return self.connection.execute(statement)

    def one(self, statement: Executable) -> RowMapping | None:
        return self.execute(statement).mappings().first()

    def all(self, statement: Executable) -> Sequence[RowMapping]:
        return self.execute(statement).mappings().all()

    def scalar(self, statement: Executable) -> Any:  # noqa: ANN401  # what the column holds
        return self.execute(statement).scalar()


@dataclass(slots=True)
class Unit(Reading):
    """A transaction's share: a plain synchronous function of rows gets it, and nothing else.

    A unit may be run again after a failure, so it is guarded by a unique key or by claim and
    epoch. ``emit`` names topics that are notified after COMMIT only.
    """

    new_id: Callable[[], str]
    failpoint: Callable[[str], None]
    emitted: set[str] = field(default_factory=set[str])

    def emit(self, *topics: str) -> None:
        self.emitted.update(topics)

    def insert(self, table: Table, **values: object) -> None:
        self.execute(table.insert().values(**values))

    def insert_once(self, table: Table, **values: object) -> bool:
        """Insert unless a unique key is taken; False when it was."""
        statement = self._insert(table).values(**values).on_conflict_do_nothing()
        counted = statement.execution_options(preserve_rowcount=True)
        return self.execute(counted).rowcount == 1

    def upsert(self, table: Table, key: Sequence[str], /, **values: object) -> None:
        """Insert, or update all but the key columns."""
        statement = self._insert(table).values(**values)
        changes = {name: value for name, value in values.items() if name not in key}
        self.execute(statement.on_conflict_do_update(index_elements=list(key), set_=changes))

    def changed(self, statement: Executable) -> int:
        """How many rows a statement changed."""
        return self.execute(statement).rowcount

    def _insert(self, table: Table) -> sqlite.Insert | postgresql.Insert:
        # The insert constructor is the second of the two places where the engines differ.
        if self.connection.dialect.name == "sqlite":
            return sqlite.insert(table)
        return postgresql.insert(table)


def dumps(value: object) -> str:
    """JSON for a column: compact, and the same for the same value. Half of a surrogate pair, which
    no database takes, becomes a question mark."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return text.encode("utf-8", "replace").decode("utf-8")


def loads_object(value: str | None) -> Mapping[str, Any]:
    return json.loads(value) if value else {}


def loads_list(value: str | None) -> Sequence[Any]:
    return json.loads(value) if value else []
