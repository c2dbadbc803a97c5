"""The store's passages and guides as the brain asks for them: the implementation of the Passages
and Guides ports."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, RowMapping, and_, or_, select
from sqlalchemy.sql import Select

from brain.contract import Filter, Guide, Passage
from brain.guides import reading as guides
from gateway.store.schema.library import documents, library_versions, passages
from gateway.store.store import Store
from gateway.store.unit import Reading, loads_list


class StoredPassages:
    """Implements Passages and Guides over the store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def version(self, tenant: str) -> int:
        def query(reading: Reading) -> int:
            found = reading.scalar(
                select(library_versions.c.version).where(library_versions.c.tenant_id == tenant)
            )
            return int(found or 0)

        return await self._store.read(query, tenant=tenant)

    async def all(self, tenant: str) -> Sequence[Passage]:
        statement = _passages().where(passages.c.tenant_id == tenant)
        ordered = statement.order_by(passages.c.document_id, passages.c.position)
        return await self._store.read(
            lambda reading: [_passage(row) for row in reading.all(ordered)], tenant=tenant
        )

    async def resolve(self, ids: Sequence[str], allowed: Filter) -> Sequence[Passage]:
        statement = _passages().where(
            passages.c.id.in_(ids), passages.c.tenant_id == allowed.tenant, *_allows(allowed)
        )
        rows = await self._store.read(lambda reading: reading.all(statement), tenant=allowed.tenant)
        found = {row["id"]: _passage(row) for row in rows}
        return [found[id] for id in ids if id in found]

    async def guide(self, document: str, allowed: Filter) -> Guide | None:
        found = await self._guide(documents.c.id == document, allowed)
        return found[0] if found is not None else None

    async def of_passage(self, passage: str, allowed: Filter) -> Guide | None:
        within = select(passages.c.document_id).where(
            passages.c.id == passage, passages.c.tenant_id == allowed.tenant
        )
        found = await self._guide(documents.c.id == within.scalar_subquery(), allowed)
        if found is None:
            return None
        guide, ids = found
        held = [ids.index(step.passage) for step in guide.steps if step.passage is not None]
        before = ids[: max(held) + 1] if held else ids
        return guide if passage in before else None

    async def _guide(
        self, which: ColumnElement[bool], allowed: Filter
    ) -> tuple[Guide, list[str]] | None:
        """The guide with its steps' passages, and the ids of all its passages in order."""
        article = select(documents).where(
            which,
            documents.c.tenant_id == allowed.tenant,
            documents.c.draft.is_(False),
            *_allows(allowed),
        )
        pieces = select(passages.c.id, passages.c.body).where(
            passages.c.tenant_id == allowed.tenant
        )

        def query(reading: Reading) -> tuple[Guide, list[str]] | None:
            row = reading.one(article)
            guide = _read(row) if row is not None else None
            if guide is None:
                return None
            of_it = pieces.where(passages.c.document_id == guide.document)
            rows = reading.all(of_it.order_by(passages.c.position))
            texts = [(piece["id"], piece["body"]) for piece in rows]
            return guides.placed(guide, texts), [id for id, _ in texts]

        return await self._store.read(query, tenant=allowed.tenant)


def _read(row: RowMapping) -> Guide | None:
    body: str = row["body"]
    if not (row["guide"] or guides.is_guide(body)):
        return None
    return guides.read(row["id"], row["title"], row["url"], body)


def _allows(allowed: Filter) -> list[ColumnElement[bool]]:
    """What a filter says of an article."""
    conditions: list[ColumnElement[bool]] = [documents.c.audience.in_(allowed.audiences)]
    if not allowed.demo:
        conditions.append(documents.c.demo.is_(False))
    if allowed.language is not None:
        known = documents.c.language
        conditions.append(or_(known.is_(None), known == allowed.language))
    return conditions


def _passages() -> Select[tuple[object, ...]]:
    return select(
        passages,
        documents.c.title,
        documents.c.url,
        documents.c.audience,
        documents.c.language,
        documents.c.demo,
        documents.c.review_by,
        documents.c.guide,
        documents.c.marks,
        documents.c.added_at,
        documents.c.changed_at,
    ).join(
        documents,
        and_(
            documents.c.id == passages.c.document_id,
            documents.c.tenant_id == passages.c.tenant_id,
        ),
    )


def _passage(row: RowMapping) -> Passage:
    return Passage(
        id=row["id"],
        document=row["document_id"],
        tenant=row["tenant_id"],
        title=row["title"],
        title_path=tuple(loads_list(row["title_path"])),
        text=row["body"],
        url=row["url"],
        audience=row["audience"],
        language=row["language"],
        demo=row["demo"],
        review_by=row["review_by"],
        guide=row["guide"],
        changed=row["changed_at"] or row["added_at"],
        marks=frozenset(loads_list(row["marks"])),
    )
