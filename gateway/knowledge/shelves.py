"""The store's passages as the brain asks for them: the implementation of the Passages port."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import RowMapping, and_, select
from sqlalchemy.sql import Select

from brain.contract import Filter, Passage
from gateway.store.schema.library import documents, library_versions, passages
from gateway.store.store import Store
from gateway.store.unit import Reading, loads_list


class StoredPassages:
    """Implements Passages over the store."""

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
            passages.c.id.in_(ids),
            passages.c.tenant_id == allowed.tenant,
            documents.c.audience.in_(allowed.audiences),
        )
        if not allowed.demo:
            statement = statement.where(documents.c.demo.is_(False))
        rows = await self._store.read(lambda reading: reading.all(statement), tenant=allowed.tenant)
        found = {row["id"]: _passage(row) for row in rows}
        return [found[id] for id in ids if id in found]


def _passages() -> Select[tuple[object, ...]]:
    return select(
        passages,
        documents.c.title,
        documents.c.url,
        documents.c.audience,
        documents.c.language,
        documents.c.demo,
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
    )
