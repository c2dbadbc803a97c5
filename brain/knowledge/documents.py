"""Owns the words of the knowledge's sources: a document as read, and what could not be read. Never
reads anything itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal, TypeAlias

from brain.contract import Audience, Mark

Format: TypeAlias = Literal["markdown", "text", "html", "pdf", "docx", "csv", "conversation"]


@dataclass(frozen=True, slots=True)
class Document:
    """One article as its source has it.

    ``id`` is unique within ``source``; ``body`` is Markdown without front matter; ``hash`` covers
    everything that shapes the passages or is shown of it. Drafts are listed but never answer.
    ``format`` is what it was read from; a ``guide`` is walked step by step, ``marks`` are what its
    author says of it.
    """

    id: str
    title: str
    source: str
    url: str | None
    audience: Audience
    language: str | None
    demo: bool
    draft: bool
    body: str
    hash: str
    owner: str | None = None
    review_by: date | None = None
    format: Format = "markdown"
    guide: bool = False
    marks: frozenset[Mark] = frozenset()


@dataclass(frozen=True, slots=True)
class Problem:
    """A file that was left out, and why, in words for the person who added it."""

    path: Path
    message: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a source gave: the documents by id, and what was left out."""

    documents: tuple[Document, ...]
    problems: tuple[Problem, ...]


class Unreadable(Exception):
    """A file cannot become a document; the message says why and how to mend it."""
