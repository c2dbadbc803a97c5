"""Why something was said: the record of one turn, as staff read it. Reads only."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from gateway.privacy.masking import STANDING
from gateway.store.schema.pipeline import turns
from gateway.store.unit import Reading, loads_list, loads_object

PLAIN = (
    "id",
    "state",
    "decision",
    "error",
    "from_seq",
    "through_seq",
    "epoch",
    "started_at",
    "finished_at",
    "node",
)


def one(reading: Reading, turn: str) -> dict[str, Any] | None:
    """None when there is no such turn."""
    row = reading.one(select(turns).where(turns.c.id == turn, turns.c.tenant_id == reading.tenant))
    if row is None:
        return None
    return {
        **{name: row[name] for name in PLAIN},
        "conversation": row["conversation_id"],
        "case": row["case_id"],
        "reasons": list(loads_list(row["reasons"])),
        "trace": STANDING.data(loads_object(row["trace"])),
    }
