"""Owns the vectors that were once computed, one SQLite file an embedder: the only costly part of an
index, kept apart so that any build can be thrown away. Never computes a vector."""

from __future__ import annotations

import hashlib
import math
import sqlite3
from array import array
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from brain.knowledge.damage import IndexDamaged, check_pages, sqlite_damage

Vector: TypeAlias = Sequence[float]
_UNIT = 1e-3


class KeptVectors:
    """Blocking; used by one thread at a time. A damaged file is thrown away: its vectors are
    computed again."""

    def __init__(self, path: Path, dimensions: int) -> None:
        self._path = path
        self._dimensions = dimensions
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._db = _opened(path)
        except IndexDamaged:
            self._db = self._emptied()

    def close(self) -> None:
        self._db.close()

    def known(self, texts: Iterable[str]) -> Mapping[str, Vector]:
        """The vectors of those texts that have one."""
        try:
            return {text: vector for text in texts if (vector := self._one(text)) is not None}
        except IndexDamaged:
            self._restart()
            return {}

    def keep(self, vectors: Mapping[str, Vector]) -> None:
        rows = [(_key(text), array("f", vector).tobytes()) for text, vector in vectors.items()]
        try:
            self._insert(rows)
        except IndexDamaged:
            self._restart()
            self._insert(rows)

    def forget_others(self, texts: Iterable[str]) -> None:
        """Keep the vectors of these texts only: an erased passage leaves nothing behind."""
        try:
            self._delete_others({_key(text) for text in texts})
        except IndexDamaged:
            self._restart()

    def _one(self, text: str) -> Vector | None:
        with sqlite_damage():
            row = self._db.execute(
                "SELECT value FROM vector WHERE key = ?", (_key(text),)
            ).fetchone()
        if row is None or len(row[0]) != array("f").itemsize * self._dimensions:
            return None
        vector = array("f", row[0])
        # Pages have no checksum in SQLite; a vector of another length was not written by us.
        return vector if abs(math.hypot(*vector) - 1) < _UNIT else None

    def _insert(self, rows: Sequence[tuple[bytes, bytes]]) -> None:
        with sqlite_damage(), self._db:
            self._db.execute("BEGIN")
            self._db.executemany("INSERT OR REPLACE INTO vector VALUES (?, ?)", rows)

    def _delete_others(self, wanted: Collection[bytes]) -> None:
        with sqlite_damage(), self._db:
            self._db.execute("BEGIN")
            rows = self._db.execute("SELECT key FROM vector").fetchall()
            gone = [row for row in rows if row[0] not in wanted]
            self._db.executemany("DELETE FROM vector WHERE key = ?", gone)

    def _restart(self) -> None:
        self._db.close()
        self._db = self._emptied()

    def _emptied(self) -> sqlite3.Connection:
        for ending in ("", "-wal", "-shm"):
            Path(f"{self._path}{ending}").unlink(missing_ok=True)
        return _opened(self._path)


def _opened(path: Path) -> sqlite3.Connection:
    with sqlite_damage():
        db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        try:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = NORMAL")
            db.execute("PRAGMA secure_delete = ON")
            check_pages(db)
            db.execute(
                "CREATE TABLE IF NOT EXISTS vector (key BLOB PRIMARY KEY, value BLOB NOT NULL)"
            )
        except BaseException:
            db.close()
            raise
        return db


def _key(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
