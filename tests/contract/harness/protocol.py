"""What the contract suite needs of each kind: a channel against a fake platform, and payloads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeAlias

from channels.contract import Channel, OutboundMessage
from channels.events import Address
from tests.channels.fakes import MemoryIntake

# What the fake platform does to the next send. ``cut`` takes the message and breaks the connection
# before it answers; ``lost`` breaks it before the message is taken.
Fault: TypeAlias = Literal["rate_limited", "unavailable", "refused", "unauthorised", "cut", "lost"]
# ``self`` is our own account; ``bot`` another one's program; ``operator`` the account's owner, who
# answers by hand outside of Frontdesk.
By: TypeAlias = Literal["customer", "self", "bot", "operator"]


@dataclass(frozen=True, slots=True)
class Payload:
    """One event as the platform would deliver it, with the text that has to come out of it."""

    text: str
    body: Any


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the platform saw: an acknowledgement (it will not send again), and the HTTP status
    where the kind is delivered over HTTP."""

    acknowledged: bool
    status: int | None = None


@dataclass(frozen=True, slots=True)
class File:
    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Seen:
    """One message as the fake platform shows it. ``id`` is the platform's; ``text`` is without the
    dialect's marks where the platform would render them; ``pings`` are those whom it would notify
    by name or as a group. A message that came twice is one where the platform's users see one."""

    id: str
    address: Address
    text: str
    choices: tuple[str, ...] = ()
    files: tuple[File, ...] = ()
    pings: tuple[str, ...] = ()


class Harness(Protocol):
    """One channel, logged in, against a fake of its platform. Where a kind has no such thing the
    method returns None (or False), and the suite asserts that its ``Capabilities`` say so too."""

    @property
    def channel(self) -> Channel: ...

    @property
    def intake(self) -> MemoryIntake: ...

    @property
    def address(self) -> Address:
        """Where the harness's customer writes from."""
        ...

    @property
    def public_address(self) -> Address | None:
        """Where others read along: a channel, a group, a thread in one."""
        ...

    def payload(
        self, text: str, *, by: By = "customer", files: Sequence[File] = ()
    ) -> Payload | None:
        """Somebody writes where the customer writes from; None only for senders that this
        platform does not have, or does not show."""
        ...

    def public_payload(self, text: str, *, addressed: bool) -> Payload | None:
        """Somebody writes where others read along, to us (a mention, a reply) or to the room."""
        ...

    def edited(self, payload: Payload, text: str) -> Payload | None: ...

    def deleted(self, payload: Payload) -> Payload | None: ...

    def reacted(self, payload: Payload, emoji: str) -> Payload | None:
        """The customer reacts to what a payload brought."""
        ...

    def pressed(self, seen: Seen, label: str, *, by: str | None = None) -> Payload | None:
        """The customer, or another account ``by``, presses a button of a message."""
        ...

    def commanded(self, command: str, text: str) -> Payload | None:
        """The customer gives a command where they write from. ``text`` of the payload is what has
        to come out: empty where the platform's command (a shortcut) takes no words."""
        ...

    async def deliver(self, payload: Payload) -> Outcome:
        """The platform delivers it and waits until it is acknowledged, refused or given up. A
        pulled-in kind (polling, a socket) returns when the adapter has passed it to the intake."""
        ...

    async def missed(self, payload: Payload) -> bool:
        """The platform takes it in while the adapter is not receiving; then it receives again.
        False where the platform keeps nothing for later and cannot be asked."""
        ...

    async def forge(self, payload: Payload) -> Outcome | None:
        """The same with a signature that is not the platform's; None where the kind's transport
        is our own login and nothing is signed."""
        ...

    async def forge_garbage(self) -> Outcome | None:
        """A body that no parser reads, with a wrong signature."""
        ...

    async def oversized(self) -> Outcome | None:
        """A verified body beyond the cap; None where the platform has its own."""
        ...

    async def received(self, message: OutboundMessage) -> str:
        """Sends the message through the channel and returns what the customer then sees of it."""
        ...

    def seen(self) -> Sequence[Seen]:
        """All of our messages that the platform shows now, oldest first, edited and without what
        was deleted."""
        ...

    def typed(self) -> int:
        """How often the platform was told that an answer is being prepared."""
        ...

    def fail(self, fault: Fault) -> bool:
        """The next send meets this fault; False where this platform has no such answer. A
        ``rate_limited`` platform asks for 7 seconds."""
        ...

    def broken(self) -> Channel | None:
        """The same channel with credentials that the platform refuses, not entered yet."""
        ...


Open: TypeAlias = Callable[[], AbstractAsyncContextManager[Harness]]
