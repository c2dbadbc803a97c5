"""What platforms report about our own messages; a delivery's rank only rises."""

from __future__ import annotations

from sqlalchemy import delete, select, update

from channels.events import DeliveryUpdate
from gateway.conversations.messages import topic
from gateway.records import rises
from gateway.store.schema.pipeline import deliveries, early_updates, external_ids
from gateway.store.unit import Unit


def apply_update(unit: Unit, channel: str, event: DeliveryUpdate) -> str:
    """Move the delivery forward; a report for an id we do not know yet waits."""
    delivery = unit.scalar(
        select(external_ids.c.delivery_id).where(
            external_ids.c.channel == channel, external_ids.c.external_id == event.message
        )
    )
    if delivery is None:
        unit.insert(
            early_updates,
            id=unit.new_id(),
            channel=channel,
            external_id=event.message,
            state=event.state,
            reason=event.reason,
            at=unit.now,
        )
        return "waits for its message"
    return _raise(unit, str(delivery), event.state, event.reason)


def claim_early_updates(unit: Unit, channel: str, external_id: str, delivery: str) -> None:
    """Apply what was reported before our own record of sending was committed."""
    mine = (early_updates.c.channel == channel) & (early_updates.c.external_id == external_id)
    for row in unit.all(select(early_updates).where(mine)):
        _raise(unit, delivery, row["state"], row["reason"])
    unit.execute(delete(early_updates).where(mine))


def _raise(unit: Unit, delivery: str, state: str, reason: str | None) -> str:
    row = unit.one(
        select(deliveries.c.state, deliveries.c.conversation_id).where(deliveries.c.id == delivery)
    )
    if row is None or not rises(row["state"], state):
        return "nothing new"
    unit.execute(
        update(deliveries)
        .where(deliveries.c.id == delivery, deliveries.c.state == row["state"])
        .values(state=state, error=reason)
    )
    unit.emit(topic(row["conversation_id"]))
    return f"now {state}"
