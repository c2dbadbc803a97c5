"""What a platform tells the gateway: who said what, where, and what became of our messages.

Plain data; an adapter makes it, the gateway stores it, and nothing here imports an SDK.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

Json: TypeAlias = Mapping[str, Any]
SenderKind: TypeAlias = Literal["customer", "operator", "bot"]


@dataclass(frozen=True, slots=True)
class Address:
    """Where a conversation lives on a channel: a chat, and maybe a thread inside it."""

    chat: str
    thread: str | None = None

    @property
    def key(self) -> str:
        """One string that names the address within its channel; the inverse is ``parse``."""
        chat = self.chat.replace("%", "%25").replace("|", "%7C")
        return chat if self.thread is None else f"{chat}|{self.thread}"

    @classmethod
    def parse(cls, key: str) -> Address:
        chat, bar, thread = key.partition("|")
        return cls(chat.replace("%7C", "|").replace("%25", "%"), thread if bar else None)


@dataclass(frozen=True, slots=True)
class Profile:
    """What the host site or the business says of who writes; None is what it says nothing of."""

    vip: bool | None = None
    tier: str | None = None
    prefers_person: bool | None = None
    tags: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Sender:
    """Who wrote. ``ids`` are stable account ids, the most specific first; ``verified`` says how
    the platform or the host site vouches for the identity, None when nobody does; ``profile`` is
    what such a voucher says of them besides. ``guest`` is somebody whom their platform lets into a
    few places of others only."""

    ids: tuple[str, ...]
    name: str | None = None
    kind: SenderKind = "customer"
    verified: str | None = None
    guest: bool = False
    profile: Profile | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came in or goes out.

    Inbound it has either ``content`` (the bytes came with the event) or ``ref`` (the adapter's
    opaque reference, fetched later through ``Channel.open``); ``upload`` names a file that the
    gateway stored before the event (web chat). Outbound it has ``content``, and where the gateway
    can be reached from outside ``url`` as well: an address that expires, for platforms that fetch
    files themselves.
    """

    name: str
    content_type: str
    size: int | None = None
    content: bytes | None = None
    ref: Json | None = None
    upload: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """Something a person said on a platform.

    ``external_id`` is assigned by the platform's server and never by the sender (web: session and
    client uuid together). ``order`` sorts messages of one address as the platform does.
    ``reply_context`` is opaque to the gateway: stored, and handed back on every reply.
    ``thread_refs`` are external ids that this may answer (mail). ``raw`` is kept whole for mail.
    ``sent_at`` is in seconds since the epoch. ``unanswered`` says why nothing automatic may answer
    it (it comes at a pace that only machines have): it is kept, and people see it. ``place`` is the
    mailbox or alias of ours that was written to, where the channel has several.
    """

    external_id: str
    address: Address
    text: str
    sender: Sender
    order: str = ""
    attachments: tuple[Attachment, ...] = ()
    reply_to: str | None = None
    group: str | None = None
    thread_refs: tuple[str, ...] = ()
    reply_context: Json = field(default_factory=dict[str, Any])
    public: bool = False
    raw: bytes | None = None
    sent_at: float | None = None
    unanswered: str | None = None
    place: str | None = None


@dataclass(frozen=True, slots=True)
class Edited:
    """A message's author changed its text."""

    external_id: str
    address: Address
    message: str
    text: str
    sender: Sender


@dataclass(frozen=True, slots=True)
class Deleted:
    """A message's author took it back."""

    external_id: str
    address: Address
    message: str
    sender: Sender


@dataclass(frozen=True, slots=True)
class Chosen:
    """A button was pressed. ``message`` names the message that offered it (an external id, or the
    gateway's own message id on web), ``choice`` is the id of the ``Choice``. ``text`` are the
    words of a form that was sent."""

    external_id: str
    address: Address
    message: str
    choice: str
    sender: Sender
    reply_context: Json = field(default_factory=dict[str, Any])
    text: str = ""


@dataclass(frozen=True, slots=True)
class Commanded:
    """A slash command or shortcut; ``public`` says that others read along where it is answered."""

    external_id: str
    address: Address
    command: str
    text: str
    sender: Sender
    public: bool = False


@dataclass(frozen=True, slots=True)
class Reacted:
    """An emoji was added to, or removed from, a message."""

    external_id: str
    address: Address
    message: str
    emoji: str
    sender: Sender
    removed: bool = False


@dataclass(frozen=True, slots=True)
class DeliveryUpdate:
    """What became of something we sent. ``message`` is the platform's id for it."""

    external_id: str
    message: str
    state: Literal["sent", "delivered", "read", "failed"]
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """The platform gave a chat another address; whatever is at ``address`` goes on at ``to``."""

    external_id: str
    address: Address
    to: Address


@dataclass(frozen=True, slots=True)
class Ignored:
    """An event that is no message, so that the cursor may pass it; ``reason`` is recorded."""

    external_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An event that could not be parsed; ``raw`` is kept and a person sees it."""

    external_id: str
    reason: str
    raw: bytes
    address: Address | None = None


Event: TypeAlias = (
    InboundMessage
    | Edited
    | Deleted
    | Chosen
    | Commanded
    | Reacted
    | DeliveryUpdate
    | Moved
    | Ignored
    | Unreadable
)


@dataclass(frozen=True, slots=True)
class Cursor:
    """A channel's durable place in the platform's stream (offset, mail UID)."""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """The event is on disk. ``new`` is False for a repetition."""

    new: bool
    message: str | None = None
