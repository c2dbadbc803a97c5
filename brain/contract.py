"""The contract between the gateway and the brain: what was said goes in, a decision comes out.

The brain never sends, never stores and never speaks of channels. What it needs from outside is a
Protocol of this file, implemented in the gateway and handed in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

from brain.acts import ActionRequest, Challenge, Customer
from brain.circumstances import Circumstances, EarlierCase

Owner: TypeAlias = Literal["assistant", "queue", "staff"]
Author: TypeAlias = Literal["customer", "assistant", "staff", "system"]
Audience: TypeAlias = Literal["public", "customers", "internal"]
DecisionKind: TypeAlias = Literal[
    "reply", "draft", "note", "clarify", "propose_action", "hand_over", "silent"
]
Unsuccessful: TypeAlias = Literal["repeated", "not_understood", "unknown", "not_helpful"]
# It always applies; may be sent as it is on what is sensitive; is right where another differs.
Mark: TypeAlias = Literal["policy", "approved", "trusted"]


@dataclass(frozen=True, slots=True)
class Said:
    """One thing said in the conversation. ``notice`` is the catalogue key when the gateway itself
    spoke, ``choice`` the id when the customer pressed a button or answered with its number,
    ``passages`` the ids that an answer cited, ``files`` the names of what was attached."""

    seq: int
    author: Author
    text: str
    at: float
    notice: str | None = None
    choice: str | None = None
    passages: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StepDone:
    """One step of a guide that the customer has done, and what came of it in the guide's words."""

    step: int
    text: str
    outcome: str


@dataclass(frozen=True, slots=True)
class GuideProgress:
    """Where a customer stands in a guide: ``step`` is the one they were last asked to do."""

    document: str
    title: str
    step: int
    done: tuple[StepDone, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseState:
    """What the case remembers between turns. ``intent`` is the matter that it is about, as far as
    that was understood; ``unsuccessful`` counts exchanges about it that did not help;
    ``human_stretch`` is True when a person has spoken and returned the conversation; ``guide`` is
    the guide that is being walked; ``contacts`` is the how-manieth time the customer comes with
    this matter, 1 for the first, counted over ``earlier``. ``summary`` is of what was said up to
    the message ``summed``."""

    unsuccessful: int = 0
    human_stretch: bool = False
    guide: GuideProgress | None = None
    contacts: int = 1
    summary: str = ""
    summed: int = 0
    intent: str | None = None
    earlier: tuple[EarlierCase, ...] = ()


@dataclass(frozen=True, slots=True)
class TurnInput:
    """Everything a turn may know. ``new`` are the customer's unanswered messages, oldest first;
    ``history`` is what was said before them in this case. ``demo`` is True on a demo
    channel: the demo's knowledge answers there, and nowhere else; ``around`` is what rules may look
    at besides. ``customer`` is None while nobody has proved who they are; ``resumed`` is what
    waited for that proof. ``provable`` is False when no more codes may be sent here,
    ``may_act`` True where actions may be offered."""

    turn: str
    tenant: str
    conversation: str
    channel: str
    demo: bool
    owner: Owner
    new: tuple[Said, ...]
    history: tuple[Said, ...] = ()
    language: str | None = None
    case: CaseState = field(default_factory=CaseState)
    audiences: tuple[Audience, ...] = ("public",)
    now: float = 0.0
    around: Circumstances = field(default_factory=Circumstances)
    customer: Customer | None = None
    provable: bool = True
    resumed: ActionRequest | None = None
    may_act: bool = False


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a document that can answer. ``title_path`` leads from the document's title to the
    passage's heading; ``url`` is the document's public address, None where it has none;
    ``review_by`` is the day (ISO) until which somebody vouched for it; ``guide`` says that its
    document is walked step by step, ``changed`` when it last changed, ``marks`` what its author
    says of it."""

    id: str
    document: str
    tenant: str
    title: str
    title_path: tuple[str, ...]
    text: str
    url: str | None = None
    audience: Audience = "public"
    language: str | None = None
    demo: bool = False
    review_by: str | None = None
    guide: bool = False
    changed: float = 0.0
    marks: frozenset[Mark] = frozenset()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What may come of a step, in the guide's words, and where it leads: to another step, to the
    guide's end (``done``) or to a person."""

    label: str
    leads_to: int | Literal["done", "person"]


@dataclass(frozen=True, slots=True)
class Step:
    """``text`` is Markdown without the outcomes. A step without outcomes leads to the next one.
    ``passage`` is the id of the passage that holds it, None where that is not known."""

    number: int
    text: str
    outcomes: tuple[Outcome, ...] = ()
    passage: str | None = None


@dataclass(frozen=True, slots=True)
class Guide:
    """An article that is walked one step at a time; ``steps`` are in the order of the text."""

    document: str
    title: str
    url: str | None
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found. ``score`` is 0 to 1, comparable between queries; the two parts say why."""

    passage: Passage
    score: float
    dense: float = 0.0
    lexical: float = 0.0


@dataclass(frozen=True, slots=True)
class Filter:
    """What a search may see; applied inside the query, never after it. With ``demo`` the demo's
    passages answer beside the others, without it they never do. With ``language`` only passages in
    it, or in none that is known, are seen."""

    tenant: str
    demo: bool
    audiences: tuple[Audience, ...] = ("public",)
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Citation:
    """A source of an answer, by passage id; ``quote`` is the sentence it was taken from."""

    passage: str
    title: str
    url: str | None
    quote: str


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a decision was taken: a stable code, and the rule that fired in words."""

    code: str
    rule: str


@dataclass(frozen=True, slots=True)
class Handoff:
    """Why and with what a person is called. ``notice`` is the catalogue key that the customer is
    told; ``concluded`` is what the assistant believes, in one sentence, for the brief; ``steps``
    are those of a guide that were done, a line each. Where only a part of the message could be
    answered, ``open_questions`` are the others and ``suggested`` is what could be said. ``sure`` is
    how sure the assistant is of a draft, 0 to 1."""

    reason: Reason
    notice: str
    concluded: str = ""
    steps: tuple[str, ...] = ()
    open_questions: tuple[str, ...] = ()
    suggested: str = ""
    sure: float = 0.0


@dataclass(frozen=True, slots=True)
class Option:
    """A choice offered with a reply; the customer's next message carries its ``id``."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class Trace:
    """The record of how a decision came about, as JSON-ready data."""

    model: str
    stages: Mapping[str, float] = field(default_factory=dict[str, float])
    passages: tuple[Mapping[str, object], ...] = ()
    detail: Mapping[str, object] = field(default_factory=dict[str, object])


@dataclass(frozen=True, slots=True)
class Decision:
    """What a turn ends in.

    ``text`` is Markdown. ``notice`` names a catalogue text to say instead of ``text`` (a greeting,
    "are you a bot") and ``slots`` fill its placeholders. ``options`` are offered beside the way to
    a person. ``guide`` is what the case remembers of a guide from now on; None ends it.
    ``links`` are the addresses that may stand in ``text``: those in what it was made from, word for
    word, collected by code and never by a model.
    A ``draft`` is an answer that a person has to send: its ``text``, and the ``handoff`` with which
    they get it.
    ``unsuccessful`` says that this exchange did not help and why. ``confidence`` is that of
    answering at all, 0 to 1. ``action`` is what ``propose_action`` asks the customer's yes for;
    ``challenge`` goes with the notice that a code was sent. ``matter`` is the intent of a matter
    that this turn begins, from which on failures are counted anew; None where it goes on with the
    one at hand. ``summary`` and ``summed`` take the place of the case's, where there is one.
    """

    kind: DecisionKind
    text: str = ""
    notice: str | None = None
    slots: Mapping[str, str] = field(default_factory=dict[str, str])
    options: tuple[Option, ...] = ()
    citations: tuple[Citation, ...] = ()
    handoff: Handoff | None = None
    guide: GuideProgress | None = None
    action: ActionRequest | None = None
    challenge: Challenge | None = None
    language: str | None = None
    confidence: float = 0.0
    reasons: tuple[Reason, ...] = ()
    unsuccessful: Unsuccessful | None = None
    matter: str | None = None
    links: tuple[str, ...] = ()
    summary: str = ""
    summed: int = 0
    trace: Trace = field(default_factory=lambda: Trace(model="none"))


class KnowledgeUnavailable(Exception):
    """The knowledge cannot be searched right now: it is being built, or its index failed."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an address on the web answered. ``url`` is where it was found after redirects;
    ``media_type`` is lower case and without parameters, ``charset`` as the header says it;
    ``data`` are the bytes as they came."""

    url: str
    status: int
    media_type: str
    charset: str | None
    data: bytes
    etag: str | None = None
    last_modified: str | None = None


class FetchRefused(Exception):
    """An address that must not be read; the message says why and what to do instead."""


class FetchFailed(Exception):
    """An address that could not be read; the message says why and what to do. ``status`` is what
    its server answered, None where it gave no answer."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class Brain(Protocol):
    async def decide(self, turn: TurnInput) -> Decision:
        """Decide what to do about the customer's new messages.

        Raises:
            Exception: our own failure; the gateway tries again and then calls a person.
        """
        ...


class Passages(Protocol):
    """The store's passages: the truth behind the index."""

    async def version(self, tenant: str) -> int:
        """Rises with every change of the tenant's passages."""
        ...

    async def all(self, tenant: str) -> Sequence[Passage]: ...

    async def resolve(self, ids: Sequence[str], allowed: Filter) -> Sequence[Passage]:
        """Those of the ids that exist and that the filter allows, in the order asked for."""
        ...


class Guides(Protocol):
    """The store's guides."""

    async def guide(self, document: str, allowed: Filter) -> Guide | None:
        """The document as a guide; None where it is none, is gone, or is not allowed."""
        ...

    async def of_passage(self, passage: str, allowed: Filter) -> Guide | None:
        """The guide that the passage leads into or belongs to; None for one that stands after the
        guide's steps, and where there is no guide."""
        ...


class Knowledge(Protocol):
    async def search(self, query: str, allowed: Filter, limit: int = 8) -> Sequence[Hit]:
        """The best passages first.

        Raises:
            KnowledgeUnavailable: nothing can be said about what the knowledge holds.
        """
        ...


class Fetch(Protocol):
    """The one way out to an address that somebody typed or a page named."""

    async def get(self, url: str, *, limit: int, accept: tuple[str, ...] = ()) -> Fetched:
        """The page at ``url``: at most ``limit`` bytes, of one of the media types ``accept``
        (``text/*`` is a family; empty is any). Redirects are followed, each checked anew.

        Raises:
            FetchRefused: it is no public web address, or leads to one that is not.
            FetchFailed: no answer in time, an error, too large, or of another type.
        """
        ...


class Embedder(Protocol):
    """Texts to unit vectors; blocking, so callers run it in a thread."""

    @property
    def name(self) -> str: ...

    @property
    def dimensions(self) -> int: ...

    def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]: ...


class Clock(Protocol):
    def now(self) -> float: ...

    def monotonic(self) -> float: ...

    async def sleep(self, seconds: float) -> None: ...
