"""When a desk's promise of a first answer is broken: the case is marked, moves to the second desk
once, and whoever is on duty is called out. Each is one unit, guarded by the row that it changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import RowMapping, select, update

from gateway.config.promises import Promises
from gateway.conversations.messages import LISTS, topic
from gateway.conversations.opening import lock
from gateway.store.schema.conversation import awaited, conversations
from gateway.store.schema.waiting import pages
from gateway.store.unit import Reading, Unit, dumps
from gateway.telemetry.facts import Late

PAGES = "pages"
LOOKED_AT = 500
FIRST_ANSWER, PROMISE = "first_answer", "promise"


def overdue(reading: Reading, promises: Promises) -> Sequence[str]:
    """Conversations in which a person has to have answered by now and none has."""
    if not promises.any_timed:
        return ()
    rows = reading.all(
        select(conversations.c.id, conversations.c.channel, conversations.c.awaited_since)
        .where(
            awaited, conversations.c.tenant_id == reading.tenant, conversations.c.late_at.is_(None)
        )
        .order_by(conversations.c.awaited_since)
        .limit(LOOKED_AT)
    )
    return [row["id"] for row in rows if _is_due(row, promises, reading.now)]


def _is_due(row: RowMapping, promises: Promises, now: float) -> bool:
    due = promises.due(row["channel"], row["awaited_since"])
    return due is not None and due <= now


def break_promise(unit: Unit, conversation: str, promises: Promises) -> bool:
    """Mark it late, where it still is; who has taken it keeps it."""
    row = lock(unit, conversation)
    if row is None or row["late_at"] is not None or not _is_due(row, promises, unit.now):
        return False
    desk = promises.desk(row["channel"], row["escalated_to"])
    second = promises.of(desk).escalate_to
    moves = second is not None and row["escalated_to"] is None and row["owner"] != "staff"
    mark_late(unit, row, escalated_to=second if moves else row["escalated_to"])
    unit.tell(Late(row["channel"], row["id"], FIRST_ANSWER, desk))
    call_out(unit, row, FIRST_ANSWER, promises)
    return True


def mark_late(unit: Unit, row: RowMapping, **values: object) -> None:
    unit.execute(
        update(conversations)
        .where(conversations.c.id == row["id"])
        .values(late_at=row["late_at"] or unit.now, updated_at=unit.now, **values)
    )
    unit.emit(topic(row["id"]), LISTS)


def call_out(unit: Unit, row: RowMapping, what: str, promises: Promises) -> None:
    """A page for whoever is on duty at the channel's desk, and at the one that has it by now."""
    first = promises.desk(row["channel"])
    held = lock(unit, row["id"]) or row
    for desk in dict.fromkeys((first, promises.desk(row["channel"], held["escalated_to"]))):
        if promises.of(desk).page is None:
            continue
        unit.insert(
            pages,
            id=unit.new_id(),
            tenant_id=unit.tenant,
            conversation_id=row["id"],
            desk=desk,
            body=dumps(_body(unit, held, what, promises)),
            state="queued",
            due_at=unit.now,
            created_at=unit.now,
        )
        unit.emit(PAGES)


def _body(unit: Unit, row: RowMapping, what: str, promises: Promises) -> dict[str, Any]:
    """What a pager is told: never who writes, nor a word of theirs."""
    return {
        "type": "case.late",
        "at": unit.now,
        "data": {
            "conversation": row["id"],
            "channel": row["channel"],
            "desk": promises.desk(row["channel"], row["escalated_to"]),
            "escalated": row["escalated_to"] is not None,
            "what": what,
            "owner": row["owner"],
            "reason": row["reason"],
            "awaited_since": row["awaited_since"],
            "due_at": promises.due(row["channel"], row["awaited_since"]),
        },
    }
