"""Outgoing events as a lead sees them: by state, the newest first. Reads only."""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, or_, select

from gateway.desk.pages import Page, Place, place_of
from gateway.store.schema.aftercare import outgoing_events
from gateway.store.unit import Reading

ORDER = "outgoing"
_SHOWN = (
    "id", "receiver", "kind", "state", "tries", "error", "created_at", "due_at", "sent_at",
)  # fmt: skip


def listed(
    reading: Reading, state: str | None, cursor: str | None = None, limit: int = 50
) -> Page[dict[str, Any]]:
    """
    Raises:
        BadCursor.
    """
    place = place_of(cursor, ORDER)
    made, own = outgoing_events.c.created_at, outgoing_events.c.id
    query = select(outgoing_events).where(outgoing_events.c.tenant_id == reading.tenant)
    if state is not None:
        query = query.where(outgoing_events.c.state == state)
    if place is not None:
        query = query.where(or_(made < place.at, and_(made == place.at, own < place.id)))
    rows = reading.all(query.order_by(made.desc(), own.desc()).limit(limit + 1))
    shown, more = rows[:limit], len(rows) > limit
    following = Place(ORDER, shown[-1]["created_at"], shown[-1]["id"]).cursor() if more else None
    items = [
        {**{name: row[name] for name in _SHOWN}, "conversation": row["conversation_id"]}
        for row in shown
    ]
    return Page(items, following)
