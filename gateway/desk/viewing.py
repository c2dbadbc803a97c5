"""Who of the staff has a conversation open, and whether they are writing: rows, so that every node
sees them, which are worth nothing when their browser has been silent for a while."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

from sqlalchemy import and_, delete, select

from gateway.conversations.opening import by_id
from gateway.conversations.ownership import UnknownConversation
from gateway.store.schema.inbox import viewers
from gateway.store.schema.people import staff
from gateway.store.unit import Reading, Unit

VIEWERS = "viewers"
# A browser says so every 20 s while its page is seen.
FRESH_SECONDS = 50.0
State: TypeAlias = Literal["looking", "writing", "gone"]


def say(unit: Unit, conversation: str, member: str, state: State) -> None:
    """
    Raises:
        UnknownConversation.
    """
    if by_id(unit, conversation) is None:
        raise UnknownConversation
    before = unit.scalar(
        select(viewers.c.writing_at.is_not(None)).where(
            viewers.c.conversation_id == conversation,
            viewers.c.staff_id == member,
            viewers.c.seen_at > unit.now - FRESH_SECONDS,
        )
    )
    _forget(unit, conversation, member, gone=state == "gone")
    if state != "gone":
        unit.upsert(
            viewers,
            ("conversation_id", "staff_id"),
            conversation_id=conversation,
            staff_id=member,
            tenant_id=unit.tenant,
            seen_at=unit.now,
            writing_at=unit.now if state == "writing" else None,
        )
    known = "gone" if before is None else "writing" if before else "looking"
    if known != state:
        unit.emit(VIEWERS)


def _forget(unit: Unit, conversation: str, member: str, *, gone: bool) -> None:
    """Those of long ago, and whoever says that they are gone."""
    old = viewers.c.seen_at <= unit.now - FRESH_SECONDS
    unit.execute(delete(viewers).where(viewers.c.tenant_id == unit.tenant, old))
    if gone:
        own = and_(viewers.c.conversation_id == conversation, viewers.c.staff_id == member)
        unit.execute(delete(viewers).where(own))


def listed(reading: Reading) -> Sequence[dict[str, Any]]:
    """Everybody who looks at something now."""
    rows = reading.all(
        select(viewers.c.conversation_id, viewers.c.writing_at, staff.c.id, staff.c.name)
        .join(staff, staff.c.id == viewers.c.staff_id)
        .where(
            viewers.c.tenant_id == reading.tenant,
            viewers.c.seen_at > reading.now - FRESH_SECONDS,
            staff.c.disabled_at.is_(None),
        )
        .order_by(viewers.c.conversation_id, staff.c.name)
    )
    return [
        {
            "conversation": row["conversation_id"],
            "id": row["id"],
            "name": row["name"],
            "writing": row["writing_at"] is not None,
        }
        for row in rows
    ]


def mark(reading: Reading) -> object:
    """What is another when somebody came, went, or began or ceased to write."""
    rows = reading.all(
        select(viewers.c.conversation_id, viewers.c.staff_id, viewers.c.writing_at.is_(None))
        .where(
            viewers.c.tenant_id == reading.tenant,
            viewers.c.seen_at > reading.now - FRESH_SECONDS,
        )
        .order_by(viewers.c.conversation_id, viewers.c.staff_id)
    )
    return tuple(tuple(row.values()) for row in rows)
