"""The values that the gateway's parts exchange: states, their order, and what is ready to be sent.

Nothing here touches a database, a platform or a model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from channels.contract import Author, Choice, Link

Owner: TypeAlias = Literal["assistant", "queue", "staff"]
DeliveryState: TypeAlias = Literal[
    "queued",
    "sending",
    "sent",
    "delivered",
    "read",
    "failed",
    "uncertain",
    "withdrawn",
    "discarded",
    "held",
]
ChannelState: TypeAlias = Literal["up", "standby", "down"]
TurnState: TypeAlias = Literal["open", "done", "superseded", "fenced", "failed"]

# Rank only rises; a failure may follow "sent" (a late bounce), never "delivered".
RANK: Mapping[str, int] = {
    "queued": 0,
    "sending": 1,
    "sent": 2,
    "failed": 3,
    "delivered": 4,
    "read": 5,
}
BLOCKING = frozenset({"queued", "sending"})
# How long before a platform's window closes nothing more is sent freely: what is on its way when
# the time runs out would be refused.
WINDOW_MARGIN_SECONDS = 60.0
# Not begun yet: what may still be taken back.
UNSENT = frozenset({"queued", "held"})

# What the gateway may say while people own a conversation; everything else is the assistant's.
PEOPLE_OWN = frozenset(
    {
        "unknown",
        "handoff",
        "handoff_by_us",
        "off_hours",
        "off_hours_reach",
        "waiting",
        "waiting_late",
        "draft_wait",
        "cannot_read",
        "trouble",
        "joined",
        "returned",
        "opted_out",
        "opted_in",
        "window_template",
        "public_place",
        "rating",
        "rating_low",
        "rating_thanks",
        "done",
        "not_sure_done",
        "needs_approval",
        "not_approved",
        "join_code",
        "accounts_joined",
        "join_failed",
    }
)
# What became of something that the customer asked for: as good as an answer.
OUTCOMES = frozenset({"done", "not_sure_done", "needs_approval", "not_approved"})
# Texts that may be said again in the same case.
# Those about an action are about this one, whatever was said of another.
REPEATABLE_NOTICES = frozenset(
    {
        "waiting",
        "foot_mail",
        "confirm",
        "confirm_unclear",
        "confirm_expired",
        "declined",
        "done",
        "not_sure_done",
        "needs_approval",
        "not_approved",
        "verify",
        "verify_failed",
        "join_code",
        "accounts_joined",
        "join_failed",
    }
)
# Sent once: where the platform cannot say whether they arrived, a person looks.
SENT_ONCE = frozenset({"confirm", "window_template"})
COVER_CHOICES = frozenset({"keep_going", "ask_meanwhile"})
# What a customer's whole message or command meant; those of the mapping are answered with its
# notice and nothing else.
OPT_OUT, OPT_IN, PERHAPS_OPT_OUT, START = "opt_out", "opt_in", "perhaps_opt_out", "start"
JOIN_ASKED, JOIN_DONE, JOIN_FAILED = "join_asked", "join_done", "join_failed"
CONSENT_NOTICES: Mapping[str, str] = {
    OPT_OUT: "opted_out",
    OPT_IN: "opted_in",
    JOIN_ASKED: "join_code",
    JOIN_DONE: "accounts_joined",
    JOIN_FAILED: "join_failed",
}
# How a sender's own message proves who they are, by what the adapter says of it.
PROOFS: Mapping[str, str] = {"hs256": "site", "dmarc": "mail"}
# What a customer says about a case that is over: a score, whether a person shall look again, and
# what may be the reason.
RATING_SCORES = frozenset(f"rating_{score}" for score in range(1, 6))
RATING_YES, RATING_NO, RATING_COMMENT = "rating_yes", "rating_no", "rating_comment"
RATED_LOW = "rated_low"
# Choices that ask nothing of the assistant.
NO_QUESTION = COVER_CHOICES | RATING_SCORES | {OPT_OUT, OPT_IN, START, RATING_YES, RATING_NO}


def rises(current: str, new: str) -> bool:
    """Whether a receipt moves a delivery forward."""
    return RANK.get(new, -1) > RANK.get(current, 99)


@dataclass(frozen=True, slots=True)
class Piece:
    """One rendered part: what a delivery row holds. ``template`` is the JSON of an approved message
    that is sent instead of the words; ``public`` says that others may read it, whomever the rest of
    the message is for."""

    body: str
    plain: str
    choices: tuple[Choice, ...] = ()
    template: str | None = None
    public: bool = False


@dataclass(frozen=True, slots=True)
class Prepared:
    """A message rendered for its channel before the unit that commits it; units never render.
    ``private_to`` is whom alone it is for, in a conversation where others read along; ``files`` is
    the JSON of the stored files that go with its last piece. ``told_in`` is the desk thread that
    hears what becomes of it, ``external_id`` what was written there; it is sent ``wait_seconds``
    later."""

    author: Author
    markdown: str
    pieces: tuple[Piece, ...] = ()
    name: str | None = None
    staff: str | None = None
    notice: str | None = None
    language: str | None = None
    choices: tuple[Choice, ...] = ()
    citations: tuple[Link, ...] = ()
    discloses: bool = False
    private_to: str | None = None
    files: str | None = None
    told_in: str | None = None
    wait_seconds: float = 0.0
    external_id: str | None = None

    @property
    def guarded(self) -> bool:
        """Whether a change of owner withdraws it."""
        if self.author == "assistant":
            return True
        return self.author == "system" and self.notice not in PEOPLE_OWN


@dataclass(frozen=True, slots=True)
class Node:
    """This process among several: a stable name, and which life of it this is."""

    name: str
    incarnation: str

    @property
    def holder(self) -> str:
        return f"{self.name}:{self.incarnation}"


# Claims skip what is locked, so they come last in a batch and never wait while they hold.
CLAIMS_KEY = "\uffff"


def line_key(channel: str, address: str) -> str:
    return f"{channel}/{address}"


@dataclass(frozen=True, slots=True)
class Claimed:
    """A lease: the row's id, the fencing number it was claimed with, and where the row belongs."""

    id: str
    claim: int
    tenant: str
    channel: str
    address: str

    @property
    def key(self) -> str:
        """The order of locks within a batch: the same for every unit about one conversation."""
        return line_key(self.channel, self.address)


@dataclass(frozen=True, slots=True)
class Brief:
    """What people are told at a handoff. ``steps`` are those of a guide that the customer has done,
    ``open_questions`` what was asked and not answered, ``suggested`` a reply to the rest, ``files``
    the names of what came with it."""

    question: str = ""
    reason: str = ""
    rule: str = ""
    concluded: str = ""
    tried: tuple[str, ...] = ()
    sources: tuple[Mapping[str, Any], ...] = field(default_factory=tuple[Mapping[str, Any], ...])
    steps: tuple[str, ...] = ()
    open_questions: tuple[str, ...] = ()
    suggested: str = ""
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChannelHealth:
    """``why`` says what keeps a channel down; ages are in seconds. ``retries`` is False once
    nothing but a correction of the settings brings it up."""

    state: ChannelState
    why: str | None
    last_inbound_age: float | None
    retries: bool = True


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether this node can commit and its loops run; channels never take it out, nor does a pause
    of the assistant, which names its channels, or ``*`` for all."""

    ready: bool
    commits: bool
    loops_down: tuple[str, ...]
    oldest_unfinished_age: float | None
    channels: Mapping[str, ChannelHealth]
    paused: tuple[str, ...] = ()
