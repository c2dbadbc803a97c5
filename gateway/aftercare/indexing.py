"""Filling the desk's search, behind everybody's back: a conversation's words once it has been quiet
for a while. What was deleted or masked is not in it, nor is it after an edit."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import RowMapping, and_, delete, or_, select

from gateway.desk.words import words
from gateway.privacy.masking import Masking
from gateway.store.schema.conversation import contacts, conversations, identities, messages
from gateway.store.schema.inbox import search_marks, search_words
from gateway.store.store import Store
from gateway.store.unit import Reading, Unit

QUIET_SECONDS = 20.0
PAGE, AT_ONCE = 500, 20
MESSAGES, MOST_WORDS = 500, 4_000


@dataclass(frozen=True, slots=True)
class Place:
    """How far the conversations have been gone through, by their last change."""

    at: float = 0.0
    id: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Conversations to index, and where to go on; ``whole`` says that more may follow at once."""

    due: Sequence[RowMapping]
    place: Place
    more: bool


class Indexing:
    def __init__(self, store: Store, masking: Masking) -> None:
        self._store = store
        self._masking = masking
        self._place = Place()

    async def index_quiet(self) -> bool:
        """Index some conversations; whether there are more. Two nodes that do the same write the
        same."""
        page = await self._store.read(lambda reading: quiet(reading, self._place))
        for row in page.due:
            texts = await self._store.read(lambda reading, row=row: _texts(reading, row))
            wanted = await asyncio.to_thread(self._words, texts)
            await self._store.write(
                lambda unit, row=row, wanted=wanted: put(unit, row, wanted),
                tenant=row["tenant_id"],
            )
        self._place = page.place
        return page.more

    def _words(self, texts: Sequence[str]) -> list[str]:
        found: set[str] = set()
        for text in texts:
            found |= words(self._masking.text(text))
            if len(found) >= MOST_WORDS:
                break
        return sorted(found)[:MOST_WORDS]


def quiet(reading: Reading, place: Place) -> Page:
    updated, own = conversations.c.updated_at, conversations.c.id
    rows = reading.all(
        select(
            own,
            conversations.c.tenant_id,
            conversations.c.contact_id,
            updated,
            search_marks.c.through,
        )
        .outerjoin(search_marks, search_marks.c.conversation_id == own)
        .where(
            updated <= reading.now - QUIET_SECONDS,
            or_(updated > place.at, and_(updated == place.at, own > place.id)),
        )
        .order_by(updated, own)
        .limit(PAGE)
    )
    due: list[RowMapping] = []
    for row in rows:
        place = Place(row["updated_at"], row["id"])
        if row["through"] is None or row["through"] < row["updated_at"]:
            due.append(row)
        if len(due) == AT_ONCE:
            return Page(due, place, more=True)
    return Page(due, place, more=len(rows) == PAGE)


def _texts(reading: Reading, row: RowMapping) -> list[str]:
    said = reading.all(
        select(messages.c.body)
        .where(messages.c.conversation_id == row["id"], messages.c.deleted_at.is_(None))
        .where(messages.c.author != "system")
        .order_by(messages.c.seq.desc())
        .limit(MESSAGES)
    )
    name = reading.scalar(select(contacts.c.name).where(contacts.c.id == row["contact_id"]))
    known = reading.all(
        select(identities.c.external_id).where(identities.c.contact_id == row["contact_id"])
    )
    return [name or "", *(one["external_id"] for one in known), *(one["body"] for one in said)]


def put(unit: Unit, row: RowMapping, wanted: Sequence[str]) -> None:
    """The words of a conversation, and no others; only what differs is written."""
    of_this = search_words.c.conversation_id == row["id"]
    known = {found["word"] for found in unit.all(select(search_words.c.word).where(of_this))}
    for word in wanted:
        if word not in known:
            unit.insert_once(
                search_words, tenant_id=unit.tenant, word=word, conversation_id=row["id"]
            )
    gone = known.difference(wanted)
    if gone:
        unit.execute(delete(search_words).where(of_this, search_words.c.word.in_(sorted(gone))))
    unit.upsert(
        search_marks,
        ("conversation_id",),
        conversation_id=row["id"],
        tenant_id=unit.tenant,
        through=row["updated_at"],
    )
