"""Setting and cancelling what is due later; one timer of a kind a conversation."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import delete, select

from gateway.store.schema.pipeline import timers
from gateway.store.unit import Unit, dumps

TIMERS = "timers"
# How long a customer may wait for the person who took over before the queue has them again.
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
