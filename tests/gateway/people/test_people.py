"""Signing in, the first link, sessions and tokens, on a real store."""

from __future__ import annotations

import asyncio
from typing import Literal

import pytest
from argon2 import PasswordHasher
from sqlalchemy import update

from gateway.people import links
from gateway.people.passwords import WAITING, Passwords
from gateway.people.people import People
from gateway.people.records import (
    LinkRefused,
    NameTaken,
    SignInRefused,
    TooManyTries,
    UnknownMember,
    Unsuitable,
)
from gateway.people.throttle import REFUSED_TOKENS, Failures, SignInThrottle
from gateway.people.tokens import hashed
from gateway.store.schema.people import sessions, sign_in_links, staff, staff_tokens
from tests.gateway.web.house import PASSWORD, House

HOUR, DAY = 3600.0, 86_400.0


async def test_the_right_password_signs_in(house: House) -> None:
    await house.member("Ada", "lead")
    signed = await house.people.sign_in("  Ada ", PASSWORD, "here")
    assert (signed.actor.name, signed.actor.role) == ("Ada", "lead")
    assert await house.people.signed_in(signed.secret) == signed.actor


async def test_wrong_names_and_wrong_passwords_are_refused_alike(house: House) -> None:
    await house.member("Ada")
    said: set[str] = set()
    for name, password in (("Ada", "wrong password"), ("Nobody", PASSWORD), ("A\0da", PASSWORD)):
        with pytest.raises(SignInRefused) as refused:
            await house.people.sign_in(name, password, "here")
        said.add(str(refused.value))
    assert len(said) == 1


async def test_a_password_that_changes_while_it_is_checked_signs_nobody_in(house: House) -> None:
    lea, ben = await house.member("Lea", "lead"), await house.member("Ben")
    link = await house.people.inviting.new_password(lea, ben.id)

    class Overtaken(Passwords):
        """Somebody chooses a new password between the check and the session."""

        async def check(self, stored: str | None, password: str) -> bool:
            right = await super().check(stored, password)
            await house.people.inviting.accept(link.secret, "", "another long one")
            return right

    passwords = Overtaken(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    throttle, refused = SignInThrottle(house.clock), Failures(REFUSED_TOKENS, house.clock)
    people = People(house.store, passwords, throttle, refused)
    with pytest.raises(SignInRefused):
        await people.sign_in("Ben", PASSWORD, "here")
    assert len(await house.rows(sessions)) == 1


async def test_a_member_without_a_password_cannot_sign_in(house: House) -> None:
    ada = await house.member("Ada")
    await house.write(
        lambda unit: unit.execute(
            update(staff).where(staff.c.id == ada.id).values(password_hash=None)
        )
    )
    with pytest.raises(SignInRefused):
        await house.people.sign_in("Ada", "nobody has this password", "here")


async def test_guessing_is_slowed_down_for_known_and_unknown_names(house: House) -> None:
    await house.member("Ada")
    for name in ("Ada", "Nobody"):
        for number in range(10):
            with pytest.raises(SignInRefused):
                await house.people.sign_in(name, "guess number one", f"{name} {number}")
        with pytest.raises(TooManyTries) as refused:
            await house.people.sign_in(name, PASSWORD, f"{name} at last")
        assert refused.value.retry_after <= 30
    house.clock.advance(31)
    assert (await house.people.sign_in("Ada", PASSWORD, "elsewhere")).actor.name == "Ada"


async def test_too_many_at_once_are_turned_away() -> None:
    passwords = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    results = await asyncio.gather(
        *(passwords.check(None, "a guess of mine") for _ in range(WAITING + 5)),
        return_exceptions=True,
    )
    assert results.count(False) == WAITING
    assert sum(isinstance(result, TooManyTries) for result in results) == 5


async def test_secrets_are_stored_as_hashes_only(house: House) -> None:
    link = await house.people.new_link()
    stored = await house.rows(sign_in_links)
    signed = await house.people.welcome(link, "Ada", PASSWORD)
    token = await house.people.new_token("Ada")
    everything = repr(
        [
            stored,
            await house.rows(staff),
            await house.rows(sessions),
            await house.rows(staff_tokens),
        ]
    )
    for secret in (link, signed.secret, token, PASSWORD):
        assert secret not in everything
        assert secret not in repr(signed)
    assert hashed(signed.secret) in everything
    assert all(len(row["token_hash"]) == 64 for row in stored)


async def test_the_first_link_makes_one_lead_once(house: House) -> None:
    link = await house.people.first_link()
    other = await house.people.new_link()
    assert link is not None
    signed = await house.people.welcome(link, "Ada", PASSWORD)
    assert signed.actor.role == "lead"
    assert await house.people.signed_in(signed.secret) == signed.actor
    for spent in (link, other):
        with pytest.raises(LinkRefused):
            await house.people.welcome(spent, "Eve", PASSWORD)
    assert await house.people.first_link() is None
    with pytest.raises(LinkRefused):
        await house.people.new_link()
    assert [member.name for member in await house.people.listed()] == ["Ada"]


async def test_two_with_two_links_at_once_make_one_lead(house: House) -> None:
    secrets = [await house.people.new_link() for _ in range(4)]
    results = await asyncio.gather(
        *(house.people.welcome(link, f"Lead {link[:4]}", PASSWORD) for link in secrets),
        return_exceptions=True,
    )
    assert sum(isinstance(result, LinkRefused) for result in results) == 3
    assert len(await house.people.listed()) == 1


async def test_the_first_link_ends_after_a_quarter_of_an_hour(house: House) -> None:
    link = await house.people.new_link()
    house.clock.advance(15 * 60)
    with pytest.raises(LinkRefused):
        await house.people.welcome(link, "Ada", PASSWORD)
    fresh = await house.people.new_link()
    assert (await house.people.welcome(fresh, "Ada", PASSWORD)).actor.name == "Ada"


async def test_a_link_that_runs_out_while_the_password_is_hashed_is_refused(
    house: House,
) -> None:
    link = hashed(await house.people.new_link())
    house.clock.advance(15 * 60)
    with pytest.raises(LinkRefused):
        await house.store.write(lambda unit: links.spend(unit, link))
    assert len(await house.rows(sign_in_links)) == 1


async def test_a_wrong_guess_or_a_weak_password_spends_no_link(house: House) -> None:
    link = await house.people.new_link()
    with pytest.raises(LinkRefused):
        await house.people.welcome("x" * 43, "Eve", PASSWORD)
    with pytest.raises(Unsuitable):
        await house.people.welcome(link, "Ada", "short")
    assert (await house.people.welcome(link, "Ada", PASSWORD)).actor.name == "Ada"


async def test_adding_staff_by_command_ends_the_links(house: House) -> None:
    link = await house.people.new_link()
    await house.member("Ada")
    with pytest.raises(LinkRefused):
        await house.people.welcome(link, "Eve", PASSWORD)


async def test_a_session_ends_after_twelve_quiet_hours(house: House) -> None:
    await house.member("Ada")
    secret = (await house.people.sign_in("Ada", PASSWORD, "here")).secret
    house.clock.advance(11 * HOUR)
    assert await house.people.signed_in(secret) is not None
    house.clock.advance(11 * HOUR)
    assert await house.people.signed_in(secret) is not None
    house.clock.advance(12 * HOUR)
    assert await house.people.signed_in(secret) is None


async def test_a_session_ends_after_a_week_however_busy(house: House) -> None:
    await house.member("Ada")
    secret = (await house.people.sign_in("Ada", PASSWORD, "here")).secret
    for _ in range(int(7 * 24 / 6) - 1):
        house.clock.advance(6 * HOUR)
        assert await house.people.signed_in(secret) is not None
    house.clock.advance(6 * HOUR)
    assert await house.people.signed_in(secret) is None


async def test_merely_watching_does_not_keep_a_session_alive(house: House) -> None:
    await house.member("Ada")
    secret = (await house.people.sign_in("Ada", PASSWORD, "here")).secret
    for _ in range(11):
        house.clock.advance(HOUR)
        assert await house.people.signed_in(secret, used=False) is not None
    house.clock.advance(HOUR)
    assert await house.people.signed_in(secret, used=False) is None


async def test_signing_out_and_being_disabled_end_sessions_at_once(house: House) -> None:
    await house.member("Ada")
    secrets = [(await house.people.sign_in("Ada", PASSWORD, "x")).secret for _ in range(3)]
    await house.people.sign_out(secrets[0])
    assert await house.people.signed_in(secrets[0]) is None
    assert await house.people.signed_in(secrets[1]) is not None
    assert (await house.people.revoke("Ada")).sessions == 2
    secret = (await house.people.sign_in("Ada", PASSWORD, "x")).secret
    token = await house.people.new_token("Ada")
    await house.people.disable("Ada")
    assert await house.people.signed_in(secret) is None
    assert await house.people.bearer(token, "x") is None
    with pytest.raises(SignInRefused):
        await house.people.sign_in("Ada", PASSWORD, "x")


async def test_the_role_is_the_one_of_today(house: House) -> None:
    ada = await house.member("Ada", "agent")
    secret = (await house.people.sign_in("Ada", PASSWORD, "x")).secret
    await house.write(
        lambda unit: unit.execute(update(staff).where(staff.c.id == ada.id).values(role="lead"))
    )
    found = await house.people.signed_in(secret)
    assert found is not None
    assert found.role == "lead"


async def test_tokens_have_scopes_and_ends_and_can_be_revoked(house: House) -> None:
    await house.member("Ada")
    token = await house.people.new_token("Ada", "read", days=2)
    found = await house.people.bearer(token, "x")
    assert found is not None
    assert found.scope == "read"
    house.clock.advance(2 * DAY)
    assert await house.people.bearer(token, "x") is None
    other = await house.people.new_token("Ada")
    assert (await house.people.revoke("Ada")).tokens == 1
    assert (await house.people.revoke("Ada")).tokens == 0
    assert await house.people.bearer(other, "x") is None


async def test_a_flood_of_wrong_tokens_is_slowed_down(house: House) -> None:
    for number in range(50):
        assert await house.people.bearer(f"fdt_{number:040}", "flood") is None
    with pytest.raises(TooManyTries):
        await house.people.bearer(f"fdt_{0:040}", "flood")
    await house.member("Ada")
    token = await house.people.new_token("Ada")
    assert await house.people.bearer(token, "elsewhere") is not None


async def test_names_and_passwords_have_to_be_usable(house: House) -> None:
    for name in ("", "   ", "a" * 129, "Ada\u202eadA"):
        with pytest.raises(Unsuitable):
            await house.people.add(name, "agent", PASSWORD)
    for password in ("short", "x" * 201):
        with pytest.raises(Unsuitable):
            await house.people.add("Ada", "agent", password)
    await house.people.add("Ada", "agent", PASSWORD)
    with pytest.raises(NameTaken):
        await house.people.add(" Ada ", "lead", PASSWORD)
    with pytest.raises(UnknownMember):
        await house.people.new_token("Eve")


async def test_a_damaged_hash_signs_nobody_in() -> None:
    passwords = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    assert not await passwords.check("no hash at all", PASSWORD)
    assert not await passwords.check(None, "nobody has this password")


class CountingHasher(PasswordHasher):
    """Counts the work, which is what the clock would show."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.verified = 0

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002 - the library's name
        self.verified += 1
        return super().verify(hash, password)


async def test_an_unknown_name_costs_as_much_as_a_known_one() -> None:
    hasher = CountingHasher()
    passwords = Passwords(hasher)
    stored = await passwords.hash(PASSWORD)
    for known in (stored, None, stored, None):
        assert not await passwords.check(known, "not the password")
    assert hasher.verified == 4
