"""Drafts from resolved conversations: what a customer asked and what staff answered, without what
is personal in it. A draft answers nobody; a person reads it before it is published."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, RowMapping, exists, literal, select

from brain.knowledge.documents import Document
from gateway.knowledge.origins import Place
from gateway.knowledge.records import CONVERSATIONS, About
from gateway.privacy.articles import MASK, masked
from gateway.store.schema.conversation import cases, contacts, conversations, identities, messages
from gateway.store.schema.library import documents
from gateway.store.store import MAIN, Store
from gateway.store.unit import Reading

DAY = 86_400.0
TITLE_LIMIT = 160
# The newest so many; more drafts than this nobody reads at one time.
CASES_LIMIT = 500
# Less than this is a thank-you, no answer.
SHORTEST_ANSWER = 40


def place_of_conversations(about: About, days: float = 90.0) -> Place:
    """Resolved conversations as a source, of the last ``days``."""
    return Place(CONVERSATIONS, CONVERSATIONS, "resolved conversations", about, days=days)


@dataclass(frozen=True, slots=True)
class Told:
    """One case: what was said by customer and staff, in order, and the names to leave out."""

    case: str
    language: str | None
    said: tuple[tuple[str, str], ...]
    names: tuple[str, ...]


class Resolved:
    def __init__(self, store: Store, tenant: str = MAIN) -> None:
        self._store = store
        self._tenant = tenant

    async def drafts(self, place: Place) -> Sequence[Document]:
        """A draft for each case of the last days that staff answered, the newest first; of each
        case once, also where somebody removed its draft.

        Raises:
            StoreUnavailable.
        """
        told = await self._store.read(
            lambda reading: _told(reading, place.days), tenant=self._tenant
        )
        return await asyncio.to_thread(_drafts, told, demo=place.about.demo)


def _drafts(told: Sequence[Told], *, demo: bool) -> list[Document]:
    made = (draft_of(each, demo=demo) for each in told)
    return [draft for draft in made if draft is not None]


def draft_of(told: Told, *, demo: bool = False) -> Document | None:
    """None where nothing was asked before staff spoke, or nothing of use was answered."""
    question = next((text for author, text in told.said if author == "customer"), "")
    answers = [text for author, text in told.said if author == "staff"]
    title = _title(masked(question, told.names))
    body = "\n\n".join(masked(answer.strip(), told.names) for answer in answers)
    if not title.replace(MASK, "").strip(" .!?") or len(body.replace(MASK, "")) < SHORTEST_ANSWER:
        return None
    return Document(
        id=f"conversation-{told.case}",
        title=title,
        source=CONVERSATIONS,
        url=None,
        audience="public",
        language=told.language,
        demo=demo,
        draft=True,
        body=body,
        hash=hashlib.sha256(f"{title}\n{body}".encode()).hexdigest(),
        format="conversation",
    )


def _title(question: str) -> str:
    flat = " ".join(question.split())
    return flat if len(flat) <= TITLE_LIMIT else f"{flat[: TITLE_LIMIT - 1].rstrip()}…"


def _told(reading: Reading, days: float) -> list[Told]:
    rows = reading.all(
        select(cases.c.id, conversations.c.language, conversations.c.contact_id)
        .join(conversations, conversations.c.id == cases.c.conversation_id)
        .where(
            cases.c.tenant_id == reading.tenant,
            cases.c.resolved_at >= reading.now - days * DAY,
            _staff_answered(),
            _is_new(),
        )
        .order_by(cases.c.resolved_at.desc(), cases.c.id)
        .limit(CASES_LIMIT)
    )
    return [_case(reading, row) for row in rows]


def _case(reading: Reading, row: RowMapping) -> Told:
    said = reading.all(
        select(messages.c.author, messages.c.body, messages.c.name)
        .where(messages.c.case_id == row["id"], *_spoken())
        .order_by(messages.c.seq)
    )
    return Told(
        case=row["id"],
        language=row["language"],
        said=tuple((each["author"], each["body"]) for each in said),
        names=tuple(sorted(_names(reading, row["contact_id"]) | _signed(said))),
    )


def _signed(said: Sequence[RowMapping]) -> set[str]:
    return {each["name"] for each in said if each["author"] == "customer" and each["name"]}


def _names(reading: Reading, contact: str) -> set[str]:
    own = select(contacts.c.name).where(contacts.c.id == contact)
    accounts = select(identities.c.name).where(identities.c.contact_id == contact)
    rows = (*reading.all(own), *reading.all(accounts))
    return {row["name"] for row in rows if row["name"]}


def _spoken() -> Sequence[ColumnElement[bool]]:
    """What customers and staff said to each other: no notes, no notices, nothing taken back."""
    return (
        messages.c.author.in_(("customer", "staff")),
        messages.c.kind == "message",
        messages.c.notice.is_(None),
        messages.c.deleted_at.is_(None),
    )


def _staff_answered() -> ColumnElement[bool]:
    return (
        exists()
        .where(messages.c.case_id == cases.c.id, messages.c.author == "staff", *_spoken())
        .correlate(cases)
    )


def _is_new() -> ColumnElement[bool]:
    """Not one whose draft is there: a case that is closed says nothing new."""
    return ~exists().where(
        documents.c.tenant_id == cases.c.tenant_id,
        documents.c.id == literal("conversation-").concat(cases.c.id),
    ).correlate(cases)
