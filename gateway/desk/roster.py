"""Who is on the staff, as leads see it: their role, whether they are there, what they have, and
their accounts on platforms."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import RowMapping, func, select

from gateway.store.schema.conversation import conversations
from gateway.store.schema.desk import staff_identities
from gateway.store.schema.people import staff
from gateway.store.unit import Reading


def listed(reading: Reading, configured: Collection[str]) -> Sequence[dict[str, Any]]:
    """Everybody who is or was on the staff, by name. ``configured`` are those whom the
    configuration names."""
    held, theirs = _held(reading), _accounts(reading)
    rows = reading.all(
        select(staff).where(staff.c.tenant_id == reading.tenant).order_by(staff.c.name)
    )
    return [
        {
            "id": row["id"],
            "name": row["name"],
            "role": row["role"],
            "created_at": row["created_at"],
            "disabled_at": row["disabled_at"],
            "away_at": row["away_at"],
            "seen_at": row["seen_at"],
            "signs_in": row["password_hash"] is not None,
            "source": "configuration" if row["name"] in configured else "desk",
            "conversations": held.get(row["id"], 0),
            "accounts": theirs.get(row["id"], []),
        }
        for row in rows
    ]


def accounts_of(reading: Reading, member: str) -> Sequence[dict[str, Any]]:
    return _accounts(reading).get(member, [])


def _held(reading: Reading) -> Mapping[str, int]:
    rows = reading.all(
        select(conversations.c.staff_id, func.count().label("many"))
        .where(conversations.c.tenant_id == reading.tenant, conversations.c.owner == "staff")
        .group_by(conversations.c.staff_id)
    )
    return {row["staff_id"]: row["many"] for row in rows}


def _accounts(reading: Reading) -> Mapping[str, list[dict[str, Any]]]:
    found: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    rows = reading.all(
        select(staff_identities)
        .where(staff_identities.c.tenant_id == reading.tenant)
        .order_by(staff_identities.c.kind, staff_identities.c.account)
    )
    for row in rows:
        found[row["staff_id"]].append(_account(row))
    return found


def _account(row: RowMapping) -> dict[str, Any]:
    return {
        "id": row["id"],
        "kind": row["kind"],
        "account": f"{row['workspace']}/{row['account']}",
        "source": row["source"],
    }
