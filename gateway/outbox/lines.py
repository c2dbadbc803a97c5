"""Addresses as leasable lines: claiming, holding and letting go of them, and channels at rest."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Double,
    Integer,
    RowMapping,
    and_,
    bindparam,
    exists,
    false,
    or_,
    select,
    update,
)

from gateway.records import Claimed, Node
from gateway.store.schema.conversation import conversations
from gateway.store.schema.pipeline import addresses, rests
from gateway.store.statement import Prepared
from gateway.store.unit import Unit
from gateway.telemetry.facts import LeaseLost

LEASE_SECONDS = 60.0
_NOW: BindParameter[float] = bindparam("now", type_=Double)
_CLAIM = Prepared(
    update(addresses)
    .where(addresses.c.id == bindparam("line"))
    .values(
        claim=addresses.c.claim + 1,
        claimed_by=bindparam("holder"),
        claimed_until=bindparam("until"),
    )
    .returning(addresses.c.claim, addresses.c.tenant_id, addresses.c.channel, addresses.c.address)
)
_HELD = (addresses.c.id == bindparam("line")) & (addresses.c.claim == bindparam("held"))
_HOLD = Prepared(update(addresses).where(_HELD).values(claimed_until=bindparam("until")))
_LET_GO = Prepared(
    update(addresses)
    .where(_HELD)
    .values(claimed_by=None, claimed_until=None, ready_at=bindparam("again"))
)
_HOLD_CONVERSATION = Prepared(
    update(conversations)
    .where(
        conversations.c.id == bindparam("conversation"),
        conversations.c.tenant_id == bindparam("tenant"),
    )
    .values(claim=conversations.c.claim)
)
_CONVERSATION_FREE = Prepared(
    select(conversations.c.id)
    .where(
        conversations.c.id == bindparam("conversation"),
        conversations.c.tenant_id == bindparam("tenant"),
    )
    .with_for_update(skip_locked=True)
)


@dataclass(frozen=True, slots=True)
class Idle:
    """Nothing may go out at this address before ``again`` (None: until something is queued)."""

    again: float | None


def claim_lines(unit: Unit, node: Node, channels: Collection[str], limit: int) -> list[Claimed]:
    """At most ``limit`` addresses of the given channels with something due and no lease."""
    if not channels:
        return []
    due = unit.all(_due(tuple(sorted(channels))), now=unit.now, limit=limit)
    return [_claim(unit, node, row["id"]) for row in due]


@lru_cache(maxsize=64)
def _due(channels: tuple[str, ...]) -> Prepared:
    return Prepared(
        select(addresses.c.id)
        .where(_waiting(channels), addresses.c.ready_at <= _NOW)
        .order_by(addresses.c.ready_at)
        .limit(bindparam("limit", type_=Integer))
        .with_for_update(skip_locked=True)
    )


@lru_cache(maxsize=64)
def _next_due(channels: tuple[str, ...]) -> Prepared:
    return Prepared(
        select(addresses.c.ready_at)
        .where(_waiting(channels), addresses.c.ready_at.is_not(None))
        .order_by(addresses.c.ready_at)
        .limit(1)
    )


def _waiting(channels: tuple[str, ...]) -> ColumnElement[bool]:
    """No lease on it, and its channel one of those that are up and not at rest."""
    until = addresses.c.claimed_until
    resting = exists().where(
        rests.c.channel == addresses.c.channel, or_(rests.c.until.is_(None), rests.c.until > _NOW)
    )
    ours = or_(false(), *(addresses.c.channel == channel for channel in channels))
    return and_(ours, or_(until.is_(None), until < _NOW), ~resting)


def _claim(unit: Unit, node: Node, address: str) -> Claimed:
    until = unit.now + LEASE_SECONDS
    row = unit.one(_CLAIM, line=address, holder=node.holder, until=until)
    if row is None:
        raise LookupError(f"address {address} vanished while it was claimed")
    return Claimed(address, row["claim"], row["tenant_id"], row["channel"], row["address"])


def next_due(unit: Unit, channels: Collection[str]) -> float | None:
    return unit.scalar(_next_due(tuple(sorted(channels))), now=unit.now)


def rest(unit: Unit, channel: str, seconds: float, reason: str) -> None:
    """Keep every node from this channel for a while; an operator's pause stays."""
    if unit.one(select(rests.c.channel).where(rests.c.channel == channel, rests.c.until.is_(None))):
        return
    unit.upsert(rests, ("channel",), channel=channel, until=unit.now + seconds, reason=reason)


def release(unit: Unit, held: Claimed) -> Idle:
    return let_go(unit, held, unit.now)


def hold(unit: Unit, held: Claimed, row: RowMapping | None) -> bool:
    """Hold the lease's row, and the conversation's before it: turns lock in that order too."""
    if row is not None:
        unit.changed(_HOLD_CONVERSATION, conversation=row["conversation_id"], tenant=unit.tenant)
    until = unit.now + LEASE_SECONDS
    holds = unit.changed(_HOLD, line=held.id, held=held.claim, until=until) == 1
    if not holds:
        unit.tell(LeaseLost("address"))
    return holds


def hold_if_free(unit: Unit, row: RowMapping) -> bool:
    """Hold the conversation of a line that this unit has claimed, unless another transaction does:
    that may want the line, and both would wait for ever."""
    conversation = row["conversation_id"]
    return unit.one(_CONVERSATION_FREE, conversation=conversation, tenant=unit.tenant) is not None


def let_go(unit: Unit, held: Claimed, again: float | None) -> Idle:
    unit.changed(_LET_GO, line=held.id, held=held.claim, again=again)
    return Idle(again)
