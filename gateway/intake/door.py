"""The gateway's implementation of the Intake port, one for each channel."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from sqlalchemy import select, update

from channels.contract import Capabilities
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
from gateway.intake.cleaning import cleaned
from gateway.intake.events import Surface, receive
from gateway.records import line_key
from gateway.store.files import Files
from gateway.store.schema.pipeline import cursors, receivers
from gateway.store.store import Store
from gateway.store.unit import Unit
from gateway.telemetry.facts import EventTaken

ACCEPT_SECONDS = 2.5
# How figures and logs call an event; others go by their own name.
_KINDS: Mapping[type[Event], str] = {InboundMessage: "message", DeliveryUpdate: "receipt"}


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
                return await self._commit(await self._with_files(cleaned(event)), cursor)
        except (TimeoutError, StoreUnavailable, OSError) as error:
            # The unit may still commit; without our acknowledgement the platform sends the event
            # again and the dedupe key makes that harmless.
            raise IntakeClosed(
                f"nothing was acknowledged: {error or 'the store is slow'}"
            ) from error

    def _tell(self, event: Event, outcome: str, message: str | None, began: float) -> None:
        channel, kind = self._surface.channel, _KINDS.get(type(event), type(event).__name__.lower())
        seconds = None if outcome == "closed" else time.perf_counter() - began
        at = self._gate.last_inbound_at.get(channel)
        self._store.facts.tell(EventTaken(channel, kind, outcome, message, at, seconds))

    async def cursor(self, key: str) -> str | None:
        channel = self._surface.channel
        return await self._store.read(
            lambda reading: reading.scalar(
                select(cursors.c.value).where(cursors.c.channel == channel, cursors.c.key == key)
            )
        )

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
        """Bytes that came with the event are on disk before the unit."""
        if not isinstance(event, InboundMessage) or not event.attachments:
            return event
        kept = [await self._keep(attachment) for attachment in event.attachments]
        return replace(event, attachments=tuple(kept))

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


def surface_of(
    channel: str, capabilities: Capabilities, *, tenant: str, quiet: float | None
) -> Surface:
    """What intake needs to know of a channel."""
    return Surface(
        channel=channel,
        tenant=tenant,
        pulled=capabilities.pulled,
        numbered=capabilities.choices_limit == 0,
        quiet=capabilities.quiet_seconds if quiet is None else quiet,
    )
