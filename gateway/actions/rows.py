"""The units of the actions loop: claim what is due, mark the call before it is made, record what
became of it. Each is guarded by the row's claim."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from sqlalchemy import RowMapping, or_, select, update

from gateway.conversations.messages import topic
from gateway.conversations.opening import lock
from gateway.conversations.ownership import call_a_person, say, say_again
from gateway.conversations.proposals import ACTIONS, GATEWAY, close, note
from gateway.records import Brief, Node, Prepared
from gateway.store.schema.actions import actions
from gateway.store.unit import Unit
from gateway.telemetry.facts import LeaseLost

# Longer than any call may take, so that a lease that has run out means a node that is gone.
LEASE_SECONDS = 60.0
Ended: TypeAlias = Literal["done", "refused", "failed", "unknown"]
_DUE = ("proposed", "approved", "calling")


@dataclass(frozen=True, slots=True)
class Ending:
    """What an action came to. ``told`` is what the customer hears, whatever was said of
    another one; with ``person`` a colleague looks at it."""

    state: Ended
    told: Prepared
    reason: str = ""
    outcome: str = ""
    reference: str = ""
    person: bool = True


def claim(unit: Unit, node: Node) -> RowMapping | None:
    """One action that is due and that nobody works on."""
    found = unit.scalar(
        select(actions.c.id)
        .where(
            actions.c.due_at <= unit.now,
            actions.c.state.in_(_DUE),
            or_(actions.c.claimed_until.is_(None), actions.c.claimed_until < unit.now),
        )
        .order_by(actions.c.due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if found is None:
        return None
    return unit.one(
        update(actions)
        .where(actions.c.id == found)
        .values(
            claim=actions.c.claim + 1,
            claimed_by=node.holder,
            claimed_until=unit.now + LEASE_SECONDS,
        )
        .returning(*actions.c)
    )


def next_due(unit: Unit) -> float | None:
    return unit.scalar(
        select(actions.c.due_at)
        .where(
            actions.c.due_at.is_not(None),
            actions.c.state.in_(_DUE),
            or_(actions.c.claimed_until.is_(None), actions.c.claimed_until < unit.now),
        )
        .order_by(actions.c.due_at)
        .limit(1)
    )


def mark_calling(unit: Unit, row: RowMapping) -> bool:
    """The intent, before a byte leaves: whoever finds it later knows that it may have been done.
    A first call wants an approved row, a repetition one that is ``calling``."""
    marked = unit.changed(
        update(actions)
        .where(
            actions.c.id == row["id"],
            actions.c.claim == row["claim"],
            actions.c.state == row["state"],
            actions.c.tries == row["tries"],
        )
        .values(
            state="calling",
            tries=actions.c.tries + 1,
            called_at=unit.now,
            # When the lease has run out another node finds it.
            due_at=unit.now,
            claimed_until=unit.now + LEASE_SECONDS,
        )
    )
    if not marked:
        unit.tell(LeaseLost("action"))
        return False
    note(unit, row["id"], row["conversation_id"], "calling", GATEWAY, f"try {row['tries'] + 1}")
    return True


def try_later(unit: Unit, row: RowMapping, state: str, pause: float, why: str) -> None:
    """``approved`` where surely nothing was done, ``calling`` where the system does a key once."""
    if _held(unit, row, state=state, due_at=unit.now + pause, reason=why):
        note(unit, row["id"], row["conversation_id"], "try_later", GATEWAY, why)


def finish(unit: Unit, row: RowMapping, ending: Ending) -> None:
    """The end of an action, its notice and, where it did not work, a person: one unit. The
    conversation is locked before the action, as turns do."""
    lock(unit, row["conversation_id"])
    ended = _held(
        unit,
        row,
        state=ending.state,
        reason=ending.reason,
        outcome=ending.outcome,
        reference=ending.reference[:128],
        finished_at=unit.now,
        due_at=None,
    )
    if not ended:
        return
    said = ending.outcome or ending.reason
    note(unit, row["id"], row["conversation_id"], ending.state, GATEWAY, said)
    if ending.person:
        _call(unit, row, ending)
    # Anew: calling a person has changed its epoch.
    conversation = lock(unit, row["conversation_id"])
    if conversation is None:
        return
    say_again(unit, conversation, ending.told, conversation["epoch"])


def expire(unit: Unit, row: RowMapping, told: Prepared) -> None:
    """Nobody said yes in time. The owner has not changed since, or it would be withdrawn."""
    conversation = lock(unit, row["conversation_id"])
    if conversation is None or close(unit, row["id"], "expired", GATEWAY) is None:
        return
    if conversation["owner"] == "assistant":
        say(unit, conversation, told, conversation["epoch"])


def _call(unit: Unit, row: RowMapping, ending: Ending) -> None:
    """People own from here on; staff who own already see it in the conversation."""
    what = f"{row['title']} ({row['details']})"
    concluded = {
        "unknown": f"It is not known whether this was done: {what}. Look before doing it again.",
        "refused": f"The system refused: {what}.",
        "failed": f"This could not be done: {what}. Nothing was changed.",
    }.get(ending.state, what)
    brief = Brief(
        question=what,
        reason=f"action_{ending.state}",
        rule=ending.reason,
        concluded=f"{concluded} {ending.reason}".strip(),
    )
    call_a_person(unit, row["conversation_id"], f"action_{ending.state}", brief)


def _held(unit: Unit, row: RowMapping, **values: object) -> bool:
    changed = unit.changed(
        update(actions)
        .where(
            actions.c.id == row["id"],
            actions.c.claim == row["claim"],
            actions.c.state.in_(("approved", "calling")),
        )
        .values(claimed_by=None, claimed_until=None, **values)
    )
    if not changed:
        unit.tell(LeaseLost("action"))
        return False
    unit.emit(ACTIONS, topic(row["conversation_id"]))
    return True
