"""The contract between the gateway and every platform: events in, messages out.

An adapter author reads this file and a neighbour. An adapter never stores, never retries, never
restarts itself and never sees the brain. Everything here is data or a Protocol; nothing imports an
SDK.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, Self, TypeAlias

from aiohttp import web

from channels.errors import RejectedSendError, UncertainSendError
from channels.events import Accepted, Address, Attachment, Cursor, Event, Json

Dialect: TypeAlias = Literal["web", "whatsapp", "slack", "discord", "telegram", "email", "api"]
Author: TypeAlias = Literal["customer", "assistant", "staff", "system"]


class Intake(Protocol):
    """The gateway's one door for events."""

    async def accept(self, event: Event, cursor: Cursor | None = None) -> Accepted:
        """Store the event and move the cursor; returns only after the commit is on disk.

        Raises:
            IntakeClosed: nothing was stored within 2.5 s (draining, store unavailable). The
                adapter answers 503, does not acknowledge and stops polling.
        """
        ...

    async def cursor(self, key: str) -> str | None:
        """The stored value of a cursor, None before the first.

        Raises:
            IntakeClosed: the store did not say within 2.5 s.
        """
        ...


@dataclass(frozen=True, slots=True)
class Choice:
    """Something the customer may press or answer with; ``label`` at most 20 characters."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class Link:
    """A source of an answer. ``url`` is None when the source has no public address."""

    title: str
    url: str | None
    passage: str


@dataclass(frozen=True, slots=True)
class Form:
    """Words that one person may change before they send them: ``text`` is what stands there first.
    What they send comes back as ``Chosen`` with this ``choice`` and their ``text``."""

    choice: str
    title: str
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class OutboundMessage:
    """One piece to send: what ``render`` made of a message for this channel.

    ``delivery_id`` is the idempotency key wherever the platform takes one. ``text`` is in the
    channel's dialect, ``plain`` is the fall-back when a platform refuses the formatted form.
    ``author`` says whose words it carries, where that is known. ``private_to`` is the id of a
    person met in public (the first of ``Sender.ids``): what is said is for them alone, so the
    adapter opens a place with them, sends there and names it in ``Receipt.thread``. ``only_for`` is
    the id of somebody who alone sees it at the address itself, for a while (only where
    ``whispers``). ``mentions`` are people and groups of the platform that it notifies by name.
    ``form`` is shown to ``only_for`` in the text's place where the platform has forms and can show
    one at this moment; else the text says what to do.
    """

    delivery_id: str
    address: Address
    text: str
    plain: str
    attachments: tuple[Attachment, ...] = ()
    choices: tuple[Choice, ...] = ()
    reply_to: str | None = None
    author: Author | None = None
    reply_context: Json = field(default_factory=dict[str, Any])
    open_thread: bool = False
    subject: str | None = None
    cc: tuple[str, ...] = ()
    template: Json | None = None
    edits: str | None = None
    private_to: str | None = None
    only_for: str | None = None
    mentions: tuple[str, ...] = ()
    form: Form | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """The platform took the message. ``accepted_at`` is in seconds since the epoch; ``thread`` is
    the place that was opened for it, or None. ``note`` is what people should know although it was
    sent, such as a copy that was refused. ``held`` says that only the way to ``thread`` was shown:
    the words wait until the person writes there. ``moved`` is the address under which the chat
    goes on from now on."""

    external_ids: tuple[str, ...]
    accepted_at: float
    thread: Address | None = None
    note: str | None = None
    held: bool = False
    moved: Address | None = None


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a kind of channel can do, as data; the contract suite reads the same flags.

    ``text_limit`` counts UTF-16 code units of rendered text in one piece (the strictest of the
    platforms' ways of counting). ``choices_limit`` is how many native buttons one message holds, 0
    for none (then they are numbered in the text). ``window_hours`` is how long after the
    customer's last message free text may be sent. ``pulled`` channels have no platform: the
    visitor reads a ``Timeline``. ``public`` kinds have places where others read along, and
    ``private`` says how one of them is met alone: in a direct ``message``, a ``thread`` of their
    own, or over a ``link`` that they have to follow. ``receipts`` report what became of a sent
    message. ``customer_*`` are what is seen of a customer changing, taking back or reacting to
    what was said. ``commands`` are slash commands or shortcuts of the platform's own. ``whispers``
    can show a message in a place to one of those who are there.
    """

    dialect: Dialect
    text_limit: int
    choices_limit: int = 0
    choice_label_limit: int = 20
    threads: bool = False
    attachments: bool = True
    edits: bool = False
    deletes: bool = False
    typing: bool = False
    idempotent_send: bool = False
    read_back: bool = False
    pulled: bool = False
    window_hours: float | None = None
    receivers: Literal["one", "any"] = "any"
    quiet_seconds: float = 1.5
    reconcile_by_resend: bool = False
    public: bool = False
    private: Literal["message", "thread", "link"] | None = None
    receipts: bool = False
    customer_edits: bool = False
    customer_deletes: bool = False
    customer_reactions: bool = False
    commands: bool = False
    whispers: bool = False


@dataclass(frozen=True, slots=True)
class TimelineFile:
    id: str
    name: str
    content_type: str
    size: int | None
    url: str | None


@dataclass(frozen=True, slots=True)
class TimelineItem:
    """One visible piece of a pulled conversation, in the order in which it became visible."""

    seq: int
    id: str
    author: Author
    name: str | None
    text: str
    citations: tuple[Link, ...]
    choices: tuple[Choice, ...]
    files: tuple[TimelineFile, ...]
    at: float


@dataclass(frozen=True, slots=True)
class TimelineState:
    """Who may speak now (``assistant``, ``queue`` or ``staff`` with the person's name), whether
    an answer is being prepared, and the last visible seq."""

    owner: Literal["assistant", "queue", "staff"]
    name: str | None
    typing: bool
    seq: int


class Timeline(Protocol):
    """For channels that are pulled: what the visitor may see."""

    async def after(self, address: Address, seq: int) -> Sequence[TimelineItem]:
        """At most 200 items with a seq greater than ``seq``, in order; empty before the first."""
        ...

    async def state(self, address: Address) -> TimelineState: ...

    async def wait(self, address: Address, known: TimelineState, timeout: float) -> TimelineState:
        """Return when the state differs from ``known``, or after ``timeout`` seconds."""
        ...


class Uploads(Protocol):
    """Where a pulled channel puts a visitor's file before the message that carries it."""

    async def store(
        self, address: Address, name: str, content_type: str, chunks: AsyncIterator[bytes]
    ) -> str:
        """Store the bytes durably and return the upload's id, usable by this address only.

        Raises:
            UploadRefused: too large, empty, or of a type that is not accepted.
        """
        ...


class UploadRefused(Exception):
    """The file was not accepted; the message says why and what would be."""


class Clock(Protocol):
    def now(self) -> float:
        """Wall-clock seconds since the epoch."""
        ...

    def monotonic(self) -> float: ...

    async def sleep(self, seconds: float) -> None: ...


class Fetch(Protocol):
    """The one way out to an address that is not a platform's own API."""

    async def get(self, url: str, *, limit: int, headers: Mapping[str, str] | None = None) -> bytes:
        """The body, at most ``limit`` bytes; private addresses are refused at every hop."""
        ...


class Failpoint(Protocol):
    def __call__(self, name: str) -> None:
        """A no-op unless the environment names it (tests of crashes)."""
        ...


def nowhere() -> frozenset[str]:
    """The chats of staff where none work on a channel."""
    return frozenset()


@dataclass(frozen=True, slots=True)
class Ports:
    """What the gateway hands to an adapter besides its settings; each takes what it uses.

    ``key`` is this channel's own, kept across restarts. ``random`` gives that many bytes.
    ``closing`` is set when the gateway shuts down, so that open streams end. ``desks`` gives the
    chats in which staff work at this moment: what is said in a thread of ours there is passed on,
    whomever it is meant for.
    """

    timeline: Timeline
    uploads: Uploads
    clock: Clock
    random: Callable[[int], bytes]
    key: bytes = field(repr=False)
    public_url: str = ""
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    desks: Callable[[], frozenset[str]] = nowhere


class Channel(ABC):
    """One configured adapter. ``async with`` logs it in for sending, on every node."""

    capabilities: Capabilities

    @classmethod
    def build(cls, name: str, settings: Any, capabilities: Capabilities, ports: Ports) -> Channel:  # noqa: ANN401  # each kind has its own settings model
        """The channel of this configuration; ``settings`` is the model that its kind names."""
        raise NotImplementedError

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        return None

    async def receive(self, intake: Intake) -> None:
        """Receive until cancelled; returns at once where everything arrives over ``routes``.

        Raises:
            ChannelDisconnected: the supervisor restarts it with back-off.
            ChannelMisconfigured: the supervisor stops it and says so.
            IntakeClosed: from ``accept``; the supervisor starts again when the gateway can.
        """

    def routes(self, intake: Intake) -> Sequence[web.RouteDef]:
        """HTTP routes of this channel, with absolute paths."""
        return ()

    @abstractmethod
    async def send(self, message: OutboundMessage) -> Receipt:
        """Hand one piece to the platform.

        Raises:
            RetryableSendError, RejectedSendError, UncertainSendError.
        """

    async def reconcile(self, message: OutboundMessage) -> Receipt | None:
        """After an uncertain send: the receipt if the platform has it, None if it has not.

        Raises:
            UncertainSendError: the platform cannot be asked.
        """
        raise UncertainSendError

    async def edit(self, external_id: str, message: OutboundMessage) -> Receipt:
        raise RejectedSendError("this channel cannot change a sent message")

    async def delete(self, address: Address, external_id: str) -> None:
        raise RejectedSendError("this channel cannot take back a sent message")

    def open(self, ref: Json) -> AsyncIterator[bytes]:
        """The bytes of an attachment that came as a reference.

        Raises:
            RetryableSendError: try again later. RejectedSendError: it is gone for good.
        """
        raise RejectedSendError("this channel has no attachments behind references")

    async def typing(self, address: Address, reply_context: Json) -> None:
        """Show that an answer is being prepared; best effort, never raises SendError."""

    async def probe(self) -> None:
        """Ask the platform whether it still hears us and we it; "connected" alone proves nothing.

        Raises:
            ChannelDisconnected: it does not answer, or nothing can reach us.
            ChannelMisconfigured: it refuses us, with the mend.
        """

    async def check(self) -> Sequence[str]:
        """What ``frontdesk check --live`` reports: one line for each thing that works.

        Raises:
            ChannelMisconfigured: with the mend. SetupUnfinished: the credentials work, and
                something is left to do on the platform.
        """
        return ()
