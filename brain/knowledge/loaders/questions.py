"""Owns the reading of a CSV of questions and answers, an article a row. Never evaluates a cell:
what a spreadsheet would calculate is text here."""

from __future__ import annotations

import csv
import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from io import StringIO
from itertools import islice
from pathlib import Path

from brain.knowledge import frontmatter
from brain.knowledge.documents import Document, Loaded, Problem, Unreadable
from brain.knowledge.loaders import article
from brain.knowledge.loaders.plain import decoded
from brain.knowledge.loaders.process import INPUT_LIMIT
from brain.knowledge.loaders.raw import Raw

ROWS = 10_000
# In words a comma is more common than a semicolon, and a tab is hardly ever meant.
_SEPARATORS = ("\t", ";", ",")
_SAMPLE = 20
_PAIR = 2
_SLUG = 60
_DIGITS = 6
_NO_LETTER = re.compile(r"[^a-z0-9]+")
# The names of the columns in the shipped languages, without accents.
_COLUMNS: Mapping[str, str] = {
    "question": "question questions q frage fragen pregunta preguntas domanda domande pergunta"
    " perguntas vraag vragen",
    "answer": "answer answers a antwort antworten reponse reponses respuesta respuestas risposta"
    " risposte resposta respostas antwoord antwoorden",
    "url": "url link address adresse",
    "audience": "audience",
    "language": "language lang sprache langue idioma lingua taal",
    "draft": "draft entwurf brouillon borrador bozza rascunho concept",
    "owner": "owner",
    "review_by": "review_by review-by reviewby",
}
_NAMES = {word: column for column, words in _COLUMNS.items() for word in words.split()}
_YES = frozenset({"true", "yes", "y", "1", "x", "ja", "oui", "si", "sim"})
_NO = frozenset({"false", "no", "n", "0", "nein", "non", "nee", "nao"})


def questions(raw: Raw, source: str, *, demo: bool) -> Loaded:
    """A document a row, and each row that was left out as a problem that names it.

    Raises:
        Unreadable: no table of questions and answers, or too long.
    """
    if len(raw.data) > INPUT_LIMIT:
        raise Unreadable(f"it is larger than {INPUT_LIMIT // 1024**2} MiB; split it")
    rows = _rows(decoded(raw.data))
    columns, first = _columns(rows)
    documents: dict[str, Document] = {}
    problems: list[Problem] = []
    for number, cells in enumerate(rows[first:], first + 1):
        if not any(cells):
            continue
        try:
            document = _document(raw, source, _named(columns, cells), demo=demo)
        except Unreadable as error:
            problems.append(_problem(raw, number, str(error)))
        else:
            if documents.setdefault(document.id, document) is not document:
                reason = "its question stands in a row above it already"
                problems.append(_problem(raw, number, reason))
    if not documents and not problems:
        raise Unreadable("it holds no question")
    return Loaded(tuple(documents.values()), tuple(problems))


def _problem(raw: Raw, row: int, reason: str) -> Problem:
    return Problem(Path(raw.name), f"row {row} of {raw.url or raw.name} was left out: {reason}")


def _rows(text: str) -> list[list[str]]:
    """
    Raises:
        Unreadable: too many rows, or a cell that never ends.
    """
    try:
        rows = list(islice(_read(text, _separator(text)), ROWS + 2))
    except csv.Error as error:
        raise Unreadable(f"it is no CSV that can be read ({error}); save it anew") from error
    if len(rows) > ROWS + 1:
        raise Unreadable(f"it has more than {ROWS} rows; split it")
    return rows


def _read(text: str, separator: str) -> Iterator[list[str]]:
    for row in csv.reader(StringIO(text, newline=""), delimiter=separator, strict=False):
        yield [cell.strip() for cell in row]


def _separator(text: str) -> str:
    """The one by which the first rows fall into the most columns, all alike."""

    def alike(separator: str) -> tuple[bool, int]:
        rows = [row for row in islice(_read(text, separator), _SAMPLE) if any(row)]
        widths = [len(row) for row in rows] or [0]
        known = bool(rows) and {"question", "answer"} <= set(map(_column, rows[0]))
        return known, min(widths) if min(widths) > 1 else 0

    return max(_SEPARATORS, key=alike)


def _columns(rows: Sequence[Sequence[str]]) -> tuple[list[str | None], int]:
    """What each column holds, and where the questions begin."""
    start = next((i for i, row in enumerate(rows) if any(row)), 0)
    head = rows[start] if rows else list[str]()
    columns = [_column(cell) for cell in head]
    if "question" in columns and "answer" in columns:
        return columns, start + 1
    if len(head) == _PAIR and not set(columns) - {None}:
        return ["question", "answer"], start
    raise Unreadable("its first row names no column 'question' and no column 'answer'; add them")


def _column(cell: str) -> str | None:
    return _NAMES.get(_folded(cell).replace(" ", "_"))


def _named(columns: Sequence[str | None], cells: Sequence[str]) -> dict[str, str]:
    """The row's cells by column; of two columns of one name the first counts."""
    named: dict[str, str] = {}
    for column, cell in zip(columns, cells, strict=False):
        if column is not None and cell:
            named.setdefault(column, cell)
    return named


def _document(raw: Raw, source: str, cells: dict[str, str], *, demo: bool) -> Document:
    question, answer = " ".join(cells.pop("question", "").split()), cells.pop("answer", "")
    if not question or not answer:
        raise Unreadable(f"it has no {'answer' if question else 'question'}")
    data: dict[str, object] = {**cells, "title": question}
    if "draft" in data:
        data["draft"] = _flag(cells["draft"])
    matter = frontmatter.of(data, "it")
    matter = replace(matter, url=matter.url or raw.url)
    id = _id(raw.name, question)
    return article.document(id, source, matter, answer, sort="csv", demo=demo)


def _flag(cell: str) -> bool | str:
    word = _folded(cell)
    return word in _YES if word in _YES | _NO else cell


def _id(name: str, question: str) -> str:
    slug = _NO_LETTER.sub("-", _folded(question))[:_SLUG].strip("-")
    digest = hashlib.sha256(question.encode()).hexdigest()[:_DIGITS]
    return article.shortened(f"{article.id_of(name)}__{slug}-{digest}".replace("__-", "__"))


def _folded(text: str) -> str:
    """Lower case without accents."""
    parts = unicodedata.normalize("NFKD", text.strip().casefold())
    return "".join(c for c in parts if not unicodedata.combining(c))
