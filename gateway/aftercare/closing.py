"""Closing what was resolved: each case once, by any node, whoever resolved it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import RowMapping, or_, select

from gateway.conversations import ratings
from gateway.conversations.closings import MOVED, Path, case_of, close, path_of
from gateway.conversations.write_ups import WriteUp, proposed
from gateway.privacy.masking import Masking
from gateway.store.schema.aftercare import closings
from gateway.store.schema.conversation import cases, conversations
from gateway.store.unit import Reading, Unit

AT_ONCE = 50
# What was resolved longer ago than this when it is found, nobody is asked about.
LATE_SECONDS = 6 * 3_600.0


@dataclass(frozen=True, slots=True)
class Ended:
    """A resolved case that is not closed yet, with what it would be remembered by."""

    tenant: str
    case: RowMapping
    path: Path
    proposed: WriteUp


def ended(reading: Reading, since: float, masking: Masking) -> Sequence[Ended]:
    """Cases that were resolved after ``since`` and are not closed, the oldest first."""
    rows = reading.all(_query(since))
    return [
        Ended(row["tenant_id"], row, path_of(reading, row["id"]), proposed(reading, row, masking))
        for row in rows
    ]


def _query(since: float):  # noqa: ANN202  # a select
    return (
        select(cases, conversations.c.contact_id, conversations.c.channel)
        .join(conversations, conversations.c.id == cases.c.conversation_id)
        .outerjoin(closings, closings.c.case_id == cases.c.id)
        .where(
            # In the words of the index.
            cases.c.resolved_at.is_not(None),
            cases.c.resolved_at > since,
            cases.c.outcome != MOVED,
            or_(
                closings.c.case_id.is_(None),
                closings.c.path.is_(None),
                closings.c.resolved_at != cases.c.resolved_at,
            ),
        )
        .order_by(cases.c.resolved_at)
        .limit(AT_ONCE)
    )


def close_ended(unit: Unit, found: Ended, due: Callable[[RowMapping], float | None]) -> None:
    """``due`` says when the customer is asked how it went; None where they are not."""
    case = case_of(unit, found.case["id"])
    if case is None or case["resolved_at"] != found.case["resolved_at"]:
        return  # Opened again meanwhile.
    close(unit, case, found.path, found.proposed)
    at = due(case)
    if at is not None and found.path != "none" and unit.now < at + LATE_SECONDS:
        ratings.plan(unit, case, found.path, at)
