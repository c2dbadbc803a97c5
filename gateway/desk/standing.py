"""How a conversation stands with those who wait and those who are to answer, as staff see it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.config.promises import Promises


def standing(row: Mapping[Any, Any], promises: Promises) -> dict[str, Any]:
    """``desk`` has it now; a person is to answer by ``due_at``, and has not by ``late_at``."""
    return {
        "desk": promises.desk(row["channel"], row["escalated_to"]),
        "escalated": row["escalated_to"] is not None,
        "due_at": promises.due(row["channel"], row["awaited_since"]),
        "late_at": row["late_at"],
        "reminded_at": row["reminded_at"],
    }
