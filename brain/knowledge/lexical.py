"""Owns the lexical index, one SQLite file with full-text tables. Never sees a question as anything
but quoted words, so no text can be a syntax error or an operator."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from brain.contract import Passage
from brain.knowledge.damage import check_pages, sqlite_damage
from brain.knowledge.query import (
    identifiers,
    may_be_misspelt,
    names,
    nearest,
    terms,
    trigrams,
)
from brain.knowledge.scopes import scope_of, spoken

_TITLE_WEIGHT = 3.0
# bm25's k1 in SQLite: no term can count for more than its rarity times k1 + 1.
_K1 = 1.2
_PREFIX = 5
_NEIGHBOURS = 24
# So many occurrences of words are weighed for a question, those of the rarest words first.
_POSTINGS = 4000
# An identifier that so many passages share tells nothing apart.
COMMON = 50
_SCHEMA = """
CREATE TABLE IF NOT EXISTS passage (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, scope TEXT NOT NULL,
    language TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS passage_scope ON passage (scope);
CREATE INDEX IF NOT EXISTS passage_language ON passage (language);
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5 (
    title, body, tokenize = 'unicode61 remove_diacritics 2');
CREATE VIRTUAL TABLE IF NOT EXISTS vocabulary USING fts5vocab (words, row);
CREATE VIRTUAL TABLE IF NOT EXISTS spelling USING fts5 (term, tokenize = 'trigram');
"""


@dataclass(frozen=True, slots=True)
class Found:
    """What the words of a question found: ``scores`` of the best passages from 0 to 1, and for
    every identifier that tells passages apart the ids of those that have it, and for every name
    of a product the ids of those under a title with it."""

    scores: Mapping[str, float]
    exact: Mapping[str, frozenset[str]]
    named: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])

    def ids(self) -> set[str]:
        groups = (*self.exact.values(), *self.named.values())
        return {*self.scores, *(id_ for ids in groups for id_ in ids)}


class LexicalIndex:
    """Blocking; used by one thread at a time."""

    def __init__(self, path: Path) -> None:
        self._languages: frozenset[str] | None = None
        with sqlite_damage():
            self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            try:
                self._prepare()
            except BaseException:
                self._db.close()
                raise

    def _prepare(self) -> None:
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        check_pages(self._db)
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        self._db.close()

    def ids(self) -> dict[str, set[str]]:
        """The ids of the passages, by scope."""
        found: dict[str, set[str]] = {}
        with sqlite_damage():
            for scope, id_ in self._db.execute("SELECT scope, id FROM passage"):
                found.setdefault(scope, set()).add(id_)
        return found

    def languages(self) -> frozenset[str]:
        """Those of the passages, as ``spoken`` names them; empty stands for none that is known."""
        if self._languages is None:
            with sqlite_damage():
                rows = self._db.execute("SELECT DISTINCT language FROM passage").fetchall()
            self._languages = frozenset(cast("str", language) for (language,) in rows)
        return self._languages

    def add(self, passages: Iterable[Passage]) -> None:
        """Put passages in; one that is there already is replaced."""
        self._languages = None
        with sqlite_damage(), self._db:
            self._db.execute("BEGIN")
            for passage in passages:
                self._remove(
                    self._db.execute(
                        "SELECT number FROM passage WHERE id = ?", (passage.id,)
                    ).fetchone()
                )
                number = self._db.execute(
                    "INSERT INTO passage (id, scope, language) VALUES (?, ?, ?)",
                    (passage.id, scope_of(passage), spoken(passage.language)),
                ).lastrowid
                self._db.execute(
                    "INSERT INTO words (rowid, title, body) VALUES (?, ?, ?)",
                    (number, " / ".join(passage.title_path), passage.text),
                )

    def remove(self, scope: str, ids: Iterable[str]) -> None:
        self._languages = None
        with sqlite_damage(), self._db:
            self._db.execute("BEGIN")
            for id_ in ids:
                row = self._db.execute(
                    "SELECT number FROM passage WHERE id = ? AND scope = ?", (id_, scope)
                ).fetchone()
                self._remove(row)

    def _remove(self, row: tuple[int] | None) -> None:
        if row is not None:
            self._db.execute("DELETE FROM passage WHERE number = ?", row)
            self._db.execute("DELETE FROM words WHERE rowid = ?", row)

    def learn_spelling(self) -> None:
        """Take over the words of all passages as those that a misspelt one may stand for."""
        with sqlite_damage(), self._db:
            self._db.execute("BEGIN")
            self._db.execute("DELETE FROM spelling")
            self._db.execute(
                "INSERT INTO spelling (term) SELECT term FROM vocabulary "
                "WHERE length(term) BETWEEN 4 AND 32"
            )

    def search(self, question: str, scopes: Sequence[str], limit: int) -> Found:
        with sqlite_damage():
            exact = {i: self._having(_quoted(i), scopes) for i in identifiers(question)}
            return Found(
                scores=self._scores(terms(question), scopes, limit),
                exact=_telling(exact),
                named=_telling(self._named(question, scopes)),
            )

    def _named(self, question: str, scopes: Sequence[str]) -> Mapping[str, frozenset[str]]:
        """The passages under a title that has a name of the question; a name that is part of
        another one that was found says nothing more."""
        found: dict[str, frozenset[str]] = {}
        for name in names(question):
            if any(name in longer for longer in found):
                continue
            ids = self._having(f"title : {_quoted(name)}", scopes)
            if ids:
                found[name] = ids
        return found

    def _scores(
        self, terms: Sequence[str], scopes: Sequence[str], limit: int
    ) -> Mapping[str, float]:
        (total,) = self._db.execute("SELECT count(*) FROM passage").fetchone()
        counts = {term: self._count(term) for term in terms}
        rarity = {term: _rarity(count, total) for term, count in counts.items()}
        # A word of half the passages ranks nothing and costs the most to look up.
        telling = [term for term in terms if rarity[term] > 0] or list(terms)
        best = sum(rarity[term] for term in telling) * (_K1 + 1)
        if not telling or best <= 0:
            return {}
        chosen = _affordable(telling, counts)
        parts = [part for term in chosen for part in self._spellings(term, counts[term])]
        rows = self._db.execute(
            "SELECT p.id, bm25(words, ?, 1.0) AS rank FROM words "  # noqa: S608  marks only
            "CROSS JOIN passage p ON p.number = words.rowid "
            f"WHERE words MATCH ? AND p.scope IN ({_marks(scopes)}) ORDER BY rank LIMIT ?",
            (_TITLE_WEIGHT, " OR ".join(dict.fromkeys(parts)), *scopes, limit),
        )
        return {id_: min(1.0, -rank / best) for id_, rank in rows}

    def _having(self, expression: str, scopes: Sequence[str]) -> frozenset[str]:
        rows = self._db.execute(
            # Crossed, so that the words are looked up once and not for every passage.
            "SELECT p.id FROM words CROSS JOIN passage p ON p.number = words.rowid "  # noqa: S608  marks only
            f"WHERE words MATCH ? AND p.scope IN ({_marks(scopes)}) LIMIT ?",
            (expression, *scopes, COMMON + 1),
        )
        return frozenset(cast("str", id_) for (id_,) in rows)

    def _count(self, term: str) -> int:
        row = self._db.execute("SELECT doc FROM vocabulary WHERE term = ?", (term,)).fetchone()
        return 0 if row is None else cast("int", row[0])

    def _spellings(self, term: str, count: int) -> Collection[str]:
        """The term as a full-text expression; an unknown one also as the words it may mean."""
        own = _quoted(term) + ("*" if len(term) >= _PREFIX else "")
        if count or not may_be_misspelt(term):
            return (own,)
        parts = " OR ".join(_quoted(part) for part in trigrams(term))
        rows = self._db.execute(
            "SELECT term FROM spelling WHERE spelling MATCH ? ORDER BY rank LIMIT ?",
            (parts, _NEIGHBOURS),
        )
        return (own, *(_quoted(word) for word in nearest(term, [row[0] for row in rows])))


def _affordable(terms: Sequence[str], counts: Mapping[str, int]) -> Sequence[str]:
    """The rarest of the terms, as many as are looked up quickly, and one at least."""
    rarest = sorted(terms, key=lambda term: counts[term])
    taken, cost = rarest[:1], counts[rarest[0]]
    for term in rarest[1:]:
        cost += counts[term]
        if cost > _POSTINGS:
            break
        taken.append(term)
    return taken


def _telling(found: Mapping[str, frozenset[str]]) -> Mapping[str, frozenset[str]]:
    return {name: ids for name, ids in found.items() if 0 < len(ids) <= COMMON}


def _rarity(count: int, total: int) -> float:
    return max(0.0, math.log((total - count + 0.5) / (count + 0.5)))


def _quoted(text: str) -> str:
    # SQLite ends its string at a NUL.
    return '"' + text.replace("\0", " ").replace('"', '""') + '"'


def _marks(values: Sequence[str]) -> str:
    return ", ".join("?" * len(values))
