"""Events that no adapter could read, for the person who looks what they were."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import select, update

from gateway.conversations.messages import LISTS
from gateway.desk.kept import UNREADABLE
from gateway.errors import FrontdeskError
from gateway.store.schema.pipeline import unreadable
from gateway.store.unit import Reading, Unit

MOST = 100


class UnknownEvent(FrontdeskError):
    """There is no such event."""


def open_events(
    reading: Reading, kinds: Mapping[str, str], file_url: Callable[[str], str]
) -> Sequence[dict[str, Any]]:
    """Those that nobody has seen to, the newest first."""
    rows = reading.all(
        select(unreadable)
        .where(unreadable.c.tenant_id == reading.tenant, unreadable.c.handled_at.is_(None))
        .order_by(unreadable.c.at.desc(), unreadable.c.id)
        .limit(MOST)
    )
    return [
        {
            "id": row["id"],
            "channel": row["channel"],
            "kind": kinds.get(row["channel"], row["channel"]),
            "address": row["address"],
            "reason": row["reason"],
            "at": row["at"],
            "raw": file_url(f"{UNREADABLE}{row['id']}"),
        }
        for row in rows
    ]


def handle(unit: Unit, event: str, by: str) -> None:
    """Somebody has seen to it; doing so again changes nothing.

    Raises:
        UnknownEvent.
    """
    own = (unreadable.c.id == event) & (unreadable.c.tenant_id == unit.tenant)
    if unit.scalar(select(unreadable.c.id).where(own)) is None:
        raise UnknownEvent
    unit.execute(
        update(unreadable)
        .where(own, unreadable.c.handled_at.is_(None))
        .values(handled_at=unit.now, handled_by=by)
    )
    unit.emit(LISTS)
