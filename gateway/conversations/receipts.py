"""What platforms report about our own messages; a delivery's rank only rises."""

from __future__ import annotations

from sqlalchemy import delete, select, update

from channels.events import DeliveryUpdate
from gateway.conversations.messages import topic
from gateway.conversations.ownership import call_a_person
from gateway.records import Brief, rises
from gateway.store.schema.pipeline import deliveries, early_updates, external_ids
from gateway.store.unit import Unit


def apply_update(unit: Unit, channel: str, event: DeliveryUpdate) -> str:
    """Move the delivery forward; a report for an id we do not know yet waits."""
    # The row of the id is what both sides write: whoever comes second waits for the first's commit
    # and sees it.
    unit.insert_once(external_ids, channel=channel, external_id=event.message, delivery_id=None)
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


def remember_external_id(unit: Unit, channel: str, external_id: str, delivery: str) -> None:
    """Tie the platform's id to the delivery, and apply what was reported of it before that."""
    if not unit.insert_once(
        external_ids, channel=channel, external_id=external_id, delivery_id=delivery
    ):
        unit.execute(
            update(external_ids)
            .where(
                external_ids.c.channel == channel,
                external_ids.c.external_id == external_id,
                external_ids.c.delivery_id.is_(None),
            )
            .values(delivery_id=delivery)
        )
    mine = (early_updates.c.channel == channel) & (early_updates.c.external_id == external_id)
    for row in unit.all(select(early_updates).where(mine)):
        _raise(unit, delivery, row["state"], row["reason"])
    unit.execute(delete(early_updates).where(mine))


def _raise(unit: Unit, delivery: str, state: str, reason: str | None) -> str:
    row = unit.one(
        select(deliveries.c.state, deliveries.c.conversation_id, deliveries.c.plain).where(
            deliveries.c.id == delivery
        )
    )
    if row is None or not rises(row["state"], state):
        return "nothing new"
    unit.execute(
        update(deliveries)
        .where(deliveries.c.id == delivery, deliveries.c.state == row["state"])
        .values(state=state, error=reason)
    )
    unit.emit(topic(row["conversation_id"]))
    if state == "failed":
        why = reason or "the platform reported a failure"
        brief = Brief(reason="delivery_failed", rule=why, concluded=row["plain"])
        call_a_person(unit, row["conversation_id"], "delivery_failed", brief)
    return f"now {state}"
