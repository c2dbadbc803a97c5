"""Rows of the library as the documents that they were made of. Reads only."""

from __future__ import annotations

from datetime import date
from typing import cast

from sqlalchemy import RowMapping, select

from brain.knowledge.documents import Document
from gateway.knowledge.library import is_listed
from gateway.store.schema.library import documents
from gateway.store.unit import Reading, loads_list


def every_document(reading: Reading) -> list[Document]:
    """By id."""
    mine = documents.c.tenant_id == reading.tenant
    rows = reading.all(select(documents).where(mine, is_listed()).order_by(documents.c.id))
    return [document_of(row) for row in rows]


def document_of(row: RowMapping) -> Document:
    review_by = cast("str | None", row["review_by"])
    return Document(
        id=row["id"],
        title=row["title"],
        source=row["source"],
        url=row["url"],
        audience=row["audience"],
        language=row["language"],
        demo=row["demo"],
        draft=row["draft"],
        body=row["body"],
        hash=row["hash"],
        owner=row["owner"],
        review_by=None if review_by is None else date.fromisoformat(review_by),
        format=row["format"],
        guide=row["guide"],
        marks=frozenset(loads_list(row["marks"])),
    )
