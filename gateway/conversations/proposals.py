"""Actions as rows: proposed, confirmed by the customer or declined, approved by staff. Every verb
is a compare-and-set, and every step is added to the audit; calling the systems is the loop's
matter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from sqlalchemy import RowMapping, bindparam, select, update

from gateway.conversations.messages import LISTS, topic
from gateway.store.schema.actions import action_events, action_uses, actions
from gateway.store.schema.conversation import messages
from gateway.store.schema.pipeline import deliveries
from gateway.store.statement import Prepared
from gateway.store.unit import Reading, Unit, dumps
from gateway.telemetry.facts import ActionMoved

ACTIONS = "actions"
DAY = 86_400.0
YES, NO = "yes:", "no:"
ASSISTANT, CUSTOMER, GATEWAY = "assistant", "customer", "gateway"
_ARRIVED = ("sent", "delivered", "read")
Confirmed: TypeAlias = Literal["approved", "confirmed", "late"]
_LIVE = Prepared(
    select(*actions.c, messages.c.seq.label("shown_seq"))
    .outerjoin(messages, messages.c.id == actions.c.shown_message_id)
    .where(actions.c.conversation_id == bindparam("conversation"), actions.c.state == "proposed")
    .order_by(actions.c.created_at.desc())
    .limit(1)
)
_WITHDRAW = Prepared(
    update(actions)
    .where(actions.c.conversation_id == bindparam("conversation"), actions.c.state == "proposed")
    .values(state="withdrawn", reason=bindparam("why"), finished_at=bindparam("now"), due_at=None)
    .returning(actions.c.id, actions.c.conversation_id)
)


@dataclass(frozen=True, slots=True)
class Limits:
    """How often an action may be done on a day before staff approve, and what it counts under."""

    per_customer_day: int
    per_day: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is shown to the customer for their yes. ``id`` is given before the unit, so that the
    buttons can name it; ``approval`` says why staff have to approve, None where they need not."""

    id: str
    name: str
    title: str
    details: str
    arguments: Mapping[str, Any]
    digest: str
    customer: str | None
    proof: str | None
    language: str | None
    expires_at: float
    approval: str | None
    limits: Limits
    free: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """A proposal that waits for its yes: where it was shown, and whether it had arrived there
    before the customer wrote."""

    row: RowMapping
    shown_seq: int
    arrived: bool


def standing(reading: Reading, conversation: str, said_at: float) -> Standing | None:
    row = reading.one(_LIVE, conversation=conversation)
    if row is None:
        return None
    sent = reading.all(
        select(deliveries.c.state, deliveries.c.sent_at).where(
            deliveries.c.message_id == row["shown_message_id"]
        )
    )
    arrived = bool(sent) and all(
        one["state"] in _ARRIVED and one["sent_at"] is not None and one["sent_at"] <= said_at
        for one in sent
    )
    return Standing(row, row["shown_seq"] or 0, arrived)


def named_by(choice: str | None) -> str | None:
    """The action that a button is about, None for any other button."""
    for begins in (YES, NO):
        if choice is not None and choice.startswith(begins):
            return choice.removeprefix(begins)
    return None


def state_of(reading: Reading, action: str, conversation: str) -> str | None:
    return reading.scalar(
        select(actions.c.state).where(
            actions.c.id == action, actions.c.conversation_id == conversation
        )
    )


def propose(unit: Unit, row: RowMapping, proposal: Proposal, turn: str) -> None:
    """Put it on record; whatever was proposed here before is not any more."""
    withdraw_proposals(unit, row["id"], "another one was proposed")
    added = unit.insert_once(
        actions,
        id=proposal.id,
        tenant_id=unit.tenant,
        conversation_id=row["id"],
        case_id=row["case_id"],
        turn_id=turn,
        contact_id=row["contact_id"],
        channel=row["channel"],
        address=row["address"],
        name=proposal.name,
        title=proposal.title,
        details=proposal.details,
        arguments=dumps(dict(proposal.arguments)),
        digest=proposal.digest,
        customer=proposal.customer,
        proof=proposal.proof,
        state="proposed",
        epoch=row["epoch"],
        language=proposal.language,
        needs_approval=proposal.approval is not None,
        approval_reason=proposal.approval,
        expires_at=proposal.expires_at,
        due_at=proposal.expires_at,
        created_at=unit.now,
    )
    if added:
        note(unit, proposal.id, row["id"], "proposed", ASSISTANT, proposal.details)
        unit.emit(ACTIONS)


def shown(unit: Unit, action: str, message: str) -> None:
    """Which message shows it to the customer: the last one, where it was shown again."""
    unit.execute(
        update(actions)
        .where(actions.c.id == action, actions.c.state == "proposed")
        .values(shown_message_id=message)
    )


def confirm(
    unit: Unit, row: RowMapping, action: str, digest: str, limits: Limits, yes: str | None
) -> Confirmed:
    """The customer's yes to exactly these parameters, once, in time and while the assistant owns;
    ``yes`` is the message that said it. What is above a limit waits for staff."""
    found = unit.one(
        update(actions)
        .where(
            actions.c.id == action,
            actions.c.conversation_id == row["id"],
            actions.c.state == "proposed",
            actions.c.digest == digest,
            actions.c.epoch == row["epoch"],
            actions.c.expires_at > unit.now,
        )
        .values(state="confirmed", confirmed_at=unit.now, yes_message_id=yes, due_at=None)
        .returning(*actions.c)
    )
    if found is None:
        return "late"
    note(unit, action, row["id"], "confirmed", CUSTOMER, found["details"])
    over = _over(unit, found, limits)
    if over is not None or found["needs_approval"]:
        reason = over or found["approval_reason"]
        unit.execute(
            update(actions)
            .where(actions.c.id == action)
            .values(needs_approval=True, approval_reason=reason)
        )
        note(unit, action, row["id"], "needs_approval", GATEWAY, reason or "")
        unit.emit(topic(row["id"]), LISTS)
        return "confirmed"
    approve(unit, action, GATEWAY, "within its limits")
    return "approved"


def approve(unit: Unit, action: str, actor: str, why: str = "") -> RowMapping | None:
    """From here on it will be called; None where it does not wait for that."""
    row = unit.one(
        update(actions)
        .where(actions.c.id == action, actions.c.state == "confirmed")
        .values(state="approved", approved_by=actor, due_at=unit.now)
        .returning(*actions.c)
    )
    if row is not None:
        note(unit, action, row["conversation_id"], "approved", actor, why)
        unit.emit(ACTIONS, topic(row["conversation_id"]), LISTS)
    return row


def disapprove(unit: Unit, action: str, actor: str, why: str) -> RowMapping | None:
    """Staff refuse; None where it does not wait for them."""
    row = unit.one(
        update(actions)
        .where(actions.c.id == action, actions.c.state == "confirmed")
        .values(state="refused", reason=why, finished_at=unit.now, due_at=None)
        .returning(*actions.c)
    )
    if row is not None:
        note(unit, action, row["conversation_id"], "not_approved", actor, why)
        unit.emit(topic(row["conversation_id"]))
    return row


def close(
    unit: Unit, action: str, state: Literal["declined", "expired"], actor: str
) -> RowMapping | None:
    """It ends without having been done; None where it does not wait for a yes any more."""
    row = unit.one(
        update(actions)
        .where(actions.c.id == action, actions.c.state == "proposed")
        .values(state=state, finished_at=unit.now, due_at=None)
        .returning(*actions.c)
    )
    if row is not None:
        note(unit, action, row["conversation_id"], state, actor, "")
        unit.emit(topic(row["conversation_id"]))
    return row


def withdraw_proposals(unit: Unit, conversation: str, why: str) -> None:
    """A change of owner, or another proposal, takes back what waits for a yes."""
    for row in unit.all(_WITHDRAW, conversation=conversation, why=why, now=unit.now):
        note(unit, row["id"], conversation, "withdrawn", GATEWAY, why)


def note(unit: Unit, action: str, conversation: str, event: str, actor: str, detail: str) -> None:
    """One more row of the audit; none is ever changed."""
    of = unit.one(
        update(actions)
        .where(actions.c.id == action)
        .values(events=actions.c.events + 1)
        .returning(actions.c.events, actions.c.name)
    )
    number, name = (1, "") if of is None else (of["events"], of["name"])
    unit.insert(
        action_events,
        id=unit.new_id(),
        tenant_id=unit.tenant,
        action_id=action,
        conversation_id=conversation,
        number=number,
        event=event,
        actor=actor,
        detail=detail[:2000],
        at=unit.now,
    )
    unit.tell(ActionMoved(name, event, conversation, action))


def _over(unit: Unit, row: RowMapping, limits: Limits) -> str | None:
    """Counts it; which limit of the day it is above."""
    subject = row["customer"] or row["contact_id"]
    if not used(unit, row["name"], subject, limits.per_customer_day):
        return f"more than {limits.per_customer_day} a day for one customer"
    if not used(unit, row["name"], "", limits.per_day):
        return f"more than {limits.per_day} a day for all customers"
    return None


def uses(reading: Reading, action: str, subject: str) -> int:
    """How often it was counted today."""
    found = reading.scalar(
        select(action_uses.c.uses).where(
            action_uses.c.tenant_id == reading.tenant,
            action_uses.c.action == action,
            action_uses.c.subject == subject,
            action_uses.c.day == int(reading.now // DAY),
        )
    )
    return int(found or 0)


def used(unit: Unit, action: str, subject: str, most: int) -> bool:
    """Count one use today; False when that would be too many."""
    day = int(unit.now // DAY)
    unit.insert_once(action_uses, tenant_id=unit.tenant, action=action, subject=subject, day=day)
    counted = unit.changed(
        update(action_uses)
        .where(
            action_uses.c.tenant_id == unit.tenant,
            action_uses.c.action == action,
            action_uses.c.subject == subject,
            action_uses.c.day == day,
            action_uses.c.uses < most,
        )
        .values(uses=action_uses.c.uses + 1)
    )
    return counted == 1
