"""Who may speak: taking, handing over, returning, covering and resolving.

Every change of owner raises the epoch and, in the same unit, withdraws what the assistant has not
begun to send. "After a takeover" means: marked ``sending`` after the takeover's commit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import RowMapping, select, update

from gateway.conversations import desk_threads
from gateway.conversations.deliveries import enqueue, withdraw_guarded
from gateway.conversations.desk_threads import Post
from gateway.conversations.messages import (
    LISTS,
    Appended,
    append_prepared,
    said_in_case,
    topic,
)
from gateway.conversations.opening import lock
from gateway.conversations.proposals import withdraw_proposals
from gateway.conversations.standing_drafts import go_along, withdraw_draft
from gateway.conversations.timers import FORGOTTEN, cancel_timer, has_timer, owe_an_answer
from gateway.errors import FrontdeskError
from gateway.records import REPEATABLE_NOTICES, Brief, Prepared
from gateway.store.schema.conversation import cases, conversations, messages
from gateway.store.schema.people import staff as members
from gateway.store.schema.waiting import first_answers
from gateway.store.unit import Unit, dumps
from gateway.telemetry.facts import CaseResolved, DeliveryMoved, HandedOver

TURNS = "turns"
# Cases have ended, or somebody said what they think of one.
AFTERCARE = "aftercare"
NAMING = frozenset({"joined", "returned"})
# What there is of waiting for a person, where nobody is awaited.
NOBODY_AWAITED: Mapping[str, None] = {
    "waiting_since": None,
    "awaited_since": None,
    "promised_until": None,
    "late_at": None,
    "reminded_at": None,
    "escalated_to": None,
}


class UnknownConversation(FrontdeskError):
    """There is no such conversation."""


class OwnerMoved(FrontdeskError):
    """The conversation's owner changed in the meantime; look again before acting."""

    def __init__(self, epoch: int, message: str = "") -> None:
        super().__init__(message)
        self.epoch = epoch


def expect(unit: Unit, conversation: str, epoch: int | None) -> RowMapping:
    """The conversation's row, locked by a write.

    Raises:
        UnknownConversation, OwnerMoved.
    """
    row = lock(unit, conversation)
    if row is None:
        raise UnknownConversation
    if epoch is not None and row["epoch"] != epoch:
        raise OwnerMoved(row["epoch"])
    return row


def take(unit: Unit, row: RowMapping, staff: str | None, joined: Prepared | None = None) -> int:
    """A person speaks from now on; repeating it as the owner changes nothing."""
    if row["owner"] == "staff" and row["staff_id"] == staff:
        return int(row["epoch"])
    epoch = _change(
        unit,
        row,
        owner="staff",
        staff_id=staff,
        waiting_since=None,
        covered=False,
        desk_alarm=None,
        promised_until=None,
        reminded_at=None,
        staff_spoke_at=unit.now,
    )
    desk_threads.tell(unit, row, Post("taken", data=(("staff", staff or ""),)))
    if staff is not None:
        _is_back(unit, staff)
    if joined is not None:
        say(unit, row, joined, epoch)
    return epoch


def hand_over(
    unit: Unit, row: RowMapping, reason: str, brief: Brief, since: float | None = None
) -> int:
    """The queue owns until somebody takes. A case that waited already keeps its place; ``since``
    says when another began to wait, now by default."""
    waiting = row["waiting_since"]
    if waiting is None:
        waiting = unit.now if since is None else since
    awaited = row["awaited_since"]
    epoch = _change(
        unit,
        row,
        owner="queue",
        staff_id=None,
        waiting_since=waiting,
        awaited_since=waiting if awaited is None else awaited,
        covered=False,
        reason=reason,
        reminded_at=None,
    )
    if row["case_id"] is not None:
        unit.execute(
            update(cases).where(cases.c.id == row["case_id"]).values(brief=dumps(_as_json(brief)))
        )
    unit.tell(HandedOver(row["channel"], row["id"], reason, row["case_id"]))
    return epoch


def cover(unit: Unit, row: RowMapping) -> int:
    """The customer goes on with the assistant; the case keeps its place in the queue."""
    return _change(unit, row, owner="assistant", staff_id=None, covered=True)


def keep(unit: Unit, row: RowMapping, reason: str) -> int:
    """Whoever had it has gone, and the customer waits for nothing: the queue keeps it until they
    write again."""
    cancel_timer(unit, row["id"], FORGOTTEN)
    return _change(
        unit, row, owner="queue", staff_id=None, covered=False, reason=reason, **NOBODY_AWAITED
    )


def return_(unit: Unit, row: RowMapping, returned: Prepared | None = None) -> int:
    """The assistant owns again and answers what nobody has."""
    epoch = _change(
        unit,
        row,
        owner="assistant",
        staff_id=None,
        covered=False,
        reason=None,
        drafting=False,
        **NOBODY_AWAITED,
    )
    _no_draft(unit, row, "the assistant answers again")
    cancel_timer(unit, row["id"], FORGOTTEN)
    desk_threads.tell(unit, row, Post("returned"))
    if row["case_id"] is not None:
        unit.execute(
            update(cases)
            .where(cases.c.id == row["case_id"])
            .values(human_stretch=True, unsuccessful=0)
        )
    if returned is not None and row["owner"] != "assistant":
        say(unit, row, returned, epoch)
    _wake_if_unanswered(unit, row)
    return epoch


def resolve(unit: Unit, row: RowMapping, outcome: str) -> int:
    """The matter is closed; the customer's next message opens another case."""
    epoch = _change(
        unit,
        row,
        owner="assistant",
        staff_id=None,
        covered=False,
        reason=None,
        drafting=False,
        case_id=None,
        answered_seq=row["last_seq"],
        ready_at=None,
        first_unanswered_at=None,
        **NOBODY_AWAITED,
    )
    _no_draft(unit, row, "the case was resolved")
    cancel_timer(unit, row["id"], FORGOTTEN)
    desk_threads.close(unit, row)
    if row["case_id"] is not None:
        unit.execute(
            update(cases)
            .where(cases.c.id == row["case_id"], cases.c.resolved_at.is_(None))
            .values(resolved_at=unit.now, outcome=outcome)
        )
        unit.emit(AFTERCARE)
        unit.tell(CaseResolved(row["channel"], row["id"], row["case_id"], outcome))
    return epoch


def say(
    unit: Unit, row: RowMapping, prepared: Prepared, epoch: int, reply_context: str | None = None
) -> Appended | None:
    """Append and queue one message of ours; None where this case has heard it."""
    repeatable = prepared.notice is None or prepared.notice in REPEATABLE_NOTICES
    if not repeatable and _heard(unit, row["case_id"], prepared):
        return None
    return say_again(unit, row, prepared, epoch, reply_context)


def say_again(
    unit: Unit, row: RowMapping, prepared: Prepared, epoch: int, reply_context: str | None = None
) -> Appended:
    """Append and queue one message of ours, whether this case has heard it or not."""
    message = append_prepared(unit, row["id"], prepared, row["case_id"])
    enqueue(unit, row, message, prepared, epoch, reply_context)
    return message


def people_answered(unit: Unit, row: RowMapping) -> None:
    """Somebody of ours has spoken: what the customer said is not unanswered any more. How long the
    first answer took is noted. ``row`` is as it was before whoever answered took it."""
    unit.execute(
        update(conversations)
        .where(conversations.c.id == row["id"])
        .values(
            answered_seq=conversations.c.customer_seq,
            first_unanswered_at=None,
            ready_at=None,
            awaited_since=None,
            promised_until=None,
            late_at=None,
            reminded_at=None,
            staff_spoke_at=unit.now,
        )
    )
    cancel_timer(unit, row["id"], FORGOTTEN)
    if row["awaited_since"] is not None:
        unit.insert(
            first_answers,
            id=unit.new_id(),
            tenant_id=unit.tenant,
            channel=row["channel"],
            since=row["awaited_since"],
            seconds=max(0.0, unit.now - row["awaited_since"]),
        )


def call_a_person(unit: Unit, conversation: str, reason: str, brief: Brief) -> None:
    """What the customer did not get counts as unanswered: a person finds another way. An owner
    is left to it, and loses the conversation to the queue in the usual time."""
    row = lock(unit, conversation)
    if row is None:
        return
    if row["owner"] == "assistant":
        hand_over(unit, row, reason, brief)
    elif row["owner"] == "staff" and not has_timer(unit, conversation, FORGOTTEN):
        owe_an_answer(unit, conversation, unit.now)


def _heard(unit: Unit, case: str | None, prepared: Prepared) -> bool:
    if case is None or prepared.notice is None or not said_in_case(unit, case, prepared.notice):
        return False
    if prepared.notice not in NAMING:
        return True
    # Another person's name makes it another text.
    last = unit.scalar(
        select(messages.c.body)
        .where(messages.c.case_id == case, messages.c.notice == prepared.notice)
        .order_by(messages.c.seq.desc())
        .limit(1)
    )
    return last == prepared.markdown


def _is_back(unit: Unit, staff: str) -> None:
    """Who takes something over is there."""
    unit.execute(
        update(members)
        .where(members.c.id == staff, members.c.away_at.is_not(None))
        .values(away_at=None)
    )


def _change(unit: Unit, row: RowMapping, **values: object) -> int:
    epoch = unit.scalar(
        update(conversations)
        .where(conversations.c.id == row["id"])
        .values(epoch=conversations.c.epoch + 1, updated_at=unit.now, **values)
        .returning(conversations.c.epoch)
    )
    withdraw_proposals(unit, row["id"], "the owner changed")
    if row["drafting"]:
        go_along(unit, row["id"], epoch)
    withdrawn = withdraw_guarded(unit, row["id"])
    if withdrawn:
        unit.tell(DeliveryMoved(row["channel"], "withdrawn", row["id"], many=withdrawn))
    desk_threads.owner_changed(unit, row)
    unit.emit(topic(row["id"]), LISTS)
    return int(epoch)


def _no_draft(unit: Unit, row: RowMapping, why: str) -> None:
    if row["drafting"]:
        withdraw_draft(unit, row, why)


def _wake_if_unanswered(unit: Unit, row: RowMapping) -> None:
    if row["customer_seq"] > row["answered_seq"]:
        unit.execute(
            update(conversations)
            .where(conversations.c.id == row["id"])
            .values(ready_at=unit.now, first_unanswered_at=unit.now, superseded=0, tries=0)
        )
        unit.emit(TURNS)


def _as_json(brief: Brief) -> dict[str, Any]:
    return {
        "question": brief.question,
        "reason": brief.reason,
        "rule": brief.rule,
        "concluded": brief.concluded,
        "tried": list(brief.tried),
        "sources": [dict(source) for source in brief.sources],
        "steps": list(brief.steps),
        "open_questions": list(brief.open_questions),
        "suggested": brief.suggested,
        "files": list(brief.files),
    }
