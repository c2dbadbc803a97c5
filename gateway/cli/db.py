"""``frontdesk db``: the store's schema and safe copies of it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

import click
from sqlalchemy.exc import DBAPIError

from gateway.cli.failures import Failed, Misused
from gateway.cli.options import everywhere
from gateway.cli.progress import working
from gateway.cli.showing import emit
from gateway.cli.storing import configuration, is_missing, shown
from gateway.config.settings import Settings
from gateway.errors import CorruptStore, SchemaTooNew, StoreRefused
from gateway.store.backup import check_sqlite, copy_sqlite, restore_sqlite
from gateway.store.engine import reader_engine
from gateway.store.migration import SCHEMA_VERSION, found_state
from gateway.store.opening import database_file, open_store, sole_gateway
from gateway.store.portable import back_up, put_back


@click.group("db")
def db() -> None:
    """Upgrade, check, back up and restore the store."""


@db.command("upgrade")
@everywhere
def upgrade(config: Path, *, as_json: bool) -> None:
    """Bring the schema up to date; SQLite is copied first. `frontdesk run` does the same."""
    settings = configuration(config)
    before = schema_of(settings)
    with working("looking at the store"):
        open_store(settings.store.url).close()
    after = schema_of(settings)
    if as_json:
        emit({"store": shown(settings.store.url), "before": before, "after": after})
        return
    if before == after:
        click.echo(f"the schema is up to date: {after}")
        return
    click.echo(f"the schema went from {'nothing' if before is None else before} to {after}")


@db.command("check")
@everywhere
def check(config: Path, *, as_json: bool) -> None:
    """Read every page of a SQLite store, and look at settings and schema of any. Exit code 1 when
    something is wrong."""
    settings = configuration(config)
    try:
        schema = checked(settings)
    except StoreRefused as error:
        if as_json:
            emit({"ok": False, "store": shown(settings.store.url), "problem": str(error)})
        raise Failed(str(error)) from error
    if as_json:
        emit({"ok": True, "store": shown(settings.store.url), "schema": schema})
        return
    click.echo(f"{shown(settings.store.url)} is sound; schema {schema}")


@db.command("backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--replace", is_flag=True, help="Write over a file of this name.")
@everywhere
def backup(file: Path, config: Path, *, replace: bool, as_json: bool) -> None:
    """Copy the store into a file, also while gateways run on it. A copy of either database can be
    restored into either."""
    settings = configuration(config)
    source = database_file(settings.store.url)
    if is_missing(settings):
        raise Failed(f"there is no store at {shown(settings.store.url)} yet: nothing to copy")
    if not file.absolute().parent.is_dir():
        raise Misused(f"there is no folder {file.absolute().parent}; make it first")
    if file.exists() and not replace:
        raise Misused(f"{file} is there already; choose another name, or say --replace")
    if source is not None and file.absolute().parent.resolve() / file.name == source.resolve():
        raise Misused(f"{file} is the store itself; choose another name")
    with working("copying"), only_ours():
        if source is None:
            back_up(settings.store.url, file)
        else:
            copy_sqlite(source, file)
            check_sqlite(file)
    if as_json:
        emit({"file": str(file), "bytes": file.stat().st_size, "files": str(settings.store.folder)})
        return
    click.echo(f"{file} holds the store, {file.stat().st_size} bytes")
    click.echo(
        f"attachments ({settings.store.folder}) and secret.key ({settings.store.data}) are not in"
        " it; copy them too",
        err=True,
    )


@db.command("restore")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--replace", is_flag=True, help="PostgreSQL: move aside the store that is there.")
@everywhere
def restore(file: Path, config: Path, *, replace: bool, as_json: bool) -> None:
    """Put a copy in the store's place. What was there stays: beside it as FILE.replaced, on
    PostgreSQL in a schema of its own. Refused while a gateway runs."""
    settings = configuration(config)
    target, version = database_file(settings.store.url), version_of(file)
    store, kept = shown(settings.store.url), None
    with sole_gateway(settings.store.url), working("restoring"), only_ours():
        if target is None:
            kept = put_back(file, settings.store.url, replace=replace).kept
        else:
            restore_sqlite(file, target)
            store, kept = str(target), f"{target}.replaced"
    if as_json:
        emit({"store": store, "schema": version, "replaced": kept})
        return
    click.echo(f"{store} is what {file} held (schema {version}); start the gateway again")
    if target is None and kept is not None:
        click.echo(
            f"what was there is kept: DROP SCHEMA {kept} CASCADE once it is not needed", err=True
        )


def checked(settings: Settings) -> int | None:
    """The schema's version of a sound store.

    Raises:
        StoreRefused: it is not sound, or not there.
    """
    if is_missing(settings):
        raise StoreRefused(f"there is no store at {shown(settings.store.url)} yet")
    file = database_file(settings.store.url)
    if file is not None:
        with working("reading the store"):
            check_sqlite(file)
    open_store(settings.store.url, upgrade=False).close()
    return schema_of(settings)


def schema_of(settings: Settings) -> int | None:
    """The version of the schema that is there, None where there is none; changes nothing."""
    if is_missing(settings):
        return None
    engine = reader_engine(settings.store.url, 1)
    try:
        with engine.connect() as connection:
            state = found_state(connection)
    except DBAPIError:
        # Opening it says what is wrong, and how to mend it.
        return None
    finally:
        engine.dispose()
    return None if state is None else state[0]


def version_of(backup: Path) -> int:
    """
    Raises:
        StoreRefused: it is no copy of a store, or one that this program cannot read.
    """
    if not backup.is_file():
        raise StoreRefused(f"there is no backup at {backup}")
    try:
        address = f"{backup.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(address, uri=True)) as connection:
            row = connection.execute("SELECT version, oldest_program FROM schema_state").fetchone()
    except sqlite3.Error as error:
        raise CorruptStore(f"{backup} is no copy of a Frontdesk store: {error}") from error
    if row is None:
        raise CorruptStore(f"{backup} is no whole copy of a Frontdesk store")
    if row[1] > SCHEMA_VERSION:
        raise SchemaTooNew
    return int(row[0])


@contextmanager
def only_ours() -> Generator[None]:
    """New files are for their owner alone: a copy holds all that customers wrote."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)
