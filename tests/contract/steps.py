"""What the cases of the suite do with a harness, in one place: deliver, send, look."""

from __future__ import annotations

from typing import Any, NoReturn, TypeVar
from uuid import uuid4

from channels.contract import OutboundMessage, Receipt
from channels.events import Address, Event, InboundMessage
from tests.contract.harness.protocol import Harness, Payload, Seen

Told = TypeVar("Told", bound=Event)


class Inapplicable(Exception):
    """The case is about something that this kind has not, as its capabilities say. It is no skip:
    nothing that could be installed would make it run."""


def inapplicable(why: str) -> NoReturn:
    raise Inapplicable(why)


def outbound(address: Address, text: str, plain: str | None = None, **more: Any) -> OutboundMessage:
    """A message with an id of its own, as the gateway's are."""
    return OutboundMessage(uuid4().hex, address, text, plain or text, **more)


def said(harness: Harness, text: str) -> Payload:
    """Something the customer writes."""
    payload = harness.payload(text)
    assert payload is not None, "a customer can write on every kind of channel"
    return payload


def has(claimed: object, payload: Payload | None) -> Payload:
    """The payload of something that not every kind has. What is claimed has to be there, and what
    is there has to be claimed; the case is over where it is neither."""
    assert (payload is not None) == bool(claimed), "the capabilities say otherwise"
    if payload is None:
        inapplicable("this kind has no such thing, and says so")
    return payload


async def came_of(harness: Harness, payload: Payload) -> list[Event]:
    """The events that a delivery brought."""
    known = len(harness.intake.events)
    assert (await harness.deliver(payload)).acknowledged
    return harness.intake.events[known:]


async def told(harness: Harness, payload: Payload, sort: type[Told]) -> Told:
    """The one event of a sort that a delivery brought."""
    (event,) = [each for each in await came_of(harness, payload) if isinstance(each, sort)]
    return event


async def greeted(harness: Harness) -> InboundMessage:
    """The first message of a customer, after which the adapter knows where to answer."""
    return await told(harness, said(harness, "hello"), InboundMessage)


async def shown(harness: Harness, message: OutboundMessage) -> tuple[Seen, tuple[str, ...]]:
    """A message as the customer now sees it, and the ids that the gateway knows it by."""
    if harness.channel.capabilities.pulled:
        await harness.received(message)
        seen = harness.seen()[-1]
        return seen, (seen.id,)
    receipt: Receipt = await harness.channel.send(message)
    return harness.seen()[-1], receipt.external_ids


def times(harness: Harness, text: str) -> int:
    """How many messages of the platform show the text."""
    return sum(text in seen.text for seen in harness.seen())
