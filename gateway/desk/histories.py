"""A customer's cases on all channels, and the case before this one: what staff see of the past.
Reads only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import RowMapping, func, select

from gateway.conversations.closings import PATHS, before
from gateway.conversations.opening import by_id
from gateway.conversations.ratings import GOOD
from gateway.conversations.write_ups import write_up_of
from gateway.privacy.masking import Masking
from gateway.store.schema.aftercare import closings, ratings
from gateway.store.schema.conversation import cases, conversations, messages
from gateway.store.unit import Reading

MOST = 100


def history(
    reading: Reading, conversation: str, kinds: Mapping[str, str], masking: Masking
) -> list[dict[str, Any]] | None:
    """The newest first; None where there is no such conversation."""
    row = by_id(reading, conversation)
    if row is None:
        return None
    found = reading.all(
        select(
            cases,
            conversations.c.channel,
            closings.c.path,
            closings.c.asked,
            closings.c.done,
            closings.c.promised,
            ratings.c.score,
        )
        .join(conversations, conversations.c.id == cases.c.conversation_id)
        .outerjoin(closings, closings.c.case_id == cases.c.id)
        .outerjoin(ratings, ratings.c.case_id == cases.c.id)
        .where(
            conversations.c.contact_id == row["contact_id"],
            conversations.c.tenant_id == reading.tenant,
        )
        .order_by(cases.c.opened_at.desc())
        .limit(MOST)
    )
    return [_case(case, kinds, masking) for case in found]


def _case(row: RowMapping, kinds: Mapping[str, str], masking: Masking) -> dict[str, Any]:
    return {
        "case": row["id"],
        "number": row["number"],
        "conversation": row["conversation_id"],
        "channel": row["channel"],
        "kind": kinds.get(row["channel"], row["channel"]),
        "question": masking.text(row["question"]),
        "opened_at": row["opened_at"],
        "resolved_at": row["resolved_at"],
        "outcome": row["outcome"],
        "path": row["path"],
        "write_up": _lines(row, masking),
        "rating": row["score"],
    }


def _lines(row: RowMapping, masking: Masking) -> dict[str, str] | None:
    if row["asked"] is None:
        return None
    return {name: masking.text(row[name]) for name in ("asked", "done", "promised")}


def last_before(reading: Reading, row: RowMapping, masking: Masking) -> dict[str, Any] | None:
    """What the customer's last case came to: the first thing that whoever helps them next reads."""
    found = before(reading, row["contact_id"], row["case_id"])
    if found is None:
        return None
    return {
        "case": found["case_id"],
        "channel": found["channel"],
        "resolved_at": found["resolved_at"],
        **(_lines(found, masking) or {}),
    }


def write_up(
    reading: Reading, conversation: str, masking: Masking
) -> tuple[RowMapping | None, dict[str, Any] | None]:
    """The conversation, and the three lines proposed for its open case, None where none is open."""
    row = by_id(reading, conversation)
    if row is None or row["case_id"] is None:
        return row, None
    found = write_up_of(reading, row["case_id"], masking)
    return row, None if found is None else {"case": row["case_id"], **found}


def rating_of(reading: Reading, conversation: str, masking: Masking) -> dict[str, Any] | None:
    """How the customer last rated a case of the conversation, and why."""
    row = reading.one(
        select(ratings, messages.c.body, messages.c.deleted_at)
        .outerjoin(messages, messages.c.id == ratings.c.comment_message_id)
        .where(ratings.c.conversation_id == conversation, ratings.c.score.is_not(None))
        .order_by(ratings.c.rated_at.desc())
        .limit(1)
    )
    if row is None:
        return None
    said = row["body"] is not None and row["deleted_at"] is None
    return {
        "case": row["case_id"],
        "score": row["score"],
        "path": row["path"],
        "comment": masking.text(row["body"]) if said else None,
        "at": row["rated_at"],
    }


def ratings_by_path(reading: Reading, since: float) -> dict[str, dict[str, Any]]:
    """For each way that cases were answered: how many were resolved, asked about and rated since,
    the mean, and how many were rated low."""
    resolved = _counted(reading, closings.c.path, closings.c.resolved_at > since)
    asked = _counted(reading, ratings.c.path, ratings.c.asked_at > since)
    rated = {row["path"]: row for row in reading.all(_scores(reading.tenant, since))}
    return {
        path: {
            "resolved": resolved.get(path, 0),
            "asked": asked.get(path, 0),
            "rated": rated[path]["many"] if path in rated else 0,
            "mean": round(float(rated[path]["mean"]), 2) if path in rated else None,
            "low": int(rated[path]["low"]) if path in rated else 0,
        }
        for path in PATHS
    }


def _counted(reading: Reading, path: Any, condition: Any) -> dict[str, int]:  # noqa: ANN401  # columns
    table = path.table
    rows = reading.all(
        select(path.label("path"), func.count().label("many"))
        .where(table.c.tenant_id == reading.tenant, condition, path.is_not(None))
        .group_by(path)
    )
    return {row["path"]: row["many"] for row in rows}


def _scores(tenant: str, since: float) -> Any:  # noqa: ANN401  # a select
    low = func.count().filter(ratings.c.score < GOOD)
    return (
        select(
            ratings.c.path,
            func.count().label("many"),
            func.avg(ratings.c.score).label("mean"),
            low.label("low"),
        )
        .where(ratings.c.tenant_id == tenant, ratings.c.rated_at > since)
        .group_by(ratings.c.path)
    )
