"""Finding the contact, the conversation and the case that something said belongs to."""

from __future__ import annotations

import hashlib

from sqlalchemy import RowMapping, bindparam, func, or_, select, update

from channels.events import Address, Profile, Sender
from gateway.records import line_key
from gateway.store.schema.conversation import cases, contacts, conversations, identities
from gateway.store.schema.pipeline import cursors
from gateway.store.statement import Prepared
from gateway.store.unit import Reading, Unit, dumps
from gateway.telemetry.facts import CaseOpened

_AT = (
    conversations.c.tenant_id == bindparam("tenant"),
    conversations.c.channel == bindparam("channel"),
    conversations.c.address == bindparam("address"),
)
_ID = (
    conversations.c.id == bindparam("conversation"),
    conversations.c.tenant_id == bindparam("tenant"),
)
_FIND = Prepared(select(conversations).where(*_AT))
_BY_ID = Prepared(select(conversations).where(*_ID))
# A write that changes nothing, of a column that no index has: it holds the row.
_HOLDING = update(conversations).values(claim=conversations.c.claim).returning(*conversations.c)
_LOCK_AT = Prepared(_HOLDING.where(*_AT))
_LOCK = Prepared(_HOLDING.where(*_ID))
_CONTACT_OF = Prepared(
    select(identities.c.contact_id).where(
        identities.c.tenant_id == bindparam("tenant"),
        identities.c.channel == bindparam("channel"),
        identities.c.external_id == bindparam("external"),
    )
)
_NEXT_NUMBER = Prepared(
    select(func.coalesce(func.max(cases.c.number), 0) + 1).where(
        cases.c.conversation_id == bindparam("conversation")
    )
)
_OF_CASE = Prepared(
    update(conversations)
    .where(conversations.c.id == bindparam("conversation"))
    .values(case_id=bindparam("case"))
)
_MOVED_TO = Prepared(
    select(cursors.c.value).where(
        cursors.c.channel == bindparam("channel"), cursors.c.key == bindparam("key")
    )
)
_CASE = Prepared(select(cases).where(cases.c.id == bindparam("case")))


def find(reading: Reading, channel: str, address: Address) -> RowMapping | None:
    """The conversation at the address, or at the one that its chat has had since."""
    found = reading.one(_FIND, tenant=reading.tenant, channel=channel, address=address.key)
    if found is not None:
        return found
    moved = moved_to(reading, channel, address)
    return None if moved is None else find(reading, channel, moved)


def by_id(reading: Reading, conversation: str) -> RowMapping | None:
    return reading.one(_BY_ID, conversation=conversation, tenant=reading.tenant)


def lock(unit: Unit, conversation: str) -> RowMapping | None:
    """The conversation's row, held by a write so that what follows decides on what is true."""
    return unit.one(_LOCK, conversation=conversation, tenant=unit.tenant)


def find_or_open(unit: Unit, channel: str, address: Address, sender: Sender) -> RowMapping:
    """The conversation at the address, locked; a first message makes it and its contact."""
    row = _lock_at(unit, channel, address)
    if row is None:
        address = moved_to(unit, channel, address) or address
        _open(unit, channel, address, sender)
        row = _lock_at(unit, channel, address)
    if row is None:
        raise LookupError(f"no conversation at {address.key} on {channel} after opening it")
    return row


def moved_to(reading: Reading, channel: str, address: Address) -> Address | None:
    """Where a chat goes on that had this address once."""
    key = reading.scalar(_MOVED_TO, channel=channel, key=moved_key(address))
    return None if key is None else Address.parse(key)


def moved_key(address: Address) -> str:
    """What tells, among a channel's cursors, where the chat of an address goes on."""
    return f"moved {hashlib.sha256(address.key.encode()).hexdigest()}"


def _lock_at(unit: Unit, channel: str, address: Address) -> RowMapping | None:
    return unit.one(_LOCK_AT, tenant=unit.tenant, channel=channel, address=address.key)


def birth(channel: str, address: Address) -> str:
    """The topic of a conversation that has no id yet: what a visitor's stream waits for."""
    return f"birth:{line_key(channel, address.key)}"


def _open(unit: Unit, channel: str, address: Address, sender: Sender) -> None:
    contact = find_or_add_contact(unit, channel, sender)
    unit.insert_once(
        conversations,
        id=unit.new_id(),
        tenant_id=unit.tenant,
        channel=channel,
        address=address.key,
        contact_id=contact,
        created_at=unit.now,
        updated_at=unit.now,
    )
    unit.emit(birth(channel, address))


def find_or_add_contact(unit: Unit, channel: str, sender: Sender) -> str:
    for external in sender.ids:
        known = contact_of(unit, channel, external)
        if known is not None:
            return known
    contact, ours = unit.new_id(), True
    for external in sender.ids:
        ours &= unit.insert_once(
            identities,
            id=unit.new_id(),
            tenant_id=unit.tenant,
            contact_id=contact,
            channel=channel,
            external_id=external,
            name=sender.name,
            verified=sender.verified,
            created_at=unit.now,
        )
    # Another node may have been first with the same person's other chat; its contact holds then.
    known = contact if ours else contact_of(unit, channel, sender.ids[0])
    if known is not None and known != contact:
        return known
    unit.insert(contacts, id=contact, tenant_id=unit.tenant, name=sender.name, created_at=unit.now)
    return contact


def contact_of(reading: Reading, channel: str, external: str) -> str | None:
    return reading.scalar(_CONTACT_OF, tenant=reading.tenant, channel=channel, external=external)


def open_case(unit: Unit, conversation: RowMapping, question: str) -> str:
    """The conversation's open case; the first message after a resolved one begins another."""
    if conversation["case_id"] is not None:
        return str(conversation["case_id"])
    first = conversation["last_seq"] == 0
    number = 1 if first else unit.scalar(_NEXT_NUMBER, conversation=conversation["id"])
    case = unit.new_id()
    unit.insert(
        cases,
        id=case,
        tenant_id=unit.tenant,
        conversation_id=conversation["id"],
        number=number,
        question=question[:500],
        opened_at=unit.now,
    )
    unit.changed(_OF_CASE, conversation=conversation["id"], case=case)
    unit.tell(CaseOpened(conversation["channel"], conversation["id"], case))
    return case


def open_case_of(reading: Reading, conversation: RowMapping) -> RowMapping | None:
    return case_by_id(reading, conversation["case_id"])


def case_by_id(reading: Reading, case: str | None) -> RowMapping | None:
    return None if case is None else reading.one(_CASE, case=case)


def learn(unit: Unit, contact: str, profile: Profile) -> None:
    """Keep what a voucher says of somebody; what it says nothing of stays, and where nothing is
    new nothing is written."""
    said = {
        "vip": profile.vip,
        "tier": profile.tier,
        "prefers_person": profile.prefers_person,
        "tags": None if profile.tags is None else dumps(list(profile.tags)),
    }
    new = {name: value for name, value in said.items() if value is not None}
    differs = [contacts.c[name].is_distinct_from(value) for name, value in new.items()]
    if new:
        unit.execute(update(contacts).where(contacts.c.id == contact, or_(*differs)).values(**new))
