"""Drafts as staff see them: those that wait, the one of a conversation, and what was learnt from
those that were not sent as they were. Reads only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import RowMapping, Select, func, select

from gateway.conversations.drafts import open_draft
from gateway.conversations.messages import choices_of, links_of
from gateway.desk.pages import Order, Page
from gateway.privacy.masking import STANDING, Masking
from gateway.store.schema.conversation import contacts, conversations, messages
from gateway.store.schema.drafts import drafts
from gateway.store.unit import Reading

WAITING_ORDER = Order("drafts", drafts.c.created_at, drafts.c.id, newest_first=False)
LESSONS_ORDER = Order("lessons", drafts.c.decided_at, drafts.c.id)
# Not sent, or not as it was: somebody knew better.
TAUGHT = ("rejected", "edited_sent")
_ABOUT = (
    conversations.c.channel,
    conversations.c.owner,
    conversations.c.epoch.label("now_epoch"),
    conversations.c.customer_seq,
    contacts.c.name.label("contact_name"),
)


def waiting(
    reading: Reading,
    kinds: Mapping[str, str],
    masking: Masking = STANDING,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[dict[str, Any]]:
    """Those that wait for a decision, the oldest first.

    Raises:
        BadCursor.
    """
    query = _query().where(drafts.c.tenant_id == reading.tenant, drafts.c.state == "open")
    page = WAITING_ORDER.page(reading, query, cursor, limit)
    return Page([as_seen(row, kinds, masking) for row in page.items], page.next)


def of_conversation(
    reading: Reading, conversation: str, kinds: Mapping[str, str], masking: Masking = STANDING
) -> dict[str, Any] | None:
    """The one that waits there."""
    open_one = open_draft(reading, conversation)
    if open_one is None:
        return None
    row = reading.one(_query().where(drafts.c.id == open_one["id"]))
    return None if row is None else as_seen(row, kinds, masking)


def lessons(
    reading: Reading, masking: Masking = STANDING, cursor: str | None = None, limit: int = 50
) -> Page[dict[str, Any]]:
    """What was asked, what the assistant would have said, why not, and what a person said instead;
    the newest first.

    Raises:
        BadCursor.
    """
    query = _query().where(drafts.c.tenant_id == reading.tenant, drafts.c.state.in_(TAUGHT))
    page = LESSONS_ORDER.page(reading, query, cursor, limit)
    items = [_lesson(row, _instead(reading, row), masking) for row in page.items]
    return Page(items, page.next)


def as_seen(row: RowMapping, kinds: Mapping[str, str], masking: Masking) -> dict[str, Any]:
    """``epoch`` is the conversation's, and a decision has to name it; what the customer has
    written after ``through_seq`` the draft does not answer."""
    return {
        "id": row["id"],
        "conversation": row["conversation_id"],
        "channel": row["channel"],
        "kind": kinds.get(row["channel"], row["channel"]),
        "contact": {"name": row["contact_name"]},
        "owner": row["owner"],
        "state": row["state"],
        "version": row["version"],
        "epoch": row["now_epoch"],
        "through_seq": row["through_seq"],
        "customer_seq": row["customer_seq"],
        "question": masking.text(row["question"]),
        "text": masking.text(row["body"]),
        "citations": _citations(row),
        "choices": [{"id": choice.id, "label": choice.label} for choice in choices_of(row)],
        "confidence": row["confidence"],
        "language": row["language"],
        "turn": row["turn_id"],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
        "expires_at": row["expires_at"],
    }


def unseen(newer: Sequence[RowMapping], masking: Masking) -> list[dict[str, Any]]:
    """What the customer has written since somebody looked."""
    return [
        {
            "id": row["id"],
            "seq": row["seq"],
            "text": masking.text(row["body"]),
            "at": row["at"],
        }
        for row in newer
    ]


def _query() -> Select[Any]:
    return (
        select(drafts, *_ABOUT)
        .join(conversations, conversations.c.id == drafts.c.conversation_id)
        .outerjoin(contacts, contacts.c.id == conversations.c.contact_id)
    )


def _instead(reading: Reading, row: RowMapping) -> RowMapping | None:
    """What was sent of it, else what a person next said there."""
    said = select(messages.c.body, messages.c.name, messages.c.at)
    if row["sent_message_id"] is not None:
        return reading.one(said.where(messages.c.id == row["sent_message_id"]))
    later = (
        messages.c.conversation_id == row["conversation_id"],
        messages.c.author == "staff",
        messages.c.kind == "message",
        messages.c.seq > row["decided_seq"],
        messages.c.case_id == row["case_id"],
    )
    first = select(func.min(messages.c.seq)).where(*later).scalar_subquery()
    return reading.one(
        said.where(messages.c.conversation_id == row["conversation_id"], messages.c.seq == first)
    )


def _lesson(row: RowMapping, instead: RowMapping | None, masking: Masking) -> dict[str, Any]:
    return {
        "id": row["id"],
        "conversation": row["conversation_id"],
        "channel": row["channel"],
        "state": row["state"],
        "question": masking.text(row["question"]),
        "draft": masking.text(row["body"]),
        "citations": _citations(row),
        "confidence": row["confidence"],
        "language": row["language"],
        "reason": row["reason"],
        "instead": masking.text(instead["body"]) if instead is not None else None,
        "decided_by": row["decided_name"],
        "decided_at": row["decided_at"],
        "turn": row["turn_id"],
    }


def _citations(row: RowMapping) -> list[dict[str, Any]]:
    return [
        {"title": link.title, "url": _safe(link.url), "passage": link.passage}
        for link in links_of(row)
    ]


def _safe(url: str | None) -> str | None:
    return url if url is not None and url.startswith(("https://", "http://")) else None
