"""Facts into rows, in the unit that tells them: what happened and what is posted about it are
committed together, or neither is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from sqlalchemy import func, select

from gateway.config.outgoing import EventKind
from gateway.conversations.closings import MOVED
from gateway.store.schema.aftercare import outgoing_events
from gateway.store.schema.conversation import conversations
from gateway.store.unit import Unit, dumps
from gateway.telemetry.facts import CaseOpened, CaseRated, CaseResolved, Fact, HandedOver, Replied

OUTGOING = "outgoing"
QUEUED, SENT, FAILED, DISCARDED = "queued", "sent", "failed", "discarded"


@dataclass(frozen=True, slots=True)
class Event:
    """What a fact says to others; everything else is read when it is posted."""

    kind: EventKind
    conversation: str
    case: str | None
    message: str | None = None
    detail: Mapping[str, object] = field(default_factory=dict[str, object])


def event_of(fact: Fact) -> Event | None:
    match fact:
        case CaseOpened():
            return Event("case.opened", fact.conversation, fact.case)
        case HandedOver():
            return Event("handoff", fact.conversation, fact.case, None, {"reason": fact.reason})
        case Replied():
            return Event("reply", fact.conversation, fact.case, fact.message)
        case CaseResolved() if fact.outcome != MOVED:
            return Event("resolved", fact.conversation, fact.case, None, {"outcome": fact.outcome})
        case CaseRated():
            detail = {"score": fact.score, "path": fact.path}
            return Event("rated", fact.conversation, fact.case, fact.comment, detail)
        case _:
            return None


def recorder(receivers: Mapping[str, tuple[EventKind, ...]]) -> Callable[[Unit], None]:
    """Writes a row for each receiver that wants it. Whoever tells these facts holds the
    conversation's row, so its events are numbered without gaps."""

    def record(unit: Unit) -> None:
        for event in _events(unit):
            for name, kinds in receivers.items():
                if event.kind in kinds:
                    _write(unit, name, event)

    return record


def _events(unit: Unit) -> Iterator[Event]:
    for fact in unit.told:
        event = event_of(fact)
        if event is not None:
            yield event


def _write(unit: Unit, receiver: str, event: Event) -> None:
    last = unit.scalar(
        select(func.coalesce(func.max(outgoing_events.c.number), 0)).where(
            outgoing_events.c.receiver == receiver,
            outgoing_events.c.conversation_id == event.conversation,
        )
    )
    unit.insert(
        outgoing_events,
        id=unit.new_id(),
        tenant_id=unit.tenant,
        receiver=receiver,
        kind=event.kind,
        conversation_id=event.conversation,
        case_id=event.case or _open_case(unit, event.conversation),
        message_id=event.message,
        detail=dumps(dict(event.detail)),
        number=last + 1,
        state=QUEUED,
        due_at=unit.now,
        created_at=unit.now,
    )
    unit.emit(OUTGOING)


def _open_case(unit: Unit, conversation: str) -> str | None:
    return unit.scalar(select(conversations.c.case_id).where(conversations.c.id == conversation))
