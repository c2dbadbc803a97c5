"""The rows of sign-ins in a browser: they slide while used, end in time, and can be revoked."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import RowMapping, delete, select, update

from gateway.people.records import Actor
from gateway.people.staff import SIGN_INS
from gateway.store.schema.people import sessions, staff
from gateway.store.unit import Reading, Unit

SLIDING_SECONDS = 12 * 3600.0
ABSOLUTE_SECONDS = 7 * 86_400.0
# A session slides at most once in this time, so that reading a list writes nothing.
SLIDE_EVERY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Session:
    """Whose it is, and whether its end is to be pushed away now."""

    actor: Actor
    slides: bool


def open_session(unit: Unit, staff_id: str, token_hash: str) -> None:
    unit.insert(
        sessions,
        token_hash=token_hash,
        staff_id=staff_id,
        created_at=unit.now,
        seen_at=unit.now,
        expires_at=unit.now + SLIDING_SECONDS,
    )
    _seen(unit, staff_id)


def _seen(unit: Unit, staff_id: str) -> None:
    unit.execute(update(staff).where(staff.c.id == staff_id).values(seen_at=unit.now))


def find(reading: Reading, token_hash: str) -> RowMapping | None:
    """The session with its person's name and role as they are now; None when it is over."""
    return reading.one(
        select(sessions, staff.c.id, staff.c.name, staff.c.role)
        .join(staff, staff.c.id == sessions.c.staff_id)
        .where(
            sessions.c.token_hash == token_hash,
            sessions.c.expires_at > reading.now,
            staff.c.tenant_id == reading.tenant,
            staff.c.disabled_at.is_(None),
        )
    )


def look(reading: Reading, token_hash: str) -> Session | None:
    row = find(reading, token_hash)
    if row is None:
        return None
    actor = Actor(row["id"], row["name"], row["role"])
    return Session(actor, slides=reading.now - row["seen_at"] >= SLIDE_EVERY_SECONDS)


def slide(unit: Unit, token_hash: str) -> None:
    """Push the end away, never beyond a week from the sign-in."""
    row = find(unit, token_hash)
    if row is None:
        return
    ends = min(unit.now + SLIDING_SECONDS, row["created_at"] + ABSOLUTE_SECONDS)
    unit.execute(
        update(sessions)
        .where(sessions.c.token_hash == token_hash)
        .values(seen_at=unit.now, expires_at=ends)
    )
    _seen(unit, row["staff_id"])


def revoke(unit: Unit, token_hash: str) -> None:
    unit.execute(delete(sessions).where(sessions.c.token_hash == token_hash))
    unit.emit(SIGN_INS)


def revoke_all(unit: Unit, staff_id: str) -> int:
    """Sign a person out everywhere; how many sessions that ended."""
    unit.emit(SIGN_INS)
    return unit.changed(delete(sessions).where(sessions.c.staff_id == staff_id))
