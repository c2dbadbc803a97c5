"""Setting and cancelling what is due later; one timer of a kind a conversation."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import delete, select

from gateway.store.schema.pipeline import timers
from gateway.store.unit import Reading, Unit, dumps, loads_object

TIMERS = "timers"
FORGOTTEN = "forgotten"
# How long a customer may wait for the person who took over, in the team's hours: then that person
# is reminded, and then the queue has them again.
REMIND_SECONDS = 1_800.0
FORGOTTEN_SECONDS = 3_600.0


def set_timer(
    unit: Unit,
    conversation: str,
    kind: str,
    due_at: float,
    payload: Mapping[str, object] | None = None,
) -> None:
    """Set or move the timer; it fires once, on any node."""
    unit.upsert(
        timers,
        ("conversation_id", "kind"),
        id=unit.new_id(),
        tenant_id=unit.tenant,
        conversation_id=conversation,
        kind=kind,
        due_at=due_at,
        payload=dumps(dict(payload or {})),
        tries=0,
        fired_at=None,
        error=None,
    )
    unit.emit(TIMERS)


def has_timer(unit: Unit, conversation: str, kind: str) -> bool:
    """Whether one is set and has not fired."""
    found = select(timers.c.id).where(
        timers.c.conversation_id == conversation,
        timers.c.kind == kind,
        timers.c.fired_at.is_(None),
    )
    return unit.one(found) is not None


def cancel_timer(unit: Unit, conversation: str, kind: str) -> None:
    unit.execute(
        delete(timers).where(timers.c.conversation_id == conversation, timers.c.kind == kind)
    )


def owe_an_answer(unit: Unit, conversation: str, since: float) -> None:
    """From now on the owner owes an answer to who has waited since then."""
    owed = {"since": since, "from": unit.now}
    set_timer(unit, conversation, FORGOTTEN, unit.now + REMIND_SECONDS, owed)


def owed_since(reading: Reading, conversation: str) -> float | None:
    """Since when the owner owes an answer; None where none is owed."""
    payload = reading.scalar(
        select(timers.c.payload).where(
            timers.c.conversation_id == conversation,
            timers.c.kind == FORGOTTEN,
            timers.c.fired_at.is_(None),
        )
    )
    return None if payload is None else loads_object(payload).get("since")
