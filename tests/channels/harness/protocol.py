"""What the contract suite needs of each kind: a channel against a fake platform, and payloads."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from channels.contract import Channel, OutboundMessage
from channels.events import Address
from tests.channels.fakes import MemoryIntake


@dataclass(frozen=True, slots=True)
class Payload:
    """One customer message as the platform would deliver it, with what has to come out of it."""

    text: str
    body: Any


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the platform saw: an acknowledgement (it will not send again), and the HTTP status
    where the kind is delivered over HTTP."""

    acknowledged: bool
    status: int | None = None


class Harness(Protocol):
    """One channel, logged in, against a fake of its platform."""

    @property
    def channel(self) -> Channel: ...

    @property
    def intake(self) -> MemoryIntake: ...

    @property
    def address(self) -> Address:
        """Where the harness's customer writes from."""
        ...

    def payload(self, text: str) -> Payload: ...

    async def deliver(self, payload: Payload) -> Outcome: ...

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


Open: TypeAlias = Callable[[], AbstractAsyncContextManager[Harness]]
