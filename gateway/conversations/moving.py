"""A chat that its platform gave another address: what was said in it, who has it and what waits to
be sent go on there, all in one unit."""

from __future__ import annotations

from sqlalchemy import RowMapping, select, update

from channels.events import Address
from gateway.conversations import opening
from gateway.conversations.deliveries import OUTBOX
from gateway.conversations.messages import topic
from gateway.store.schema.conversation import attachments, conversations
from gateway.store.schema.pipeline import addresses, cursors, deliveries
from gateway.store.unit import Unit


def move(unit: Unit, channel: str, old: Address, new: Address) -> str:
    """Move what is at ``old``; what was done. What still comes from there belongs to ``new`` from
    now on. Where a conversation has begun at ``new`` already, each stays what it is."""
    row = opening.find(unit, channel, old)
    row = None if row is None else opening.lock(unit, row["id"])
    if row is not None and row["address"] == new.key:
        return "moved before"
    if _is_taken(unit, channel, new):
        return "ignored: a conversation has begun there"
    unit.upsert(
        cursors,
        ("channel", "key"),
        channel=channel,
        key=opening.moved_key(old),
        value=new.key,
        at=unit.now,
    )
    if row is None:
        return "noted"
    _carry(unit, row, new)
    return "moved"


def _is_taken(unit: Unit, channel: str, new: Address) -> bool:
    return any(
        unit.scalar(
            select(table.c.id).where(
                table.c.tenant_id == unit.tenant,
                table.c.channel == channel,
                table.c.address == new.key,
            )
        )
        for table in (conversations, addresses)
    )


def _carry(unit: Unit, row: RowMapping, new: Address) -> None:
    unit.execute(
        update(conversations).where(conversations.c.id == row["id"]).values(address=new.key)
    )
    unit.execute(
        update(addresses)
        .where(
            addresses.c.tenant_id == unit.tenant,
            addresses.c.channel == row["channel"],
            addresses.c.address == row["address"],
        )
        .values(address=new.key)
    )
    # What staff are told of it on a desk of theirs stands under its own address.
    for table in (deliveries, attachments):
        unit.execute(
            update(table)
            .where(
                table.c.conversation_id == row["id"],
                table.c.channel == row["channel"],
                table.c.address == row["address"],
            )
            .values(address=new.key)
        )
    unit.emit(OUTBOX, topic(row["id"]))
