"""Committing what a turn decided, if claim and epoch still hold; nothing otherwise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Literal, TypeAlias

from sqlalchemy import RowMapping, bindparam, func, select, update

from brain.contract import Decision
from gateway.conversations.deliveries import enqueue
from gateway.conversations.drafts import prepare
from gateway.conversations.joining import digest_of, offer
from gateway.conversations.messages import Appended, append_prepared, topic
from gateway.conversations.opening import lock, open_case
from gateway.conversations.ownership import TURNS, hand_over, say, say_again
from gateway.conversations.pauses import is_paused
from gateway.conversations.ratings import commented
from gateway.conversations.watching import watch
from gateway.records import RATING_COMMENT
from gateway.store.schema.conversation import cases, conversations, messages
from gateway.store.schema.pipeline import turns
from gateway.store.statement import Prepared
from gateway.store.unit import Unit, dumps
from gateway.telemetry.facts import Replied, TurnEnded
from gateway.turns.acts import act, is_as_read
from gateway.turns.leases import guard, release
from gateway.turns.opened import Opened
from gateway.turns.plan import Plan
from gateway.turns.seen import seen
from gateway.turns.waiting import WAITING

Ending: TypeAlias = Literal["done", "fenced", "superseded"]
_RECORD = Prepared(
    update(turns)
    .where(turns.c.id == bindparam("turn"), turns.c.state == "open")
    .values(
        state="done",
        decision=bindparam("kind"),
        confidence=bindparam("sure"),
        reasons=bindparam("why"),
        trace=bindparam("traced"),
        finished_at=bindparam("now"),
    )
)
_ANSWERED = Prepared(
    update(conversations)
    .where(
        conversations.c.id == bindparam("conversation"),
        conversations.c.claim == bindparam("held"),
    )
    .values(
        answered_seq=bindparam("answered"),
        noticed_seq=bindparam("noticed"),
        first_unanswered_at=bindparam("first"),
        superseded=0,
        tries=0,
        language=bindparam("spoken"),
        claimed_by=None,
        claimed_until=None,
        ready_at=bindparam("ready"),
    )
)


def commit_turn(unit: Unit, opened: Opened, plan: Plan, failpoint: Callable[[str], None]) -> Ending:
    """One unit: messages, deliveries, ownership, case state and trace, and the lease let go."""
    row = guard(unit, opened.held, opened.epoch)
    if row is None:
        return _fenced(unit, opened)
    if (overtaken := _overtaken(unit, row, opened, plan)) is not None:
        return overtaken
    if not _record(unit, opened, plan.decision):
        return "done"  # An earlier run of this unit was committed without our hearing of it.
    row = _with_case(unit, row, opened, plan)
    # A reply goes where and how the messages it answers came, whatever has come since.
    context = opened.row["reply_context"]
    said: list[Appended] = []
    for prepared in plan.say:
        message = append_prepared(unit, row["id"], prepared, row["case_id"], opened.turn)
        enqueue(unit, row, message, prepared, row["epoch"], context)
        unit.tell(Replied(row["channel"], row["id"], row["case_id"], message.id, prepared.author))
        said.append(message)
    epoch = row["epoch"]
    if plan.brief is not None:
        epoch = hand_over(unit, row, plan.brief.reason, plan.brief)
    _beside(unit, row, opened, plan, epoch)
    noticed = [say(unit, row, notice, epoch, context) for notice in plan.notices]
    noticed += act(unit, row, opened, plan)
    if plan.instead and not any(noticed):
        noticed = [say_again(unit, row, notice, epoch, context) for notice in plan.instead]
        plan = replace(plan, waiting=any(notice.notice == WAITING for notice in plan.instead))
    for prepared in plan.people:
        message = append_prepared(unit, row["id"], prepared, row["case_id"], opened.turn)
        enqueue(unit, row, message, prepared, epoch, context)
        said.append(message)
    _promise(unit, row, plan, said=any(noticed))
    failpoint("turns.inside_commit")
    _remember(unit, row, opened, plan)
    _answered(unit, row, opened, plan)
    _watch(unit, row, plan)
    said += [notice for notice in noticed if notice is not None]
    _tell(unit, opened, plan, tuple(message.id for message in said))
    return "done"


def _beside(unit: Unit, row: RowMapping, opened: Opened, plan: Plan, epoch: int) -> None:
    """A draft comes before people, unless one of them has answered meanwhile; a code counts."""
    if plan.code is not None:
        offer(unit, row, digest_of(plan.code))
    answered = row["owner"] != "assistant" and row["answered_seq"] >= opened.through_seq
    if plan.drafted is not None and not answered:
        prepare(unit, row, epoch, plan.drafted, opened.turn)


def _with_case(unit: Unit, row: RowMapping, opened: Opened, plan: Plan) -> RowMapping:
    """What followed a rating is its reason, or opens a case like any other words."""
    if row["case_id"] is not None or not opened.commented:
        return row
    if any(reason.code == RATING_COMMENT for reason in plan.decision.reasons):
        commented(unit, row["id"], opened.asked[-1])
        return row
    asked = next((said.text for said in opened.new if said.choice is None), "")
    case = open_case(unit, row, asked)
    unit.execute(
        update(messages)
        .where(messages.c.id.in_(opened.asked), messages.c.choice == RATING_COMMENT)
        .values(case_id=case)
    )
    return lock(unit, row["id"]) or row


def _overtaken(unit: Unit, row: RowMapping, opened: Opened, plan: Plan) -> Ending | None:
    """What happened since the turn began and makes its plan void."""
    if (plan.say or plan.proposing or plan.answer) and is_paused(unit, row["channel"]):
        let_go(unit, opened)  # The next turn finds the pause and passes it on to people.
        return "fenced"
    if plan.answer is not None and not _still_said(unit, row, opened):
        # Whoever wrote on, or edited it, may have taken the yes back: the next turn sees all of it.
        supersede(unit, opened)
        return "superseded"
    return None


def _still_said(unit: Unit, row: RowMapping, opened: Opened) -> bool:
    return row["customer_seq"] <= opened.through_seq and is_as_read(unit, opened)


def _fenced(unit: Unit, opened: Opened) -> Ending:
    if _state(unit, opened) == "done":
        return "done"
    guard(unit, opened.held)  # Where it is the lease that is gone, this tells so.
    end(unit, opened, "fenced", "the owner or the lease changed")
    release(unit, opened.held, unit.now)
    return "fenced"


def end(unit: Unit, opened: Opened, state: str, error: str | None) -> None:
    ended = unit.changed(
        update(turns)
        .where(turns.c.id == opened.turn, turns.c.state == "open")
        .values(state=state, error=error, finished_at=unit.now)
    )
    if ended:
        unit.tell(_ended(unit, opened, state))


def _ended(unit: Unit, opened: Opened, outcome: str) -> TurnEnded:
    return TurnEnded(
        channel=opened.held.channel,
        outcome=outcome,
        conversation=opened.held.id,
        turn=opened.turn,
        asked=opened.asked,
        began=opened.started,
        ended=unit.now,
    )


def _tell(unit: Unit, opened: Opened, plan: Plan, said: tuple[str, ...]) -> None:
    decision = plan.decision
    ended = _ended(unit, opened, "done" if plan.brief is None else "handed_over")
    unit.tell(
        ended._replace(
            since=opened.row["first_unanswered_at"],
            decision=decision.kind,
            reasons=tuple(reason.code for reason in decision.reasons),
            said=said,
            stages=decision.trace.stages,
            **seen(decision.trace)._asdict(),
        )
    )


def _state(unit: Unit, opened: Opened) -> str | None:
    return unit.scalar(select(turns.c.state).where(turns.c.id == opened.turn))


def supersede(unit: Unit, opened: Opened) -> None:
    """A newer message came: this turn's work is void, the next one sees all of them."""
    if _state(unit, opened) != "open":
        return  # An earlier run of this unit was committed; once is all that counts.
    row = guard(unit, opened.held)
    end(unit, opened, "superseded", None)
    if row is not None:
        unit.execute(
            update(conversations)
            .where(conversations.c.id == row["id"])
            .values(superseded=conversations.c.superseded + 1, tries=_untried(row))
        )
        release(unit, opened.held, row["ready_at"] or unit.now)


def fail(unit: Unit, opened: Opened, error: str, retry_after: float) -> None:
    """Our own failure: the turn is tried again after a pause."""
    row = guard(unit, opened.held)
    end(unit, opened, "failed", error[:2000])
    if row is not None:
        release(unit, opened.held, unit.now + retry_after)


def let_go(unit: Unit, opened: Opened) -> None:
    """The owner changed or the process drains: the turn ends without a word."""
    if _state(unit, opened) != "open":
        return
    row = guard(unit, opened.held)
    end(unit, opened, "fenced", "the owner changed or the node stopped")
    if row is not None:
        unit.execute(
            update(conversations).where(conversations.c.id == row["id"]).values(tries=_untried(row))
        )
        release(unit, opened.held, unit.now)


def _untried(row: RowMapping) -> int:
    """What ended for no fault of its own does not count as a try."""
    return max(0, row["tries"] - 1)


def _of_matter(case: RowMapping | None, decision: Decision) -> dict[str, object]:
    """What the matter is, and how often an answer to it failed: of another one none has."""
    changes: dict[str, object] = {}
    before = case["intent"] if case is not None else None
    begins = decision.matter is not None and decision.matter != before
    if begins:
        changes["intent"] = decision.matter
    failed = int(decision.unsuccessful is not None)
    if begins and before is not None:
        changes["unsuccessful"] = failed
    elif failed:
        changes["unsuccessful"] = cases.c.unsuccessful + 1
    return changes


def _remember(unit: Unit, row: RowMapping, opened: Opened, plan: Plan) -> None:
    changes = _of_matter(opened.case, plan.decision)
    if plan.decision.kind in {"reply", "clarify"}:
        guide = _guide(plan.decision)
        # Only turns write it, one at a time: most find it as they leave it.
        if opened.case is None or opened.case["guide"] != guide:
            changes["guide"] = guide
    if plan.decision.summary:
        changes["summary"] = plan.decision.summary
        changes["summed_seq"] = plan.decision.summed
    if plan.waiting:
        changes["waiting_notices"] = cases.c.waiting_notices + 1
        changes["waited_at"] = unit.now
    if changes and row["case_id"] is not None:
        unit.execute(update(cases).where(cases.c.id == row["case_id"]).values(**changes))


def _promise(unit: Unit, row: RowMapping, plan: Plan, *, said: bool) -> None:
    """The first that was named holds, until it is kept or broken."""
    if plan.promised is None or not said:
        return
    unit.execute(
        update(conversations)
        .where(conversations.c.id == row["id"], conversations.c.promised_until.is_(None))
        .values(promised_until=plan.promised)
    )


def _watch(unit: Unit, row: RowMapping, plan: Plan) -> None:
    if plan.watch is not None:
        watch(unit, row["id"], row["channel"], plan.watch)


def _guide(decision: Decision) -> str | None:
    return None if decision.guide is None else dumps(asdict(decision.guide))


def _record(unit: Unit, opened: Opened, decision: Decision) -> bool:
    """Write what the turn came to; False when it has ended before."""
    trace = decision.trace
    changed = unit.changed(
        _RECORD,
        turn=opened.turn,
        kind=decision.kind,
        # A greeting is answered without being sure of anything.
        sure=decision.confidence or None,
        why=dumps([{"code": reason.code, "rule": reason.rule} for reason in decision.reasons]),
        traced=dumps(
            {
                "model": trace.model,
                "stages": dict(trace.stages),
                "passages": [dict(passage) for passage in trace.passages],
                "detail": dict(trace.detail),
                "confidence": decision.confidence,
                "language": decision.language,
                "unsuccessful": decision.unsuccessful,
            }
        ),
        now=unit.now,
    )
    return changed == 1


def _answered(unit: Unit, row: RowMapping, opened: Opened, plan: Plan) -> None:
    """What was answered, and the lease let go, in one write."""
    later = _unanswered_since(unit, row, opened)
    through = opened.through_seq
    unit.changed(
        _ANSWERED,
        conversation=opened.held.id,
        held=opened.held.claim,
        answered=row["answered_seq"] if plan.noticed else through,
        noticed=through if plan.noticed else row["noticed_seq"],
        first=later,
        spoken=plan.decision.language or row["language"],
        ready=row["ready_at"] if later is not None else None,
    )
    unit.emit(topic(opened.held.id))
    if later is not None:
        unit.emit(TURNS)


def _unanswered_since(unit: Unit, row: RowMapping, opened: Opened) -> float | None:
    if row["customer_seq"] <= opened.through_seq:
        return None
    return unit.scalar(
        select(func.min(messages.c.at)).where(
            messages.c.conversation_id == row["id"],
            messages.c.author == "customer",
            messages.c.seq > opened.through_seq,
            messages.c.deleted_at.is_(None),
        )
    )
