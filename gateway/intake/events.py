"""What each event does to the rows, inside accept's unit."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

from sqlalchemy import RowMapping, bindparam, select, update

from channels.contract import UploadRefused
from channels.events import (
    Accepted,
    Attachment,
    Chosen,
    Deleted,
    DeliveryUpdate,
    Edited,
    Event,
    Ignored,
    InboundMessage,
    Json,
    Unreadable,
)
from gateway.conversations import opening
from gateway.conversations.messages import (
    Appended,
    append_at,
    append_message,
    choices_of,
    last_offer,
    match_choice,
    show,
)
from gateway.conversations.ownership import TURNS, people_answered, take
from gateway.conversations.receipts import apply_update
from gateway.conversations.timers import FORGOTTEN_SECONDS, has_timer, set_timer
from gateway.intake.amendments import amend, apply_early
from gateway.store.schema.conversation import attachments, conversations, messages
from gateway.store.schema.pipeline import (
    deliveries,
    external_ids,
    received,
    unreadable,
)
from gateway.store.statement import Prepared
from gateway.store.unit import Unit, dumps

MEDIA = "media"
BURST_SECONDS = 5.0
_DONE = Prepared(
    update(received)
    .where(received.c.key_hash == bindparam("key"))
    .values(message_id=bindparam("message"), outcome=bindparam("done"))
)
_SPOKE = Prepared(
    update(conversations)
    .where(conversations.c.id == bindparam("conversation"))
    .values(
        last_seq=conversations.c.last_seq + 1,
        customer_seq=conversations.c.last_seq + 1,
        updated_at=bindparam("now"),
        reply_context=bindparam("context"),
        first_unanswered_at=bindparam("first"),
        ready_at=bindparam("ready"),
    )
    .returning(conversations.c.last_seq)
)


@dataclass(frozen=True, slots=True)
class Surface:
    """A channel as intake sees it. ``quiet`` is how long a customer may pause between messages
    before a turn begins; ``numbered`` says that choices are shown as numbers there."""

    channel: str
    tenant: str
    pulled: bool
    numbered: bool
    quiet: float


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
    """(the message it became, what was done)."""
    match event:
        case InboundMessage():
            return _said(unit, surface, event)
        case Chosen():
            return _chosen(unit, surface, event)
        case Edited() | Deleted():
            return None, amend(unit, surface.channel, event)
        case DeliveryUpdate():
            return None, apply_update(unit, surface.channel, event)
        case Unreadable():
            return None, _unreadable(unit, surface, event)
        case Ignored():
            return None, f"ignored: {event.reason}"
        case _:
            return None, "recorded"


def _said(unit: Unit, surface: Surface, event: InboundMessage) -> tuple[str | None, str]:
    if event.sender.kind == "bot":
        return None, "ignored: a bot wrote it"
    row = opening.find_or_open(unit, surface.channel, event.address, event.sender)
    if event.sender.kind == "operator":
        return _operator_said(unit, row, event)
    choice = match_choice(event.text, last_offer(unit, row["id"]), numbered=surface.numbered)
    case = opening.open_case(unit, row, event.text)
    message = append_at(
        unit,
        row["id"],
        _spoke(unit, surface, row, event.reply_context),
        author="customer",
        body=event.text,
        case_id=case,
        name=event.sender.name,
        external_id=event.external_id,
        reply_to=event.reply_to,
        choice=choice.id if choice is not None else None,
    )
    apply_early(unit, surface.channel, message.id, event.external_id)
    for attachment in event.attachments:
        _attach(unit, surface, row, message.id, attachment)
    _customer_spoke(unit, surface, row, message)
    return message.id, "stored"


def _spoke(unit: Unit, surface: Surface, row: RowMapping, context: Json | None) -> int:
    """All that a customer's words change in the held ``row``, in one write; their seq. A person
    who owns it answers in their own time; otherwise a turn is due."""
    first, ready = row["first_unanswered_at"], row["ready_at"]
    if row["owner"] != "staff":
        first = unit.now if first is None else first
        ready = max(unit.now, min(unit.now + surface.quiet, first + BURST_SECONDS))
    seq = unit.scalar(
        _SPOKE,
        conversation=row["id"],
        now=unit.now,
        context=row["reply_context"] if context is None else dumps(dict(context)),
        first=first,
        ready=ready,
    )
    return int(seq)


def _customer_spoke(unit: Unit, surface: Surface, row: RowMapping, message: Appended) -> None:
    if surface.pulled:
        show(unit, row["id"], message.id)
    if row["owner"] == "staff":
        # Counted from the first message that the owner has not answered.
        if not has_timer(unit, row["id"], "forgotten"):
            due = unit.now + FORGOTTEN_SECONDS
            set_timer(unit, row["id"], "forgotten", due, {"since": unit.now})
        return
    unit.emit(TURNS)


def _operator_said(unit: Unit, row: RowMapping, event: InboundMessage) -> tuple[str, str]:
    take(unit, row, None)
    message = append_message(
        unit,
        row["id"],
        author="staff",
        body=event.text,
        case_id=row["case_id"],
        name=event.sender.name,
        external_id=event.external_id,
    )
    people_answered(unit, row)
    return message.id, "a person took over on the platform"


def _attach(
    unit: Unit, surface: Surface, row: RowMapping, message: str, attachment: Attachment
) -> None:
    if attachment.upload is not None:
        claimed = unit.changed(
            update(attachments)
            .where(
                attachments.c.id == attachment.upload,
                attachments.c.channel == surface.channel,
                attachments.c.address == row["address"],
                attachments.c.message_id.is_(None),
            )
            .values(message_id=message, conversation_id=row["id"])
        )
        if claimed == 0:
            raise UploadRefused(f"there is no file {attachment.upload} waiting to be sent here")
        return
    stored = (attachment.ref or {}).get("stored")
    unit.insert(
        attachments,
        id=unit.new_id(),
        tenant_id=unit.tenant,
        conversation_id=row["id"],
        message_id=message,
        channel=surface.channel,
        address=row["address"],
        name=attachment.name[:512],
        content_type=attachment.content_type[:255],
        size=attachment.size,
        sha256=stored,
        state="stored" if stored else "pending",
        ref=dumps(dict(attachment.ref or {})),
        due_at=None if stored else unit.now,
        created_at=unit.now,
    )
    unit.emit(MEDIA)


def _chosen(unit: Unit, surface: Surface, event: Chosen) -> tuple[str | None, str]:
    found = opening.find(unit, surface.channel, event.address)
    row = opening.lock(unit, found["id"]) if found is not None else None
    if row is None:
        return None, "ignored: no conversation here"
    offered = unit.one(
        select(messages.c.choices).where(
            messages.c.conversation_id == row["id"],
            messages.c.id == _offering(unit, surface.channel, event.message),
        )
    )
    choice = next(
        (c for c in (choices_of(offered) if offered else ()) if c.id == event.choice), None
    )
    if choice is None:
        return None, "ignored: not offered"
    case = opening.open_case(unit, row, choice.label)
    message = append_at(
        unit,
        row["id"],
        _spoke(unit, surface, row, event.reply_context or None),
        author="customer",
        body=choice.label,
        case_id=case,
        name=event.sender.name,
        external_id=event.external_id,
        choice=choice.id,
    )
    _customer_spoke(unit, surface, row, message)
    return message.id, "stored"


def _offering(unit: Unit, channel: str, shown: str) -> str:
    """A visitor sees deliveries and a platform its own ids; the message behind is what offered."""
    delivery = unit.scalar(
        select(external_ids.c.delivery_id).where(
            external_ids.c.channel == channel, external_ids.c.external_id == shown
        )
    )
    behind = unit.scalar(
        select(deliveries.c.message_id).where(deliveries.c.id == (delivery or shown))
    )
    return str(behind) if behind is not None else shown


def _unreadable(unit: Unit, surface: Surface, event: Unreadable) -> str:
    unit.insert(
        unreadable,
        id=unit.new_id(),
        tenant_id=unit.tenant,
        channel=surface.channel,
        reason=event.reason,
        raw_base64=base64.b64encode(event.raw).decode("ascii"),
        at=unit.now,
    )
    return f"unreadable: {event.reason}"


def _key_hash(channel: str, external_id: str) -> str:
    return hashlib.sha256(f"{channel}\x00{external_id}".encode("utf-8", "replace")).hexdigest()
