"""Claiming conversations whose turn is due, keeping the lease, letting go."""

from __future__ import annotations

from sqlalchemy import ColumnElement, RowMapping, or_, select, update

from gateway.conversations.messages import topic
from gateway.conversations.ownership import TURNS
from gateway.records import Claimed, Node
from gateway.store.schema.conversation import conversations
from gateway.store.unit import Unit

LEASE_SECONDS = 30.0
CLOCK_JUMP_SECONDS = 60.0


def claim_due(unit: Unit, node: Node, limit: int) -> list[Claimed]:
    """At most ``limit`` conversations whose quiet time is over and that nobody works on."""
    due = (
        select(conversations.c.id)
        .where(
            _due(unit.now),
            _free(unit.now),
        )
        .order_by(conversations.c.ready_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = [row["id"] for row in unit.all(due)]
    return [_claim(unit, node, id) for id in ids]


def _due(now: float) -> ColumnElement[bool]:
    """Due by now, or so far ahead that only a clock set back explains it."""
    ready = conversations.c.ready_at
    return or_(ready <= now, ready > now + CLOCK_JUMP_SECONDS)


def _free(now: float) -> ColumnElement[bool]:
    until = conversations.c.claimed_until
    return or_(until.is_(None), until < now, until > now + LEASE_SECONDS + CLOCK_JUMP_SECONDS)


def _claim(unit: Unit, node: Node, conversation: str) -> Claimed:
    row = unit.one(
        update(conversations)
        .where(conversations.c.id == conversation)
        .values(
            claim=conversations.c.claim + 1,
            claimed_by=node.holder,
            claimed_until=unit.now + LEASE_SECONDS,
        )
        .returning(
            conversations.c.claim,
            conversations.c.tenant_id,
            conversations.c.channel,
            conversations.c.address,
        )
    )
    if row is None:
        raise LookupError(f"conversation {conversation} vanished while it was claimed")
    unit.emit(topic(conversation))
    return Claimed(conversation, row["claim"], row["tenant_id"], row["channel"], row["address"])


def next_due(unit: Unit) -> float | None:
    """When the next conversation is ready that no lease holds."""
    return unit.scalar(
        select(conversations.c.ready_at)
        .where(
            conversations.c.ready_at.is_not(None),
            _free(unit.now),
        )
        .order_by(conversations.c.ready_at)
        .limit(1)
    )


def renew(unit: Unit, held: Claimed) -> RowMapping | None:
    """Lengthen the lease; None when another node has it by now."""
    return unit.one(
        update(conversations)
        .where(conversations.c.id == held.id, conversations.c.claim == held.claim)
        .values(claimed_until=unit.now + LEASE_SECONDS)
        .returning(*conversations.c)
    )


def guard(unit: Unit, held: Claimed, epoch: int | None = None) -> RowMapping | None:
    """The write that comes first in a turn's units: no row means fenced."""
    where = (conversations.c.id == held.id) & (conversations.c.claim == held.claim)
    if epoch is not None:
        where &= conversations.c.epoch == epoch
    return unit.one(
        update(conversations)
        .where(where)
        .values(updated_at=conversations.c.updated_at)
        .returning(*conversations.c)
    )


def release(unit: Unit, held: Claimed, ready_at: float | None) -> None:
    unit.execute(
        update(conversations)
        .where(conversations.c.id == held.id, conversations.c.claim == held.claim)
        .values(claimed_by=None, claimed_until=None, ready_at=ready_at)
    )
    unit.emit(topic(held.id), TURNS)
