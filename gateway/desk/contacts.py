"""What staff know of a contact, as rows: their standing with the business, which rules look at. It
joins nobody with anybody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, update

from gateway.store.schema.conversation import contacts, identities
from gateway.store.unit import Reading, Unit, dumps, loads_list


def contact(reading: Reading, id: str) -> dict[str, Any] | None:
    """None when there is no such contact."""
    row = reading.one(
        select(contacts).where(contacts.c.id == id, contacts.c.tenant_id == reading.tenant)
    )
    if row is None:
        return None
    accounts = reading.all(
        select(identities)
        .where(identities.c.contact_id == id)
        .order_by(identities.c.created_at, identities.c.id)
    )
    return {
        "id": id,
        "name": row["name"],
        "vip": bool(row["vip"]),
        "tier": row["tier"],
        "prefers_person": bool(row["prefers_person"]),
        "tags": list(loads_list(row["tags"])),
        "identities": [
            {name: each[name] for name in ("channel", "external_id", "name", "verified")}
            for each in accounts
        ],
    }


def change(unit: Unit, id: str, changes: Mapping[str, Any]) -> dict[str, Any] | None:
    """The contact after the changes, of ``vip``, ``tier``, ``prefers_person`` and ``tags``."""
    values = dict(changes)
    if "tags" in values:
        values["tags"] = dumps(list(dict.fromkeys(values["tags"])))
    if values:
        unit.execute(
            update(contacts)
            .where(contacts.c.id == id, contacts.c.tenant_id == unit.tenant)
            .values(**values)
        )
    return contact(unit, id)
