"""The one door to staff: signing in and out, the first link, tokens. It decides who somebody is;
what they may do is decided where they do it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gateway.people import links, scripts, sessions, staff
from gateway.people.inviting import Inviting
from gateway.people.passwords import Passwords
from gateway.people.records import (
    Actor,
    LinkRefused,
    Member,
    Role,
    Scope,
    SignedIn,
    SignInRefused,
    TooManyTries,
    UnknownMember,
    lookup_form,
    suitable_name,
    suitable_password,
)
from gateway.people.throttle import Failures, SignInThrottle
from gateway.people.tokens import API_PREFIX, hashed, looks_like_one, new_secret
from gateway.store.store import MAIN, Store
from gateway.store.unit import Unit

DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Revoked:
    """How many sessions and tokens ended."""

    sessions: int
    tokens: int


class People:
    def __init__(
        self,
        store: Store,
        passwords: Passwords,
        throttle: SignInThrottle,
        refused_tokens: Failures,
        new_secret: Callable[[], str] = new_secret,
        tenant: str = MAIN,
    ) -> None:
        self._store = store
        self._passwords = passwords
        self._throttle = throttle
        self._refused_tokens = refused_tokens
        self._new_secret = new_secret
        self._tenant = tenant
        self.inviting = Inviting(store, passwords, new_secret, tenant)

    # --- Signing in --------------------------------------------------------------------------

    async def sign_in(self, name: str, password: str, source: str) -> SignedIn:
        """
        Raises:
            SignInRefused, TooManyTries: the same for a name that exists and one that does not.
        """
        name = lookup_form(name)
        self._throttle.begin(name, source)
        row = await self._store.read(
            lambda reading: staff.named(reading, name), tenant=self._tenant
        )
        stored = row["password_hash"] if row is not None else None
        right = await self._passwords.check(stored, password)
        if not right or row is None or stored is None:
            raise SignInRefused
        self._throttle.succeeded(name, source)
        return await self._open(lambda unit: staff.require_password(unit, row["id"], stored))

    async def welcome(self, link: str, name: str, password: str) -> SignedIn:
        """Spend the first link: its bearer becomes the first lead and is signed in.

        Raises:
            LinkRefused, Unsuitable.
        """
        link_hash = hashed(link)
        if not await self._store.read(lambda reading: links.is_open(reading, link_hash)):
            raise LinkRefused
        name, password = suitable_name(name), suitable_password(password)
        password_hash = await self._passwords.hash(password)

        def become_lead(unit: Unit) -> Actor:
            links.spend(unit, link_hash)
            return staff.add(unit, name, "lead", password_hash)

        return await self._open(become_lead)

    async def _open(self, who: Callable[[Unit], Actor]) -> SignedIn:
        secret = self._new_secret()

        def unit(unit: Unit) -> Actor:
            actor = who(unit)
            sessions.open_session(unit, actor.id, hashed(secret))
            return actor

        return SignedIn(await self._store.write(unit, tenant=self._tenant), secret)

    async def signed_in(self, secret: str, *, used: bool = True) -> Actor | None:
        """Whose session this is, with today's role. ``used`` False looks without sliding it."""
        if not looks_like_one(secret):
            return None
        token = hashed(secret)
        session = await self._store.read(
            lambda reading: sessions.look(reading, token), tenant=self._tenant
        )
        if session is None:
            return None
        if used and session.slides:
            await self._store.write(lambda unit: sessions.slide(unit, token), tenant=self._tenant)
        return session.actor

    async def sign_out(self, secret: str) -> None:
        token = hashed(secret)
        await self._store.write(lambda unit: sessions.revoke(unit, token), tenant=self._tenant)

    async def revoke(self, name: str) -> Revoked:
        """End every session and token of somebody who may sign in again.

        Raises:
            UnknownMember.
        """

        def unit(unit: Unit) -> Revoked:
            member = _id_of(unit, name)
            return Revoked(sessions.revoke_all(unit, member), scripts.revoke_all(unit, member))

        return await self._store.write(unit, tenant=self._tenant)

    # --- The first link ----------------------------------------------------------------------

    async def first_link(self) -> str | None:
        """A new one-time secret for the welcome page; None once staff exists."""
        if await self._store.read(staff.exists, tenant=self._tenant):
            return None
        return await self.new_link()

    async def new_link(self) -> str:
        """
        Raises:
            LinkRefused: staff exists already.
        """
        secret = self._new_secret()
        await self._store.write(
            lambda unit: links.add_link(unit, hashed(secret)), tenant=self._tenant
        )
        return secret

    # --- Tokens of scripts -------------------------------------------------------------------

    async def new_token(self, name: str, scope: Scope = "desk", days: float = scripts.DAYS) -> str:
        """
        Raises:
            UnknownMember.
        """
        secret = API_PREFIX + self._new_secret()
        await self._store.write(
            lambda unit: scripts.add_token(
                unit, _id_of(unit, name), hashed(secret), scope, days * DAY
            ),
            tenant=self._tenant,
        )
        return secret

    async def bearer(self, secret: str, source: str) -> Actor | None:
        """Whose token this is; None when it is none that works.

        Raises:
            TooManyTries: this source has sent too many that do not.
        """
        wait = self._refused_tokens.wait(source)
        if wait > 0:
            raise TooManyTries(wait)
        actor = None
        if looks_like_one(secret):
            token = hashed(secret)
            actor = await self._store.read(
                lambda reading: scripts.find(reading, token), tenant=self._tenant
            )
        if actor is None:
            self._refused_tokens.failed(source)
        return actor

    # --- The staff ---------------------------------------------------------------------------

    async def add(self, name: str, role: Role, password: str) -> Actor:
        """
        Raises:
            NameTaken, Unsuitable.
        """
        name, password = suitable_name(name), suitable_password(password)
        password_hash = await self._passwords.hash(password)
        return await self._store.write(
            lambda unit: staff.add(unit, name, role, password_hash), tenant=self._tenant
        )

    async def listed(self) -> Sequence[Member]:
        return await self._store.read(staff.listed, tenant=self._tenant)

    async def disable(self, name: str) -> None:
        """
        Raises:
            UnknownMember.
        """
        await self._store.write(
            lambda unit: staff.disable(unit, lookup_form(name)), tenant=self._tenant
        )


def _id_of(unit: Unit, name: str) -> str:
    row = staff.named(unit, lookup_form(name))
    if row is None:
        raise UnknownMember
    return str(row["id"])
