"""Links that leads hand out, who may go and who may not, and accounts linked by a code."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from channels.events import Address, InboundMessage, Sender
from gateway.desk import membership
from gateway.intake.events import receive
from gateway.intake.surface import Surface
from gateway.people import accounts, linking
from gateway.people.accounts import Listed, configure, member_at
from gateway.people.records import (
    AccountFixed,
    AccountTaken,
    Actor,
    InvitationRefused,
    LastLead,
    LeadsOnly,
    NameTaken,
    NotAnAccount,
    SignInRefused,
    TooManyInvitations,
    Unsuitable,
)
from gateway.store.schema.conversation import conversations
from gateway.store.schema.desk import staff_identities
from gateway.store.schema.people import invitations, staff
from gateway.store.unit import Unit
from tests.gateway.web.house import PASSWORD, House

DAY = 86_400.0
SLACK = Surface("team", "main", pulled=False, numbered=False, quiet=0.3, kind="slack")


async def test_a_link_is_looked_at_many_times_and_spent_once(house: House) -> None:
    lea = await house.member("Lea", "lead")
    inviting = house.people.inviting
    made = await inviting.invite(lea, "agent")
    for _ in range(10):
        found = await inviting.look(made.secret)
        assert (found.kind, found.role, found.by, found.name) == ("join", "agent", "Lea", None)
    tried = await asyncio.gather(
        *(inviting.accept(made.secret, f"Ben {number}", PASSWORD) for number in range(3)),
        return_exceptions=True,
    )
    assert sum(isinstance(one, InvitationRefused) for one in tried) == 2
    assert len([one for one in await house.people.listed() if one.name.startswith("Ben")]) == 1
    assert made.secret not in repr([await house.rows(invitations), made])


async def test_a_link_that_ended_lets_nobody_in(house: House) -> None:
    lea = await house.member("Lea", "lead")
    inviting = house.people.inviting
    spent, revoked, late, of_nobody = [await inviting.invite(lea, "lead") for _ in range(4)]
    await inviting.accept(spent.secret, "Ben", PASSWORD)
    assert await inviting.revoke(revoked.id)
    assert not await inviting.revoke(revoked.id)
    await house.write(lambda unit: membership.change_role(unit, lea.id, "agent"))
    house.clock.advance(7 * DAY)
    for secret in (spent.secret, revoked.secret, late.secret, of_nobody.secret, "x" * 43, ""):
        with pytest.raises(InvitationRefused):
            await inviting.look(secret)
        with pytest.raises(InvitationRefused):
            await inviting.accept(secret, "Eve", PASSWORD)
    assert {one.name for one in await house.people.listed()} == {"Lea", "Ben"}


async def test_whoever_is_no_lead_any_more_has_invited_nobody(house: House) -> None:
    lea, _ = await house.member("Lea", "lead"), await house.member("Lin", "lead")
    inviting = house.people.inviting
    made = await inviting.invite(lea, "lead")
    await house.write(lambda unit: membership.change_role(unit, lea.id, "agent"))
    with pytest.raises(InvitationRefused):
        await inviting.accept(made.secret, "Eve", PASSWORD)


async def test_whoever_is_disabled_leaves_no_link_behind(house: House) -> None:
    lea, lin = await house.member("Lea", "lead"), await house.member("Lin", "lead")
    inviting = house.people.inviting
    of_hers = await inviting.invite(lea, "lead")
    for_her = await inviting.new_password(lin, lea.id)
    code = await shown(house, lea)
    await house.people.disable("Lea")
    for link in (of_hers, for_her):
        with pytest.raises(InvitationRefused):
            await inviting.look(link.secret)
    await house.write(lambda unit: membership.bring_back(unit, lea.id))
    await house.write(lambda unit: receive(unit, SLACK, direct(f"!link {code}")))
    assert await at(house) is None


async def test_a_link_is_made_by_a_lead_of_that_moment(house: House) -> None:
    lea, lin = await house.member("Lea", "lead"), await house.member("Lin", "lead")
    ben = await house.member("Ben")
    inviting = house.people.inviting
    await house.write(lambda unit: membership.change_role(unit, lea.id, "agent"))
    await house.member("Lou", "lead")
    await house.people.disable("Lin")
    for gone in (lea, lin):
        with pytest.raises(LeadsOnly):
            await inviting.invite(gone, "lead")
        with pytest.raises(LeadsOnly):
            await inviting.new_password(gone, ben.id)
    assert await inviting.open_ones() == []


async def test_a_name_that_the_lead_settled_is_the_name(house: House) -> None:
    lea = await house.member("Lea", "lead")
    made = await house.people.inviting.invite(lea, "agent", "Ben")
    signed = await house.people.inviting.accept(made.secret, "Customer Care", PASSWORD)
    assert signed.actor.name == "Ben"


async def test_nobody_becomes_another_by_choosing_a_name(house: House) -> None:
    lea = await house.member("Lea", "lead")
    await house.write(lambda unit: configure(unit, [Listed("Ben", "lead", {})]))
    inviting = house.people.inviting
    made = await inviting.invite(lea, "agent")
    for name in ("Ben", " Lea "):
        with pytest.raises(NameTaken):
            await inviting.accept(made.secret, name, PASSWORD)
        with pytest.raises(NameTaken):
            await inviting.invite(lea, "agent", name)
    with pytest.raises(Unsuitable):
        await inviting.accept(made.secret, "Kim", "short")
    assert (await inviting.accept(made.secret, "Kim", PASSWORD)).actor.role == "agent"


async def test_open_links_are_listed_and_have_an_end(house: House) -> None:
    lea = await house.member("Lea", "lead")
    inviting = house.people.inviting
    for number in range(100):
        await inviting.invite(lea, "agent", f"Guest {number}")
    assert len(await inviting.open_ones()) == 100
    with pytest.raises(TooManyInvitations):
        await inviting.invite(lea, "agent")


async def test_a_new_password_ends_what_was_signed_in(house: House) -> None:
    lea, ben = await house.member("Lea", "lead"), await house.member("Ben")
    old = await house.people.sign_in("Ben", PASSWORD, "x")
    inviting = house.people.inviting
    first = await inviting.new_password(lea, ben.id)
    made = await inviting.new_password(lea, ben.id)
    with pytest.raises(InvitationRefused):
        await inviting.look(first.secret)
    signed = await inviting.accept(made.secret, "Lea", "another long one")
    assert signed.actor == ben
    assert await house.people.signed_in(old.secret) is None
    assert (await house.people.sign_in("Ben", "another long one", "x")).actor == ben
    with pytest.raises(SignInRefused):
        await house.people.sign_in("Ben", PASSWORD, "x")


async def test_two_leads_who_remove_each_other_leave_one(house: House) -> None:
    lea, lin = await house.member("Lea", "lead"), await house.member("Lin", "lead")
    acts: list[Callable[[Unit], object]] = [
        lambda unit: membership.remove(unit, lea.id),
        lambda unit: membership.change_role(unit, lin.id, "agent"),
    ]
    tried = await asyncio.gather(*(house.store.write(act) for act in acts), return_exceptions=True)
    assert sum(isinstance(one, LastLead) for one in tried) == 1
    leads = [one for one in await house.people.listed() if one.role == "lead"]
    assert len([one for one in leads if one.disabled_at is None]) == 1


async def test_who_is_removed_can_do_nothing_and_has_nothing(house: House) -> None:
    lea, ben = await house.member("Lea", "lead"), await house.member("Ben")
    talk = await house.says("Where is it?")
    await house.write(
        lambda unit: unit.execute(
            conversations.update()
            .where(conversations.c.id == talk)
            .values(owner="staff", staff_id=ben.id)
        )
    )
    signed, token = await house.people.sign_in("Ben", PASSWORD, "x"), ""
    token = await house.people.new_token("Ben")
    link = await house.people.inviting.new_password(lea, ben.id)
    await house.write(lambda unit: linking.add(unit, ben.id, "slack", "T1/UBEN"))
    removed = await house.store.write(lambda unit: membership.remove(unit, ben.id))
    assert removed.passed_back == 1
    assert (await house.row(talk))["owner"] == "queue"
    assert await house.people.signed_in(signed.secret) is None
    assert await house.people.bearer(token, "x") is None
    assert await house.store.read(lambda reading: member_at(reading, "slack", "T1/UBEN")) is None
    with pytest.raises(InvitationRefused):
        await house.people.inviting.accept(link.secret, "", PASSWORD)
    await house.write(lambda unit: membership.bring_back(unit, ben.id))
    with pytest.raises(SignInRefused):
        await house.people.sign_in("Ben", PASSWORD, "x")


def direct(text: str, account: str = "T1/UBEN", *, guest: bool = False) -> InboundMessage:
    sender = Sender((account,), guest=guest)
    return InboundMessage(f"{account}:{text}:{guest}", Address("D1"), text, sender)


async def shown(house: House, member: Actor) -> str:
    code = linking.new_code()
    await house.write(lambda unit: linking.show_code(unit, member.id, code))
    return code


async def at(house: House, account: str = "T1/UBEN") -> str | None:
    found = await house.store.read(lambda reading: member_at(reading, "slack", account))
    return None if found is None else found.name


async def test_a_code_links_the_account_that_sends_it_and_no_other(house: House) -> None:
    ben, kim = await house.member("Ben"), await house.member("Kim")
    spent = await shown(house, ben)
    code = await shown(house, ben)
    refused = (
        (direct(f"!link {spent}"), "the code before"),
        (direct(f"!link {linking.new_code()}"), "a guess"),
        (direct(f"!link {code}", guest=True), "a guest"),
        (direct(f"please !link {code}"), "no order"),
    )
    for event, why in refused:
        await house.write(lambda unit, event=event: receive(unit, SLACK, event))
        assert await at(house) is None, why
    order = direct(f"  !link {code.lower()} ")
    talks = len(await house.rows(conversations))
    await house.write(lambda unit: receive(unit, SLACK, order))
    assert await at(house) == "Ben"
    assert len(await house.rows(conversations)) == talks
    await house.write(lambda unit: receive(unit, SLACK, direct(f"!link {code}", "T1/UKIM")))
    assert await at(house, "T1/UKIM") is None
    # Somebody else's account stays theirs, and a code runs out.
    other = await shown(house, kim)
    await house.write(lambda unit: receive(unit, SLACK, direct(f"!link {other}")))
    assert await at(house) == "Ben"
    house.clock.advance(600)
    await house.write(lambda unit: receive(unit, SLACK, direct(f"!link {other}", "T1/UKIM")))
    assert await at(house, "T1/UKIM") is None


async def test_what_the_configuration_links_is_changed_there(house: House) -> None:
    ben, kim = await house.member("Ben"), await house.member("Kim")
    listed = [Listed("Ben", "agent", {"slack": "T1/UBEN"})]
    await house.write(lambda unit: accounts.configure(unit, listed))
    for account, error in (
        ("T1/UBEN", AccountTaken),
        ("UBEN", NotAnAccount),
        ("T1/a b", NotAnAccount),
    ):
        with pytest.raises(error):
            await house.write(
                lambda unit, account=account: linking.add(unit, kim.id, "slack", account)
            )
    with pytest.raises(NotAnAccount):
        await house.write(lambda unit: linking.add(unit, kim.id, "web", "T1/U1"))
    (row,) = await house.rows(staff_identities)
    with pytest.raises(AccountFixed):
        await house.write(lambda unit: linking.remove(unit, ben.id, row["id"]))
    # Linked on the desk, it outlives a reload.
    await house.write(lambda unit: linking.add(unit, kim.id, "slack", "T1/UKIM"))
    await house.write(lambda unit: accounts.configure(unit, listed))
    assert (await at(house), await at(house, "T1/UKIM")) == ("Ben", "Kim")


async def test_when_somebody_was_here_last_is_kept_after_they_sign_out(house: House) -> None:
    await house.member("Ada")
    signed = await house.people.sign_in("Ada", PASSWORD, "x")
    house.clock.advance(120)
    await house.people.signed_in(signed.secret)
    seen = house.clock.now()
    house.clock.advance(30)
    await house.people.sign_out(signed.secret)
    (row,) = await house.rows(staff)
    assert row["seen_at"] == seen
