"""The rows of the links that leads hand out: with one somebody joins the staff, or chooses a new
password. Opening one changes nothing; it is spent once, by the press that follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from sqlalchemy import ColumnElement, RowMapping, and_, select, update

from gateway.people.records import InvitationRefused, Role, TooManyInvitations
from gateway.store.schema.people import invitations, staff
from gateway.store.unit import Reading, Unit

Kind: TypeAlias = Literal["join", "password"]
DAY = 86_400.0
JOIN_SECONDS, PASSWORD_SECONDS = 7 * DAY, DAY
MOST_OPEN = 100


@dataclass(frozen=True, slots=True)
class Invitation:
    """An open link: ``member`` is whose new password it is for, ``name`` what its bearer is called
    where that is settled, ``by`` the lead who made it."""

    id: str
    kind: Kind
    name: str | None
    role: Role
    member: str | None
    by: str
    created_at: float
    expires_at: float


def invite(unit: Unit, made_by: str, token_hash: str, role: Role, name: str | None) -> str:
    """The id of a new link for somebody who joins.

    Raises:
        TooManyInvitations.
    """
    return _add(unit, made_by, token_hash, kind="join", role=role, name=name, staff_id=None)


def for_password(unit: Unit, made_by: str, token_hash: str, member: RowMapping) -> str:
    """The id of a new link for this member's password; earlier ones end.

    Raises:
        TooManyInvitations.
    """
    end_those_for(unit, member["id"])
    whose = {"role": member["role"], "name": member["name"], "staff_id": member["id"]}
    return _add(unit, made_by, token_hash, kind="password", **whose)


def _add(unit: Unit, made_by: str, token_hash: str, *, kind: Kind, **about: str | None) -> str:
    if len(open_ones(unit)) >= MOST_OPEN:
        raise TooManyInvitations
    seconds = JOIN_SECONDS if kind == "join" else PASSWORD_SECONDS
    id = unit.new_id()
    unit.insert(
        invitations,
        id=id,
        tenant_id=unit.tenant,
        token_hash=token_hash,
        kind=kind,
        made_by=made_by,
        created_at=unit.now,
        expires_at=unit.now + seconds,
        **about,
    )
    return id


def open_ones(reading: Reading) -> Sequence[Invitation]:
    """Every link that may still be spent, the newest first."""
    rows = reading.all(
        select(invitations, staff.c.name.label("by_name"))
        .outerjoin(staff, staff.c.id == invitations.c.made_by)
        .where(_open(reading))
        .order_by(invitations.c.created_at.desc(), invitations.c.id)
    )
    return [_invitation(row) for row in rows]


def find(reading: Reading, token_hash: str) -> Invitation | None:
    """What an open link is for; looking spends nothing."""
    row = reading.one(
        select(invitations, staff.c.name.label("by_name"))
        .outerjoin(staff, staff.c.id == invitations.c.made_by)
        .where(_open(reading), invitations.c.token_hash == token_hash)
    )
    return None if row is None else _invitation(row)


def spend(unit: Unit, token_hash: str) -> RowMapping:
    """Use the link up; its row.

    Raises:
        InvitationRefused: it was spent, revoked, has run out or never was.
    """
    row = unit.one(
        update(invitations)
        .where(_open(unit), invitations.c.token_hash == token_hash)
        .values(used_at=unit.now)
        .returning(*invitations.c)
    )
    if row is None:
        raise InvitationRefused
    return row


def joined(unit: Unit, id: str, member: str) -> None:
    """Write down who joined by it."""
    unit.execute(update(invitations).where(invitations.c.id == id).values(staff_id=member))


def revoke(unit: Unit, id: str) -> bool:
    """End a link; False where none was open under this id."""
    return _end(unit, invitations.c.id == id) == 1


def end_those_of(unit: Unit, maker: str) -> int:
    """Whoever is no lead any more has invited nobody."""
    return _end(unit, invitations.c.made_by == maker)


def end_those_for(unit: Unit, member: str) -> int:
    return _end(unit, invitations.c.staff_id == member)


def _end(unit: Unit, which: ColumnElement[bool]) -> int:
    ended = update(invitations).where(_open(unit), which).values(revoked_at=unit.now)
    return unit.changed(ended)


def _open(reading: Reading) -> ColumnElement[bool]:
    return and_(
        invitations.c.tenant_id == reading.tenant,
        invitations.c.used_at.is_(None),
        invitations.c.revoked_at.is_(None),
        invitations.c.expires_at > reading.now,
    )


def _invitation(row: RowMapping) -> Invitation:
    return Invitation(
        id=row["id"],
        kind=row["kind"],
        name=row["name"],
        role=row["role"],
        member=row["staff_id"],
        by=row["by_name"] or "",
        created_at=row["created_at"],
        expires_at=row["expires_at"],
    )
