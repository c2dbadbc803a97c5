"""The fingerprint of a document: what a sync compares. Pure.

It covers all that is stored of a document, so that a source's new audience or owner is a change as
a new sentence is. Its last letter says what the source calls the document, so that a draft by its
source can be told from one that a person made a draft.
"""

from __future__ import annotations

import hashlib
import json

from brain.knowledge.documents import Document

_DRAFT, _PUBLISHED = "d", "p"


def fingerprint(document: Document) -> str:
    """64 characters."""
    shape = [
        document.title,
        document.source,
        document.url,
        document.audience,
        document.language,
        document.demo,
        document.owner,
        None if document.review_by is None else document.review_by.isoformat(),
        document.format,
        document.guide,
        document.hash,
        document.body,
        *sorted(document.marks),
    ]
    digest = hashlib.sha256(json.dumps(shape).encode()).hexdigest()
    return digest[:63] + (_DRAFT if document.draft else _PUBLISHED)


def calls_itself_draft(stored: str) -> bool:
    """Whether the source called the document a draft when it had this fingerprint."""
    return stored.endswith(_DRAFT)
