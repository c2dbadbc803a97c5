"""The units of the outbox: claim an address, mark what is being sent, record what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

from sqlalchemy import RowMapping, bindparam, func, update

from channels.contract import Capabilities, Choice, OutboundMessage, Receipt
from channels.events import Address, Attachment
from gateway.conversations import relays
from gateway.conversations.deliveries import next_delivery, withdraw_later_parts
from gateway.conversations.desk_threads import opened
from gateway.conversations.messages import show, topic
from gateway.conversations.moving import move
from gateway.conversations.ownership import call_a_person
from gateway.conversations.pauses import is_paused, not_paused, void_answer
from gateway.conversations.private import (
    continue_privately,
    is_waited_for,
    release,
    wait_there,
)
from gateway.conversations.receipts import remember_external_id
from gateway.outbox.changing import target_of
from gateway.outbox.lines import Idle, hold, hold_if_free, let_go
from gateway.outbox.windows import Templates, held_back, no_templates
from gateway.records import Brief, Claimed
from gateway.store.schema.conversation import conversations
from gateway.store.schema.pipeline import deliveries, unfinished
from gateway.store.statement import Prepared
from gateway.store.unit import Unit, dumps, loads_list, loads_object
from gateway.telemetry.facts import DeliveryMoved

# How long a failing delivery may hold up those behind it.
BLOCK_SECONDS = 15 * 60.0
BLOCK_SECONDS_MAIL = 24 * 3600.0
_MARK = Prepared(
    update(deliveries)
    .where(deliveries.c.id == bindparam("delivery"))
    .values(
        state="sending",
        # When it was first tried: what waited through an outage has its full time left.
        sending_at=func.coalesce(deliveries.c.sending_at, bindparam("now")),
        tries=deliveries.c.tries + 1,
    )
)
_STILL_THE_ASSISTANTS = Prepared(
    update(conversations)
    .where(
        conversations.c.id == bindparam("conversation"),
        conversations.c.epoch == bindparam("at_epoch"),
        conversations.c.owner == "assistant",
        not_paused(),
    )
    .values(claim=conversations.c.claim)
)
_DISCLOSED = Prepared(
    update(conversations)
    .where(conversations.c.id == bindparam("conversation"))
    .values(disclosed=True)
)


@dataclass(frozen=True, slots=True)
class Way:
    """What marking needs to know of a channel."""

    capabilities: Capabilities
    templates: Templates = no_templates


@dataclass(frozen=True, slots=True)
class Sending:
    """A delivery marked as being sent. ``found`` says that an earlier life had marked it: its
    outcome is unknown. ``tries`` counts this one. ``target`` is the message that it changes or
    takes back, where it does."""

    row: RowMapping
    message: OutboundMessage
    found: bool
    tries: int
    block_seconds: float
    target: str | None = None


@dataclass(frozen=True, slots=True)
class Passed:
    """A delivery was dealt with without the platform (withdrawn, or shown where it is pulled)."""


Marked: TypeAlias = Sending | Passed | Idle | None


def mark_next(unit: Unit, held: Claimed, way: Way) -> Marked:
    """Mark the address' next delivery as being sent; None when the lease is lost."""
    ahead = next_delivery(unit, held.id)
    if not hold(unit, held, ahead):
        return None
    return _mark(unit, held, way, ahead)


def mark_claimed(unit: Unit, held: Claimed, way: Way) -> Marked:
    """Mark the next delivery of a line that this very unit has claimed."""
    ahead = next_delivery(unit, held.id)
    if ahead is not None and not hold_if_free(unit, ahead):
        return Passed()
    return _mark(unit, held, way, ahead)


def _mark(unit: Unit, held: Claimed, way: Way, ahead: RowMapping | None) -> Marked:
    """Mark what is next, with the line held and the conversation of ``ahead`` before it."""
    row = next_delivery(unit, held.id)
    if row is None:
        return let_go(unit, held, None)
    if ahead is None or row["conversation_id"] != ahead["conversation_id"]:
        return Passed()  # Looked at anew, with the right conversation held.
    if row["state"] == "sending":
        return _sending(unit, row, way.capabilities, found=True)
    waits = row["retry_at"] is not None and row["retry_at"] > unit.now
    if waits and not (row["guarded"] and is_paused(unit, row["channel"])):
        return let_go(unit, held, row["retry_at"])
    if _passed(unit, row, way):
        return Passed()
    unit.changed(_MARK, delivery=row["id"], now=unit.now)
    return _sending(unit, row, way.capabilities, found=False)


def _passed(unit: Unit, row: RowMapping, way: Way) -> bool:
    """Whether it was dealt with without the platform."""
    if row["guarded"] and not _still_the_assistants(unit, row):
        _withdraw(unit, row)
        return True
    if row["changes"] is not None and target_of(unit, row) is None:
        _finish(unit, row, "withdrawn", error="what it changes was never shown")
        return True
    if way.capabilities.pulled:
        _sent(unit, row, Receipt((), unit.now))
        show(unit, row["conversation_id"], row["message_id"], row["id"])
        return True
    why = _held_back(unit, row, way)
    if why is not None:
        _finish(unit, row, "held", error=why)
    return why is not None


def _held_back(unit: Unit, row: RowMapping, way: Way) -> str | None:
    if row["private_to"] is not None and is_waited_for(unit, row):
        return "not said yet: it follows what waits for this person to write to us alone"
    if way.capabilities.window_hours is None:
        return None
    return held_back(unit, row, way.templates)


def _withdraw(unit: Unit, row: RowMapping) -> None:
    silenced = is_paused(unit, row["channel"])
    why = "the assistant was paused" if silenced else "the owner changed"
    _finish(unit, row, "withdrawn", error=why)
    withdraw_later_parts(unit, row, why)
    if silenced:
        void_answer(unit, row)


def _sending(unit: Unit, row: RowMapping, capabilities: Capabilities, *, found: bool) -> Sending:
    mail = capabilities.dialect == "email"
    return Sending(
        row=row,
        message=outbound(row),
        found=found,
        tries=row["tries"] + (0 if found else 1),
        block_seconds=BLOCK_SECONDS_MAIL if mail else BLOCK_SECONDS,
        target=None if row["changes"] is None else target_of(unit, row),
    )


def outbound(row: RowMapping) -> OutboundMessage:
    """A delivery row as the channel takes it."""
    choices: Sequence[Sequence[str]] = loads_list(row["choices"])
    return OutboundMessage(
        delivery_id=row["id"],
        address=Address.parse(row["address"]),
        text=row["body"],
        plain=row["plain"],
        choices=tuple(Choice(id, label) for id, label in choices),
        reply_to=row["reply_to"],
        author=row["author"],
        reply_context=loads_object(row["reply_context"]),
        template=loads_object(row["template"]) if row["template"] else None,
        private_to=row["private_to"],
        attachments=tuple(_attachment(file) for file in loads_list(row["files"])),
    )


def _attachment(file: Mapping[str, Any]) -> Attachment:
    """Without its bytes: these are read when it is sent."""
    kept = {"id": file["id"], "sha256": file["sha256"]}
    return Attachment(file["name"], file["content_type"], file["size"], ref=kept)


def sent(unit: Unit, held: Claimed, sending: Sending, receipt: Receipt) -> bool:
    """Record the receipt; False when the lease was lost meanwhile."""
    if not hold(unit, held, sending.row):
        return False
    _sent(unit, sending.row, receipt)
    return True


def mark_after(unit: Unit, held: Claimed, sending: Sending, way: Way) -> Marked:
    """Mark what comes next, in the unit that records ``sending`` and so holds what it needs."""
    return _mark(unit, held, way, sending.row)


def _sent(unit: Unit, row: RowMapping, receipt: Receipt) -> None:
    first = _finish(
        unit,
        row,
        "held" if receipt.held else "sent",
        sent_at=None if receipt.held else receipt.accepted_at,
        external_ids=dumps(list(receipt.external_ids)),
        error=receipt.note,
    )
    for external in receipt.external_ids:
        remember_external_id(unit, row["channel"], external, row["id"])
    if row["discloses"] and not receipt.held:
        unit.changed(_DISCLOSED, conversation=row["conversation_id"])
    if receipt.moved is not None:
        move(unit, row["channel"], Address.parse(row["address"]), receipt.moved)
    if first and receipt.thread is not None and row["private_to"] is not None:
        _met(unit, row, receipt, receipt.thread)
    if first and receipt.thread is not None and row["desk_thread_id"] is not None:
        opened(unit, row, receipt.thread)


def _met(unit: Unit, row: RowMapping, receipt: Receipt, place: Address) -> None:
    """Somebody was met alone, or shown the way to where they can be."""
    if receipt.held:
        wait_there(unit, row, place)
    else:
        continue_privately(unit, row, place)
        release(unit, row["conversation_id"], row["private_to"])


def retry(unit: Unit, held: Claimed, sending: Sending, error: str, pause: float) -> None:
    """Not sent: try again later, but never block the followers for ever."""
    if not hold(unit, held, sending.row):
        return
    if _blocks_too_long(unit, sending, pause):
        minutes = int(sending.block_seconds // 60)
        _fail(unit, sending.row, f"given up after {minutes} minutes: {error}")
        return
    unit.execute(
        update(deliveries)
        .where(deliveries.c.id == sending.row["id"], deliveries.c.state == "sending")
        .values(state="queued", retry_at=unit.now + pause, error=error)
    )


def ask_later(unit: Unit, held: Claimed, sending: Sending, error: str, pause: float) -> None:
    """Whether it arrived cannot be found out now: it stays in doubt until the platform answers."""
    if not hold(unit, held, sending.row):
        return
    if _blocks_too_long(unit, sending, pause):
        doubt(unit, held, sending, f"the platform could not be asked: {error}")
        return
    let_go(unit, held, unit.now + pause)


def _blocks_too_long(unit: Unit, sending: Sending, pause: float) -> bool:
    first = sending.row["sending_at"]
    return unit.now + pause > (unit.now if first is None else first) + sending.block_seconds


def reject(unit: Unit, held: Claimed, sending: Sending, error: str) -> None:
    """Refused for good: a dead letter, and its later parts make no sense without it."""
    if hold(unit, held, sending.row):
        _fail(unit, sending.row, error)


def doubt(unit: Unit, held: Claimed, sending: Sending, error: str) -> None:
    """Nobody can say whether it arrived, and once more could do harm: a person looks."""
    if hold(unit, held, sending.row):
        _finish(unit, sending.row, "uncertain", error=error)
        withdraw_later_parts(unit, sending.row, "an earlier part is uncertain")
        _call_a_person(unit, sending.row, "delivery_uncertain", error)


def mark_again(unit: Unit, held: Claimed, sending: Sending, *, duplicate: bool) -> bool:
    """About to send once more what may have arrived; counted, and flagged where the platform
    cannot tell a ``duplicate``. Never after a takeover: then the person sees the doubt."""
    if not hold(unit, held, sending.row):
        return False
    if sending.row["guarded"] and not _still_the_assistants(unit, sending.row):
        why = "a person took over, or the assistant was paused, before it was clear if this arrived"
        doubt(unit, held, sending, why)
        return False
    changed = unit.changed(
        update(deliveries)
        .where(deliveries.c.id == sending.row["id"], deliveries.c.state == "sending")
        .values(
            possibly_duplicate=duplicate or sending.row["possibly_duplicate"],
            tries=deliveries.c.tries + 1,
        )
    )
    if changed and duplicate:
        unit.tell(_moved(unit, sending.row, "possibly_duplicate"))
    return changed == 1


def _still_the_assistants(unit: Unit, row: RowMapping) -> bool:
    """The guard is a write: a takeover in another transaction comes wholly before or after. A pause
    that is committed by now holds; no sending begins later than the end of this transaction."""
    held = unit.changed(
        _STILL_THE_ASSISTANTS, conversation=row["conversation_id"], at_epoch=row["epoch"]
    )
    return held == 1


def _fail(unit: Unit, row: RowMapping, error: str) -> None:
    _finish(unit, row, "failed", error=error)
    withdraw_later_parts(unit, row, "an earlier part failed")
    _call_a_person(unit, row, "delivery_failed", error)


def _call_a_person(unit: Unit, row: RowMapping, reason: str, error: str) -> None:
    if row["desk_thread_id"] is not None:
        relays.post_failed(unit, row, error)
        return
    if row["changes"] is not None:
        return  # What it was to change is there as it was; the thread says so.
    brief = Brief(reason=reason, rule=error, concluded=row["plain"])
    call_a_person(unit, row["conversation_id"], reason, brief)


def _finish(unit: Unit, row: RowMapping, state: str, **values: object) -> bool:
    """Whether it was unfinished until now."""
    changes = {"state": state, **values}
    given = {f"new_{name}": value for name, value in changes.items()}
    changed = unit.changed(_finishing(tuple(changes)), delivery=row["id"], **given)
    if changed:
        unit.tell(_moved(unit, row, state))
        if row["told_in"] is not None:
            relays.moved(unit, row)
    unit.emit(topic(row["conversation_id"]))
    return changed == 1


def _moved(unit: Unit, row: RowMapping, state: str) -> DeliveryMoved:
    return DeliveryMoved(
        channel=row["channel"],
        state=state,
        conversation=row["conversation_id"],
        delivery=row["id"],
        message=row["message_id"],
        part=row["part"],
        began=row["created_at"],
        at=unit.now,
    )


@cache
def _finishing(columns: tuple[str, ...]) -> Prepared:
    return Prepared(
        update(deliveries)
        .where(deliveries.c.id == bindparam("delivery"), unfinished)
        .values({name: bindparam(f"new_{name}") for name in columns})
    )
