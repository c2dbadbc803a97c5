"""What happened, told once it is certain: the one source of log lines, figures and spans.

A unit tells facts as it emits topics, and they go out after COMMIT; what happens outside units is
told at once. It never carries who anybody is, nor what was said: only what a model was asked and
answered, masked, where an operator wants that in spans.
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
    and ``said`` are ids of messages; ``stages`` are seconds of the brain's; ``intent`` and ``tier``
    are what it was about, ``cuts`` how many sentences no source bore."""

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
    intent: str | None = None
    tier: int | None = None
    cuts: int = 0


class HandedOver(NamedTuple):
    channel: str
    conversation: str
    reason: str
    case: str | None = None


class CaseOpened(NamedTuple):
    channel: str
    conversation: str
    case: str


class Replied(NamedTuple):
    """The customer got words of the ``assistant`` or of ``staff``; notices are none."""

    channel: str
    conversation: str
    case: str | None
    message: str
    author: str


class CaseResolved(NamedTuple):
    """``outcome`` says by what: ``staff`` for one."""

    channel: str
    conversation: str
    case: str
    outcome: str


class DraftStep(NamedTuple):
    """What became of an answer that people look at first. ``step`` is ``prepared``, ``renewed``
    (the customer wrote on), ``sent``, ``edited_sent``, ``rejected``, ``expired`` or
    ``withdrawn``."""

    channel: str
    conversation: str
    step: str


class CaseRated(NamedTuple):
    """A customer rated a case, 1 to 5; ``comment`` is the message in which they say why, which
    comes later or never. ``path`` is who had answered: ``assistant``, ``mixed`` or ``human``."""

    channel: str
    conversation: str
    case: str
    score: int
    path: str
    comment: str | None = None


class EventPosted(NamedTuple):
    """An outgoing event was ``sent`` to a receiver, will be tried again (``retry``) or was given
    up (``failed``)."""

    receiver: str
    kind: str
    state: str
    event: str
    reason: str | None = None


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
    """Somebody has ``paused`` or ``resumed`` the assistant on a channel, ``*`` for all.
    ``event`` is the id of its row."""

    state: str
    channel: str
    by: str
    event: str = ""


class ModelCalled(NamedTuple):
    """A model was asked, and what that came to is settled. ``outcome`` is ``answered``,
    ``called_off`` or the name of an error; ``read`` are all tokens of input, ``cached`` and
    ``written`` those of them that were read from the provider's cache and written to it;
    ``micros`` are millionths of a US dollar. ``message`` is the customer's that it was about;
    ``prompt`` and ``answer`` are there only where somebody asked for them."""

    call: str
    model: str
    provider: str
    requested: str
    outcome: str
    conversation: str
    turn: str
    began: float
    seconds: float
    read: int = 0
    cached: int = 0
    written: int = 0
    output: int = 0
    micros: int = 0
    most_tokens: int = 0
    answered_by: str = ""
    finish: str | None = None
    instead_of: str | None = None
    rests: bool = False
    message: str | None = None
    prompt: str | None = None
    answer: str | None = None


class CallRefused(NamedTuple):
    """A model was not asked: an account of this ``scope`` has no budget left."""

    scope: str


class ActionMoved(NamedTuple):
    """An action of this name came to a step of its audit: ``proposed``, ``confirmed``, ``done``,
    ``refused`` and the others."""

    name: str
    event: str
    conversation: str
    action: str


class ToolCalled(NamedTuple):
    """A business system was asked. ``does`` is ``look_up``, ``read``, ``write``, ``read_back`` or
    ``send_code``, ``outcome`` its answer's state; ``turn`` is None where no turn asked."""

    name: str
    does: str
    outcome: str
    began: float
    seconds: float
    turn: str | None = None
    message: str | None = None


class DeskAlarm(NamedTuple):
    """Staff do not see a conversation on their own platform; it waits on the web desk."""

    channel: str
    desk: str
    conversation: str
    why: str


Fact: TypeAlias = (
    EventTaken
    | TurnEnded
    | HandedOver
    | CaseOpened
    | Replied
    | CaseResolved
    | DraftStep
    | CaseRated
    | EventPosted
    | DeliveryMoved
    | AnswerAwaited
    | LeaseLost
    | Restarted
    | Staged
    | BatchWritten
    | BudgetMoved
    | SwitchMoved
    | ModelCalled
    | CallRefused
    | ActionMoved
    | ToolCalled
    | DeskAlarm
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
