"""Which accounts are one person's: contacts are joined by proof, by a code or by staff, and a
joining can be taken back.

Never by a name, and never by an address that nobody has verified. What moves is remembered, so that
taking it back moves exactly that, and what has begun since goes with the account it came through.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from sqlalchemy import RowMapping, Table, or_, select, update

from gateway.conversations.messages import LISTS, topic
from gateway.conversations.proposals import used
from gateway.errors import FrontdeskError
from gateway.store.schema.conversation import contacts, conversations, identities
from gateway.store.schema.joining import contact_joins, contact_proofs, join_codes
from gateway.store.unit import Reading, Unit, dumps, loads_list

CODE_SECONDS = 600.0
# Nobody guesses a code of forty bits, and nobody gets to try for long.
TRIES_PER_DAY = 5
# Chains of joinings end; a longer one is a fault.
_DEEPEST = 50
How: TypeAlias = Literal["code", "site", "mail", "staff"]
Typed: TypeAlias = Literal["joined", "failed"]


@dataclass(frozen=True, slots=True)
class By:
    """A member of staff."""

    id: str
    name: str


class UnknownContact(FrontdeskError):
    """There is no such contact."""


class UnknownJoin(FrontdeskError):
    """There is no such joining of this contact."""


class SameContact(FrontdeskError):
    """These are one contact already."""


def join(unit: Unit, contact: str, other: str, how: How, by: By | None = None) -> str:
    """From now on ``other`` is ``contact``: its accounts and conversations move. The id of the
    joining; the same again where they were joined so before.

    Raises:
        UnknownContact, SameContact.
    """
    for one in sorted({contact, other}):
        _lock(unit, one)
    kept = current(unit, contact)
    again = unit.scalar(
        select(contact_joins.c.id).where(
            contact_joins.c.joined_id == other,
            contact_joins.c.contact_id == kept,
            contact_joins.c.undone_at.is_(None),
        )
    )
    if again is not None:
        return str(again)
    if kept == current(unit, other):
        raise SameContact
    moved = current(unit, other)
    id = unit.new_id()
    unit.insert(
        contact_joins,
        id=id,
        tenant_id=unit.tenant,
        contact_id=kept,
        joined_id=moved,
        how=how,
        joined_by=by.id if by is not None else None,
        joined_name=by.name if by is not None else None,
        identities=dumps(_move_all(unit, identities, moved, kept)),
        conversations=dumps(_move_all(unit, conversations, moved, kept)),
        proofs=dumps(_move_all(unit, contact_proofs, moved, kept)),
        at=unit.now,
    )
    _tell(unit, kept)
    return id


def split(unit: Unit, contact: str, joining: str, by: str) -> str:
    """Take a joining back; the contact that is one of its own again. Doing so again changes
    nothing.

    Raises:
        UnknownJoin.
    """
    row = unit.one(
        update(contact_joins)
        .where(contact_joins.c.id == joining, contact_joins.c.tenant_id == unit.tenant)
        .values(how=contact_joins.c.how)
        .returning(*contact_joins.c)
    )
    if row is None or contact not in {row["contact_id"], current(unit, row["contact_id"])}:
        raise UnknownJoin
    if row["undone_at"] is not None:
        return str(row["joined_id"])
    holder = current(unit, row["contact_id"])
    unit.execute(
        update(contact_joins)
        .where(contact_joins.c.id == joining)
        .values(undone_at=unit.now, undone_name=by)
    )
    theirs = loads_list(row["identities"])
    _move(unit, identities, theirs, holder, row["joined_id"])
    _move(unit, contact_proofs, loads_list(row["proofs"]), holder, row["joined_id"])
    begun = _begun_since(unit, row, holder, theirs)
    _move(
        unit, conversations, [*loads_list(row["conversations"]), *begun], holder, row["joined_id"]
    )
    _tell(unit, holder)
    _tell(unit, row["joined_id"])
    return str(row["joined_id"])


def current(reading: Reading, contact: str) -> str:
    """The contact that this one is by now."""
    for _ in range(_DEEPEST):
        further = reading.scalar(
            select(contact_joins.c.contact_id).where(
                contact_joins.c.joined_id == contact, contact_joins.c.undone_at.is_(None)
            )
        )
        if further is None:
            return contact
        contact = further
    raise LookupError(f"the joinings of contact {contact} go round in circles")


def proved(unit: Unit, contact: str, customer: str, how: How) -> None:
    """Somebody proved which customer of the business they are: whoever proved so before is the
    same person, unless staff have taken that back."""
    if unit.insert_once(
        contact_proofs,
        id=unit.new_id(),
        tenant_id=unit.tenant,
        customer=customer,
        contact_id=contact,
        how=how,
        at=unit.now,
    ):
        return
    known = unit.scalar(
        select(contact_proofs.c.contact_id).where(
            contact_proofs.c.tenant_id == unit.tenant, contact_proofs.c.customer == customer
        )
    )
    if known is None or known == contact or _taken_back(unit, known, contact):
        return
    join(unit, known, contact, how)


def offer(unit: Unit, row: RowMapping, digest: str) -> None:
    """A code was shown in this conversation; no earlier one counts any more."""
    unit.execute(
        update(join_codes)
        .where(join_codes.c.conversation_id == row["id"], join_codes.c.used_at.is_(None))
        .values(expires_at=unit.now)
    )
    unit.insert_once(
        join_codes,
        id=unit.new_id(),
        tenant_id=unit.tenant,
        contact_id=row["contact_id"],
        conversation_id=row["id"],
        digest=digest,
        created_at=unit.now,
        expires_at=unit.now + CODE_SECONDS,
    )


def typed(unit: Unit, row: RowMapping, code: str) -> Typed:
    """A code was typed here: once, in time, and in another conversation than it was shown in."""
    if not used(unit, "join", row["id"], TRIES_PER_DAY):
        return "failed"
    found = unit.one(
        update(join_codes)
        .where(
            join_codes.c.tenant_id == unit.tenant,
            join_codes.c.digest == digest_of(code),
            join_codes.c.conversation_id != row["id"],
            join_codes.c.used_at.is_(None),
            join_codes.c.expires_at > unit.now,
        )
        .values(used_at=unit.now)
        .returning(join_codes.c.contact_id)
    )
    if found is None:
        return "failed"
    shown, here = current(unit, found["contact_id"]), current(unit, row["contact_id"])
    if shown != here:
        join(unit, shown, here, "code")
    return "joined"


def digest_of(code: str) -> str:
    return hashlib.sha256(f"join:{code}".encode()).hexdigest()


def _lock(unit: Unit, contact: str) -> None:
    """Held by a write, in one order for all, so that two joinings of the same contacts wait."""
    held = unit.changed(
        update(contacts)
        .where(contacts.c.id == contact, contacts.c.tenant_id == unit.tenant)
        .values(name=contacts.c.name)
    )
    if not held:
        raise UnknownContact


def _move_all(unit: Unit, table: Table, old: str, new: str) -> list[str]:
    rows = unit.all(
        update(table).where(table.c.contact_id == old).values(contact_id=new).returning(table.c.id)
    )
    return sorted(row["id"] for row in rows)


def _move(unit: Unit, table: Table, ids: Sequence[str], old: str, new: str) -> None:
    if ids:
        unit.execute(
            update(table)
            .where(table.c.id.in_(ids), table.c.contact_id == old)
            .values(contact_id=new)
        )


def _begun_since(unit: Unit, row: RowMapping, holder: str, theirs: Sequence[str]) -> list[str]:
    """Conversations that began after the joining, through an account that goes: at its own
    address, or on a channel where nobody else of the contact has one."""
    accounts = unit.all(
        select(identities).where(
            or_(identities.c.contact_id == holder, identities.c.id.in_(theirs))
        )
    )
    going = {(one["channel"], one["external_id"]) for one in accounts if one["id"] in theirs}
    staying = {one["channel"] for one in accounts if one["id"] not in theirs}
    alone = {channel for channel, _ in going} - staying
    begun = unit.all(
        select(conversations.c.id, conversations.c.channel, conversations.c.address).where(
            conversations.c.contact_id == holder, conversations.c.created_at >= row["at"]
        )
    )
    return [
        one["id"]
        for one in begun
        if one["channel"] in alone or (one["channel"], one["address"]) in going
    ]


def _taken_back(unit: Unit, one: str, other: str) -> bool:
    pair = (one, other)
    undone = select(contact_joins.c.id).where(
        contact_joins.c.contact_id.in_(pair),
        contact_joins.c.joined_id.in_(pair),
        contact_joins.c.undone_at.is_not(None),
    )
    return unit.one(undone.limit(1)) is not None


def _tell(unit: Unit, contact: str) -> None:
    for row in unit.all(select(conversations.c.id).where(conversations.c.contact_id == contact)):
        unit.emit(topic(row["id"]))
    unit.emit(LISTS)
