"""The gateway's implementation of the Intake port, one for each channel."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from sqlalchemy import select, update

from channels.contract import Capabilities
from channels.errors import IntakeClosed
from channels.events import Accepted, Attachment, Cursor, Event, InboundMessage
from gateway.errors import StoreUnavailable
from gateway.intake.cleaning import cleaned
from gateway.intake.events import Surface, receive
from gateway.records import line_key
from gateway.store.files import Files
from gateway.store.schema.pipeline import cursors, receivers
from gateway.store.store import Store
from gateway.store.unit import Unit

ACCEPT_SECONDS = 2.5


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
        if not self._gate.open:
            raise IntakeClosed("the gateway is stopping; send this again in a moment")
        try:
            async with asyncio.timeout(self._patience):
                accepted = await self._commit(await self._with_files(cleaned(event)), cursor)
        except (TimeoutError, StoreUnavailable, OSError) as error:
            # The unit may still commit; without our acknowledgement the platform sends the event
            # again and the dedupe key makes that harmless.
            raise IntakeClosed(
                f"nothing was acknowledged: {error or 'the store is slow'}"
            ) from error
        self._failpoint("intake.before_ack")
        return accepted

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
