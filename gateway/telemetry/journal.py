"""One log line for each step of a message's way: accepted, answered or handed over, sent; and one
for what a lead should hear of.

Each names the customer's messages by id, so that a search for one id gives the whole way. No line
has anybody's words, name or address.
"""

from __future__ import annotations

import structlog

from gateway.telemetry.facts import (
    BudgetMoved,
    CaseRated,
    DeliveryMoved,
    DeskAlarm,
    EventPosted,
    EventTaken,
    Fact,
    HandedOver,
    Late,
    ModelCalled,
    SwitchMoved,
    TurnEnded,
)

_EVENTS = {
    "sent": "message.sent",
    "failed": "message.failed",
    "uncertain": "message.uncertain",
    "possibly_duplicate": "message.sent_again",
}
_LATE = {
    "reminded": "case.reminded",
    "forgotten": "case.forgotten",
    "first_answer": "case.late",
    "promise": "case.promise_broken",
}
_SWITCHED = {"paused": "assistant.paused", "resumed": "assistant.resumed"}
_POSTED = {
    "retry": (
        "event.retry",
        "it is posted again later; events of the same conversation wait behind it",
    ),
    "failed": (
        "event.failed",
        "it is not posted again; look at /api/v1/outgoing and the receiver",
    ),
}
_BUDGETS = {
    "near": ("budget.near", "four fifths of the day's budget are used or set aside"),
    "spent": ("budget.spent", "people answer until the day ends or the budget is raised"),
}
log = structlog.get_logger()


def journal(fact: Fact) -> None:
    """A listener of facts."""
    match fact:
        case EventTaken(message=str()) if fact.outcome == "accepted":
            _accepted(fact)
        case TurnEnded():
            _ended(fact)
        case HandedOver():
            log.info(
                "message.handed_over",
                conversation=fact.conversation,
                channel=fact.channel,
                reason=fact.reason,
            )
        case DeliveryMoved() if fact.delivery is not None and fact.state in _EVENTS:
            _moved(fact)
        case _:
            _aside(fact)


def _aside(fact: Fact) -> None:
    """What happened beside a message's way."""
    match fact:
        case CaseRated(comment=None):
            log.info(
                "case.rated",
                conversation=fact.conversation,
                channel=fact.channel,
                score=fact.score,
                path=fact.path,
            )
        case EventPosted() if fact.state in _POSTED:
            _not_posted(fact)
        case Late():
            _late(fact)
        case BudgetMoved():
            _budget(fact)
        case SwitchMoved():
            log.warning(_SWITCHED[fact.state], channel=fact.channel, by=fact.by)
        case ModelCalled(outcome="misconfigured"):
            _misconfigured(fact)
        case DeskAlarm():
            log.error(
                "desk.alarm",
                desk=fact.desk,
                channel=fact.channel,
                conversation=fact.conversation,
                meaning=f"staff do not see it there, but on the web desk: {fact.why}",
            )
        case _:
            pass


def _accepted(fact: EventTaken) -> None:
    log.info("message.accepted", message=fact.message, channel=fact.channel, kind=fact.kind)


def _ended(fact: TurnEnded) -> None:
    log.info(
        "message.turn",
        messages=list(fact.asked),
        conversation=fact.conversation,
        turn=fact.turn,
        channel=fact.channel,
        outcome=fact.outcome,
        decision=fact.decision,
        reasons=list(fact.reasons),
        replies=list(fact.said),
    )


def _moved(fact: DeliveryMoved) -> None:
    origin = fact.origin
    log.info(
        _EVENTS[fact.state],
        messages=list(origin.asked) if origin is not None else [],
        conversation=fact.conversation,
        turn=origin.turn if origin is not None else None,
        reply=fact.message,
        delivery=fact.delivery,
        channel=fact.channel,
    )


def _not_posted(fact: EventPosted) -> None:
    event, meaning = _POSTED[fact.state]
    log.warning(
        event,
        receiver=fact.receiver,
        kind=fact.kind,
        outgoing=fact.event,
        reason=fact.reason,
        meaning=meaning,
    )


def _late(fact: Late) -> None:
    event = _LATE[fact.what]
    log.warning(event, conversation=fact.conversation, channel=fact.channel, desk=fact.desk)


def _budget(fact: BudgetMoved) -> None:
    event, meaning = _BUDGETS[fact.state]
    log.warning(event, scope=fact.scope, account=fact.name, day=fact.day, meaning=meaning)


def _misconfigured(fact: ModelCalled) -> None:
    mend = "`frontdesk check --live` says why, `frontdesk trace` what it was asked"
    log.error("model.misconfigured", model=fact.model, turn=fact.turn, mend=mend)
