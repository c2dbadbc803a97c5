"""The rows of what articles said: a version for each change made here, and what the source of an
edited article says meanwhile. It never changes an article."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

from sqlalchemy import ColumnElement, RowMapping, Table, and_, delete, select, update

from brain.contract import Audience
from brain.knowledge.documents import Document
from gateway.store.schema.library import article_versions, source_texts
from gateway.store.unit import Reading, Unit, dumps, loads_list, loads_object

SourceState: TypeAlias = Literal["known", "changed", "gone"]
# Of one article; older ones are dropped, but for the first, which its source said.
KEPT = 100
# What a document's hash is, of one that was edited here, while its source has it no more.
GONE = "gone"


@dataclass(frozen=True, slots=True)
class Content:
    """What an article says and what is said of it. ``review_by`` is an ISO date."""

    title: str
    body: str
    url: str | None = None
    audience: Audience = "public"
    language: str | None = None
    owner: str | None = None
    review_by: str | None = None
    guide: bool = False
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """Who changes an article (None for its source) and why; ``request`` is the same when it is
    sent again."""

    by: str | None
    why: str = ""
    request: str | None = None


@dataclass(frozen=True, slots=True)
class VersionView:
    """``by`` is None for what its source said; ``at`` is seconds since the epoch."""

    number: int
    by: str | None
    why: str
    at: float
    content: Content


@dataclass(frozen=True, slots=True)
class SourceText:
    """What the source of an edited article says: ``known`` was decided about, ``changed`` and
    ``gone`` wait for it. ``edition`` names it: whoever decides says which they saw."""

    state: SourceState
    at: float
    content: Content
    edition: str


def content_of(row: RowMapping) -> Content:
    """Of a document's row."""
    return Content(
        title=row["title"],
        body=row["body"],
        url=row["url"],
        audience=row["audience"],
        language=row["language"],
        owner=row["owner"],
        review_by=row["review_by"],
        guide=row["guide"],
        marks=tuple(loads_list(row["marks"])),
    )


def content_in(document: Document) -> Content:
    return Content(
        title=document.title,
        body=document.body,
        url=document.url,
        audience=document.audience,
        language=document.language,
        owner=document.owner,
        review_by=None if document.review_by is None else document.review_by.isoformat(),
        guide=document.guide,
        marks=tuple(sorted(document.marks)),
    )


def columns_of(content: Content) -> dict[str, object]:
    """As a document's row holds it."""
    return {**asdict(content), "marks": dumps(sorted(content.marks))}


def edition_of(row: RowMapping) -> str:
    """What names a document's text as it was read: whoever changes it says which they saw."""
    return str(row["version"]) if row["version"] else str(row["hash"])


# --- Versions --------------------------------------------------------------------------------


def add(unit: Unit, id: str, number: int, content: Content, written: Written) -> None:
    unit.insert(
        article_versions,
        tenant_id=unit.tenant,
        document_id=id,
        number=number,
        content=dumps(asdict(content)),
        written_by=written.by,
        why=written.why,
        request_id=written.request,
        at=unit.now,
    )
    old = (article_versions.c.number > 0, article_versions.c.number <= number - KEPT)
    unit.execute(delete(article_versions).where(_of(article_versions, unit, id), *old))


def begin(unit: Unit, row: RowMapping) -> None:
    """Keep what was read before the first change, as version 0."""
    if row["version"] == 0:
        add(unit, row["id"], 0, content_of(row), Written(None, "as it was read"))


def listed(reading: Reading, id: str) -> list[VersionView]:
    """The newest first."""
    rows = reading.all(
        select(article_versions)
        .where(_of(article_versions, reading, id))
        .order_by(article_versions.c.number.desc())
    )
    return [_view(row) for row in rows]


def one(reading: Reading, id: str, number: int) -> VersionView | None:
    row = reading.one(
        select(article_versions).where(
            _of(article_versions, reading, id), article_versions.c.number == number
        )
    )
    return None if row is None else _view(row)


def of_request(reading: Reading, id: str, request: str) -> int | None:
    """The version that a request wrote already."""
    found = reading.scalar(
        select(article_versions.c.number).where(
            _of(article_versions, reading, id), article_versions.c.request_id == request
        )
    )
    return None if found is None else int(found)


def forget(unit: Unit, ids: Sequence[str]) -> None:
    """With their articles."""
    for table in (article_versions, source_texts):
        mine = and_(table.c.tenant_id == unit.tenant, table.c.document_id.in_(ids))
        unit.execute(delete(table).where(mine))


def _of(table: Table, reading: Reading, id: str) -> ColumnElement[bool]:
    return and_(table.c.tenant_id == reading.tenant, table.c.document_id == id)


def _view(row: RowMapping) -> VersionView:
    content = _content(row["content"])
    return VersionView(row["number"], row["written_by"], row["why"], row["at"], content)


def _content(stored: str) -> Content:
    said: dict[str, Any] = dict(loads_object(stored))
    said["marks"] = tuple(said["marks"])
    return Content(**said)


# --- What the source says --------------------------------------------------------------------


def source_of(reading: Reading, document: RowMapping) -> SourceText | None:
    """None for an article that is its source's, or has none."""
    row = reading.one(select(source_texts).where(_of(source_texts, reading, document["id"])))
    if row is None:
        return None
    return SourceText(row["state"], row["at"], _content(row["content"]), document["hash"])


def keep_source(unit: Unit, row: RowMapping) -> None:
    """From now on the article's text is ours; its source's is kept beside it."""
    _source(unit, row["id"], content_of(row), row["hash"], "known")


def source_changed(unit: Unit, id: str, content: Content, print_: str) -> None:
    """What was read of an edited article differs from what was read of it before."""
    _source(unit, id, content, print_, "changed")


def source_gone(unit: Unit, ids: Sequence[str]) -> None:
    """Their sources have these edited articles no more."""
    mine = and_(source_texts.c.tenant_id == unit.tenant, source_texts.c.document_id.in_(ids))
    unit.execute(
        update(source_texts)
        .where(mine, source_texts.c.state != "gone")
        .values(state="gone", at=unit.now)
    )


def source_decided(unit: Unit, id: str) -> None:
    """Ours stays, whatever the source says now."""
    unit.execute(update(source_texts).where(_of(source_texts, unit, id)).values(state="known"))


def no_source(unit: Unit, ids: Sequence[str]) -> None:
    """The articles follow their source again, or have none any more."""
    mine = and_(source_texts.c.tenant_id == unit.tenant, source_texts.c.document_id.in_(ids))
    unit.execute(delete(source_texts).where(mine))


def _source(unit: Unit, id: str, content: Content, print_: str, state: SourceState) -> None:
    unit.upsert(
        source_texts,
        ("tenant_id", "document_id"),
        tenant_id=unit.tenant,
        document_id=id,
        content=dumps(asdict(content)),
        hash=print_,
        state=state,
        at=unit.now,
    )


def undecided(tenant: str) -> ColumnElement[bool]:
    """Whether a row of ``source_texts`` waits for somebody's decision."""
    return and_(source_texts.c.tenant_id == tenant, source_texts.c.state != "known")
