"""Everything that is known about a person, as one document for them. Reads only; nothing is masked:
it is their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import RowMapping, Table, select

from gateway.conversations.erasing import UnknownContact
from gateway.store.schema.actions import action_events, actions
from gateway.store.schema.aftercare import closings, ratings
from gateway.store.schema.conversation import (
    attachments,
    cases,
    contacts,
    conversations,
    identities,
    messages,
    reactions,
)
from gateway.store.unit import Reading, loads_object

_CONVERSATION = ("id", "channel", "address", "language", "created_at", "opted_out_at")
_MESSAGE = ("seq", "author", "kind", "name", "body", "choice", "at", "edited_at", "deleted_at")
_CASE = ("number", "question", "summary", "opened_at", "resolved_at", "outcome")
_CLOSING = ("asked", "done", "promised", "outcome", "resolved_at")
_RATING = ("score", "asked_at", "rated_at")
_CONTACT = ("id", "name", "vip", "tier", "prefers_person", "tags", "created_at")
_FILE = ("name", "content_type", "size", "state")
_ACTION = (
    "id", "name", "title", "details", "customer", "proof", "state", "outcome", "reference",
    "reason", "created_at", "confirmed_at", "finished_at",
)  # fmt: skip
_STEP = ("event", "actor", "detail", "at")


def export(reading: Reading, contact: str) -> dict[str, Any]:
    """
    Raises:
        UnknownContact.
    """
    row = reading.one(
        select(contacts).where(contacts.c.id == contact, contacts.c.tenant_id == reading.tenant)
    )
    if row is None:
        raise UnknownContact(f"there is no contact {contact}")
    accounts = select(identities).where(identities.c.contact_id == contact)
    theirs = select(conversations).where(conversations.c.contact_id == contact)
    return {
        "contact": _part(row, _CONTACT),
        "identities": [
            _part(one, ("channel", "external_id", "name", "verified", "created_at"))
            for one in reading.all(accounts.order_by(identities.c.created_at))
        ],
        "conversations": [
            _conversation(reading, one)
            for one in reading.all(theirs.order_by(conversations.c.created_at))
        ],
    }


def _conversation(reading: Reading, row: RowMapping) -> dict[str, Any]:
    id: str = row["id"]
    files = _by(_of(reading, attachments, id, attachments.c.created_at), "message_id")
    signs = _by(_of(reading, reactions, id, reactions.c.at), "message_id")
    steps = _by(_of(reading, action_events, id, action_events.c.number), "action_id")
    return {
        **_part(row, _CONVERSATION),
        "cases": [
            {**_part(one, _CASE), "brief": loads_object(one["brief"]) or None}
            for one in _of(reading, cases, id, cases.c.number)
        ],
        "closings": [
            _part(one, _CLOSING) for one in _of(reading, closings, id, closings.c.resolved_at)
        ],
        "ratings": [_part(one, _RATING) for one in _of(reading, ratings, id, ratings.c.created_at)],
        "messages": [
            {
                **_part(one, _MESSAGE),
                "files": [_part(file, _FILE) for file in files.get(one["id"], ())],
                "reactions": [sign["emoji"] for sign in signs.get(one["id"], ())],
            }
            for one in _of(reading, messages, id, messages.c.seq)
        ],
        "actions": [
            {
                **_part(one, _ACTION),
                "arguments": loads_object(one["arguments"]),
                "audit": [_part(step, _STEP) for step in steps.get(one["id"], ())],
            }
            for one in _of(reading, actions, id, actions.c.created_at)
        ],
    }


def _of(reading: Reading, table: Table, conversation: str, order: Any) -> Sequence[RowMapping]:  # noqa: ANN401  # a column
    return reading.all(select(table).where(table.c.conversation_id == conversation).order_by(order))


def _by(rows: Sequence[RowMapping], name: str) -> dict[str, list[RowMapping]]:
    found: dict[str, list[RowMapping]] = {}
    for row in rows:
        found.setdefault(row[name], []).append(row)
    return found


def _part(row: RowMapping, names: Sequence[str]) -> dict[str, Any]:
    return {name: row[name] for name in names}
