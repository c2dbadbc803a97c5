"""What a lead does about who is on the staff. Each is one unit: what somebody had who goes is the
queue's in the same commit, and the desk never loses its last lead."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select, update

from gateway.conversations.messages import LISTS
from gateway.conversations.passing_back import leave
from gateway.desk import presence
from gateway.desk.presence import Presence
from gateway.people import invitations, scripts, sessions
from gateway.people import staff as members
from gateway.people.records import Actor, LastLead, NoSuchMember, Role
from gateway.store.schema.people import staff
from gateway.store.unit import Unit


@dataclass(frozen=True, slots=True)
class Removed:
    """``passed_back`` is how many conversations went to the queue by this."""

    passed_back: int


@dataclass(frozen=True, slots=True)
class Ended:
    """How many sign-ins and tokens ended."""

    sessions: int
    tokens: int


def change_role(unit: Unit, member: str, role: Role) -> None:
    """
    Raises:
        NoSuchMember, LastLead.
    """
    _hold_leads(unit)
    members.active(unit, member)
    unit.execute(update(staff).where(staff.c.id == member).values(role=role))
    if role != "lead":
        _require_a_lead(unit)
        invitations.end_those_of(unit, member)
    unit.emit(LISTS)


def set_away(unit: Unit, member: str, *, away: bool) -> Presence:
    """
    Raises:
        NoSuchMember.
    """
    row = members.active(unit, member)
    whose = Actor(row["id"], row["name"], row["role"])
    return presence.go(unit, whose) if away else presence.come(unit, whose)


def sign_out(unit: Unit, member: str) -> Ended:
    """End every sign-in and token; the password stays.

    Raises:
        NoSuchMember.
    """
    members.active(unit, member)
    return Ended(sessions.revoke_all(unit, member), scripts.revoke_all(unit, member))


def remove(unit: Unit, member: str) -> Removed:
    """End all that they could do here, at once: sign-ins, tokens, links, orders in threads.

    Raises:
        NoSuchMember, LastLead.
    """
    _hold_leads(unit)
    members.active(unit, member)
    members.end(unit, member)
    _require_a_lead(unit)
    passed = leave(unit, member)
    unit.emit(LISTS)
    return Removed(passed)


def bring_back(unit: Unit, member: str) -> None:
    """Somebody who was removed is on the staff again: in the old role, without a password.

    Raises:
        NoSuchMember: nobody of this id was removed.
    """
    found = (staff.c.id == member) & (staff.c.tenant_id == unit.tenant)
    back = unit.changed(
        update(staff)
        .where(found, staff.c.disabled_at.is_not(None))
        .values(disabled_at=None, password_hash=None, away_at=None)
    )
    if not back:
        raise NoSuchMember
    unit.emit(LISTS)


def _hold_leads(unit: Unit) -> None:
    # A write: of two leads who demote each other at once, the second sees what the first did.
    unit.execute(
        update(staff)
        .where(staff.c.tenant_id == unit.tenant, staff.c.role == "lead")
        .values(role="lead")
    )


def _require_a_lead(unit: Unit) -> None:
    leads = unit.scalar(
        select(func.count())
        .select_from(staff)
        .where(
            staff.c.tenant_id == unit.tenant,
            staff.c.role == "lead",
            staff.c.password_hash.is_not(None),
            staff.c.disabled_at.is_(None),
        )
    )
    if not leads:
        raise LastLead
