"""Publishing a draft: its stored body becomes passages, outside any unit, and then it answers."""

from __future__ import annotations

import asyncio
from functools import partial

from sqlalchemy import RowMapping, and_, select

from brain.contract import Passage
from brain.knowledge.chunking import passages
from brain.knowledge.documents import Document, Unreadable
from gateway.knowledge import library
from gateway.knowledge.records import NotPossible
from gateway.knowledge.stored import document_of
from gateway.store.schema.library import documents
from gateway.store.store import MAIN, Store
from gateway.store.unit import Reading

# How often an article may change while its passages are being made.
TRIES = 3


async def publish(store: Store, id: str, tenant: str = MAIN) -> bool:
    """Let a draft answer; False when there is no such article. One that answers already stays as
    it is. A person has read it by now: nothing is published by itself.

    Raises:
        NotPossible: nothing in it can answer. StoreUnavailable: it is a draft still.
    """
    for _ in range(TRIES):
        row = await store.read(lambda reading: _stored(reading, id), tenant=tenant)
        if row is None:
            return False
        cut = await asyncio.to_thread(_cut, document_of(row), tenant)
        if await store.write(partial(library.publish, draft=row, cut=cut), tenant=tenant):
            return True
    raise NotPossible("the article changes all the time; try again when it has been read")


def _stored(reading: Reading, id: str) -> RowMapping | None:
    mine = and_(documents.c.tenant_id == reading.tenant, documents.c.id == id)
    return reading.one(select(documents).where(mine, library.is_listed()))


def _cut(document: Document, tenant: str) -> tuple[Passage, ...]:
    try:
        found = passages(document, tenant)
    except Unreadable as error:
        raise NotPossible(f"{document.title}: {error}") from error
    if not found:
        raise NotPossible(f"{document.title} has no text that could answer; write some first")
    return found
