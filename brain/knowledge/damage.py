"""Owns the telling apart of what can go wrong with an index on disk: damaged, so it is rebuilt, or
a disk without room, which rebuilding would only make worse."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager

from brain.contract import KnowledgeUnavailable


class IndexDamaged(Exception):
    """The index on disk cannot be used; it is built again from the store."""


def explain(error: Exception) -> IndexDamaged | KnowledgeUnavailable:
    """What an error of a database behind the index means."""
    reason = str(error)
    if "disk is full" in reason or "No space left" in reason:
        return KnowledgeUnavailable(
            f"the disk has no room for the knowledge index ({reason}); free some space"
        )
    return IndexDamaged(f"the knowledge index cannot be used ({reason}) and is built again")


@contextmanager
def sqlite_damage() -> Generator[None]:
    """Errors of SQLite as what they mean for the index."""
    try:
        yield
    except sqlite3.Error as error:
        raise explain(error) from error


def check_pages(db: sqlite3.Connection) -> None:
    """Raise IndexDamaged unless SQLite finds its own pages in order."""
    (state,) = db.execute("PRAGMA quick_check(1)").fetchone()
    if state != "ok":
        raise IndexDamaged(f"a file of the knowledge index is damaged ({state}); it is made again")
