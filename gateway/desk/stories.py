"""What a post needs to know, read from the rows at the moment it is sent. Reads only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import RowMapping, func, select

from gateway.conversations.drafts import open_draft
from gateway.conversations.opening import by_id
from gateway.desk.actions import owner_name
from gateway.desk.approvals import of_conversation
from gateway.desk.briefs import brief_of
from gateway.desk.following import last_trace
from gateway.privacy.masking import Masking
from gateway.store.schema.conversation import (
    attachments,
    cases,
    contacts,
    identities,
    messages,
)
from gateway.store.schema.desk import desk_threads
from gateway.store.schema.people import staff
from gateway.store.schema.pipeline import deliveries
from gateway.store.unit import Reading

MOST_SAID = 60
SOMEBODY = "A customer"


@dataclass(frozen=True, slots=True)
class Story:
    """One conversation as a thread tells of it, masked. ``question`` is what it is about."""

    thread: RowMapping
    conversation: RowMapping
    customer: str
    question: str
    owner_name: str | None
    now: float


def story_of(reading: Reading, thread: str, masking: Masking) -> Story | None:
    row = reading.one(select(desk_threads).where(desk_threads.c.id == thread))
    conversation = None if row is None else by_id(reading, row["conversation_id"])
    if row is None or conversation is None:
        return None
    case = reading.one(select(cases).where(cases.c.id == row["case_id"]))
    brief = brief_of(reading, conversation, [case], ()) if case is not None else None
    question = str(brief["question"]) if brief is not None else ""
    if not question and case is not None:
        question = str(case["question"])
    return Story(
        thread=row,
        conversation=conversation,
        customer=_customer(reading, conversation, masking),
        question=masking.text(question),
        owner_name=owner_name(reading, conversation),
        now=reading.now,
    )


def _customer(reading: Reading, conversation: RowMapping, masking: Masking) -> str:
    name = reading.scalar(
        select(contacts.c.name).where(contacts.c.id == conversation["contact_id"])
    )
    return masking.text(str(name)) if name else SOMEBODY


@dataclass(frozen=True, slots=True)
class Known:
    """What is known for a brief."""

    brief: Mapping[str, Any]
    accounts: Sequence[str]
    contact: int
    actions: Sequence[str]
    trace: Mapping[str, Any]
    draft: RowMapping | None


def known_of(reading: Reading, story: Story, masking: Masking) -> Known:
    conversation = story.conversation
    rows = reading.all(
        select(identities)
        .where(identities.c.contact_id == conversation["contact_id"])
        .order_by(identities.c.created_at, identities.c.id)
    )
    case = reading.all(select(cases).where(cases.c.id == story.thread["case_id"]))
    given = [{"verified": row["verified"]} for row in rows]
    brief: Mapping[str, Any] = brief_of(reading, conversation, case, given) or {}
    counted = (
        select(func.count()).select_from(cases).where(cases.c.conversation_id == conversation["id"])
    )
    acts = of_conversation(reading, conversation["id"])
    return Known(
        brief=_masked(brief, masking),
        accounts=[masking.text(row["external_id"]) for row in rows[:2]],
        contact=int(reading.scalar(counted) or 0),
        actions=[f"{one['title']} ({one['state']})" for one in acts[-3:]],
        trace=last_trace(reading, conversation),
        draft=open_draft(reading, conversation["id"]),
    )


def _masked(brief: Mapping[str, Any], masking: Masking) -> Mapping[str, Any]:
    return {key: masking.data(value) for key, value in brief.items()}


@dataclass(frozen=True, slots=True)
class Said:
    """One message as staff read it."""

    author: str
    name: str | None
    text: str
    files: tuple[str, ...]
    edited: bool
    deleted: bool
    note: bool


def said(reading: Reading, message: str, masking: Masking) -> Said | None:
    row = reading.one(select(messages).where(messages.c.id == message))
    if row is None:
        return None
    files = reading.all(
        select(attachments.c.name)
        .where(attachments.c.message_id == message)
        .order_by(attachments.c.created_at, attachments.c.id)
    )
    return _said(row, tuple(masking.text(each["name"]) for each in files), masking)


def transcript(reading: Reading, story: Story, masking: Masking) -> Sequence[Said]:
    """The case so far, oldest first."""
    rows = reading.all(
        select(messages)
        .where(messages.c.case_id == story.thread["case_id"])
        .order_by(messages.c.seq.desc())
        .limit(MOST_SAID)
    )
    ids = [row["id"] for row in rows]
    files: dict[str, list[str]] = {}
    for row in reading.all(select(attachments).where(attachments.c.message_id.in_(ids))):
        files.setdefault(row["message_id"], []).append(masking.text(row["name"]))
    return [_said(row, tuple(files.get(row["id"], ())), masking) for row in reversed(rows)]


def _said(row: RowMapping, files: tuple[str, ...], masking: Masking) -> Said:
    return Said(
        author=row["author"],
        name=row["name"],
        text="" if row["deleted_at"] is not None else masking.text(row["body"]),
        files=files,
        edited=row["edited_at"] is not None,
        deleted=row["deleted_at"] is not None,
        note=row["kind"] == "note",
    )


def sent_of(reading: Reading, message: str) -> Sequence[RowMapping]:
    """What the customer was sent of it; a change to it counts for what became of that."""
    return reading.all(
        select(deliveries)
        .where(deliveries.c.message_id == message, deliveries.c.desk_thread_id.is_(None))
        .order_by(deliveries.c.part)
    )


def member_name(reading: Reading, member: str) -> str | None:
    return reading.scalar(select(staff.c.name).where(staff.c.id == member)) if member else None
