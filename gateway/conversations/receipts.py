"""What platforms report about our own messages; a delivery's rank only rises."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import RowMapping, bindparam, delete, select, update

from channels.events import DeliveryUpdate
from gateway.conversations import relays
from gateway.conversations.messages import topic
from gateway.conversations.ownership import call_a_person
from gateway.records import Brief, rises
from gateway.store.schema.pipeline import deliveries, early_updates, external_ids
from gateway.store.statement import Prepared
from gateway.store.unit import Unit, loads_list
from gateway.telemetry.facts import DeliveryMoved

_ARRIVED = frozenset({"delivered", "read"})
_NAMED = Prepared(
    update(external_ids)
    .where(
        external_ids.c.channel == bindparam("on"),
        external_ids.c.external_id == bindparam("external"),
        external_ids.c.delivery_id.is_(None),
    )
    .values(delivery_id=bindparam("delivery"))
)
_EARLY = (
    early_updates.c.channel == bindparam("on"),
    early_updates.c.external_id == bindparam("external"),
)
_REPORTED_EARLY = Prepared(select(early_updates).where(*_EARLY).order_by(early_updates.c.at))
_FORGET_EARLY = Prepared(delete(early_updates).where(*_EARLY))


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
        unit.changed(_NAMED, on=channel, external=external_id, delivery=delivery)
    for row in reported_early(unit, channel, external_id):
        _raise(unit, delivery, row["state"], row["reason"])


def reported_early(unit: Unit, channel: str, external_id: str) -> Sequence[RowMapping]:
    """What was reported of a platform's id before it was known, in order; given once."""
    found = unit.all(_REPORTED_EARLY, on=channel, external=external_id)
    if found:
        unit.changed(_FORGET_EARLY, on=channel, external=external_id)
    return found


def _raise(unit: Unit, delivery: str, state: str, reason: str | None) -> str:
    row = unit.one(
        select(
            deliveries.c.state,
            deliveries.c.conversation_id,
            deliveries.c.plain,
            deliveries.c.channel,
            deliveries.c.message_id,
            deliveries.c.external_ids,
            deliveries.c.told_in,
            deliveries.c.about,
            deliveries.c.changes,
            deliveries.c.desk_thread_id,
            deliveries.c.post,
        ).where(deliveries.c.id == delivery)
    )
    if row is None:
        return "nothing new"
    if not rises(row["state"], state):
        if state == "failed" and row["state"] in _ARRIVED and _in_pieces(row):
            _call_a_person(unit, row, f"a part of it did not arrive: {reason or 'no reason'}")
            return "a part of it failed"
        return "nothing new"
    unit.execute(
        update(deliveries)
        .where(deliveries.c.id == delivery, deliveries.c.state == row["state"])
        .values(state=state, error=reason)
    )
    unit.emit(topic(row["conversation_id"]))
    channel, conversation = row["channel"], row["conversation_id"]
    unit.tell(DeliveryMoved(channel, state, conversation, delivery, row["message_id"], at=unit.now))
    if row["told_in"] is not None:
        relays.moved(unit, row)
    if state == "failed":
        _call_a_person(unit, row, reason or "the platform reported a failure")
    return f"now {state}"


def _in_pieces(row: RowMapping) -> bool:
    """Whether it went out as several messages, of which each has an end of its own."""
    return len(loads_list(row["external_ids"])) > 1


def _call_a_person(unit: Unit, row: RowMapping, why: str) -> None:
    if row["desk_thread_id"] is not None:
        relays.post_failed(unit, row, why)
        return
    brief = Brief(reason="delivery_failed", rule=why, concluded=row["plain"])
    call_a_person(unit, row["conversation_id"], "delivery_failed", brief)
