"""Queueing what is to be sent, and withdrawing what may no longer be."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import RowMapping, bindparam, or_, select, update

from channels.events import Address
from gateway.conversations.messages import Appended, topic
from gateway.records import SENT_ONCE, UNSENT, Piece, Prepared
from gateway.store.schema.pipeline import addresses, deliveries, unfinished
from gateway.store.statement import Prepared as Statement
from gateway.store.unit import Unit, dumps
from gateway.telemetry.facts import DeliveryMoved

OUTBOX = "outbox"
DEAD = ("failed", "uncertain")
_LENGTHEN = Statement(
    update(addresses)
    .where(
        addresses.c.tenant_id == bindparam("tenant"),
        addresses.c.channel == bindparam("channel"),
        addresses.c.address == bindparam("address"),
    )
    .values(
        last_order=addresses.c.last_order + bindparam("pieces"),
        # Whatever held the line up may have been withdrawn; the outbox looks again.
        ready_at=bindparam("now"),
    )
    .returning(addresses.c.id, addresses.c.last_order)
)
_NEXT_DELIVERY = Statement(
    select(deliveries)
    .where(deliveries.c.address_id == bindparam("line"), unfinished)
    .order_by(deliveries.c.position)
    .limit(1)
)


def enqueue(
    unit: Unit,
    conversation: RowMapping,
    message: Appended,
    prepared: Prepared,
    epoch: int,
    reply_context: str | None = None,
) -> None:
    """Queue every piece at the conversation's own address. ``reply_context`` is that of the
    messages it answers, by default of the latest."""
    line = lengthened_line(
        unit, conversation["channel"], conversation["address"], len(prepared.pieces)
    )
    for part, piece in enumerate(prepared.pieces):
        unit.insert(
            deliveries,
            id=unit.new_id(),
            tenant_id=unit.tenant,
            conversation_id=conversation["id"],
            message_id=message.id,
            address_id=line["id"],
            channel=conversation["channel"],
            address=conversation["address"],
            position=line["last_order"] - len(prepared.pieces) + part + 1,
            part=part,
            author=prepared.author,
            guarded=prepared.guarded,
            repeatable=prepared.notice not in SENT_ONCE,
            discloses=prepared.discloses,
            epoch=epoch,
            state="queued",
            body=piece.body,
            plain=piece.plain,
            choices=_choices(piece),
            template=piece.template,
            private_to=None if piece.public else prepared.private_to,
            files=prepared.files if part == len(prepared.pieces) - 1 else None,
            told_in=prepared.told_in,
            retry_at=unit.now + prepared.wait_seconds if prepared.wait_seconds else None,
            reply_context=reply_context or conversation["reply_context"],
            created_at=unit.now,
        )
    unit.emit(OUTBOX, topic(conversation["id"]))


def _choices(piece: Piece) -> str:
    return dumps([[choice.id, choice.label] for choice in piece.choices])


def lengthened_line(unit: Unit, channel: str, address: str, pieces: int) -> RowMapping:
    """The line of an address, with so many more places at its end."""
    row = _lengthened(unit, channel, address, pieces)
    if row is None:
        unit.insert_once(
            addresses, id=unit.new_id(), tenant_id=unit.tenant, channel=channel, address=address
        )
        row = _lengthened(unit, channel, address, pieces)
    if row is None:
        raise LookupError("the address just opened is not there")
    return row


def _lengthened(unit: Unit, channel: str, address: str, pieces: int) -> RowMapping | None:
    return unit.one(
        _LENGTHEN,
        tenant=unit.tenant,
        channel=channel,
        address=address,
        pieces=pieces,
        now=unit.now,
    )


def withdraw_guarded(unit: Unit, conversation: str, why: str = "the owner changed") -> int:
    """A change of owner takes back everything of the assistant's that is not yet being sent,
    and the remaining parts of what is."""
    return unit.changed(
        update(deliveries)
        .where(
            deliveries.c.conversation_id == conversation,
            deliveries.c.guarded,
            deliveries.c.state.in_(UNSENT),
        )
        .values(state="withdrawn", error=why)
    )


def release_held(unit: Unit, conversation: RowMapping) -> None:
    """What was held until the customer writes may go, in its old order."""
    if unit.changed(
        update(deliveries)
        .where(deliveries.c.conversation_id == conversation["id"], deliveries.c.state == "held")
        .values(state="queued", error=None)
    ):
        look_again(unit, conversation["channel"], conversation["address"])
        unit.emit(topic(conversation["id"]))


def look_again(unit: Unit, channel: str, address: str) -> None:
    """Something at the address may go out again."""
    lengthened_line(unit, channel, address, 0)
    unit.emit(OUTBOX)


def withdraw_later_parts(unit: Unit, delivery: RowMapping, why: str) -> None:
    withdrawn = unit.changed(
        update(deliveries)
        .where(
            deliveries.c.message_id == delivery["message_id"],
            deliveries.c.address_id == delivery["address_id"],
            deliveries.c.part > delivery["part"],
            deliveries.c.state.in_(UNSENT),
        )
        .values(state="withdrawn", error=why)
    )
    if withdrawn:
        channel, conversation = delivery["channel"], delivery["conversation_id"]
        unit.tell(DeliveryMoved(channel, "withdrawn", conversation, many=withdrawn))


def next_delivery(unit: Unit, address: str) -> RowMapping | None:
    """The one that must go next at this address: order is per address, a retry blocks."""
    return unit.one(_NEXT_DELIVERY, line=address)


def failed_again(unit: Unit, delivery: str) -> bool:
    """Put a dead letter back at the end of its line; False when it is none. What may have arrived
    already is flagged as possibly a duplicate."""
    row = unit.one(
        update(deliveries)
        .where(deliveries.c.id == delivery, deliveries.c.state.in_(DEAD))
        .values(
            possibly_duplicate=or_(
                deliveries.c.possibly_duplicate, deliveries.c.state == "uncertain"
            ),
            state="queued",
            tries=0,
            retry_at=None,
            sending_at=None,
            error=None,
            guarded=False,
        )
        .returning(
            deliveries.c.channel,
            deliveries.c.address,
            deliveries.c.conversation_id,
            deliveries.c.possibly_duplicate,
        )
    )
    if row is None:
        return False
    if row["possibly_duplicate"]:
        unit.tell(DeliveryMoved(row["channel"], "possibly_duplicate", row["conversation_id"]))
    line = lengthened_line(unit, row["channel"], row["address"], 1)
    unit.execute(
        update(deliveries).where(deliveries.c.id == delivery).values(position=line["last_order"])
    )
    unit.emit(OUTBOX)
    return True


def discard(unit: Unit, delivery: str) -> bool:
    row = unit.one(
        update(deliveries)
        .where(deliveries.c.id == delivery, deliveries.c.state.in_(DEAD))
        .values(state="discarded")
        .returning(deliveries.c.channel, deliveries.c.conversation_id)
    )
    if row is not None:
        unit.tell(DeliveryMoved(row["channel"], "discarded", row["conversation_id"]))
    return row is not None


def enqueue_letter(
    unit: Unit, channel: str, address: Address, piece: Piece, context: Mapping[str, object]
) -> None:
    """Queue what belongs to no conversation: it is for staff, and no desk shows it but among the
    deliveries."""
    line, id = lengthened_line(unit, channel, address.key, 1), unit.new_id()
    unit.insert(
        deliveries,
        id=id,
        tenant_id=unit.tenant,
        conversation_id=id,
        message_id=id,
        address_id=line["id"],
        channel=channel,
        address=address.key,
        position=line["last_order"],
        part=0,
        author="system",
        guarded=False,
        repeatable=True,
        epoch=0,
        state="queued",
        body=piece.body,
        plain=piece.plain,
        reply_context=dumps(dict(context)),
        created_at=unit.now,
    )
    unit.emit(OUTBOX)
