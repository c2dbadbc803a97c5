"""Whether a member of staff is there for customers. What one had who goes is the queue's."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select, update

from gateway.conversations.messages import LISTS
from gateway.conversations.passing_back import leave
from gateway.people.records import Actor
from gateway.store.schema.people import staff
from gateway.store.unit import Reading, Unit


@dataclass(frozen=True, slots=True)
class Presence:
    """``passed_back`` is how many conversations went to the queue by this."""

    away_at: float | None
    passed_back: int = 0


def away_since(reading: Reading, member: str) -> float | None:
    return reading.scalar(select(staff.c.away_at).where(staff.c.id == member))


def go(unit: Unit, actor: Actor) -> Presence:
    """Be away from now on; who is already stays so."""
    unit.execute(
        update(staff)
        .where(staff.c.id == actor.id, staff.c.away_at.is_(None))
        .values(away_at=unit.now)
    )
    passed = leave(unit, actor.id)
    unit.emit(LISTS)
    return Presence(away_since(unit, actor.id), passed)


def come(unit: Unit, actor: Actor) -> Presence:
    """Be there again. What was passed back stays where it is."""
    unit.execute(update(staff).where(staff.c.id == actor.id).values(away_at=None))
    unit.emit(LISTS)
    return Presence(None)
