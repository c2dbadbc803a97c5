"""Outgoing events as rows: claimed in order, settled, tried again for a day, then left to a person.
Every verb is one unit's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import RowMapping, exists, or_, select, update

from gateway.outgoing.recording import DISCARDED, FAILED, OUTGOING, QUEUED, SENT
from gateway.records import Node
from gateway.store.schema.aftercare import outgoing_events
from gateway.store.unit import Unit
from gateway.telemetry.facts import EventPosted, LeaseLost

LEASE_SECONDS = 60.0
AT_ONCE = 8
GIVE_UP_SECONDS = 86_400.0
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 5.0, 7_200.0


def claim(unit: Unit, receiver: str, node: Node) -> Sequence[RowMapping]:
    """What may be posted to a receiver now, of each conversation the first: its events arrive in
    the order in which they happened."""
    found = unit.all(_due(unit, receiver))
    claimed = [_held(unit, row["id"], node) for row in found]
    return [row for row in claimed if row is not None]


def _due(unit: Unit, receiver: str) -> Any:  # noqa: ANN401  # a select of one column
    earlier = outgoing_events.alias("earlier")
    first = ~exists().where(
        earlier.c.receiver == receiver,
        earlier.c.conversation_id == outgoing_events.c.conversation_id,
        earlier.c.number < outgoing_events.c.number,
        earlier.c.state == QUEUED,
    )
    until = outgoing_events.c.claimed_until
    return (
        select(outgoing_events.c.id)
        .where(
            outgoing_events.c.receiver == receiver,
            outgoing_events.c.due_at <= unit.now,
            outgoing_events.c.state == QUEUED,
            or_(until.is_(None), until < unit.now),
            first,
        )
        .order_by(outgoing_events.c.due_at, outgoing_events.c.number)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    )


def _held(unit: Unit, event: str, node: Node) -> RowMapping | None:
    return unit.one(
        update(outgoing_events)
        .where(outgoing_events.c.id == event, outgoing_events.c.state == QUEUED)
        .values(
            claim=outgoing_events.c.claim + 1,
            claimed_by=node.holder,
            claimed_until=unit.now + LEASE_SECONDS,
        )
        .returning(*outgoing_events.c)
    )


def sent(unit: Unit, row: RowMapping, body: str) -> None:
    if _settle(unit, row, state=SENT, body=body, sent_at=unit.now, due_at=None, error=None):
        unit.tell(EventPosted(row["receiver"], row["kind"], "sent", row["id"]))
        # The next one of its conversation may go.
        unit.emit(OUTGOING)


def not_taken(unit: Unit, row: RowMapping, body: str | None, why: str, wait: float | None) -> None:
    """Later again, at growing distances; after a day a person decides."""
    tries = row["tries"] + 1
    due = unit.now + max(pause(tries), wait or 0.0)
    given_up = due > row["created_at"] + GIVE_UP_SECONDS
    state = FAILED if given_up else QUEUED
    changes: dict[str, object] = {"tries": tries, "error": why[:500], "body": body}
    if _settle(unit, row, state=state, due_at=None if given_up else due, **changes):
        told = "failed" if given_up else "retry"
        unit.tell(EventPosted(row["receiver"], row["kind"], told, row["id"], why))
        if given_up:
            unit.emit(OUTGOING)


def pause(tries: int) -> float:
    """5 s, then four times as long each time, up to two hours."""
    return min(FIRST_WAIT_SECONDS * 4.0 ** min(tries - 1, 10), LONGEST_WAIT_SECONDS)


def _settle(unit: Unit, row: RowMapping, **values: object) -> bool:
    changed = unit.changed(
        update(outgoing_events)
        .where(
            outgoing_events.c.id == row["id"],
            outgoing_events.c.claim == row["claim"],
            outgoing_events.c.state == QUEUED,
        )
        .values(claimed_by=None, claimed_until=None, **values)
    )
    if not changed:
        unit.tell(LeaseLost("event"))
    return changed == 1


def again(unit: Unit, event: str) -> bool:
    """A person has it posted once more, for another day; False where it is no dead letter."""
    changed = unit.changed(
        update(outgoing_events)
        .where(
            outgoing_events.c.id == event,
            outgoing_events.c.tenant_id == unit.tenant,
            outgoing_events.c.state == FAILED,
        )
        .values(state=QUEUED, tries=0, due_at=unit.now, created_at=unit.now, error=None)
    )
    unit.emit(OUTGOING)
    return changed == 1


def discard(unit: Unit, event: str) -> bool:
    """A person decides that it is never posted; False where it is no dead letter."""
    changed = unit.changed(
        update(outgoing_events)
        .where(
            outgoing_events.c.id == event,
            outgoing_events.c.tenant_id == unit.tenant,
            outgoing_events.c.state == FAILED,
        )
        .values(state=DISCARDED)
    )
    return changed == 1
