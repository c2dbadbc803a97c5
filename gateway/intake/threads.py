"""To which conversation a mail belongs: that of a message which it answers, never one that only has
the same subject."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sqlalchemy import bindparam, select

from channels.events import Address, InboundMessage
from gateway.store.schema.conversation import conversations, messages
from gateway.store.schema.pipeline import deliveries, external_ids
from gateway.store.statement import Prepared
from gateway.store.unit import Unit

# A long exchange names all of its mails; those that matter come first.
MOST_REFS = 50
_OF_OURS = Prepared(
    select(deliveries.c.address)
    .join(external_ids, external_ids.c.delivery_id == deliveries.c.id)
    .where(
        external_ids.c.channel == bindparam("channel"),
        external_ids.c.external_id == bindparam("external"),
        deliveries.c.tenant_id == bindparam("tenant"),
    )
)
_OF_THEIRS = Prepared(
    select(conversations.c.address)
    .join(messages, messages.c.conversation_id == conversations.c.id)
    .where(
        messages.c.external_id == bindparam("external"),
        conversations.c.channel == bindparam("channel"),
        conversations.c.tenant_id == bindparam("tenant"),
    )
)


def threaded(unit: Unit, channel: str, event: InboundMessage) -> InboundMessage:
    """The event at the address of the first message that it refers to and that was exchanged with
    the same correspondent; as it is where there is none. What another correspondent was sent opens
    nothing, however its id became known."""
    for ref in event.thread_refs[:MOST_REFS]:
        for address in _addresses(unit, channel, ref):
            if address.chat == event.address.chat:
                return replace(event, address=address)
    return event


def _addresses(unit: Unit, channel: str, ref: str) -> Iterator[Address]:
    for statement in (_OF_OURS, _OF_THEIRS):
        for row in unit.all(statement, channel=channel, external=ref, tenant=unit.tenant):
            yield Address.parse(row["address"])
