"""The schema's versions: what this program writes, what it can read, and how it gets there.

A release expands the schema, a later one contracts it; ``oldest_program`` in the database says
which programs can still work on it, and only below that one refuses.
"""

from __future__ import annotations

import time
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, select, text
from sqlalchemy.exc import OperationalError

from gateway.errors import SchemaTooNew, StoreRefused
from gateway.store.backup import copy_sqlite
from gateway.store.schema.pipeline import schema_state

SCHEMA_VERSION = 17
OLDEST_PROGRAM = 1
MIGRATION_LOCK = 0x46444B31
# https://www.postgresql.org/docs/current/errcodes-appendix.html
DEADLOCK = "40P01"
TRIES, PAUSE_SECONDS = 20, 0.25
_FOLDER = Path(__file__).parent / "migrations"


def bring_up_to_date(engine: Engine, file: Path | None, *, upgrade: bool) -> None:
    """Upgrade where needed, SQLite after a backup beside the file.

    Raises:
        SchemaTooNew: a newer program has contracted the schema.
        StoreRefused: an upgrade is needed and ``upgrade`` is False.
    """
    with engine.connect() as connection:
        state = found_state(connection)
        if state is not None and state[1] > SCHEMA_VERSION:
            raise SchemaTooNew(
                f"this database needs a program of schema {state[1]} or newer and this one knows"
                f" {SCHEMA_VERSION}; install the newer version, or restore an older backup"
            )
        if state is not None and state[0] >= SCHEMA_VERSION and _at_head(connection):
            return
    if not upgrade:
        raise StoreRefused("the database's schema is not up to date; run 'frontdesk db upgrade'")
    if file is not None and state is not None:
        copy_sqlite(file, file.with_name(f"{file.name}.before-{SCHEMA_VERSION}"))
    _upgrade(engine)


def found_state(connection: Connection) -> tuple[int, int] | None:
    """(version, oldest program) of the database, None when it is empty."""
    if not inspect(connection).has_table(schema_state.name):
        return None
    row = connection.execute(select(schema_state.c.version, schema_state.c.oldest_program)).first()
    return None if row is None else (row[0], row[1])


def _at_head(connection: Connection) -> bool:
    current = MigrationContext.configure(connection).get_current_revision()
    known = {revision.revision for revision in _scripts().walk_revisions()}
    return current == _scripts().get_current_head() or current not in known


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.set_main_option("path_separator", "os")
    return config


def _upgrade(engine: Engine) -> None:
    """A node of the older release works on the same rows meanwhile: where the two stand in each
    other's way, the database ends one of them, and a whole upgrade can begin anew."""
    for tries_left in reversed(range(TRIES)):
        try:
            with engine.begin() as connection:
                upgrade_in(connection)
        except OperationalError as error:
            if not tries_left or getattr(error.orig, "sqlstate", None) != DEADLOCK:
                raise
            time.sleep(PAUSE_SECONDS)
        else:
            return


def upgrade_in(connection: Connection) -> None:
    """Bring the schema up to date within the caller's transaction."""
    config = _config()
    if connection.dialect.name == "postgresql":
        # Another node's upgrade may take longer than any row's lock ever should.
        connection.execute(text("SET LOCAL lock_timeout = 0"))
        connection.execute(text(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    connection.execute(schema_state.delete())
    connection.execute(
        schema_state.insert().values(id=1, version=SCHEMA_VERSION, oldest_program=OLDEST_PROGRAM)
    )
