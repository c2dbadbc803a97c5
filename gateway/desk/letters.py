"""Deliveries by state, and what a person decides about the dead ones: once more, or never."""

from __future__ import annotations

from typing import Any

from sqlalchemy import RowMapping, select

from gateway.conversations import deliveries as queue
from gateway.conversations.messages import topic
from gateway.desk.pages import Order, Page
from gateway.desk.records import NotDead
from gateway.errors import FrontdeskError
from gateway.privacy.masking import STANDING
from gateway.store.schema.pipeline import deliveries
from gateway.store.unit import Reading, Unit

ORDER = Order("deliveries", deliveries.c.created_at, deliveries.c.id)


class UnknownDelivery(FrontdeskError):
    """There is no such delivery."""


def listed(
    reading: Reading, state: str | None, cursor: str | None = None, limit: int = 50
) -> Page[dict[str, Any]]:
    """
    Raises:
        BadCursor.
    """
    query = select(deliveries).where(deliveries.c.tenant_id == reading.tenant)
    if state is not None:
        query = query.where(deliveries.c.state == state)
    page = ORDER.page(reading, query, cursor, limit)
    return Page([_item(row) for row in page.items], page.next)


def retry(unit: Unit, delivery: str) -> str:
    """Queue it again, at the end of its line; its state now.

    Raises:
        UnknownDelivery, NotDead.
    """
    row = _own(unit, delivery)
    if not queue.failed_again(unit, delivery):
        raise NotDead
    unit.emit(topic(row["conversation_id"]))
    return "queued"


def discard(unit: Unit, delivery: str) -> str:
    """Never send it; its state now.

    Raises:
        UnknownDelivery, NotDead.
    """
    row = _own(unit, delivery)
    if not queue.discard(unit, delivery):
        raise NotDead
    unit.emit(topic(row["conversation_id"]))
    return "discarded"


def _own(unit: Unit, delivery: str) -> RowMapping:
    row = unit.one(
        select(deliveries).where(deliveries.c.id == delivery, deliveries.c.tenant_id == unit.tenant)
    )
    if row is None:
        raise UnknownDelivery
    return row


def _item(row: RowMapping) -> dict[str, Any]:
    return {
        "id": row["id"],
        "conversation": row["conversation_id"],
        "message": row["message_id"],
        "channel": row["channel"],
        "author": row["author"],
        "part": row["part"],
        "state": row["state"],
        "text": STANDING.text(row["plain"]),
        "error": row["error"],
        "tries": row["tries"],
        "possibly_duplicate": bool(row["possibly_duplicate"]),
        "created_at": row["created_at"],
        "retry_at": row["retry_at"],
        "sent_at": row["sent_at"],
    }
