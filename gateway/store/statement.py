"""Statements that are built and compiled once and then run with values, past Core's work per call.

They run on the driver's own cursor of the connection that Core holds: transaction, savepoints and
errors are the same. It never opens a connection and never ends a transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from sqlalchemy import (
    Boolean,
    Connection,
    Delete,
    Dialect,
    Insert,
    RowMapping,
    SelectBase,
    Update,
)
from sqlalchemy.engine.interfaces import DBAPICursor, DBAPIModule
from sqlalchemy.engine.result import SimpleResultMetaData
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeEngine

Statement: TypeAlias = SelectBase | Insert | Update | Delete


class Process(Protocol):
    """What an engine's type does to a value on its way in or out."""

    def __call__(self, value: Any) -> Any: ...  # noqa: ANN401  # whatever the column holds


@dataclass(frozen=True, slots=True)
class _Form:
    """A statement as one driver takes it. ``order`` has the values' names by position, and is None
    where they go by name; ``fixed`` are those that the statement itself brings."""

    sql: str
    order: tuple[str, ...] | None
    fixed: Mapping[str, Any]
    named: AbstractSet[str]
    binding: tuple[tuple[str, Process], ...]
    metadata: SimpleResultMetaData
    places: dict[Any, int]
    reading: Sequence[Process | None] | None


class Prepared:
    """A statement whose values are named by ``bindparam``, compiled at its first run.

    It has no IN lists: what they compile to depends on their length.
    """

    def __init__(self, statement: Statement) -> None:
        self.statement = statement
        self._forms: dict[str, _Form] = {}

    def rows(self, connection: Connection, values: Mapping[str, object]) -> list[RowMapping]:
        """Every row that it gives.

        Raises:
            DBAPIError: one of its kinds, as Core raises them.
            TypeError: a value is missing, or one is given that it does not have.
        """
        form = self._form(connection.dialect)
        found = _run(connection, form, values).fetchall()
        metadata, reading, places = form.metadata, form.reading, form.places
        return [RowMapping(metadata, reading, places, row) for row in found]

    def change(self, connection: Connection, values: Mapping[str, object]) -> int:
        """Run it for its effect; how many rows it changed. Raises as ``rows`` does."""
        return _run(connection, self._form(connection.dialect), values).rowcount

    def _form(self, dialect: Dialect) -> _Form:
        form = self._forms.get(dialect.name)
        if form is None:
            form = self._forms[dialect.name] = _compiled(self.statement, dialect)
        return form


def _compiled(statement: Statement, dialect: Dialect) -> _Form:
    compiled = statement.compile(dialect=dialect)
    binds = compiled.binds
    processors = {
        name: bind.type.dialect_impl(dialect).bind_processor(dialect)
        for name, bind in binds.items()
    }
    binding = tuple((name, process) for name, process in processors.items() if process is not None)
    fixed = {name: bind.value for name, bind in binds.items() if not bind.required}
    columns = list(statement.exported_columns)
    reading = [_reading(column.type, dialect) for column in columns]
    keys = [str(column.key) for column in columns]
    return _Form(
        sql=compiled.string,
        order=tuple(compiled.positiontup) if compiled.positiontup is not None else None,
        fixed=fixed,
        named=frozenset(binds) - frozenset(fixed),
        binding=binding,
        metadata=SimpleResultMetaData(keys),
        places={key: place for place, key in enumerate(keys)},
        reading=reading if any(reading) else None,
    )


def _reading(kind: TypeEngine[Any], dialect: Dialect) -> Process | None:
    # The drivers give numbers and text as they are; only truth values differ between the engines.
    if not isinstance(kind, Boolean):
        return None
    return kind.dialect_impl(dialect).result_processor(dialect, None)


def _run(connection: Connection, form: _Form, values: Mapping[str, object]) -> DBAPICursor:
    if values.keys() != form.named:
        named, found = sorted(form.named), sorted(values)
        raise TypeError(f"values of {named} are needed and {found} are given: {form.sql}")
    given = {**form.fixed, **values}
    for name, process in form.binding:
        given[name] = process(given[name])
    parameters = given if form.order is None else tuple([given[name] for name in form.order])
    return _execute(connection, form.sql, parameters)


def command(connection: Connection, sql: str) -> None:
    """Run what has no values and gives no rows. Raises as ``Prepared.rows`` does."""
    _execute(connection, sql, ())


def _execute(
    connection: Connection, sql: str, parameters: Mapping[str, object] | tuple[object, ...]
) -> DBAPICursor:
    cursor = connection.connection.cursor()
    try:
        cursor.execute(sql, parameters)
    except connection.dialect.loaded_dbapi.Error as error:
        raise _as_core_raises(connection, sql, error) from error
    return cursor


def _as_core_raises(connection: Connection, sql: str, error: DBAPIModule.Error) -> BaseException:
    dialect = connection.dialect
    gone = dialect.is_disconnect(error, connection.connection, None)
    if gone:
        connection.invalidate(error)
    return DBAPIError.instance(
        sql,
        None,
        error,
        dialect.loaded_dbapi.Error,
        hide_parameters=True,
        connection_invalidated=gone,
        dialect=dialect,
    )
