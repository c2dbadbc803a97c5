"""The gateway's implementation of the Intake port, one for each channel."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import structlog
from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError

from channels.errors import IntakeClosed
from channels.events import (
    Accepted,
    Attachment,
    Cursor,
    DeliveryUpdate,
    Event,
    Ignored,
    InboundMessage,
    Unreadable,
)
from gateway.errors import StoreUnavailable
from gateway.intake.cleaning import cleaned, without_originals
from gateway.intake.events import receive
from gateway.intake.surface import Surface
from gateway.records import line_key
from gateway.store.files import Files
from gateway.store.schema.pipeline import cursors, receivers
from gateway.store.store import Store
from gateway.store.unit import Unit
from gateway.telemetry.facts import EventTaken

ACCEPT_SECONDS = 2.5
KEPT_BYTES = 262_144
# What says that the event itself cannot be stored; a store in trouble says StoreUnavailable.
_REFUSED = (SQLAlchemyError, ValueError, TypeError, LookupError, ArithmeticError, AttributeError)
# How figures and logs call an event; others go by their own name.
_KINDS: Mapping[type[Event], str] = {InboundMessage: "message", DeliveryUpdate: "receipt"}

log = structlog.get_logger()


@dataclass(slots=True)
class Gate:
    """Whether the gateway takes events in; closed while it drains."""

    open: bool = True
    last_inbound_at: dict[str, float] = field(default_factory=dict[str, float])


class Door:
    """Implements Intake for one channel of one tenant."""

    def __init__(
        self,
        surface: Surface,
        store: Store,
        files: Files,
        gate: Gate,
        failpoint: Callable[[str], None],
        patience: float = ACCEPT_SECONDS,
    ) -> None:
        self._surface = surface
        self._store = store
        self._files = files
        self._gate = gate
        self._failpoint = failpoint
        self._patience = patience
        # The receiver's claim while this node is the one that receives; a cursor moves under it.
        self.claim: int | None = None

    async def accept(self, event: Event, cursor: Cursor | None = None) -> Accepted:
        began = time.perf_counter()
        try:
            accepted = await self._accept(event, cursor)
        except IntakeClosed:
            self._tell(event, "closed", None, began)
            raise
        self._tell(event, _outcome(event, accepted), accepted.message, began)
        self._failpoint("intake.before_ack")
        return accepted

    async def _accept(self, event: Event, cursor: Cursor | None) -> Accepted:
        if not self._gate.open:
            raise IntakeClosed("the gateway is stopping; send this again in a moment")
        try:
            async with asyncio.timeout(self._patience):
                return await self._stored(await self._with_files(self._kept(event)), cursor)
        except (TimeoutError, StoreUnavailable, OSError) as error:
            # The unit may still commit; without our acknowledgement the platform sends the event
            # again and the dedupe key makes that harmless.
            raise IntakeClosed(
                f"nothing was acknowledged: {error or 'the store is slow'}"
            ) from error

    def _kept(self, event: Event) -> Event:
        dropped = self._surface.dropped
        fit = cleaned(event)
        return fit if dropped is None else without_originals(fit, dropped)

    async def _stored(self, event: Event, cursor: Cursor | None) -> Accepted:
        """What the store refuses whenever it is tried would hold up a channel for ever: it comes
        again and again, and what follows never. A person is shown it instead."""
        try:
            return await self._commit(event, cursor)
        except _REFUSED:
            # Two nodes can be in each other's way: that passes.
            pass
        try:
            return await self._commit(event, cursor)
        except _REFUSED as error:
            channel, kind = self._surface.channel, type(event).__name__
            log.error("intake.refused", channel=channel, kind=kind, error=type(error).__name__)  # noqa: TRY400  # its words hold the message's
            return await self._commit(_kept(event, error), cursor)

    def _tell(self, event: Event, outcome: str, message: str | None, began: float) -> None:
        channel, kind = self._surface.channel, _KINDS.get(type(event), type(event).__name__.lower())
        seconds = None if outcome == "closed" else time.perf_counter() - began
        at = self._gate.last_inbound_at.get(channel)
        self._store.facts.tell(EventTaken(channel, kind, outcome, message, at, seconds))

    async def cursor(self, key: str) -> str | None:
        channel = self._surface.channel
        stored = select(cursors.c.value).where(cursors.c.channel == channel, cursors.c.key == key)
        try:
            async with asyncio.timeout(self._patience):
                return await self._store.read(lambda reading: reading.scalar(stored))
        except (TimeoutError, StoreUnavailable) as error:
            # An adapter knows this answer: it stays signed in, and nothing is acknowledged.
            raise IntakeClosed(
                f"the cursor was not read: {error or 'the store is slow'}"
            ) from error

    async def _commit(self, event: Event, cursor: Cursor | None) -> Accepted:
        claim = self.claim

        def unit(unit: Unit) -> tuple[Accepted, float]:
            accepted = receive(unit, self._surface, event)
            if cursor is not None:
                _require_receiver(unit, self._surface.channel, claim)
                _move(unit, self._surface.channel, cursor)
            return accepted, unit.now

        address = getattr(event, "address", None)
        key = line_key(self._surface.channel, address.key if address is not None else "")
        accepted, at = await self._store.write(
            unit, tenant=self._surface.tenant, key=key, urgent=True
        )
        self._gate.last_inbound_at[self._surface.channel] = at
        return accepted

    async def _with_files(self, event: Event) -> Event:
        """Bytes that came with the event are on disk before the unit; in place of the platform's
        own bytes of a message stands then the name of their file."""
        if not isinstance(event, InboundMessage) or not (event.attachments or event.raw):
            return event
        kept = [await self._keep(attachment) for attachment in event.attachments]
        raw = None
        if event.raw:
            raw = (await asyncio.to_thread(self._files.keep, event.raw)).sha256.encode("ascii")
        return replace(event, attachments=tuple(kept), raw=raw)

    async def _keep(self, attachment: Attachment) -> Attachment:
        if attachment.content is None:
            return attachment
        stored = await asyncio.to_thread(self._files.keep, attachment.content)
        return replace(
            attachment,
            content=None,
            size=stored.size,
            ref={"stored": stored.sha256},
        )


def _kept(event: Event, error: Exception) -> Unreadable:
    reason = f"it could not be stored ({type(error).__name__}); this is what was read of it"
    raw = repr(event).encode("utf-8", "replace")[:KEPT_BYTES]
    return Unreadable(event.external_id, reason, raw)


def _outcome(event: Event, accepted: Accepted) -> str:
    if not accepted.new:
        return "repeated"
    if isinstance(event, Unreadable):
        return "unreadable"
    return "ignored" if isinstance(event, Ignored) else "accepted"


def _require_receiver(unit: Unit, channel: str, claim: int | None) -> None:
    """A node whose lease has run out may not move the cursor that another one moves by now."""
    if claim is None:
        return
    held = unit.changed(
        update(receivers)
        .where(receivers.c.channel == channel, receivers.c.claim == claim)
        .values(claim=receivers.c.claim)
    )
    if not held:
        raise IntakeClosed("another node receives on this channel by now; nothing was stored")


def _move(unit: Unit, channel: str, cursor: Cursor) -> None:
    unit.upsert(
        cursors,
        ("channel", "key"),
        channel=channel,
        key=cursor.key,
        value=cursor.value,
        at=unit.now,
    )
