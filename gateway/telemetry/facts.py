"""What happened, told once it is certain: the one source of log lines, figures and spans.

A unit tells facts as it emits topics, and they go out after COMMIT; what happens outside units is
told at once. It never carries what anybody said, nor who they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias

import structlog

log = structlog.get_logger()


class EventTaken(NamedTuple):
    """A channel brought something. ``outcome`` is ``accepted``, ``repeated``, ``ignored``,
    ``unreadable`` or ``closed``; of requests that never became an event ``refused``, ``throttled``
    or ``malformed``."""

    channel: str
    kind: str
    outcome: str
    message: str | None = None
    at: float | None = None
    seconds: float | None = None


class Origin(NamedTuple):
    """What an answer goes back to: its turn, the messages' ids, and when the first one came."""

    turn: str
    asked: tuple[str, ...]
    since: float | None


class TurnEnded(NamedTuple):
    """``outcome`` is ``done``, ``handed_over``, ``superseded``, ``fenced`` or ``failed``; ``asked``
    and ``said`` are ids of messages; ``stages`` are seconds of the brain's."""

    channel: str
    outcome: str
    conversation: str
    turn: str
    asked: tuple[str, ...]
    began: float
    ended: float
    since: float | None = None
    decision: str | None = None
    reasons: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    stages: Mapping[str, float] | None = None


class HandedOver(NamedTuple):
    channel: str
    conversation: str
    reason: str


class DeliveryMoved(NamedTuple):
    """``many`` deliveries reached a state, or may arrive twice (``possibly_duplicate``). ``began``
    is when it was queued."""

    channel: str
    state: str
    conversation: str
    delivery: str | None = None
    message: str | None = None
    part: int = 0
    began: float | None = None
    at: float | None = None
    many: int = 1
    origin: Origin | None = None


class AnswerAwaited(NamedTuple):
    """A customer spoke where the assistant answers."""

    channel: str
    conversation: str


class LeaseLost(NamedTuple):
    """``of`` is ``conversation``, ``address``, ``receiver``, ``attachment`` or ``source``."""

    of: str


class Restarted(NamedTuple):
    """A ``loop`` or a ``channel`` of this name ended and begins again."""

    what: str
    name: str


class Staged(NamedTuple):
    stage: str
    channel: str
    seconds: float


class BatchWritten(NamedTuple):
    """``retries`` are further tries of single units; ``failed`` were given up."""

    units: int
    seconds: float
    retries: int
    failed: int


class BudgetMoved(NamedTuple):
    """An account has used most of its day's budget (``near``), or all of it (``spent``). ``scope``
    is ``tenant``, ``department`` or ``conversation``, ``name`` which one."""

    state: str
    scope: str
    name: str
    day: str


class Late(NamedTuple):
    """Somebody waits longer than they should. ``what`` is ``reminded`` (the owner was),
    ``forgotten`` (the queue has it), ``first_answer`` (a desk's promise is broken) or ``promise``
    (what the customer was told is)."""

    channel: str
    conversation: str
    what: str
    desk: str | None = None


class SwitchMoved(NamedTuple):
    """Somebody has ``paused`` or ``resumed`` the assistant on a channel, ``*`` for all."""

    state: str
    channel: str
    by: str


Fact: TypeAlias = (
    EventTaken
    | TurnEnded
    | HandedOver
    | DeliveryMoved
    | AnswerAwaited
    | LeaseLost
    | Restarted
    | Staged
    | BatchWritten
    | BudgetMoved
    | SwitchMoved
    | Late
)
Listener: TypeAlias = Callable[[Fact], None]


class Facts:
    """Hands facts to whoever listens; used from the event loop's thread only."""

    def __init__(self) -> None:
        self._listeners: tuple[Listener, ...] = ()

    def listen(self, listener: Listener) -> None:
        self._listeners = (*self._listeners, listener)

    def tell(self, *facts: Fact) -> None:
        for listener in self._listeners:
            for fact in facts:
                try:
                    listener(fact)
                except Exception:  # a figure may not cost a message
                    log.exception("telemetry.failed", fact=type(fact).__name__)
