"""The rows of staff: adding, listing and disabling them, as functions over units and readings."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import RowMapping, delete, func, select, update

from gateway.people import invitations
from gateway.people.records import (
    Actor,
    LeadsOnly,
    Member,
    NameTaken,
    NoSuchMember,
    Role,
    SignInRefused,
    UnknownMember,
)
from gateway.store.schema.people import link_codes, sessions, sign_in_links, staff, staff_tokens
from gateway.store.unit import Reading, Unit

# Whoever shows something to a signed-in person listens here for the end of the sign-in.
SIGN_INS = "sign_ins"


def add(unit: Unit, name: str, role: Role, password_hash: str) -> Actor:
    """
    Raises:
        NameTaken.
    """
    member = _named_only(unit, name, role, password_hash)
    if member is not None:
        unit.execute(delete(sign_in_links))
        return Actor(member, name, role)
    actor = join(unit, name, role, password_hash)
    # Links are for making the first one.
    unit.execute(delete(sign_in_links))
    return actor


def join(unit: Unit, name: str, role: Role, password_hash: str) -> Actor:
    """Somebody new. Whom the configuration named is somebody already: nobody becomes them by
    choosing their name.

    Raises:
        NameTaken.
    """
    member = unit.new_id()
    added = unit.insert_once(
        staff,
        id=member,
        tenant_id=unit.tenant,
        name=name,
        role=role,
        password_hash=password_hash,
        created_at=unit.now,
    )
    if not added:
        raise NameTaken
    return Actor(member, name, role)


def require_free(reading: Reading, name: str) -> None:
    """
    Raises:
        NameTaken: somebody is, or was, called so.
    """
    taken = select(staff.c.id).where(staff.c.tenant_id == reading.tenant, staff.c.name == name)
    if reading.scalar(taken) is not None:
        raise NameTaken


def active(reading: Reading, member: str) -> RowMapping:
    """
    Raises:
        NoSuchMember: nobody of this id is on the staff today.
    """
    row = reading.one(
        select(staff).where(
            staff.c.tenant_id == reading.tenant,
            staff.c.id == member,
            staff.c.disabled_at.is_(None),
        )
    )
    if row is None:
        raise NoSuchMember
    return row


def require_lead(unit: Unit, member: str) -> None:
    """
    Raises:
        LeadsOnly: this member is no lead any more.
    """
    # A write: whoever ends them at once waits, and ends what is made here too.
    lead = unit.changed(
        update(staff)
        .where(
            staff.c.tenant_id == unit.tenant,
            staff.c.id == member,
            staff.c.role == "lead",
            staff.c.disabled_at.is_(None),
        )
        .values(role="lead")
    )
    if not lead:
        raise LeadsOnly


def require_password(unit: Unit, member: str, password_hash: str) -> Actor:
    """Who signs in, as they are today.

    Raises:
        SignInRefused: the password that was checked is not theirs any more.
    """
    # A write: a password that is chosen at once waits, and ends the sign-in that begins here.
    row = unit.one(
        update(staff)
        .where(
            staff.c.tenant_id == unit.tenant,
            staff.c.id == member,
            staff.c.password_hash == password_hash,
            staff.c.disabled_at.is_(None),
        )
        .values(password_hash=password_hash)
        .returning(staff.c.id, staff.c.name, staff.c.role)
    )
    if row is None:
        raise SignInRefused
    return Actor(row["id"], row["name"], row["role"])


def _named_only(unit: Unit, name: str, role: Role, password_hash: str) -> str | None:
    """Whom the configuration named before gets a password; the id, None where nobody was."""
    return unit.scalar(
        update(staff)
        .where(
            staff.c.tenant_id == unit.tenant,
            staff.c.name == name,
            staff.c.password_hash.is_(None),
            staff.c.disabled_at.is_(None),
        )
        .values(password_hash=password_hash, role=role)
        .returning(staff.c.id)
    )


def listed(reading: Reading) -> Sequence[Member]:
    rows = reading.all(
        select(staff).where(staff.c.tenant_id == reading.tenant).order_by(staff.c.name)
    )
    return [
        Member(
            row["id"],
            row["name"],
            row["role"],
            row["created_at"],
            row["disabled_at"],
            row["away_at"],
        )
        for row in rows
    ]


def named(reading: Reading, name: str) -> RowMapping | None:
    """The active member of this name, password hash included."""
    return reading.one(
        select(staff).where(
            staff.c.tenant_id == reading.tenant,
            staff.c.name == name,
            staff.c.disabled_at.is_(None),
        )
    )


def exists(reading: Reading) -> bool:
    """Whether anybody was ever added who can sign in; a disabled one counts, as links are for
    beginnings only. Whom only the configuration names has no password yet."""
    counted = reading.scalar(
        select(func.count())
        .select_from(staff)
        .where(staff.c.tenant_id == reading.tenant, staff.c.password_hash.is_not(None))
    )
    return bool(counted)


def disable(unit: Unit, name: str) -> None:
    """End everything that this person could do here, at once.

    Raises:
        UnknownMember.
    """
    row = named(unit, name)
    if row is None:
        raise UnknownMember
    end(unit, row["id"])


def end(unit: Unit, member: str) -> None:
    """Whoever has this id is not on the staff any more: sign-ins, tokens, links made by them and
    for them, and the code that would link an account end with it."""
    unit.execute(update(staff).where(staff.c.id == member).values(disabled_at=unit.now))
    unit.execute(delete(sessions).where(sessions.c.staff_id == member))
    unit.execute(
        update(staff_tokens)
        .where(staff_tokens.c.staff_id == member, staff_tokens.c.revoked_at.is_(None))
        .values(revoked_at=unit.now)
    )
    invitations.end_those_of(unit, member)
    invitations.end_those_for(unit, member)
    unit.execute(delete(link_codes).where(link_codes.c.staff_id == member))
    unit.emit(SIGN_INS)
