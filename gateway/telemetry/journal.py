"""One log line for each step of a message's way: accepted, answered or handed over, sent; and one
for what a lead should hear of.

Each names the customer's messages by id, so that a search for one id gives the whole way. No line
has anybody's words, name or address.
"""

from __future__ import annotations

import structlog

from gateway.telemetry.facts import (
    BudgetMoved,
    DeliveryMoved,
    EventTaken,
    Fact,
    HandedOver,
    Late,
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
        case Late():
            _late(fact)
        case BudgetMoved():
            _budget(fact)
        case SwitchMoved():
            log.warning(_SWITCHED[fact.state], channel=fact.channel, by=fact.by)
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


def _late(fact: Late) -> None:
    event = _LATE[fact.what]
    log.warning(event, conversation=fact.conversation, channel=fact.channel, desk=fact.desk)


def _budget(fact: BudgetMoved) -> None:
    event, meaning = _BUDGETS[fact.state]
    log.warning(event, scope=fact.scope, account=fact.name, day=fact.day, meaning=meaning)
