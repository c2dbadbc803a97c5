"""When nobody has a conversation any more that a person had: to the queue, never straight to the
assistant, with the brief that the case has. It never says a word to the customer."""

from __future__ import annotations

from sqlalchemy import RowMapping, select

from gateway.conversations.opening import lock, open_case_of
from gateway.conversations.ownership import hand_over, keep
from gateway.conversations.timers import owed_since
from gateway.records import Brief
from gateway.store.schema.conversation import conversations
from gateway.store.unit import Reading, Unit, loads_object

# So long after the last word of a person a customer is not left waiting for that one person.
SILENT_SECONDS = 86_400.0
AWAY, SILENT = "owner_away", "owner_silent"
_RULES = {
    AWAY: "whoever had it is away",
    SILENT: "no person has written here for a day",
}


def back_to_queue(
    unit: Unit, row: RowMapping, reason: str, rule: str, since: float | None = None
) -> int:
    """The queue has it again, in the place of who has waited ``since`` then."""
    return hand_over(unit, row, reason, _brief(unit, row, reason, rule), since)


def still_owned(unit: Unit, row: RowMapping) -> RowMapping:
    """The held ``row`` as it is when its customer writes: who has been silent for a day owns it no
    longer, and what the queue only kept is waited for from now on."""
    kept = row["owner"] == "queue" and row["waiting_since"] is None
    spoke = row["staff_spoke_at"]
    silent = row["owner"] == "staff" and spoke is not None and unit.now - spoke >= SILENT_SECONDS
    if not (kept or silent):
        return row
    reason = SILENT if silent else row["reason"] or AWAY
    rule = _RULES.get(reason, "nobody has it")
    back_to_queue(unit, row, reason, rule, owed_since(unit, row["id"]))
    return lock(unit, row["id"]) or row


def leave(unit: Unit, staff: str) -> int:
    """Whoever goes has nothing any more; how many conversations that were."""
    held = _owned(unit, staff)
    for conversation in held:
        row = lock(unit, conversation)
        if row is not None and row["owner"] == "staff" and row["staff_id"] == staff:
            _without_owner(unit, row)
    return len(held)


def _owned(reading: Reading, staff: str) -> list[str]:
    owned = select(conversations.c.id).where(
        conversations.c.tenant_id == reading.tenant,
        conversations.c.owner == "staff",
        conversations.c.staff_id == staff,
    )
    # In one order, so that two who go at once do not wait for each other.
    return [row["id"] for row in reading.all(owned.order_by(conversations.c.id))]


def _without_owner(unit: Unit, row: RowMapping) -> None:
    since = owed_since(unit, row["id"])
    if since is None and row["customer_seq"] <= row["answered_seq"]:
        keep(unit, row, AWAY)
    else:
        back_to_queue(unit, row, AWAY, _RULES[AWAY], since)


def _brief(unit: Unit, row: RowMapping, reason: str, rule: str) -> Brief:
    """What was known at the last handoff still is."""
    case = open_case_of(unit, row)
    known = loads_object(case["brief"] if case is not None else None)
    question = known.get("question") or (case["question"] if case is not None else "")
    return Brief(
        question=question,
        reason=reason,
        rule=rule,
        concluded=known.get("concluded", ""),
        tried=tuple(known.get("tried", ())),
        sources=tuple(known.get("sources", ())),
        steps=tuple(known.get("steps", ())),
        open_questions=tuple(known.get("open_questions", ())),
        suggested=known.get("suggested", ""),
        files=tuple(known.get("files", ())),
    )
