"""Erasing a person: what they said, who they are and what was done for them, in one unit. What
stays says that something was said and done, when and by whom of ours, and nothing about them; the
hashes by which a repeated event is known stay too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, Table, delete, func, or_, select, update

from gateway.conversations.messages import LISTS, topic
from gateway.conversations.opening import lock
from gateway.conversations.ownership import resolve
from gateway.errors import FrontdeskError
from gateway.knowledge.library import remove
from gateway.records import UNSENT
from gateway.store.schema.actions import action_events, action_uses, actions, challenges
from gateway.store.schema.aftercare import closings, outgoing_events
from gateway.store.schema.conversation import (
    attachments,
    cases,
    contacts,
    conversations,
    identities,
    messages,
    reactions,
)
from gateway.store.schema.desk import desk_inputs, desk_threads
from gateway.store.schema.drafts import drafts
from gateway.store.schema.inbox import search_marks, search_words, tags
from gateway.store.schema.joining import contact_joins, contact_proofs, join_codes
from gateway.store.schema.library import documents, sources
from gateway.store.schema.pipeline import (
    addresses,
    cursors,
    deliveries,
    external_ids,
    timers,
    turns,
    unreadable,
)
from gateway.store.schema.safety import model_calls, model_texts
from gateway.store.schema.waiting import pages
from gateway.store.unit import Reading, Unit

ERASED = "erased"
_UNDER_WAY = ("confirmed", "approved", "calling")
# What becomes of the rows of a person's conversations. A column of theirs that is not named here
# says nothing about them.
_BLANKS: Mapping[Table, Mapping[str, Any]] = {
    messages: {
        "body": "",
        "name": None,
        "choices": "[]",
        "citations": "[]",
        "choice": None,
        "external_id": None,
        "reply_to": None,
        "sender_id": None,
        "vouched": None,
        "raw_sha256": None,
    },
    cases: {"question": "", "brief": None, "guide": None, "intent": None, "summary": ""},
    closings: {"asked": "", "done": "", "promised": ""},
    drafts: {"question": "", "body": "", "citations": "[]", "choices": "[]", "reason": None},
    model_calls: {"error": ""},
    turns: {"reasons": "[]", "trace": "{}", "error": None},
    deliveries: {
        "body": "",
        "plain": "",
        "choices": "[]",
        "reply_context": "{}",
        "reply_to": None,
        "private_to": None,
        "template": None,
        "post": None,
        "files": None,
        "external_ids": "[]",
    },
    attachments: {
        "name": ERASED,
        "state": ERASED,
        "reason": None,
        "ref": None,
        "sha256": None,
        "due_at": None,
    },
    actions: {
        "details": "",
        "arguments": "{}",
        "digest": "",
        "customer": None,
        "approval_reason": None,
        "outcome": None,
        "reference": None,
        "reason": None,
    },
    # The one exception to rows that are only added: the step stays, its words go.
    action_events: {"detail": ""},
}
_GONE: Sequence[Table] = (
    challenges,
    join_codes,
    model_texts,
    outgoing_events,
    pages,
    reactions,
    search_marks,
    search_words,
    tags,
    timers,
)
_NOBODY = {"name": None, "vip": False, "tier": None, "prefers_person": False, "tags": "[]"}
_PLACED: Sequence[Table] = (deliveries, attachments, actions)


class UnknownContact(FrontdeskError):
    """There is no such person."""


class StillBusy(FrontdeskError):
    """Something of theirs is under way, and its end has to be recorded first; try again in a
    minute."""


@dataclass(frozen=True, slots=True)
class Erased:
    """How much it was, and the stored files that nothing refers to any more."""

    contact: str
    conversations: int
    messages: int
    actions: int
    files: tuple[str, ...]


def erase(unit: Unit, contact: str) -> Erased:
    """Everything of theirs; repeating it finds nothing more.

    Raises:
        UnknownContact, StillBusy.
    """
    if not unit.changed(update(contacts).where(_of_tenant(unit, contact)).values(**_NOBODY)):
        raise UnknownContact(f"there is no contact {contact}")
    theirs = [row["id"] for row in unit.all(_conversations(contact))]
    places = [row for one in theirs if (row := lock(unit, one)) is not None]
    for row in places:
        _settled(unit, row)
    files = _files(unit, theirs)
    counted = _count(unit, messages, theirs), _count(unit, actions, theirs)
    _forget_subjects(unit, contact, theirs)
    _blank(unit, theirs)
    for row in places:
        _forget_place(unit, row)
    unit.execute(delete(identities).where(identities.c.contact_id == contact))
    unit.execute(delete(contact_proofs).where(contact_proofs.c.contact_id == contact))
    joined = or_(contact_joins.c.contact_id == contact, contact_joins.c.joined_id == contact)
    unit.execute(delete(contact_joins).where(joined))
    unit.emit(LISTS)
    return Erased(contact, len(places), *counted, tuple(sorted(files)))


def unreferenced(reading: Reading, files: Sequence[str]) -> list[str]:
    """Those that no row refers to: others may have sent the very same bytes."""
    kept: set[str] = set()
    for column in (attachments.c.sha256, messages.c.raw_sha256, sources.c.sha256):
        kept |= {row["sha256"] for row in reading.all(
            select(column.label("sha256")).where(column.in_(files))
        )}  # fmt: skip
    return [file for file in files if file not in kept]


def _of_tenant(unit: Unit, contact: str) -> ColumnElement[bool]:
    return (contacts.c.id == contact) & (contacts.c.tenant_id == unit.tenant)


def _conversations(contact: str) -> Select[tuple[str]]:
    return select(conversations.c.id).where(conversations.c.contact_id == contact)


def _settled(unit: Unit, row: RowMapping) -> None:
    """The matter is closed; nothing is said of it any more, and nothing is under way."""
    busy = {
        "an action of theirs is under way or waits for an approval": select(actions.c.id).where(
            actions.c.conversation_id == row["id"], actions.c.state.in_(_UNDER_WAY)
        ),
        "a message to them is being sent": select(deliveries.c.id).where(
            deliveries.c.conversation_id == row["id"], deliveries.c.state == "sending"
        ),
        "a file of theirs is being fetched": select(attachments.c.id).where(
            attachments.c.conversation_id == row["id"], attachments.c.claimed_until > unit.now
        ),
    }
    for what, query in busy.items():
        if unit.one(query.limit(1)) is not None:
            raise StillBusy(f"{what}; nothing was erased, so try again when that has ended")
    resolve(unit, row, ERASED)
    unit.execute(
        update(deliveries)
        .where(deliveries.c.conversation_id == row["id"], deliveries.c.state.in_(UNSENT))
        .values(state="withdrawn", error=ERASED)
    )


def _files(unit: Unit, theirs: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for table, column in ((messages, messages.c.raw_sha256), (attachments, attachments.c.sha256)):
        rows = unit.all(
            select(column.label("sha256")).where(
                table.c.conversation_id.in_(theirs), column.is_not(None)
            )
        )
        found |= {row["sha256"] for row in rows}
    return found


def _count(unit: Unit, table: Table, theirs: Sequence[str]) -> int:
    of_theirs = table.c.conversation_id.in_(theirs)
    return int(unit.scalar(select(func.count()).select_from(table).where(of_theirs)))


def _forget_subjects(unit: Unit, contact: str, theirs: Sequence[str]) -> None:
    """What was counted under the person, and drafts of articles made of what was said."""
    rows = unit.all(
        select(actions.c.customer).where(
            actions.c.conversation_id.in_(theirs), actions.c.customer.is_not(None)
        )
    )
    subjects = {contact, *theirs, *(row["customer"] for row in rows)}
    unit.execute(delete(action_uses).where(action_uses.c.subject.in_(subjects)))
    closed = unit.all(select(cases.c.id).where(cases.c.conversation_id.in_(theirs)))
    written = [f"conversation-{row['id']}" for row in closed]
    drafted = (documents.c.id.in_(written), documents.c.draft, documents.c.tenant_id == unit.tenant)
    made = [row["id"] for row in unit.all(select(documents.c.id).where(*drafted))]
    if made:
        remove(unit, made)


def _blank(unit: Unit, theirs: Sequence[str]) -> None:
    for table, blanks in _BLANKS.items():
        values = dict(blanks)
        if table is messages:
            values["deleted_at"] = func.coalesce(messages.c.deleted_at, unit.now)
        unit.execute(update(table).where(table.c.conversation_id.in_(theirs)).values(**values))
    sent = select(deliveries.c.id).where(deliveries.c.conversation_id.in_(theirs))
    unit.execute(delete(external_ids).where(external_ids.c.delivery_id.in_(sent)))
    threads = select(desk_threads.c.id).where(desk_threads.c.conversation_id.in_(theirs))
    unit.execute(delete(desk_inputs).where(desk_inputs.c.thread_id.in_(threads)))
    for table in _GONE:
        unit.execute(delete(table).where(table.c.conversation_id.in_(theirs)))


def _forget_place(unit: Unit, row: RowMapping) -> None:
    """The address names a person, too: whoever writes from there again is somebody new."""
    channel, address, instead = row["channel"], row["address"], f"{ERASED}:{row['id']}"
    at = {"channel": channel, "address": address}
    for table in _PLACED:
        unit.execute(
            update(table).where(table.c.conversation_id == row["id"]).values(address=instead)
        )
    unit.execute(
        update(addresses)
        .where(addresses.c.tenant_id == unit.tenant, *(addresses.c[k] == v for k, v in at.items()))
        .values(address=instead)
    )
    unit.execute(
        update(conversations)
        .where(conversations.c.id == row["id"])
        .values(address=instead, reply_context="{}", language=None, opted_out_at=None)
    )
    unit.execute(delete(unreadable).where(*(unreadable.c[k] == v for k, v in at.items())))
    unit.execute(
        delete(cursors).where(
            cursors.c.channel == channel,
            cursors.c.key.startswith("moved "),
            or_(cursors.c.value == address, cursors.c.value == instead),
        )
    )
    unit.emit(topic(row["id"]))
