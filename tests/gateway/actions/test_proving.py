"""Nobody acts for somebody before it is proved who they are: by the site's signature, or by a code
that went to the address on file."""

from __future__ import annotations

import pytest

from channels.events import Address, InboundMessage, Sender
from tests.gateway.actions.shop import ActingRig


@pytest.fixture
def stranger(rig: ActingRig) -> ActingRig:
    rig.user = None
    return rig


async def test_a_code_to_the_address_on_file_proves_it(stranger: ActingRig) -> None:
    await stranger.say_and_settle("refund order A1")
    assert (await stranger.said())[-1] == "verify"
    assert "123456" not in str([dict(row) for row in await stranger.messages()])
    await stranger.say_and_settle("123 456")
    assert (await stranger.said())[-1] == "confirm"
    await stranger.say_and_settle("yes")
    assert [effect[3] for effect in stranger.ledger.effects] == ["ada"]
    assert (await stranger.rows())[0]["proof"] == "code"


async def test_three_wrong_codes_and_a_person_helps(stranger: ActingRig) -> None:
    await stranger.say_and_settle("refund order A1", "000000", "111111")
    assert (await stranger.said())[-1] == "verify_failed"
    assert "1 tries left" in (await stranger.messages())[-1]["body"]
    await stranger.say_and_settle("222222")
    assert (await stranger.conversation())["owner"] == "queue"
    await stranger.staff("take")
    await stranger.staff("return")
    await stranger.say_and_settle("123456")
    assert stranger.ledger.effects == []
    assert await stranger.rows() == []


async def test_a_code_is_late_after_ten_minutes(stranger: ActingRig) -> None:
    await stranger.say_and_settle("refund order A1")
    await stranger.work(601.0)
    await stranger.say_and_settle("123456")
    assert await stranger.rows() == []


async def test_a_proof_opens_only_its_own_orders(stranger: ActingRig) -> None:
    await stranger.say_and_settle("refund order A1", "123456", "no", "refund order B2", "yes")
    assert stranger.ledger.effects == []


async def test_a_proof_ends_after_an_hour(stranger: ActingRig) -> None:
    await stranger.say_and_settle("refund order A1", "123456", "no")
    stranger.clock.pass_(3_601.0)
    await stranger.say_and_settle("refund order A1")
    assert (await stranger.said())[-1] == "verify"


async def test_codes_are_not_sent_without_end(stranger: ActingRig) -> None:
    for number in range(9):
        await stranger.say_and_settle(f"refund order A1 please, {number}")
        if (await stranger.conversation())["owner"] == "queue":
            break
    assert len(stranger.ledger.codes) == 5
    assert (await stranger.conversation())["owner"] == "queue"


async def test_a_strangers_line_in_between_is_nobodys(rig: ActingRig) -> None:
    await rig.write("refund order")
    rig.user = None
    await rig.write("A1")
    await rig.work()
    assert await rig.rows() == []


async def test_the_code_of_one_conversation_opens_no_other(stranger: ActingRig) -> None:
    await stranger.say_and_settle("refund order A1")
    await stranger.write("refund order A1", "c2")
    await stranger.work()
    stranger.ledger.codes.clear()
    await stranger.say_and_settle("123456")
    await stranger.write("yes", "c2")
    await stranger.work()
    assert stranger.ledger.effects == []


@pytest.mark.parametrize(
    ("verified", "proof"),
    [("hs256", "site"), ("dmarc", "mail"), (None, None), ("twilio", None), ("slack", None)],
)
async def test_what_a_platform_vouches_for(
    rig: ActingRig, verified: str | None, proof: str | None
) -> None:
    """A signed visitor and a mail that passes DMARC are known; an account of a platform proves the
    account, and nothing about orders."""
    sender = Sender(("ada", "user-c1"), name="Ada", verified=verified)
    await rig.accept(InboundMessage("m", Address("c1"), "refund order A1", sender))
    await rig.work()
    rows = await rig.rows()
    assert [row["proof"] for row in rows] == ([proof] if proof else [])
    assert (await rig.said())[-1] == ("confirm" if proof else "verify")
