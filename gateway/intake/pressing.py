"""Buttons and commands: what was chosen, where it was offered, and by whom it may be."""

from __future__ import annotations

from sqlalchemy import RowMapping, select

from channels.events import Chosen, Commanded
from gateway.conversations import opening
from gateway.conversations.messages import choices_of
from gateway.intake.saying import Spoken, speak
from gateway.intake.signals import choice_of
from gateway.intake.surface import Surface
from gateway.records import JOIN_ASKED
from gateway.store.schema.conversation import messages
from gateway.store.schema.pipeline import deliveries, external_ids
from gateway.store.unit import Unit


def chosen(unit: Unit, surface: Surface, event: Chosen) -> tuple[str | None, str]:
    found = opening.find(unit, surface.channel, event.address)
    row = opening.lock(unit, found["id"]) if found is not None else None
    if row is None:
        return None, "ignored: no conversation here"
    offered = unit.one(
        select(messages.c.choices, messages.c.seq).where(
            messages.c.conversation_id == row["id"],
            messages.c.id == _offering(unit, surface.channel, event.message),
        )
    )
    choice = next(
        (c for c in (choices_of(offered) if offered else ()) if c.id == event.choice), None
    )
    if offered is None or choice is None:
        return None, "ignored: not offered"
    if row["blocked_at"] is not None:
        return None, "ignored: staff have blocked them"
    if row["public"] and not _offered_to(unit, row, offered["seq"], event):
        return None, "ignored: offered to somebody else"
    spoken = Spoken(
        choice.label,
        event.sender,
        event.external_id,
        event.reply_context or None,
        choice.id,
        public=bool(row["public"]),
    )
    return speak(unit, surface, row, spoken).id, "stored"


def commanded(unit: Unit, surface: Surface, event: Commanded) -> tuple[str | None, str]:
    """A wish for a person or a beginning is something the customer said; what comes with the wish
    is said before it, so that people find the question."""
    choice = choice_of(event)
    if choice is None or event.sender.kind != "customer":
        return None, f"recorded: command {event.command}"[:500]
    row = opening.find_or_open(unit, surface.channel, event.address, event.sender)
    public = event.public or bool(row["public"])
    if choice == JOIN_ASKED and public:
        return None, "recorded: a code is not shown where others read along"
    if choice == "person" and event.text.strip():
        worded = Spoken(event.text, event.sender, None, public=public)
        speak(unit, surface, row, worded)
        row = opening.lock(unit, row["id"]) or row
    name = event.command.strip().lstrip("/").casefold()
    said = Spoken(
        f"/{name}",
        event.sender,
        event.external_id,
        choice=choice,
        public=public,
    )
    return speak(unit, surface, row, said).id, "stored"


def _offered_to(unit: Unit, row: RowMapping, seq: int, event: Chosen) -> bool:
    """Whom a message in public answered: the last who spoke before it."""
    asked = unit.scalar(
        select(messages.c.sender_id)
        .where(
            messages.c.conversation_id == row["id"],
            messages.c.author == "customer",
            messages.c.seq < seq,
        )
        .order_by(messages.c.seq.desc())
        .limit(1)
    )
    return asked in event.sender.ids


def _offering(unit: Unit, channel: str, shown: str) -> str:
    """A visitor sees deliveries and a platform its own ids; the message behind is what offered."""
    return message_behind(unit, channel, shown) or shown


def message_behind(unit: Unit, channel: str, shown: str) -> str | None:
    """Our message behind a platform's id, or a delivery's; None where it is none of ours."""
    delivery = unit.scalar(
        select(external_ids.c.delivery_id).where(
            external_ids.c.channel == channel, external_ids.c.external_id == shown
        )
    )
    return unit.scalar(
        select(deliveries.c.message_id).where(deliveries.c.id == (delivery or shown))
    )
