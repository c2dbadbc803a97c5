"""The units of the outbox: claim an address, mark what is being sent, record what became of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import RowMapping, exists, or_, select, update

from channels.contract import Capabilities, Choice, OutboundMessage, Receipt
from channels.events import Address
from gateway.conversations.deliveries import OUTBOX, next_delivery, withdraw_later_parts
from gateway.conversations.messages import show, topic
from gateway.conversations.opening import lock
from gateway.conversations.ownership import hand_over
from gateway.conversations.receipts import claim_early_updates
from gateway.records import Brief, Claimed, Node
from gateway.store.schema.conversation import conversations
from gateway.store.schema.pipeline import addresses, deliveries, external_ids, rests
from gateway.store.unit import Unit, dumps, loads_list, loads_object

LEASE_SECONDS = 60.0
# How long a failing delivery may hold up those behind it.
BLOCK_SECONDS = 15 * 60.0
BLOCK_SECONDS_MAIL = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Sending:
    """A delivery marked as being sent. ``found`` says that an earlier life had marked it: its
    outcome is unknown. ``tries`` counts this one."""

    row: RowMapping
    message: OutboundMessage
    found: bool
    tries: int
    block_seconds: float


@dataclass(frozen=True, slots=True)
class Idle:
    """Nothing may go out at this address before ``again`` (None: until something is queued)."""

    again: float | None


@dataclass(frozen=True, slots=True)
class Passed:
    """A delivery was dealt with without the platform (withdrawn, or shown where it is pulled)."""


def claim_lines(unit: Unit, node: Node, channels: Collection[str], limit: int) -> list[Claimed]:
    """At most ``limit`` addresses of the given channels with something due and no lease."""
    if not channels:
        return []
    resting = exists().where(
        rests.c.channel == addresses.c.channel,
        or_(rests.c.until.is_(None), rests.c.until > unit.now),
    )
    due = (
        select(addresses.c.id)
        .where(
            addresses.c.channel.in_(sorted(channels)),
            addresses.c.ready_at <= unit.now,
            or_(addresses.c.claimed_until.is_(None), addresses.c.claimed_until < unit.now),
            ~resting,
        )
        .order_by(addresses.c.ready_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [_claim(unit, node, row["id"]) for row in unit.all(due)]


def _claim(unit: Unit, node: Node, address: str) -> Claimed:
    row = unit.one(
        update(addresses)
        .where(addresses.c.id == address)
        .values(
            claim=addresses.c.claim + 1,
            claimed_by=node.holder,
            claimed_until=unit.now + LEASE_SECONDS,
        )
        .returning(addresses.c.claim, addresses.c.tenant_id, addresses.c.channel)
    )
    if row is None:
        raise LookupError(f"address {address} vanished while it was claimed")
    return Claimed(address, row["claim"], row["tenant_id"], row["channel"])


def next_due(unit: Unit, channels: Collection[str]) -> float | None:
    return unit.scalar(
        select(addresses.c.ready_at)
        .where(
            addresses.c.channel.in_(sorted(channels)),
            addresses.c.ready_at.is_not(None),
            or_(addresses.c.claimed_until.is_(None), addresses.c.claimed_until < unit.now),
        )
        .order_by(addresses.c.ready_at)
        .limit(1)
    )


def mark_next(
    unit: Unit, held: Claimed, capabilities: Capabilities
) -> Sending | Passed | Idle | None:
    """Mark the address' next delivery as being sent; None when the lease is lost."""
    if not _hold(unit, held):
        return None
    row = next_delivery(unit, held.id)
    if row is None:
        return _release(unit, held, None)
    if row["state"] == "sending":
        return _sending(row, capabilities, found=True)
    if row["retry_at"] is not None and row["retry_at"] > unit.now:
        return _release(unit, held, row["retry_at"])
    if row["guarded"] and not _still_the_assistants(unit, row):
        _finish(unit, row, "withdrawn", error="the owner changed")
        withdraw_later_parts(unit, row, "the owner changed")
        return Passed()
    if capabilities.pulled:
        _sent(unit, row, Receipt((), unit.now))
        show(unit, row["conversation_id"], row["message_id"], row["id"])
        return Passed()
    unit.execute(
        update(deliveries)
        .where(deliveries.c.id == row["id"])
        .values(state="sending", sending_at=unit.now, tries=deliveries.c.tries + 1)
    )
    return _sending(row, capabilities, found=False)


def _sending(row: RowMapping, capabilities: Capabilities, *, found: bool) -> Sending:
    mail = capabilities.dialect == "email"
    return Sending(
        row=row,
        message=outbound(row),
        found=found,
        tries=row["tries"] + (0 if found else 1),
        block_seconds=BLOCK_SECONDS_MAIL if mail else BLOCK_SECONDS,
    )


def outbound(row: RowMapping) -> OutboundMessage:
    """A delivery row as the channel takes it."""
    choices: Sequence[Sequence[str]] = loads_list(row["choices"])
    return OutboundMessage(
        delivery_id=row["id"],
        address=Address.parse(row["address"]),
        text=row["body"],
        plain=row["plain"],
        choices=tuple(Choice(id, label) for id, label in choices),
        reply_to=row["reply_to"],
        reply_context=loads_object(row["reply_context"]),
    )


def sent(unit: Unit, held: Claimed, sending: Sending, receipt: Receipt) -> bool:
    """Record the receipt; False when the lease was lost meanwhile."""
    if not _hold(unit, held):
        return False
    _sent(unit, sending.row, receipt)
    return True


def _sent(unit: Unit, row: RowMapping, receipt: Receipt) -> None:
    _finish(
        unit,
        row,
        "sent",
        sent_at=receipt.accepted_at,
        external_ids=dumps(list(receipt.external_ids)),
        error=None,
    )
    for external in receipt.external_ids:
        if unit.insert_once(
            external_ids, channel=row["channel"], external_id=external, delivery_id=row["id"]
        ):
            claim_early_updates(unit, row["channel"], external, row["id"])


def retry(unit: Unit, held: Claimed, sending: Sending, error: str, pause: float) -> None:
    """Not sent: try again later, but never block the followers for ever."""
    if not _hold(unit, held):
        return
    row = sending.row
    limit = sending.block_seconds
    if unit.now + pause > row["created_at"] + limit:
        _fail(unit, row, f"given up after {int(limit // 60)} minutes: {error}")
        return
    unit.execute(
        update(deliveries)
        .where(deliveries.c.id == row["id"])
        .values(state="queued", retry_at=unit.now + pause, error=error)
    )


def reject(unit: Unit, held: Claimed, sending: Sending, error: str) -> None:
    """Refused for good: a dead letter, and its later parts make no sense without it."""
    if _hold(unit, held):
        _fail(unit, sending.row, error)


def doubt(unit: Unit, held: Claimed, sending: Sending, error: str) -> None:
    """Nobody can say whether it arrived, and once more could do harm: a person looks."""
    if _hold(unit, held):
        _finish(unit, sending.row, "uncertain", error=error)
        withdraw_later_parts(unit, sending.row, "an earlier part is uncertain")
        _call_a_person(unit, sending.row, "delivery_uncertain", error)


def mark_possibly_duplicate(unit: Unit, held: Claimed, sending: Sending) -> bool:
    """About to send once more what may have arrived; flagged and counted before it happens.
    Never after a takeover: then it stays uncertain and the person sees so."""
    if not _hold(unit, held):
        return False
    if sending.row["guarded"] and not _still_the_assistants(unit, sending.row):
        doubt(unit, held, sending, "a person took over before it was clear whether this arrived")
        return False
    changed = unit.changed(
        update(deliveries)
        .where(deliveries.c.id == sending.row["id"], deliveries.c.state == "sending")
        .values(possibly_duplicate=True, tries=deliveries.c.tries + 1)
    )
    return changed == 1


def requeue(unit: Unit, held: Claimed, sending: Sending) -> None:
    """It certainly did not arrive: it goes the ordinary way again, guard included."""
    if _hold(unit, held):
        unit.execute(
            update(deliveries)
            .where(deliveries.c.id == sending.row["id"], deliveries.c.state == "sending")
            .values(state="queued", retry_at=None)
        )


def rest(unit: Unit, channel: str, seconds: float, reason: str) -> None:
    """Keep every node from this channel for a while; an operator's pause stays."""
    if unit.one(select(rests.c.channel).where(rests.c.channel == channel, rests.c.until.is_(None))):
        return
    unit.upsert(rests, ("channel",), channel=channel, until=unit.now + seconds, reason=reason)


def release(unit: Unit, held: Claimed) -> None:
    _release(unit, held, unit.now)


def _hold(unit: Unit, held: Claimed) -> bool:
    return (
        unit.changed(
            update(addresses)
            .where(addresses.c.id == held.id, addresses.c.claim == held.claim)
            .values(claimed_until=unit.now + LEASE_SECONDS)
        )
        == 1
    )


def _release(unit: Unit, held: Claimed, again: float | None) -> Idle:
    unit.execute(
        update(addresses)
        .where(addresses.c.id == held.id, addresses.c.claim == held.claim)
        .values(claimed_by=None, claimed_until=None, ready_at=again)
    )
    return Idle(again)


def _still_the_assistants(unit: Unit, row: RowMapping) -> bool:
    """The guard is a write: a takeover in another transaction comes wholly before or after."""
    return (
        unit.changed(
            update(conversations)
            .where(
                conversations.c.id == row["conversation_id"],
                conversations.c.epoch == row["epoch"],
                conversations.c.owner == "assistant",
            )
            .values(updated_at=conversations.c.updated_at)
        )
        == 1
    )


def _fail(unit: Unit, row: RowMapping, error: str) -> None:
    _finish(unit, row, "failed", error=error)
    withdraw_later_parts(unit, row, "an earlier part failed")
    _call_a_person(unit, row, "delivery_failed", error)


def _call_a_person(unit: Unit, row: RowMapping, reason: str, error: str) -> None:
    """What the customer never got counts as unanswered: a person finds another way."""
    conversation = lock(unit, row["conversation_id"])
    if conversation is not None and conversation["owner"] == "assistant":
        hand_over(
            unit, conversation, reason, Brief(reason=reason, rule=error, concluded=row["plain"])
        )


def _finish(unit: Unit, row: RowMapping, state: str, **values: object) -> None:
    unit.execute(
        update(deliveries)
        .where(deliveries.c.id == row["id"], deliveries.c.state.in_(["queued", "sending"]))
        .values(state=state, **values)
    )
    unit.emit(topic(row["conversation_id"]), OUTBOX)
