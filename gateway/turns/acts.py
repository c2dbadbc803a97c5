"""What a turn does to actions, within the unit that commits it: guarded by claim and epoch before,
and by a compare-and-set on each row."""

from __future__ import annotations

from sqlalchemy import Integer, RowMapping, bindparam, func, select

from gateway.conversations import proposals, proving
from gateway.conversations.messages import Appended
from gateway.conversations.ownership import say
from gateway.records import Prepared
from gateway.store.schema.conversation import messages
from gateway.store.statement import Prepared as Statement
from gateway.store.unit import Unit
from gateway.turns.opened import Opened
from gateway.turns.plan import Plan
from gateway.turns.proposing import Answer, Proposing

_AS_READ = Statement(
    select(func.count().label("many"), func.max(messages.c.edited_at).label("edited")).where(
        messages.c.conversation_id == bindparam("conversation"),
        messages.c.seq >= bindparam("first", type_=Integer),
        messages.c.seq <= bindparam("last", type_=Integer),
        messages.c.author == "customer",
        messages.c.deleted_at.is_(None),
    )
)


def is_as_read(unit: Unit, opened: Opened) -> bool:
    """Whether the customer's words still are what the turn has read: none edited, none deleted."""
    first, last = opened.new[0].seq, opened.through_seq
    found = unit.one(_AS_READ, conversation=opened.held.id, first=first, last=last)
    if found is None or found["many"] != len(opened.new):
        return False
    return bool((found["edited"] or 0.0) == opened.edited)


def act(unit: Unit, row: RowMapping, opened: Opened, plan: Plan) -> list[Appended | None]:
    """What the customer is told of it."""
    if plan.sent is not None:
        proving.remember(unit, row["id"], plan.sent)
    if plan.proposing is not None:
        return [_proposed(unit, row, opened, plan.proposing)]
    if plan.answer is not None:
        return [_answered(unit, row, opened, plan.answer)]
    return []


def _proposed(unit: Unit, row: RowMapping, opened: Opened, proposing: Proposing) -> Appended | None:
    proposal = proposing.proposal
    proposals.propose(unit, row, proposal, opened.turn)
    if proposing.shown is None:
        # Freed by name: it counts against its limits like any other.
        proposals.confirm(unit, row, proposal.id, proposal.digest, proposal.limits, None)
        return None
    message = _say(unit, row, opened, proposing.shown)
    if message is not None:
        proposals.shown(unit, proposal.id, message.id)
    return message


def _answered(unit: Unit, row: RowMapping, opened: Opened, answer: Answer) -> Appended | None:
    if answer.verdict == "yes":
        return _agreed(unit, row, opened, answer)
    if answer.verdict == "no":
        proposals.close(unit, answer.action, "declined", proposals.CUSTOMER)
    if answer.verdict == "expired":
        proposals.close(unit, answer.action, "expired", proposals.GATEWAY)
    message = _say(unit, row, opened, answer.said or answer.late)
    if answer.verdict == "again" and message is not None:
        proposals.shown(unit, answer.action, message.id)
    return message


def _agreed(unit: Unit, row: RowMapping, opened: Opened, answer: Answer) -> Appended | None:
    """Nothing is said where it is under way: its outcome is what the customer hears."""
    came = proposals.confirm(unit, row, answer.action, answer.digest, answer.limits, answer.yes)
    told = {"approved": None, "confirmed": answer.approval, "late": answer.late}[came]
    return None if told is None else _say(unit, row, opened, told)


def _say(unit: Unit, row: RowMapping, opened: Opened, told: Prepared) -> Appended | None:
    return say(unit, row, told, row["epoch"], opened.row["reply_context"])
