"""Claiming conversations whose turn is due, keeping the lease, letting go."""

from __future__ import annotations

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Double,
    Integer,
    RowMapping,
    and_,
    bindparam,
    or_,
    select,
    update,
)

from gateway.conversations.messages import topic
from gateway.conversations.ownership import TURNS
from gateway.records import Claimed, Node
from gateway.store.schema.conversation import conversations
from gateway.store.statement import Prepared
from gateway.store.unit import Unit
from gateway.telemetry.facts import LeaseLost

LEASE_SECONDS = 30.0
CLOCK_JUMP_SECONDS = 60.0
_NOW: BindParameter[float] = bindparam("now", type_=Double)


def _due() -> ColumnElement[bool]:
    """Due by now, or so far ahead that only a clock set back explains it."""
    ready = conversations.c.ready_at
    # Said apart, so that the index is searched from the first that is set.
    return and_(ready.is_not(None), or_(ready <= _NOW, ready > _NOW + CLOCK_JUMP_SECONDS))


def _free() -> ColumnElement[bool]:
    until = conversations.c.claimed_until
    return or_(until.is_(None), until < _NOW, until > _NOW + LEASE_SECONDS + CLOCK_JUMP_SECONDS)


_DUE = Prepared(
    select(conversations.c.id)
    .where(_due(), _free())
    .order_by(conversations.c.ready_at)
    .limit(bindparam("limit", type_=Integer))
    .with_for_update(skip_locked=True)
)
_NEXT_DUE = Prepared(
    select(conversations.c.ready_at)
    .where(conversations.c.ready_at.is_not(None), _free())
    .order_by(conversations.c.ready_at)
    .limit(1)
)
_CLAIM = Prepared(
    update(conversations)
    .where(conversations.c.id == bindparam("conversation"))
    .values(
        claim=conversations.c.claim + 1,
        claimed_by=bindparam("holder"),
        claimed_until=bindparam("until"),
    )
    .returning(*conversations.c)
)
_HELD = (conversations.c.id == bindparam("conversation")) & (
    conversations.c.claim == bindparam("held")
)
_RENEW = Prepared(
    update(conversations)
    .where(_HELD)
    .values(claimed_until=bindparam("until"))
    .returning(*conversations.c)
)
_GUARDING = (
    update(conversations)
    .where(_HELD)
    .values(claim=conversations.c.claim)
    .returning(*conversations.c)
)
_GUARD = Prepared(_GUARDING)
_GUARD_EPOCH = Prepared(_GUARDING.where(conversations.c.epoch == bindparam("at_epoch")))
_RELEASE = Prepared(
    update(conversations)
    .where(_HELD)
    .values(claimed_by=None, claimed_until=None, ready_at=bindparam("ready"))
)


def claim_due(unit: Unit, node: Node, limit: int) -> list[tuple[Claimed, RowMapping]]:
    """At most ``limit`` conversations whose quiet time is over and that nobody works on, each with
    its row, which the claim itself guards for this unit."""
    ids = [row["id"] for row in unit.all(_DUE, now=unit.now, limit=limit)]
    return [_claim(unit, node, id) for id in ids]


def _claim(unit: Unit, node: Node, conversation: str) -> tuple[Claimed, RowMapping]:
    until = unit.now + LEASE_SECONDS
    row = unit.one(_CLAIM, conversation=conversation, holder=node.holder, until=until)
    if row is None:
        raise LookupError(f"conversation {conversation} vanished while it was claimed")
    unit.emit(topic(conversation))
    held = Claimed(conversation, row["claim"], row["tenant_id"], row["channel"], row["address"])
    return held, row


def next_due(unit: Unit) -> float | None:
    """When the next conversation is ready that no lease holds."""
    return unit.scalar(_NEXT_DUE, now=unit.now)


def renew(unit: Unit, held: Claimed) -> RowMapping | None:
    """Lengthen the lease; None when another node has it by now."""
    until = unit.now + LEASE_SECONDS
    return _held(unit, unit.one(_RENEW, conversation=held.id, held=held.claim, until=until))


def guard(unit: Unit, held: Claimed, epoch: int | None = None) -> RowMapping | None:
    """The write that comes first in a turn's units: no row means fenced."""
    if epoch is None:
        return _held(unit, unit.one(_GUARD, conversation=held.id, held=held.claim))
    return unit.one(_GUARD_EPOCH, conversation=held.id, held=held.claim, at_epoch=epoch)


def _held(unit: Unit, row: RowMapping | None) -> RowMapping | None:
    if row is None:
        unit.tell(LeaseLost("conversation"))
    return row


def release(unit: Unit, held: Claimed, ready_at: float | None) -> None:
    unit.changed(_RELEASE, conversation=held.id, held=held.claim, ready=ready_at)
    unit.emit(topic(held.id), TURNS)
