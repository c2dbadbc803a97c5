"""What the desk and the command line see and change of the knowledge: sources, articles and
conflicts. Functions over an open unit or reading, gathered here from where their rows are kept;
they never read files or pages and never cut a text into passages.

Every change emits ``LIBRARY``; so does the progress of reading, at most twice a second.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, RowMapping, Select, and_, func, or_, select

from gateway.knowledge import versions
from gateway.knowledge.conflicts import conflicts, dismiss, in_conflict
from gateway.knowledge.library import LIBRARY, is_listed, remove, unpublish
from gateway.knowledge.origins import add_address, add_upload, read_again, remove_source, sources
from gateway.knowledge.publishing import publish
from gateway.knowledge.records import (
    About,
    Article,
    ArticlePage,
    ArticleState,
    ArticleView,
    BadListCursor,
    ConflictView,
    NotPossible,
    PassageView,
    Review,
    SourceView,
    Wanted,
    is_storable,
)
from gateway.store.schema.library import documents, passages, source_texts
from gateway.store.schema.library import sources as source_rows
from gateway.store.unit import Reading, loads_list

__all__ = [
    "LIBRARY",
    "About",
    "Article",
    "ArticlePage",
    "ArticleState",
    "ArticleView",
    "BadListCursor",
    "ConflictView",
    "NotPossible",
    "PassageView",
    "Review",
    "SourceView",
    "Wanted",
    "add_address",
    "add_upload",
    "article",
    "articles",
    "conflicts",
    "dismiss",
    "publish",
    "read_again",
    "remove",
    "remove_source",
    "review",
    "sources",
    "unpublish",
]

REVIEW_DAYS = 30
# More than these a person does not look through in one go.
REVIEW_LIMIT = 200
LONGEST_CURSOR = 2000
_changed: ColumnElement[float] = func.coalesce(documents.c.changed_at, documents.c.added_at)
_ORDER = (_changed.desc(), documents.c.id)
# What a list shows; whole texts would be megabytes.
_LISTED = [column for column in documents.c if column is not documents.c.body]


def articles(reading: Reading, wanted: Wanted) -> ArticlePage:
    """A page of articles, the newest change first.

    Raises:
        BadListCursor.
    """
    # First which, then what of them: the rest is not read of all that are in line.
    statement = select(documents.c.id).where(
        documents.c.tenant_id == reading.tenant, is_listed(), *_in_state(reading, wanted.state)
    )
    for word in (wanted.query or "").split():
        statement = statement.where(
            or_(
                documents.c.title.icontains(word, autoescape=True),
                documents.c.id.icontains(word, autoescape=True),
            )
        )
    if wanted.cursor:
        at, id = _place(wanted.cursor)
        statement = statement.where(or_(_changed < at, and_(_changed == at, documents.c.id > id)))
    page = statement.order_by(*_ORDER).limit(wanted.limit + 1)
    rows = reading.all(_articles(reading.tenant).where(documents.c.id.in_(page)).order_by(*_ORDER))
    shown = rows[: wanted.limit]
    items = [ArticleView(**_about(row, reading)) for row in shown]
    return ArticlePage(items, _cursor(shown[-1]) if len(rows) > wanted.limit else None)


def article(reading: Reading, id: str) -> Article | None:
    """None when there is none."""
    whole = _articles(reading.tenant).add_columns(documents.c.body)
    row = reading.one(whole.where(documents.c.id == id))
    if row is None:
        return None
    cut = reading.all(
        select(passages)
        .where(passages.c.tenant_id == reading.tenant, passages.c.document_id == id)
        .order_by(passages.c.position)
    )
    shown = tuple(
        PassageView(each["id"], tuple(loads_list(each["title_path"])), each["body"]) for each in cut
    )
    return Article(
        **_about(row, reading),
        body=row["body"],
        marks=tuple(loads_list(row["marks"])),
        passages=shown,
        source=versions.source_of(reading, row) if row["ours"] else None,
    )


def review(reading: Reading) -> Review:
    """What a person should look at: conflicts, drafts, articles past their review date, and those
    whose source says something else than what was written here."""
    drafts = articles(reading, Wanted(state="draft", limit=REVIEW_LIMIT))
    due = articles(reading, Wanted(state="review", limit=REVIEW_LIMIT))
    overdue = tuple(item for item in due.items if item.overdue)
    moved = articles(reading, Wanted(state="source", limit=REVIEW_LIMIT))
    return Review(tuple(conflicts(reading)), tuple(drafts.items), overdue, tuple(moved.items))


def _articles(tenant: str) -> Select[Any]:
    counted = (
        select(func.count(passages.c.id))
        .where(
            passages.c.document_id == documents.c.id, passages.c.tenant_id == documents.c.tenant_id
        )
        .correlate(documents)
        .scalar_subquery()
    )
    place = (
        select(source_rows.c.place)
        .where(
            source_rows.c.origin == documents.c.origin,
            source_rows.c.tenant_id == documents.c.tenant_id,
        )
        .correlate(documents)
        .scalar_subquery()
    )
    return select(*_LISTED, counted.label("passage_count"), place.label("place")).where(
        documents.c.tenant_id == tenant, is_listed()
    )


def _in_state(reading: Reading, state: ArticleState) -> Sequence[ColumnElement[bool]]:
    if state == "draft":
        return [documents.c.draft.is_(True)]
    if state == "review":
        soon = _today(reading) + timedelta(days=REVIEW_DAYS)
        return [documents.c.review_by <= soon.isoformat()]
    if state == "conflict":
        return [documents.c.id.in_(in_conflict(reading.tenant))]
    if state == "source":
        waiting = versions.undecided(reading.tenant)
        return [documents.c.id.in_(select(source_texts.c.document_id).where(waiting))]
    return []


def _today(reading: Reading) -> date:
    return datetime.fromtimestamp(reading.now, UTC).date()


def _about(row: RowMapping, reading: Reading) -> dict[str, Any]:
    same = ("id", "title", "format", "url", "audience", "language", "owner", "review_by")
    more = ("demo", "draft", "guide", "origin", "added_at", "changed_at", "passage_count")
    ours = ("version", "ours")
    return {
        **{name: row[name] for name in (*same, *more, *ours)},
        "edition": versions.edition_of(row),
        "place": row["place"] or row["origin"],
        "overdue": row["review_by"] is not None and row["review_by"] < _today(reading).isoformat(),
    }


def _cursor(row: RowMapping) -> str:
    place = [row["changed_at"] or row["added_at"], row["id"]]
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode("ascii").rstrip("=")


def _place(cursor: str) -> tuple[float, str]:
    try:
        cut = cursor[:LONGEST_CURSOR]
        value: object = json.loads(base64.urlsafe_b64decode(cut + "=" * (-len(cut) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        raise BadListCursor from None
    match cast("list[Any]", value) if isinstance(value, list) else []:
        case [float() as at, str(id)] if is_storable(id):
            return at, id
        case _:
            raise BadListCursor
