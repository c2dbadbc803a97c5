"""Changing and taking back what was sent: the platform's message that a delivery is about, and the
call that does it. Doing it again does no harm, so nothing is asked of the platform before."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from sqlalchemy import RowMapping, select

from channels.contract import Channel, Clock, OutboundMessage, Receipt
from gateway.store.schema.pipeline import deliveries
from gateway.store.unit import Unit, loads_list

Call: TypeAlias = Callable[[OutboundMessage], Awaitable[Receipt]]


def target_of(unit: Unit, row: RowMapping) -> str | None:
    """The platform's id of the message that a delivery changes; None where there is no such one."""
    found = unit.scalar(select(deliveries.c.external_ids).where(deliveries.c.id == row["changes"]))
    ids = loads_list(found)
    return str(ids[0]) if len(ids) == 1 else None


def changing(channel: Channel, target: str, clock: Clock, *, takes_back: bool) -> Call:
    async def change(message: OutboundMessage) -> Receipt:
        if not takes_back:
            return await channel.edit(target, message)
        await channel.delete(message.address, target)
        return Receipt((), clock.now())

    return change
