"""Owns the making of a document from what was read: its id, its title and the hash of everything
that is shown of it. Never reads a format."""

from __future__ import annotations

import hashlib
import json
from pathlib import PurePosixPath

from brain.guides.reading import is_guide
from brain.knowledge import markdown
from brain.knowledge.documents import Document, Format
from brain.knowledge.frontmatter import FrontMatter

ID_LIMIT = 255
ENDINGS = frozenset({".md", ".markdown", ".txt", ".html", ".htm", ".pdf", ".docx", ".csv"})
_DIGITS = 12


def document(
    id: str, source: str, matter: FrontMatter, body: str, *, sort: Format, demo: bool
) -> Document:
    """A document whose title is in ``matter``; its hash covers all that shapes its passages and
    all that people are shown of it."""
    title = matter.title or id
    review_by = matter.review_by.isoformat() if matter.review_by else None
    said = [title, matter.url, matter.audience, matter.language, demo, matter.draft, body]
    shown = [matter.owner, review_by, matter.guide, *sorted(matter.marks)]
    return Document(
        id=id,
        title=title,
        source=source,
        url=matter.url,
        audience=matter.audience,
        language=matter.language,
        demo=demo,
        draft=matter.draft,
        body=body,
        hash=hashlib.sha256(json.dumps([*said, *shown]).encode()).hexdigest(),
        owner=matter.owner,
        review_by=matter.review_by,
        format=sort,
        guide=matter.guide or is_guide(body),
        marks=matter.marks,
    )


def id_of(name: str) -> str:
    """The id of the file or page ``name``: its path without a known ending, the parts joined."""
    path = PurePosixPath(name)
    if path.suffix.lower() in ENDINGS:
        path = path.with_suffix("")
    return shortened("__".join(part for part in path.parts if part != "/"))


def shortened(id: str) -> str:
    """An id of at most ``ID_LIMIT`` characters; two long ones differ by a hash at the end."""
    if len(id) <= ID_LIMIT:
        return id
    digest = hashlib.sha256(id.encode()).hexdigest()[:_DIGITS]
    return f"{id[: ID_LIMIT - _DIGITS - 1]}-{digest}"


def first_heading(body: str) -> str | None:
    for element in markdown.elements(body):
        if isinstance(element, markdown.Heading) and element.text:
            return element.text
    return None


def title_of(name: str) -> str:
    """A file's name as words."""
    path = PurePosixPath(name)
    stem = path.stem if path.suffix.lower() in ENDINGS else path.name
    words = stem.replace("_", " ").replace("-", " ").split()
    return " ".join(words).capitalize() or path.name
