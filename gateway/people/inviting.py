"""Making links for others, and letting in who comes by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import RowMapping, update

from gateway.people import invitations, sessions, staff
from gateway.people.invitations import Invitation
from gateway.people.passwords import Passwords
from gateway.people.records import (
    Actor,
    InvitationRefused,
    Role,
    SignedIn,
    suitable_name,
    suitable_password,
)
from gateway.people.tokens import hashed, looks_like_one
from gateway.store.schema.people import staff as members
from gateway.store.store import Store
from gateway.store.unit import Reading, Unit


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link that was just made. Its secret is shown once and kept nowhere."""

    id: str
    secret: str = field(repr=False)
    expires_at: float


class Inviting:
    def __init__(
        self, store: Store, passwords: Passwords, new_secret: Callable[[], str], tenant: str
    ) -> None:
        self._store = store
        self._passwords = passwords
        self._new_secret = new_secret
        self._tenant = tenant

    async def invite(self, by: Actor, role: Role, name: str | None = None) -> NewLink:
        """
        Raises:
            LeadsOnly, Unsuitable, NameTaken, TooManyInvitations.
        """
        called = None if name is None else suitable_name(name)

        def make(unit: Unit, token_hash: str) -> str:
            if called is not None:
                staff.require_free(unit, called)
            return invitations.invite(unit, by.id, token_hash, role, called)

        return await self._make(by, make, invitations.JOIN_SECONDS)

    async def new_password(self, by: Actor, member: str) -> NewLink:
        """
        Raises:
            LeadsOnly, NoSuchMember, TooManyInvitations.
        """

        def make(unit: Unit, token_hash: str) -> str:
            return invitations.for_password(unit, by.id, token_hash, staff.active(unit, member))

        return await self._make(by, make, invitations.PASSWORD_SECONDS)

    async def _make(self, by: Actor, make: Callable[[Unit, str], str], seconds: float) -> NewLink:
        secret = self._new_secret()

        def unit(unit: Unit) -> NewLink:
            # The door let a lead in; much can have been decided while the request was read.
            staff.require_lead(unit, by.id)
            return NewLink(make(unit, hashed(secret)), secret, unit.now + seconds)

        return await self._store.write(unit, tenant=self._tenant)

    async def open_ones(self) -> Sequence[Invitation]:
        return await self._store.read(invitations.open_ones, tenant=self._tenant)

    async def revoke(self, id: str) -> bool:
        """False where no link is open under this id."""
        return await self._store.write(
            lambda unit: invitations.revoke(unit, id), tenant=self._tenant
        )

    async def look(self, secret: str) -> Invitation:
        """What a link is for. It may be looked at any number of times.

        Raises:
            InvitationRefused.
        """
        if not looks_like_one(secret):
            raise InvitationRefused
        token = hashed(secret)

        def query(reading: Reading) -> Invitation | None:
            return invitations.find(reading, token)

        found = await self._store.read(query, tenant=self._tenant)
        if found is None:
            raise InvitationRefused
        return found

    async def accept(self, secret: str, name: str, password: str) -> SignedIn:
        """Spend a link: its bearer is on the staff, or has the new password, and is signed in.
        ``name`` is left aside where the link settles it.

        Raises:
            InvitationRefused, Unsuitable, NameTaken, TooManyTries.
        """
        found = await self.look(secret)
        called = found.name or suitable_name(name)
        password_hash = await self._passwords.hash(suitable_password(password))
        session, token = self._new_secret(), hashed(secret)

        def unit(unit: Unit) -> Actor:
            row = invitations.spend(unit, token)
            if row["kind"] == "password":
                actor = _with_password(unit, row, password_hash)
            else:
                actor = staff.join(unit, called, row["role"], password_hash)
                invitations.joined(unit, row["id"], actor.id)
            sessions.open_session(unit, actor.id, hashed(session))
            return actor

        return SignedIn(await self._store.write(unit, tenant=self._tenant), session)


def _with_password(unit: Unit, row: RowMapping, password_hash: str) -> Actor:
    """Whoever was signed in with the old one is not any more."""
    member = unit.one(
        update(members)
        .where(
            members.c.id == row["staff_id"],
            members.c.tenant_id == unit.tenant,
            members.c.disabled_at.is_(None),
        )
        .values(password_hash=password_hash)
        .returning(members.c.id, members.c.name, members.c.role)
    )
    if member is None:
        raise InvitationRefused
    sessions.revoke_all(unit, member["id"])
    return Actor(member["id"], member["name"], member["role"])
