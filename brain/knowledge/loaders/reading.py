"""Owns the way from bytes to documents: it decides of what sort they are and hands them to the one
that reads it. Never opens files and never parses HTML, PDF or DOCX in this process."""

from __future__ import annotations

from brain.knowledge.documents import Document, Loaded
from brain.knowledge.frontmatter import FrontMatter
from brain.knowledge.loaders import article, plain
from brain.knowledge.loaders.frames import Header
from brain.knowledge.loaders.process import Readings, Sort
from brain.knowledge.loaders.questions import questions
from brain.knowledge.loaders.raw import Raw
from brain.knowledge.loaders.sorts import format_of


def documents_of(raw: Raw, source: str, readings: Readings, *, demo: bool = False) -> Loaded:
    """What the bytes hold: a document for each row of a CSV, with the rows left out as problems;
    one document and no problem for everything else. ``source`` becomes ``Document.source``.

    Raises:
        Unreadable: nothing of it can become a document; the message says how to mend it.
    """
    match format_of(raw):
        case "csv":
            return questions(raw, source, demo=demo)
        case "html" | "pdf" | "docx" as sort:
            return _one(_parsed(raw, source, readings, sort, demo=demo))
        case "text":
            return _one(plain.text_document(raw, source, demo=demo))
        case _:
            return _one(plain.markdown_document(raw, source, demo=demo))


def _one(document: Document) -> Loaded:
    return Loaded((document,), ())


def _parsed(raw: Raw, source: str, readings: Readings, sort: Sort, *, demo: bool) -> Document:
    told: Header = {"url": raw.url, "charset": _charset(raw.media_type)}
    found = readings.read(sort, raw.data, told)
    title = found.title or article.first_heading(found.body) or article.title_of(raw.name)
    matter = FrontMatter(
        title=title,
        url=found.url or raw.url,
        language=found.language,
    )
    id = article.id_of(raw.name)
    return article.document(id, source, matter, found.body, sort=sort, demo=demo)


def _charset(media_type: str | None) -> str | None:
    for part in (media_type or "").split(";")[1:]:
        name, _, value = part.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip("\"'")[:40] or None
    return None
