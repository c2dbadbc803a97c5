"""Edits and deletions of what a customer said, also those that arrive before it."""

from __future__ import annotations

from sqlalchemy import update

from channels.events import Deleted, Edited
from gateway.conversations import opening
from gateway.conversations.desk_threads import customer_changed
from gateway.conversations.messages import topic
from gateway.conversations.receipts import reported_early
from gateway.store.schema.conversation import conversations, messages
from gateway.store.schema.pipeline import early_updates
from gateway.store.unit import Unit


def amend(unit: Unit, channel: str, event: Edited | Deleted) -> str:
    """Change or take back a customer's own message; what was done."""
    row = opening.find(unit, channel, event.address)
    if row is None:
        return _amend_later(unit, channel, event)
    # A turn that is being committed decides on words that nobody changes meanwhile.
    opening.lock(unit, row["id"])
    changed = unit.scalar(
        update(messages)
        .where(
            messages.c.conversation_id == row["id"],
            messages.c.external_id == event.message,
            messages.c.author == "customer",
        )
        .values(**_change(event.text if isinstance(event, Edited) else None, unit.now))
        .returning(messages.c.id)
    )
    if changed is None:
        return _amend_later(unit, channel, event)
    # What the desk shows and finds of it has changed, on every node.
    unit.execute(
        update(conversations).where(conversations.c.id == row["id"]).values(updated_at=unit.now)
    )
    if row["desk_thread_id"] is not None:
        customer_changed(unit, opening.lock(unit, row["id"]) or row, changed)
    unit.emit(topic(row["id"]))
    return "stored"


def apply_early(unit: Unit, channel: str, message: str, external_id: str) -> None:
    """What platforms reported of this message before they delivered it."""
    for row in reported_early(unit, channel, external_id):
        text = row["reason"] if row["state"] == "edited" else None
        unit.execute(
            update(messages).where(messages.c.id == message).values(**_change(text, unit.now))
        )


def _change(text: str | None, now: float) -> dict[str, object]:
    """The new words, or none when it was taken back. A choice that was read off the old words goes
    with them."""
    if text is None:
        return {"deleted_at": now}
    return {"body": text, "edited_at": now, "choice": None}


def _amend_later(unit: Unit, channel: str, event: Edited | Deleted) -> str:
    unit.insert(
        early_updates,
        id=unit.new_id(),
        channel=channel,
        external_id=event.message,
        state=type(event).__name__.lower(),
        reason=event.text if isinstance(event, Edited) else None,
        at=unit.now,
    )
    return "waits for its message"
