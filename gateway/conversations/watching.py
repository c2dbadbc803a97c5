"""The watch list: for two weeks after the assistant was let answer by itself somewhere, a lead
reads every conversation of it."""

from __future__ import annotations

from sqlalchemy import bindparam, select, update

from gateway.conversations.messages import LISTS
from gateway.store.schema.safety import openings, watches
from gateway.store.statement import Prepared
from gateway.store.unit import Unit

WATCH_SECONDS = 14 * 86_400.0
_OPENED = Prepared(
    select(openings.c.opened_at).where(
        openings.c.tenant_id == bindparam("tenant"),
        openings.c.channel == bindparam("on_channel"),
        openings.c.intent == bindparam("about"),
    )
)


def watch(unit: Unit, conversation: str, channel: str, intent: str) -> None:
    """The assistant has decided by itself here: while that is new, somebody reads along. What was
    read before is to be read again."""
    opened_at = unit.scalar(_OPENED, tenant=unit.tenant, on_channel=channel, about=intent)
    if opened_at is None:
        opened_at = _open(unit, channel, intent)
    if unit.now >= opened_at + WATCH_SECONDS:
        return
    unit.upsert(
        watches,
        ("conversation_id",),
        conversation_id=conversation,
        tenant_id=unit.tenant,
        channel=channel,
        intent=intent,
        at=unit.now,
        read_at=None,
        read_by=None,
    )
    unit.emit(LISTS)


def mark_read(unit: Unit, conversation: str, by: str) -> bool:
    """Somebody has read it; False where it is not on the list, or was read already."""
    marked = unit.changed(
        update(watches)
        .where(
            watches.c.conversation_id == conversation,
            watches.c.tenant_id == unit.tenant,
            watches.c.read_at.is_(None),
        )
        .values(read_at=unit.now, read_by=by)
    )
    if marked:
        unit.emit(LISTS)
    return marked == 1


def _open(unit: Unit, channel: str, intent: str) -> float:
    unit.insert_once(
        openings, tenant_id=unit.tenant, channel=channel, intent=intent, opened_at=unit.now
    )
    return unit.now
