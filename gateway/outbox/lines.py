"""Addresses as leasable lines: claiming, holding and letting go of them, and channels at rest."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, RowMapping, exists, or_, select, update

from gateway.conversations.opening import lock
from gateway.records import Claimed, Node
from gateway.store.schema.pipeline import addresses, rests
from gateway.store.unit import Unit

LEASE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Idle:
    """Nothing may go out at this address before ``again`` (None: until something is queued)."""

    again: float | None


def claim_lines(unit: Unit, node: Node, channels: Collection[str], limit: int) -> list[Claimed]:
    """At most ``limit`` addresses of the given channels with something due and no lease."""
    if not channels:
        return []
    due = (
        select(addresses.c.id)
        .where(
            addresses.c.channel.in_(sorted(channels)),
            addresses.c.ready_at <= unit.now,
            or_(addresses.c.claimed_until.is_(None), addresses.c.claimed_until < unit.now),
            ~_resting(unit.now),
        )
        .order_by(addresses.c.ready_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [_claim(unit, node, row["id"]) for row in unit.all(due)]


def _resting(now: float) -> ColumnElement[bool]:
    return exists().where(
        rests.c.channel == addresses.c.channel, or_(rests.c.until.is_(None), rests.c.until > now)
    )


def _claim(unit: Unit, node: Node, address: str) -> Claimed:
    row = unit.one(
        update(addresses)
        .where(addresses.c.id == address)
        .values(
            claim=addresses.c.claim + 1,
            claimed_by=node.holder,
            claimed_until=unit.now + LEASE_SECONDS,
        )
        .returning(
            addresses.c.claim, addresses.c.tenant_id, addresses.c.channel, addresses.c.address
        )
    )
    if row is None:
        raise LookupError(f"address {address} vanished while it was claimed")
    return Claimed(address, row["claim"], row["tenant_id"], row["channel"], row["address"])


def next_due(unit: Unit, channels: Collection[str]) -> float | None:
    return unit.scalar(
        select(addresses.c.ready_at)
        .where(
            addresses.c.channel.in_(sorted(channels)),
            addresses.c.ready_at.is_not(None),
            or_(addresses.c.claimed_until.is_(None), addresses.c.claimed_until < unit.now),
            ~_resting(unit.now),
        )
        .order_by(addresses.c.ready_at)
        .limit(1)
    )


def rest(unit: Unit, channel: str, seconds: float, reason: str) -> None:
    """Keep every node from this channel for a while; an operator's pause stays."""
    if unit.one(select(rests.c.channel).where(rests.c.channel == channel, rests.c.until.is_(None))):
        return
    unit.upsert(rests, ("channel",), channel=channel, until=unit.now + seconds, reason=reason)


def release(unit: Unit, held: Claimed) -> None:
    let_go(unit, held, unit.now)


def hold(unit: Unit, held: Claimed, row: RowMapping | None) -> bool:
    """Hold the lease's row, and the conversation's before it: turns lock in that order too."""
    if row is not None:
        lock(unit, row["conversation_id"])
    return (
        unit.changed(
            update(addresses)
            .where(addresses.c.id == held.id, addresses.c.claim == held.claim)
            .values(claimed_until=unit.now + LEASE_SECONDS)
        )
        == 1
    )


def let_go(unit: Unit, held: Claimed, again: float | None) -> Idle:
    unit.execute(
        update(addresses)
        .where(addresses.c.id == held.id, addresses.c.claim == held.claim)
        .values(claimed_by=None, claimed_until=None, ready_at=again)
    )
    return Idle(again)
