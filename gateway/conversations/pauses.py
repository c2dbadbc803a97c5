"""The big off switch: on which channels the assistant is silent. Every node reads the same rows, in
the very units that would let it speak, so that no node can be late in hearing of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import (
    ColumnElement,
    Double,
    Integer,
    RowMapping,
    bindparam,
    case,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)

from gateway.conversations.deliveries import OUTBOX
from gateway.conversations.messages import LISTS, topic
from gateway.conversations.ownership import TURNS
from gateway.store.schema.conversation import conversations, messages
from gateway.store.schema.pipeline import addresses, deliveries, turns
from gateway.store.schema.safety import pauses, switch_events
from gateway.store.statement import Prepared
from gateway.store.unit import Reading, Unit
from gateway.telemetry.facts import SwitchMoved

# Stands for every channel.
ALL = "*"
_IN_FORCE = (
    pauses.c.tenant_id == bindparam("tenant"),
    or_(pauses.c.channel == ALL, pauses.c.channel == bindparam("channel")),
)
# For what a write gives back; there columns of its own table cannot be told from those of pauses.
PAUSED = exists().where(*_IN_FORCE).label("paused")
_PAUSED = Prepared(select(pauses.c.channel).where(*_IN_FORCE).limit(1))
_MOVED = Prepared(
    select(switch_events)
    .where(
        switch_events.c.tenant_id == bindparam("tenant"),
        switch_events.c.at >= bindparam("since", type_=Double),
    )
    .order_by(switch_events.c.at, switch_events.c.id)
)
_BEFORE = bindparam("before", type_=Integer)
_AGAIN = Prepared(
    update(conversations)
    .where(
        conversations.c.id == bindparam("conversation"),
        conversations.c.epoch == bindparam("at_epoch"),
        conversations.c.owner == "assistant",
    )
    .values(
        answered_seq=case(
            (conversations.c.answered_seq < _BEFORE, conversations.c.answered_seq), else_=_BEFORE
        ),
        first_unanswered_at=func.coalesce(conversations.c.first_unanswered_at, bindparam("now")),
        ready_at=bindparam("now"),
        superseded=0,
        tries=0,
    )
)


@dataclass(frozen=True, slots=True)
class Pause:
    """``channel`` is ``ALL`` for every one; ``at`` is since when."""

    channel: str
    by: str
    at: float


@dataclass(frozen=True, slots=True)
class Moved:
    """One turn of the switch; ``state`` is ``paused`` or ``resumed``."""

    id: str
    channel: str
    state: str
    by: str
    at: float


def not_paused() -> ColumnElement[bool]:
    """A condition on a conversation's row: the assistant may speak on its channel."""
    return ~exists().where(
        pauses.c.tenant_id == conversations.c.tenant_id,
        or_(pauses.c.channel == ALL, pauses.c.channel == conversations.c.channel),
    )


def is_paused(reading: Reading, channel: str) -> bool:
    return reading.one(_PAUSED, tenant=reading.tenant, channel=channel) is not None


def paused(reading: Reading) -> Sequence[Pause]:
    """Every pause in force, that of all channels first."""
    rows = reading.all(
        select(pauses).where(pauses.c.tenant_id == reading.tenant).order_by(pauses.c.channel)
    )
    return [Pause(row["channel"], row["paused_by"], row["paused_at"]) for row in rows]


def pause(unit: Unit, channel: str, by: str) -> bool:
    """Silence the assistant on a channel from the commit on; False when it was already."""
    new = unit.insert_once(
        pauses, tenant_id=unit.tenant, channel=channel, paused_by=by, paused_at=unit.now
    )
    if new:
        _look_at_unsent(unit, channel)
        _moved(unit, "paused", channel, by)
    return new


def resume(unit: Unit, channel: str, by: str) -> bool:
    """End that pause, and no other; False when there was none. What people own stays theirs."""
    ended = unit.changed(
        delete(pauses).where(pauses.c.tenant_id == unit.tenant, pauses.c.channel == channel)
    )
    if ended:
        _moved(unit, "resumed", channel, by)
    return ended == 1


def void_answer(unit: Unit, delivery: RowMapping) -> None:
    """What it answered is unanswered again: the next turn passes it on to people. A conversation
    that has changed hands since keeps what it is."""
    before = _answers_after(unit, delivery["message_id"])
    if before is None:
        return
    conversation = delivery["conversation_id"]
    unit.changed(
        _AGAIN, conversation=conversation, at_epoch=delivery["epoch"], before=before, now=unit.now
    )
    unit.emit(TURNS, topic(conversation))


def _answers_after(unit: Unit, message: str) -> int | None:
    """The seq before the first message that this one answers; None where it answers none."""
    said = unit.one(
        select(messages.c.conversation_id, messages.c.seq, turns.c.from_seq)
        .outerjoin(turns, turns.c.id == messages.c.turn_id)
        .where(messages.c.id == message)
    )
    if said is None:
        return None
    first = said["from_seq"]
    if first is None:
        first = unit.scalar(
            select(func.max(messages.c.seq)).where(
                messages.c.conversation_id == said["conversation_id"],
                messages.c.author == "customer",
                messages.c.seq < said["seq"],
            )
        )
    return None if first is None else first - 1


def _look_at_unsent(unit: Unit, channel: str) -> None:
    """Answers that wait for a retry are voided now rather than when they would have gone."""
    waiting = select(deliveries.c.address_id).where(
        deliveries.c.state == "queued", deliveries.c.guarded, deliveries.c.tenant_id == unit.tenant
    )
    if channel != ALL:
        waiting = waiting.where(deliveries.c.channel == channel)
    unit.execute(update(addresses).where(addresses.c.id.in_(waiting)).values(ready_at=unit.now))


def moved_since(reading: Reading, at: float) -> Sequence[Moved]:
    """Every turn of the switch from then on, the oldest first."""
    rows = reading.all(_MOVED, tenant=reading.tenant, since=at)
    return [Moved(row["id"], row["channel"], row["state"], row["by"], row["at"]) for row in rows]


def _moved(unit: Unit, state: str, channel: str, by: str) -> None:
    event = unit.new_id()
    unit.insert(
        switch_events,
        id=event,
        tenant_id=unit.tenant,
        channel=channel,
        state=state,
        by=by,
        at=unit.now,
    )
    unit.tell(SwitchMoved(state, channel, by, event))
    unit.emit(LISTS, TURNS, OUTBOX)
