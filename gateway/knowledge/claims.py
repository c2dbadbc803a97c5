"""The lease of a source that is being read: claiming it, keeping it, writing how far it has come,
and how it ended. A write without the claim changes nothing and says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, RowMapping, and_, or_, select, update

from gateway.knowledge.library import LIBRARY
from gateway.knowledge.origins import Place
from gateway.knowledge.records import About, SourceProblem
from gateway.store.schema.library import sources as table
from gateway.store.unit import Reading, Unit, dumps

LEASE_SECONDS = 60.0
HOUR = 3600.0
# A source that could not be read is tried again after this long, at the latest when it is due.
RETRY_SECONDS = 900.0
ERROR_LIMIT = 2000
# More problems than these nobody reads; the log has them all.
PROBLEMS_KEPT = 200


class ClaimLost(Exception):
    """Somebody else reads the source by now, or it was removed; whatever is under way ends."""


@dataclass(frozen=True, slots=True)
class Held:
    """A source that this holder reads, with the fencing number it was claimed with."""

    id: str
    claim: int
    tenant: str
    place: Place
    configured: bool


def claim_due(unit: Unit, holder: str) -> Held | None:
    """One source of any tenant that is due and that nobody reads; files and folders first."""
    found = unit.scalar(
        select(table.c.id)
        .where(table.c.due_at <= unit.now, _is_free(unit.now))
        .order_by(table.c.kind != "path", table.c.due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return None if found is None else _claim(unit, holder, table.c.id == found)


def claim_one(unit: Unit, holder: str, id: str) -> Held | None:
    """This source; None while somebody reads it."""
    return _claim(unit, holder, and_(table.c.id == id, _is_free(unit.now)))


def keep(unit: Unit, held: Held) -> None:
    """The guard that comes first in a unit of what was read; it lengthens the lease.

    Raises:
        ClaimLost.
    """
    _change(unit, held, claimed_until=unit.now + LEASE_SECONDS)


def progress(unit: Unit, held: Held, done: int, total: int | None) -> None:
    """
    Raises:
        ClaimLost.
    """
    _change(unit, held, claimed_until=unit.now + LEASE_SECONDS, done=done, total=total)
    unit.emit(LIBRARY)


def finish(unit: Unit, held: Held, read: int, problems: Sequence[SourceProblem]) -> None:
    """All of it was read, but for the problems; ``read`` is how many files or pages it has.

    Raises:
        ClaimLost.
    """
    _end(
        unit,
        held,
        state="ready",
        done=read,
        total=read,
        error=None,
        synced_at=unit.now,
        problems=_problems(problems),
        due_at=_next(held.place, unit.now),
    )


def fail(unit: Unit, held: Held, error: str) -> None:
    """It could not be read; what was read before still answers. One that is read again by itself
    is tried again soon.

    Raises:
        ClaimLost.
    """
    due = _next(held.place, unit.now)
    retry = None if due is None else min(due, unit.now + RETRY_SECONDS)
    _end(unit, held, state="failed", error=error[:ERROR_LIMIT], due_at=retry)


def give_up(unit: Unit, held: Held) -> None:
    """Let go of a source that was not read to its end; it is due still."""
    unit.execute(
        update(table)
        .where(table.c.id == held.id, table.c.claim == held.claim)
        .values(state="waiting", claimed_by=None, claimed_until=None)
    )
    unit.emit(LIBRARY)


def is_unsettled(reading: Reading) -> bool:
    """Whether a configured file or folder was not read since it was put in line."""
    return (
        reading.one(
            select(table.c.id)
            .where(
                table.c.configured.is_(True),
                table.c.kind == "path",
                table.c.state.in_(("waiting", "reading")),
            )
            .limit(1)
        )
        is not None
    )


def _is_free(now: float) -> ColumnElement[bool]:
    return or_(table.c.claimed_until.is_(None), table.c.claimed_until < now)


def _claim(unit: Unit, holder: str, which: ColumnElement[bool]) -> Held | None:
    row = unit.one(
        update(table)
        .where(which)
        .values(
            claim=table.c.claim + 1,
            claimed_by=holder,
            claimed_until=unit.now + LEASE_SECONDS,
            state="reading",
            done=0,
            total=None,
        )
        .returning(*table.c)
    )
    if row is None:
        return None
    unit.emit(LIBRARY)
    return _held(row)


def _held(row: RowMapping) -> Held:
    about = About(row["audience"], row["language"], row["owner"], row["demo"])
    place = Place(
        row["kind"], row["origin"], row["place"], about, row["refresh_hours"], row["sha256"]
    )
    return Held(row["id"], row["claim"], row["tenant_id"], place, row["configured"])


def _change(unit: Unit, held: Held, **values: object) -> None:
    mine = and_(table.c.id == held.id, table.c.claim == held.claim)
    if not unit.changed(update(table).where(mine).values(**values)):
        raise ClaimLost


def _end(unit: Unit, held: Held, **values: object) -> None:
    _change(unit, held, claimed_by=None, claimed_until=None, **values)
    unit.emit(LIBRARY)


def _next(place: Place, now: float) -> float | None:
    return now + place.refresh_hours * HOUR if place.refresh_hours else None


def _problems(problems: Sequence[SourceProblem]) -> str:
    shown = problems[:PROBLEMS_KEPT]
    return dumps([{"place": each.place, "message": each.message} for each in shown])
