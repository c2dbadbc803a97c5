"""What each event does to the rows, inside accept's unit."""

from __future__ import annotations

import base64
import hashlib

from sqlalchemy import bindparam, select, update

from channels.events import (
    Accepted,
    Chosen,
    Commanded,
    Deleted,
    DeliveryUpdate,
    Edited,
    Event,
    Ignored,
    InboundMessage,
    Moved,
    Reacted,
    Unreadable,
)
from gateway.conversations.messages import LISTS
from gateway.conversations.moving import move
from gateway.conversations.receipts import apply_update
from gateway.intake.amendments import amend
from gateway.intake.linked import linked
from gateway.intake.pressing import chosen, commanded
from gateway.intake.reacting import reacted
from gateway.intake.saying import said
from gateway.intake.staffed import at_a_desk, heard
from gateway.intake.surface import Surface
from gateway.store.schema.pipeline import received, unreadable
from gateway.store.statement import Prepared
from gateway.store.unit import Unit

_DONE = Prepared(
    update(received)
    .where(received.c.key_hash == bindparam("key"))
    .values(message_id=bindparam("message"), outcome=bindparam("done"))
)


def receive(unit: Unit, surface: Surface, event: Event) -> Accepted:
    """Store the event once; a repetition finds its key taken."""
    key = _key_hash(surface.channel, event.external_id)
    kind = type(event).__name__.lower()
    unit.failpoint("intake.before_insert")
    if not unit.insert_once(
        received,
        key_hash=key,
        tenant_id=unit.tenant,
        channel=surface.channel,
        event=kind,
        at=unit.now,
    ):
        known = unit.scalar(select(received.c.message_id).where(received.c.key_hash == key))
        return Accepted(new=False, message=known)
    message, outcome = _effect(unit, surface, event)
    unit.changed(_DONE, key=key, message=message, done=outcome)
    return Accepted(new=True, message=message)


def _effect(unit: Unit, surface: Surface, event: Event) -> tuple[str | None, str]:
    """(the message it became or is about, what was done)."""
    if linked(unit, surface, event):
        return None, "linked: an account of the staff's"
    if at_a_desk(surface, event):
        return None, heard(unit, surface, event)
    match event:
        case InboundMessage():
            return said(unit, surface, event)
        case Chosen():
            return chosen(unit, surface, event)
        case Commanded():
            return commanded(unit, surface, event)
        case Reacted():
            return reacted(unit, surface.channel, event)
        case _:
            return None, _report(unit, surface, event)


def _report(
    unit: Unit,
    surface: Surface,
    event: Edited | Deleted | DeliveryUpdate | Moved | Unreadable | Ignored,
) -> str:
    match event:
        case Edited() | Deleted():
            return amend(unit, surface.channel, event)
        case DeliveryUpdate():
            return apply_update(unit, surface.channel, event)
        case Moved():
            return move(unit, surface.channel, event.address, event.to)
        case Unreadable():
            return _unreadable(unit, surface, event)
        case Ignored():
            return f"ignored: {event.reason}"


def _unreadable(unit: Unit, surface: Surface, event: Unreadable) -> str:
    unit.insert(
        unreadable,
        id=unit.new_id(),
        tenant_id=unit.tenant,
        channel=surface.channel,
        reason=event.reason,
        raw_base64=base64.b64encode(event.raw).decode("ascii"),
        at=unit.now,
        address=event.address.key if event.address is not None else None,
    )
    unit.emit(LISTS)
    return f"unreadable: {event.reason}"


def _key_hash(channel: str, external_id: str) -> str:
    return hashlib.sha256(f"{channel}\x00{external_id}".encode("utf-8", "replace")).hexdigest()
