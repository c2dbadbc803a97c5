"""Whose accounts are whose: joined by proof, by a code or by staff, and taken back exactly."""

from __future__ import annotations

import asyncio
import re
from uuid import uuid4

import pytest
from sqlalchemy import select

from channels.events import Address, InboundMessage, Sender
from channels.kinds import CAPABILITIES
from gateway.conversations.joining import (
    CODE_SECONDS,
    By,
    SameContact,
    UnknownContact,
    UnknownJoin,
    current,
    digest_of,
    join,
    offer,
    split,
)
from gateway.conversations.opening import find, lock
from gateway.desk.joined import elsewhere, joins_of, person
from gateway.intake.events import receive
from gateway.intake.surface import Surface, surface_of
from gateway.store.schema.joining import contact_joins
from gateway.store.store import Store
from gateway.store.unit import Unit
from tests.gateway.conftest import ManualClock

LIN = By("staff-lin", "Lin")
KINDS = {"web": "web", "line": "telegram", "mail": "email"}


def surface(channel: str) -> Surface:
    return surface_of(channel, CAPABILITIES["telegram"], tenant="main", quiet=None)


class People:
    """Customers who write on several channels."""

    def __init__(self, store: Store) -> None:
        self.store = store

    async def writes(
        self,
        text: str = "Hello",
        *,
        channel: str = "line",
        account: str = "kim",
        verified: str | None = None,
        chat: str | None = None,
        public: bool = False,
    ) -> tuple[str, str]:
        """The conversation and its contact."""
        address = Address(chat or account)
        event = InboundMessage(
            uuid4().hex, address, text, Sender((account,), "Kim", verified=verified), public=public
        )
        await self.store.write(lambda unit: receive(unit, surface(channel), event))
        return await self.at(channel, chat or account)

    async def at(self, channel: str, chat: str) -> tuple[str, str]:
        row = await self.store.read(lambda r: find(r, channel, Address(chat)))
        assert row is not None
        return row["id"], row["contact_id"]

    async def joins(self, one: str, other: str) -> str:
        return await self.store.write(lambda unit: join(unit, one, other, "staff", LIN))

    async def splits(self, contact: str, joining: str) -> str:
        return await self.store.write(lambda unit: split(unit, contact, joining, "Lin"))


@pytest.fixture
def people(store: Store) -> People:
    return People(store)


async def test_a_name_joins_nobody(people: People) -> None:
    _, one = await people.writes(account="kim")
    _, other = await people.writes(channel="web", account="kim")
    assert one != other


async def test_staff_join_and_history_follows_the_person(people: People, store: Store) -> None:
    here, one = await people.writes()
    there, other = await people.writes(channel="web")
    joining = await people.joins(one, other)
    assert (await people.at("web", "kim"))[1] == one
    assert await people.joins(one, other) == joining
    known = await store.read(lambda r: person(r, one, KINDS))
    assert {account["channel"] for account in known["identities"]} == {"line", "web"}
    assert {row["id"] for row in known["conversations"]} == {here, there}
    [shown] = await store.read(lambda r: elsewhere(r, one, here, KINDS))
    assert (shown["id"], shown["kind"]) == (there, "web")
    [told] = await store.read(lambda r: joins_of(r, one))
    assert (told["how"], told["by"], told["undone_at"]) == ("staff", "Lin", None)
    assert told["identities"] == [{"channel": "web", "external_id": "kim"}]
    # What they write on either channel later is theirs.
    assert (await people.writes(channel="web", chat="other"))[1] == one


async def test_a_joining_is_taken_back_with_what_came_since(people: People, store: Store) -> None:
    here, one = await people.writes()
    there, other = await people.writes(channel="web")
    joining = await people.joins(one, other)
    later, _ = await people.writes(channel="web", chat="later")
    mine, _ = await people.writes(chat="mine")
    assert await people.splits(one, joining) == other
    assert await people.splits(one, joining) == other
    for channel, chat, contact in (
        ("line", "kim", one), ("line", "mine", one), ("web", "kim", other), ("web", "later", other),
    ):  # fmt: skip
        assert (await people.at(channel, chat))[1] == contact, (channel, chat)
    assert {here, there, later, mine} == {
        row["id"]
        for contact in (one, other)
        for row in (await store.read(lambda r, c=contact: person(r, c, KINDS)))["conversations"]
    }
    [told] = await store.read(lambda r: joins_of(r, one))
    assert told["undone_by"] == "Lin"


async def test_chains_are_taken_back_in_any_order(people: People, store: Store) -> None:
    _, a = await people.writes()
    _, b = await people.writes(channel="web")
    _, c = await people.writes(channel="mail")
    first = await people.joins(b, c)
    second = await people.joins(a, b)
    assert await store.read(lambda r: current(r, c)) == a
    assert await people.splits(b, first) == c
    assert (await people.at("mail", "kim"))[1] == c
    assert (await people.at("web", "kim"))[1] == a
    assert await people.splits(a, second) == b
    assert [(await people.at(x, "kim"))[1] for x in ("line", "web", "mail")] == [a, b, c]


async def test_what_cannot_be_joined_is_refused(people: People) -> None:
    _, one = await people.writes()
    _, other = await people.writes(channel="web")
    with pytest.raises(UnknownContact):
        await people.joins(one, "0" * 32)
    with pytest.raises(SameContact):
        await people.joins(one, one)
    joining = await people.joins(one, other)
    with pytest.raises(SameContact):
        await people.joins(other, one)
    with pytest.raises(UnknownJoin):
        await people.splits("0" * 32, joining)
    with pytest.raises(UnknownJoin):
        await people.splits(one, "0" * 32)


async def test_two_joinings_at_once_are_one(people: People, store: Store) -> None:
    _, one = await people.writes()
    _, other = await people.writes(channel="web")
    came = await asyncio.gather(
        *(people.joins(one, other) for _ in range(6)), people.joins(other, one),
        return_exceptions=True,
    )  # fmt: skip
    assert all(isinstance(each, str | SameContact) for each in came)
    rows = await store.read(lambda r: r.all(select(contact_joins)))
    assert len(rows) == 1


async def test_the_sites_word_joins_the_same_user_on_another_channel(people: People) -> None:
    _, one = await people.writes(channel="web", account="u-17", verified="hs256", chat="s1")
    _, other = await people.writes(channel="shop", account="u-17", verified="hs256", chat="s2")
    assert (await people.at("shop", "s2"))[1] == one
    assert other == one
    _, unproved = await people.writes(channel="line", account="u-17")
    assert unproved != one
    _, mail = await people.writes(channel="mail", account="u-17", verified="dkim")
    assert mail != one


async def test_what_staff_took_back_no_proof_joins_again(people: People, store: Store) -> None:
    _, one = await people.writes(channel="web", account="u-17", verified="hs256", chat="s1")
    await people.writes(channel="shop", account="u-17", verified="hs256", chat="s2")
    [told] = await store.read(lambda r: joins_of(r, one))
    assert told["how"] == "site"
    apart = await people.splits(one, told["id"])
    _, later = await people.writes(channel="shop", account="u-17", verified="hs256", chat="s3")
    assert later == apart


async def test_a_code_is_typed_elsewhere_once_and_in_time(
    people: People, store: Store, clock: ManualClock
) -> None:
    here, one = await people.writes()

    async def offered(code: str) -> None:
        def unit(unit: Unit) -> None:
            row = lock(unit, here)
            assert row is not None
            offer(unit, row, digest_of(code))

        await store.write(unit)

    await offered("AAAABBBB")
    await offered("CCCCDDDD")
    for number, text in enumerate(
        ("LINK-AAAA-BBBB", "CCCC-DDDD", "my code is LINK-CCCC-DDDD", "LINK-CCCC-DDDE")
    ):
        _, contact = await people.writes(text, channel="web", account=f"x{number}")
        assert contact != one, text
    _, same = await people.writes("LINK-CCCC-DDDD")
    assert same == one
    await people.writes("LINK-CCCC-DDDD", channel="web", account="lurker", public=True)
    assert (await people.at("web", "lurker"))[1] != one
    _, joined = await people.writes("link ccccdddd", channel="web", account="kim")
    assert (await people.at("web", "kim"))[1] == one
    await people.writes("LINK-CCCC-DDDD", channel="web", account="late")
    assert (await people.at("web", "late"))[1] != one
    await offered("EEEEFFFF")
    clock.pass_(CODE_SECONDS + 1)
    await people.writes("LINK-EEEE-FFFF", channel="web", account="later")
    assert (await people.at("web", "later"))[1] != one
    assert joined


async def test_nobody_guesses_codes_for_long(people: People, store: Store) -> None:
    here, one = await people.writes()

    def unit(unit: Unit) -> None:
        row = lock(unit, here)
        assert row is not None
        offer(unit, row, digest_of("AAAABBBB"))

    await store.write(unit)
    for number in range(5):
        await people.writes(f"LINK-AAAA-CCC{chr(ord('A') + number)}", channel="web", account="eve")
    await people.writes("LINK-AAAA-BBBB", channel="web", account="eve")
    assert (await people.at("web", "eve"))[1] != one
    assert re.fullmatch(r"[0-9a-f]{32}", one)
