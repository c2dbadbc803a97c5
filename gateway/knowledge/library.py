"""Putting documents and their passages into the store, and taking them out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import RowMapping, and_, delete, func, select

from brain.contract import Passage
from brain.knowledge.documents import Document
from gateway.store.schema.library import documents, library_versions, passages
from gateway.store.unit import Reading, Unit, dumps

LIBRARY = "library"


@dataclass(frozen=True, slots=True)
class Chapter:
    """A document with the passages that were made of it."""

    document: Document
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """What a sync of one origin did, by document id."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: int = 0
    # Ids that another origin has already, with that origin; these were left out.
    taken: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def anything(self) -> bool:
        return bool(self.added or self.changed or self.removed)


def put(unit: Unit, origin: str, chapters: Sequence[Chapter], *, whole: bool) -> Change:
    """Bring an origin's documents up to date by their content's hash. ``whole`` says that
    ``chapters`` are all it has, so that others of the same origin are removed."""
    known = _known(unit, [chapter.document.id for chapter in chapters])
    added, changed = list[str](), list[str]()
    taken: dict[str, str] = {}
    for chapter in chapters:
        id = chapter.document.id
        before = known.get(id)
        if before is not None and before["origin"] != origin:
            taken[id] = before["origin"]
        elif before is None or before["hash"] != chapter.document.hash:
            (added if before is None else changed).append(id)
            # Invented answers never become real ones by being added once more.
            demo = chapter.document.demo or (before is not None and before["demo"])
            _replace(unit, origin, chapter, demo=demo)
    ids = {chapter.document.id for chapter in chapters}
    gone = sorted(set(_of_origin(unit, origin)) - ids) if whole else []
    _remove(unit, gone)
    unchanged = len(chapters) - len(added) - len(changed) - len(taken)
    change = Change(tuple(added), tuple(changed), tuple(gone), unchanged, taken)
    if change.anything:
        _new_version(unit)
    return change


def remove(unit: Unit, ids: Sequence[str]) -> tuple[str, ...]:
    """Remove documents by id; those that were there."""
    there = [
        row["id"]
        for row in unit.all(
            select(documents.c.id).where(
                documents.c.tenant_id == unit.tenant, documents.c.id.in_(ids)
            )
        )
    ]
    _remove(unit, there)
    if there:
        _new_version(unit)
    return tuple(there)


def listed(reading: Reading) -> Sequence[RowMapping]:
    """Every document with its number of passages."""
    joined = documents.outerjoin(
        passages,
        and_(
            passages.c.document_id == documents.c.id,
            passages.c.tenant_id == documents.c.tenant_id,
        ),
    )
    return reading.all(
        select(documents, func.count(passages.c.id).label("passages"))
        .select_from(joined)
        .where(documents.c.tenant_id == reading.tenant)
        .group_by(*documents.c)
        .order_by(documents.c.origin, documents.c.id)
    )


def _known(unit: Unit, ids: Sequence[str]) -> dict[str, RowMapping]:
    rows = unit.all(
        select(documents.c.id, documents.c.hash, documents.c.origin, documents.c.demo).where(
            documents.c.tenant_id == unit.tenant, documents.c.id.in_(ids)
        )
    )
    return {row["id"]: row for row in rows}


def _of_origin(unit: Unit, origin: str) -> Iterable[str]:
    return [
        row["id"]
        for row in unit.all(
            select(documents.c.id).where(
                documents.c.tenant_id == unit.tenant, documents.c.origin == origin
            )
        )
    ]


def _replace(unit: Unit, origin: str, chapter: Chapter, *, demo: bool) -> None:
    document = chapter.document
    _remove(unit, [document.id])
    unit.insert(
        documents,
        tenant_id=unit.tenant,
        id=document.id,
        title=document.title,
        source=document.source,
        origin=origin,
        url=document.url,
        audience=document.audience,
        language=document.language,
        demo=demo,
        draft=document.draft,
        hash=document.hash,
        added_at=unit.now,
    )
    # A draft is listed but never answers, so it has no passages.
    for position, passage in enumerate(() if document.draft else chapter.passages):
        unit.insert(
            passages,
            id=passage.id,
            tenant_id=unit.tenant,
            document_id=document.id,
            position=position,
            title_path=dumps(list(passage.title_path)),
            body=passage.text,
        )


def _remove(unit: Unit, ids: Sequence[str]) -> None:
    if not ids:
        return
    unit.execute(
        delete(passages).where(passages.c.tenant_id == unit.tenant, passages.c.document_id.in_(ids))
    )
    unit.execute(
        delete(documents).where(documents.c.tenant_id == unit.tenant, documents.c.id.in_(ids))
    )


def _new_version(unit: Unit) -> None:
    current = unit.scalar(
        select(library_versions.c.version).where(library_versions.c.tenant_id == unit.tenant)
    )
    unit.upsert(library_versions, ("tenant_id",), tenant_id=unit.tenant, version=(current or 0) + 1)
    unit.emit(LIBRARY)
