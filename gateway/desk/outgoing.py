"""Outgoing events as a lead sees them: by state, the newest first. Reads only."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from gateway.desk.pages import Order, Page
from gateway.store.schema.aftercare import outgoing_events
from gateway.store.unit import Reading

ORDER = Order("outgoing", outgoing_events.c.created_at, outgoing_events.c.id)
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
    query = select(outgoing_events).where(outgoing_events.c.tenant_id == reading.tenant)
    if state is not None:
        query = query.where(outgoing_events.c.state == state)
    page = ORDER.page(reading, query, cursor, limit)
    items = [
        {**{name: row[name] for name in _SHOWN}, "conversation": row["conversation_id"]}
        for row in page.items
    ]
    return Page(items, page.next)
