"""How a case was closed, as a row: who had answered, and what it is remembered by."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from sqlalchemy import RowMapping, select

from gateway.conversations.write_ups import WriteUp
from gateway.store.schema.aftercare import closings
from gateway.store.schema.conversation import cases, conversations, messages
from gateway.store.unit import Reading, Unit

Path: TypeAlias = Literal["assistant", "mixed", "human", "none"]
PATHS: tuple[Path, ...] = ("assistant", "mixed", "human", "none")
# Its matter went on elsewhere: nothing ended.
MOVED = "private"


def path_of(reading: Reading, case: str) -> Path:
    """Who answered in a case; notices are no answers."""
    rows = reading.all(
        select(messages.c.author)
        .where(
            messages.c.case_id == case,
            messages.c.kind == "message",
            messages.c.author.in_(("assistant", "staff")),
        )
        .distinct()
    )
    authors = {row["author"] for row in rows}
    if len(authors) > 1:
        return "mixed"
    if not authors:
        return "none"
    return "assistant" if "assistant" in authors else "human"


def case_of(reading: Reading, case: str) -> RowMapping | None:
    """A case with the conversation that it is of."""
    return reading.one(
        select(cases, conversations.c.contact_id, conversations.c.channel)
        .join(conversations, conversations.c.id == cases.c.conversation_id)
        .where(cases.c.id == case)
    )


def write_down(unit: Unit, row: RowMapping, write_up: WriteUp, staff: str) -> None:
    """What somebody wrote as they closed the case of the conversation ``row``."""
    _put(unit, row["case_id"], row, write_up, written_by=staff)


def close(unit: Unit, case: RowMapping, path: Path, proposed: WriteUp) -> None:
    """A resolved case as it is remembered; what somebody wrote stays."""
    kept = unit.one(select(closings).where(closings.c.case_id == case["id"]))
    written_by = kept["written_by"] if kept is not None else None
    if kept is not None and written_by is not None:
        proposed = WriteUp(kept["asked"], kept["done"], kept["promised"])
    about = {"path": path, "outcome": case["outcome"], "resolved_at": case["resolved_at"]}
    _put(unit, case["id"], case, proposed, written_by=written_by, **about)


def _put(
    unit: Unit,
    case: str,
    row: RowMapping,
    write_up: WriteUp,
    **about: Any,  # noqa: ANN401  # columns
) -> None:
    of_case = "conversation_id" in row
    values: dict[str, object] = {"path": None, "outcome": None, "resolved_at": unit.now, **about}
    unit.upsert(
        closings,
        ("case_id",),
        case_id=case,
        tenant_id=unit.tenant,
        conversation_id=row["conversation_id"] if of_case else row["id"],
        contact_id=row["contact_id"],
        channel=row["channel"],
        asked=write_up.asked,
        done=write_up.done,
        promised=write_up.promised,
        **values,
    )


def before(reading: Reading, contact: str, case: str | None) -> RowMapping | None:
    """The closing of the contact's last case before this one, on whatever channel."""
    query = select(closings).where(closings.c.contact_id == contact)
    if case is not None:
        query = query.where(closings.c.case_id != case)
    return reading.one(query.order_by(closings.c.resolved_at.desc()).limit(1))
