"""A contact as one person: its accounts, what was joined to it and by whom, and where else it has
conversations. Reads only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import RowMapping, or_, select

from gateway.conversations.joining import UnknownContact, current
from gateway.privacy.masking import STANDING, Masking
from gateway.store.schema.conversation import cases, contacts, conversations, identities
from gateway.store.schema.joining import contact_joins
from gateway.store.unit import Reading, loads_list

MOST = 50
# What a glance beside a conversation has room for.
ELSEWHERE = 5


def person(
    reading: Reading, contact: str, kinds: Mapping[str, str], masking: Masking = STANDING
) -> dict[str, Any]:
    """Everything that is known of who this is.

    Raises:
        UnknownContact.
    """
    row = reading.one(
        select(contacts).where(contacts.c.id == contact, contacts.c.tenant_id == reading.tenant)
    )
    if row is None:
        raise UnknownContact
    accounts = reading.all(
        select(identities)
        .where(identities.c.contact_id == contact)
        .order_by(identities.c.created_at, identities.c.id)
    )
    return {
        "id": contact,
        "name": row["name"],
        "now": current(reading, contact),
        "identities": [_account(one, kinds) for one in accounts],
        "joins": joins_of(reading, contact),
        "conversations": _conversations(reading, contact, kinds, masking),
    }


def joins_of(reading: Reading, contact: str) -> list[dict[str, Any]]:
    """What was joined to it, the newest first; those that were taken back say so."""
    rows = reading.all(
        select(contact_joins)
        .where(contact_joins.c.contact_id == contact)
        .order_by(contact_joins.c.at.desc(), contact_joins.c.id)
        .limit(MOST)
    )
    return [
        {
            "id": row["id"],
            "contact": row["joined_id"],
            "how": row["how"],
            "by": row["joined_name"],
            "at": row["at"],
            "identities": _names(reading, row),
            "undone_at": row["undone_at"],
            "undone_by": row["undone_name"],
        }
        for row in rows
    ]


def elsewhere(
    reading: Reading,
    contact: str,
    conversation: str,
    kinds: Mapping[str, str],
    masking: Masking = STANDING,
) -> list[dict[str, Any]]:
    """The person's other conversations, those that wait for people first."""
    others = _conversations(reading, contact, kinds, masking)
    there = [one for one in others if one["id"] != conversation]
    return sorted(there, key=lambda one: one["owner"] == "assistant")[:ELSEWHERE]


def _names(reading: Reading, row: RowMapping) -> list[dict[str, Any]]:
    ids = loads_list(row["identities"])
    accounts = reading.all(select(identities).where(identities.c.id.in_(ids))) if ids else ()
    return [{"channel": one["channel"], "external_id": one["external_id"]} for one in accounts]


def _conversations(
    reading: Reading, contact: str, kinds: Mapping[str, str], masking: Masking
) -> list[dict[str, Any]]:
    rows = reading.all(
        select(
            conversations.c.id,
            conversations.c.channel,
            conversations.c.owner,
            conversations.c.reason,
            conversations.c.waiting_since,
            conversations.c.updated_at,
            cases.c.question,
        )
        .outerjoin(cases, cases.c.id == conversations.c.case_id)
        .where(
            conversations.c.contact_id == contact,
            conversations.c.tenant_id == reading.tenant,
            or_(conversations.c.last_seq > 0, conversations.c.case_id.is_not(None)),
        )
        .order_by(conversations.c.updated_at.desc(), conversations.c.id)
        .limit(MOST)
    )
    return [
        {
            "id": row["id"],
            "channel": row["channel"],
            "kind": kinds.get(row["channel"], row["channel"]),
            "owner": row["owner"],
            "reason": row["reason"],
            "waiting_since": row["waiting_since"],
            "question": masking.text(row["question"] or ""),
            "updated_at": row["updated_at"],
        }
        for row in rows
    ]


def _account(row: RowMapping, kinds: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": row["id"],
        "channel": row["channel"],
        "kind": kinds.get(row["channel"], row["channel"]),
        "external_id": row["external_id"],
        "name": row["name"],
        "verified": row["verified"],
    }
