"""A case that people closed and whose customer comes back soon is the same case, in the queue. What
the assistant closed by itself begins anew with the assistant."""

from __future__ import annotations

from sqlalchemy import RowMapping, bindparam, select, update

from gateway.conversations.opening import lock
from gateway.conversations.passing_back import back_to_queue
from gateway.store.schema.conversation import cases, conversations
from gateway.store.statement import Prepared
from gateway.store.unit import Reading, Unit

# How people's resolving is noted as an outcome.
RESOLVED_BY_STAFF = "staff"
REOPENED = "reopened"
_LAST = Prepared(
    select(cases.c.id, cases.c.resolved_at, cases.c.outcome)
    .where(cases.c.conversation_id == bindparam("conversation"))
    .order_by(cases.c.number.desc())
    .limit(1)
)


def closed_lately(reading: Reading, row: RowMapping, within: float) -> str | None:
    """The case that people closed at most ``within`` seconds ago, where nothing has begun since."""
    if within <= 0 or row["case_id"] is not None or not row["last_seq"]:
        return None
    last = reading.one(_LAST, conversation=row["id"])
    if last is None or last["outcome"] != RESOLVED_BY_STAFF or last["resolved_at"] is None:
        return None
    return last["id"] if reading.now - last["resolved_at"] <= within else None


def opened_again(unit: Unit, row: RowMapping, case: str) -> RowMapping:
    """The held ``row`` with that case open again; whose it is does not change."""
    unit.execute(update(cases).where(cases.c.id == case).values(resolved_at=None, outcome=None))
    unit.execute(update(conversations).where(conversations.c.id == row["id"]).values(case_id=case))
    return lock(unit, row["id"]) or row


def reopen(unit: Unit, row: RowMapping, case: str) -> RowMapping:
    """The held ``row`` with that case open again, in the queue."""
    held = opened_again(unit, row, case)
    back_to_queue(unit, held, REOPENED, "the customer came back after it was closed")
    return lock(unit, row["id"]) or held
