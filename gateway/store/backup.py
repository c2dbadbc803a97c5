"""Whole copies of a database that are consistent while a gateway runs on it."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from gateway.errors import CorruptStore, StoreRefused


def copy_sqlite(source: Path, target: Path) -> None:
    """Write a consistent copy of a live SQLite file, fsynced before it takes its name.

    Raises:
        StoreRefused: the copy cannot be written.
    """
    partial = target.with_name(f"{target.name}.partial")
    partial.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(partial)) as copy:
            live.backup(copy)
        sync(partial)
        partial.replace(target)
    except (OSError, sqlite3.Error) as error:
        partial.unlink(missing_ok=True)
        raise StoreRefused(f"the copy {target} could not be written: {error}") from error


def check_sqlite(file: Path) -> None:
    """Read every page.

    Raises:
        CorruptStore: it is damaged or no database of ours, with what the database says.
    """
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
            found = [row[0] for row in connection.execute("PRAGMA integrity_check(5)")]
            # An empty file is a sound database too, but never one of ours.
            connection.execute("SELECT version FROM schema_state")
    except sqlite3.Error as error:
        raise CorruptStore(f"{file} cannot be read: {error}") from error
    if found != ["ok"]:
        raise CorruptStore(f"{file} is damaged: {'; '.join(found)}")


def restore_sqlite(backup: Path, target: Path) -> None:
    """Put a checked backup in the place of the database; the old file stays beside it.

    Raises:
        CorruptStore: the backup is damaged. StoreRefused: it is missing or cannot be copied.
    """
    if not backup.is_file():
        raise StoreRefused(f"there is no backup at {backup}")
    check_sqlite(backup)
    # Copied first: where there is no room for both, the database stays where it is.
    fresh = target.with_name(f"{target.name}.restored")
    copy_sqlite(backup, fresh)
    for suffix in ("", "-wal", "-shm"):
        old = target.with_name(target.name + suffix)
        if old.exists():
            old.replace(target.with_name(f"{target.name}.replaced{suffix}"))
    fresh.replace(target)


def sync(file: Path) -> None:
    """Have the file's content on the disk before anything relies on it."""
    with file.open("rb+") as written:
        os.fsync(written.fileno())
