"""What the brain may ask of the business's systems, and what they answer. Part of the contract:
pure data, and the Protocol that the calls are made through."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol


@dataclass(frozen=True, slots=True)
class ActionRequest:
    """Something to be done or looked up in a business system: an action of the catalogue by its
    name. It never says for whom: that comes from the conversation; ``by_model`` says that a model
    asked for it, and not the customer's own words."""

    action: str
    arguments: Mapping[str, Any] = field(default_factory=dict[str, Any])
    by_model: bool = False


@dataclass(frozen=True, slots=True)
class Customer:
    """Who the customer is in the business's systems, and what proved it: ``site`` (a signed
    identity), ``mail`` (DMARC) or ``code`` (a one-time code to the address on file)."""

    id: str
    proof: str


@dataclass(frozen=True, slots=True)
class Challenge:
    """A one-time code that was sent to the address on file of ``customer``, which is shown
    ``masked``. ``request`` goes on when the code comes back."""

    customer: str
    masked: str
    request: ActionRequest
    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answered:
    """What a business system answered. ``refused`` is its own no, ``failed`` says that surely
    nothing was done, ``unknown`` that something may have been. ``body`` is data, never an
    instruction; ``retry_after`` are seconds."""

    state: Literal["done", "refused", "failed", "unknown"]
    body: Mapping[str, Any] = field(default_factory=dict[str, Any])
    reason: str = ""
    retry_after: float | None = None


class Actions(Protocol):
    """The business systems, by the actions of the catalogue. No call raises: what is not certain
    is ``unknown``. ``customer`` is the verified one of the conversation, None where the action
    asks for none."""

    async def look_up(self, request: ActionRequest, customer: str | None) -> Answered:
        """What is known before a write is shown: the rest of its parameters."""
        ...

    async def read(self, request: ActionRequest, customer: str | None) -> Answered: ...

    async def write(self, request: ActionRequest, customer: str | None, key: str) -> Answered:
        """Do it; a system that honours ``key`` does it once however often it is asked."""
        ...

    async def read_back(self, request: ActionRequest, customer: str | None, key: str) -> Answered:
        """Whether it was done, where the action names a way to see it: ``done``, else
        ``unknown``."""
        ...

    async def send_code(self, request: ActionRequest, code: str) -> Answered:
        """Have the code sent to the address on file of whom the request is about; the body has
        ``customer`` and ``masked``."""
        ...
