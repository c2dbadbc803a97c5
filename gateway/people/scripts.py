"""The rows of API tokens, with which scripts act for a member of staff: scoped, expiring,
revocable."""

from __future__ import annotations

from sqlalchemy import select, update

from gateway.people.records import Actor, Scope
from gateway.people.staff import SIGN_INS
from gateway.store.schema.people import staff, staff_tokens
from gateway.store.unit import Reading, Unit

DAYS = 90


def add_token(unit: Unit, staff_id: str, token_hash: str, scope: Scope, seconds: float) -> str:
    """The id under which the token can be revoked; it is no secret."""
    token = unit.new_id()
    unit.insert(
        staff_tokens,
        token_hash=token_hash,
        id=token,
        staff_id=staff_id,
        scope=scope,
        created_at=unit.now,
        expires_at=unit.now + seconds,
    )
    return token


def find(reading: Reading, token_hash: str) -> Actor | None:
    row = reading.one(
        select(staff_tokens.c.scope, staff.c.id, staff.c.name, staff.c.role)
        .join(staff, staff.c.id == staff_tokens.c.staff_id)
        .where(
            staff_tokens.c.token_hash == token_hash,
            staff_tokens.c.revoked_at.is_(None),
            staff_tokens.c.expires_at > reading.now,
            staff.c.tenant_id == reading.tenant,
            staff.c.disabled_at.is_(None),
        )
    )
    if row is None:
        return None
    return Actor(row["id"], row["name"], row["role"], row["scope"])


def revoke_all(unit: Unit, staff_id: str) -> int:
    """End every token of a person; how many still worked."""
    unit.emit(SIGN_INS)
    return unit.changed(
        update(staff_tokens)
        .where(
            staff_tokens.c.staff_id == staff_id,
            staff_tokens.c.revoked_at.is_(None),
            staff_tokens.c.expires_at > unit.now,
        )
        .values(revoked_at=unit.now)
    )
