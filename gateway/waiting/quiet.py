"""Cases in which nobody has said anything for three days and nothing is open: they are over."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, RowMapping, Table, exists, select

from gateway.config.promises import HOUR
from gateway.conversations.opening import lock
from gateway.conversations.ownership import resolve
from gateway.store.schema.actions import actions
from gateway.store.schema.conversation import cases, conversations, open_cases
from gateway.store.schema.drafts import drafts
from gateway.store.schema.pipeline import deliveries
from gateway.store.unit import Reading, Unit

QUIET_SECONDS = 72 * HOUR
SILENT = "silent"
AT_ONCE = 100
# What still comes to something: on its way, asked of the customer or of a system, or in doubt.
_OPEN = (
    (deliveries, ("queued", "sending", "held")),
    (drafts, ("open",)),
    (actions, ("proposed", "confirmed", "approved", "calling", "unknown")),
)


def quiet(reading: Reading) -> Sequence[str]:
    """Conversations whose case may be over."""
    before = reading.now - QUIET_SECONDS
    rows = reading.all(
        select(conversations.c.id)
        .join(cases, cases.c.id == conversations.c.case_id)
        .where(
            open_cases,
            cases.c.opened_at < before,
            conversations.c.updated_at < before,
            conversations.c.tenant_id == reading.tenant,
            conversations.c.waiting_since.is_(None),
            conversations.c.customer_seq <= conversations.c.answered_seq,
            *(~_in_states(table, states) for table, states in _OPEN),
        )
        .order_by(cases.c.opened_at)
        .limit(AT_ONCE)
    )
    return [row["id"] for row in rows]


def close(unit: Unit, conversation: str) -> bool:
    """Resolve it, where it is quiet still and nothing is open."""
    row = lock(unit, conversation)
    if row is None or row["case_id"] is None or not _is_quiet(row, unit.now):
        return False
    if any(_has(unit, row["id"], table, states) for table, states in _OPEN):
        return False
    resolve(unit, row, SILENT)
    return True


def _is_quiet(row: RowMapping, now: float) -> bool:
    answered = row["customer_seq"] <= row["answered_seq"]
    return answered and row["waiting_since"] is None and row["updated_at"] < now - QUIET_SECONDS


def _has(reading: Reading, conversation: str, table: Table, states: Sequence[str]) -> bool:
    of_it = select(table.c.id).where(
        table.c.conversation_id == conversation, table.c.state.in_(states)
    )
    return reading.one(of_it.limit(1)) is not None


def _in_states(table: Table, states: Sequence[str]) -> ColumnElement[bool]:
    found = exists().where(table.c.conversation_id == conversations.c.id, table.c.state.in_(states))
    return found.correlate(conversations)
