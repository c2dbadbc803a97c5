"""This node among others: its row, its old leases, its receiver leases."""

from __future__ import annotations

from sqlalchemy import Select, delete, func, or_, select, union_all, update

from gateway.records import Node
from gateway.store.schema.actions import actions
from gateway.store.schema.conversation import attachments, conversations
from gateway.store.schema.library import sources
from gateway.store.schema.pipeline import addresses, nodes, receivers
from gateway.store.unit import Reading, Unit

HEARTBEAT_SECONDS = 5.0
NODE_GONE_SECONDS = 24 * 3600.0
RECEIVER_LEASE_SECONDS = 30.0


def begin(unit: Unit, node: Node) -> None:
    """Write the node's row, and void what an earlier life of it still holds."""
    unit.upsert(
        nodes,
        ("name",),
        name=node.name,
        incarnation=node.incarnation,
        started_at=unit.now,
        heartbeat_at=unit.now,
    )
    for table in (conversations, addresses, receivers, attachments, sources, actions):
        unit.execute(
            update(table)
            .where(table.c.claimed_by.startswith(f"{node.name}:", autoescape=True))
            .values(claimed_by=None, claimed_until=None)
        )
    unit.execute(delete(nodes).where(nodes.c.heartbeat_at < unit.now - NODE_GONE_SECONDS))


def beat(unit: Unit, node: Node) -> bool:
    """False when another process runs under this node's name."""
    return (
        unit.changed(
            update(nodes)
            .where(nodes.c.name == node.name, nodes.c.incarnation == node.incarnation)
            .values(heartbeat_at=unit.now)
        )
        == 1
    )


def claim_receiver(unit: Unit, node: Node, channel: str) -> int | None:
    """The claim number when this node may receive on the channel, None while another does."""
    unit.insert_once(receivers, channel=channel)
    return unit.scalar(
        update(receivers)
        .where(
            receivers.c.channel == channel,
            or_(receivers.c.claimed_until.is_(None), receivers.c.claimed_until < unit.now),
        )
        .values(
            claim=receivers.c.claim + 1,
            claimed_by=node.holder,
            claimed_until=unit.now + RECEIVER_LEASE_SECONDS,
        )
        .returning(receivers.c.claim)
    )


def keep_receiver(unit: Unit, channel: str, claim: int) -> bool:
    return (
        unit.changed(
            update(receivers)
            .where(receivers.c.channel == channel, receivers.c.claim == claim)
            .values(claimed_until=unit.now + RECEIVER_LEASE_SECONDS)
        )
        == 1
    )


def release_receiver(unit: Unit, channel: str, claim: int) -> None:
    unit.execute(
        update(receivers)
        .where(receivers.c.channel == channel, receivers.c.claim == claim)
        .values(claimed_by=None, claimed_until=None)
    )


def oldest_unfinished(reading: Reading) -> float | None:
    """When the customer who has waited longest for the assistant began to wait."""
    return reading.scalar(oldest_waiting())


def oldest_waiting() -> Select[tuple[float | None]]:
    """The query for it, which no index of its own serves: who waits is due for a turn, or in the
    queue, and both of these have one."""
    first = conversations.c.first_unanswered_at
    due = select(func.min(first)).where(
        conversations.c.ready_at > 0, conversations.c.owner != "staff"
    )
    queued = select(func.min(first)).where(conversations.c.owner == "queue")
    either = union_all(due, queued).subquery()
    return select(func.min(either.c[0]))
