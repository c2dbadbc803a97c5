"""Writes labelled questions and the articles that they were asked over as a folder that is read
back by ``read``; blocking."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from brain.knowledge.documents import Document
from gateway.grading.rows import KNOWLEDGE

# The knowledge base's name in the folder.
NAME = "desk"
_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")
_LONGEST = 100


@dataclass(frozen=True, slots=True)
class Known:
    """A question and the article that answers it; None where none does."""

    id: str
    question: str
    document: str | None


def export(folder: Path, documents: Sequence[Document], questions: Sequence[Known]) -> None:
    """
    Raises:
        OSError: the folder cannot be written.
    """
    shelf = folder / KNOWLEDGE / NAME
    shelf.mkdir(parents=True, exist_ok=True)
    names = _names([document.id for document in documents])
    for document in documents:
        file = shelf / f"{names[document.id]}.md"
        file.write_text(_article(document), encoding="utf-8")
    asked = [one for one in questions if one.document in names]
    _write(
        folder / "retrieval.jsonl",
        [
            {"id": one.id, "kb": NAME, "query": one.question, "gold": [names[one.document or ""]]}
            for one in asked
        ],
    )
    scope = [*asked, *(one for one in questions if one.document is None)]
    _write(
        folder / "oos.jsonl",
        [
            {
                "id": f"{one.id}-scope",
                "kb": NAME,
                "query": one.question,
                "in_scope": one.document is not None,
                "kind": "out_of_scope" if one.document is None else "in_scope",
            }
            for one in scope
        ],
    )


def _names(ids: Sequence[str]) -> Mapping[str, str]:
    """A file's name for each id, none the beginning of another."""
    return {id: f"{number:05d}-{_UNSAFE.sub('-', id)[:_LONGEST]}" for number, id in enumerate(ids)}


def _article(document: Document) -> str:
    said: dict[str, object] = {
        "title": document.title,
        "url": document.url,
        "audience": document.audience,
        "language": document.language,
        "owner": document.owner,
        "review_by": document.review_by,
        "guide": document.guide or None,
        **dict.fromkeys(sorted(document.marks), True),
    }
    kept = {name: value for name, value in said.items() if value is not None}
    head = yaml.safe_dump(kept, allow_unicode=True, sort_keys=False)
    return f"---\n{head}---\n\n{document.body}\n"


def _write(file: Path, rows: Sequence[Mapping[str, object]]) -> None:
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
