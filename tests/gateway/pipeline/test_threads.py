"""A mail belongs to the conversation whose message it answers, and to no other."""

from __future__ import annotations

from uuid import uuid4

from sqlalchemy import select

from channels.events import Address, InboundMessage, Sender, SenderKind
from gateway.store.schema.conversation import conversations
from tests.gateway.pipeline.rig import Rig

ADA, EVE = "ada@example.com", "eve@example.org"


def mail(
    text: str,
    *refs: str,
    by: str = ADA,
    kind: SenderKind = "customer",
    id: str | None = None,
    thread: str | None = None,
) -> InboundMessage:
    """A mail to a thread of its own, as an adapter gives it that cannot know better."""
    return InboundMessage(
        external_id=id or uuid4().hex,
        address=Address(by, thread or uuid4().hex),
        text=text,
        sender=Sender((by,) if kind == "customer" else ("boss@example.net",), kind=kind),
        thread_refs=refs,
    )


async def places(rig: Rig) -> list[str]:
    rows = await rig.store.read(
        lambda r: r.all(select(conversations.c.address).order_by(conversations.c.created_at))
    )
    return [Address.parse(row["address"]).chat for row in rows]


async def test_an_answer_to_ours_comes_into_its_conversation(rig: Rig) -> None:
    await rig.accept(mail("How long may I return boots?", thread="t1"))
    await rig.settle()
    await rig.accept(mail("And shoes?", "unknown@elsewhere", "ext-1"))
    await rig.settle()
    assert await places(rig) == [ADA]
    assert [message.address for message in rig.channel.sent] == [Address(ADA, "t1")] * 2


async def test_a_second_mail_that_names_the_customers_first_one_goes_on_there(rig: Rig) -> None:
    await rig.accept(mail("My parcel is late.", id="first@example.com", thread="t1"))
    await rig.accept(mail("I forgot the number.", "first@example.com"))
    await rig.settle()
    assert await places(rig) == [ADA]
    assert [said.text for said in rig.brain.asked[0].new] == [
        "My parcel is late.",
        "I forgot the number.",
    ]


async def test_the_first_reference_that_is_known_decides(rig: Rig) -> None:
    await rig.accept(mail("one", id="one@example.com", thread="t1"))
    await rig.accept(mail("two", id="two@example.com", thread="t2"))
    await rig.accept(mail("three", "two@example.com", "one@example.com"))
    assert [row["body"] for row in await rig.messages(Address(ADA, "t2").key)] == ["two", "three"]


async def test_anothers_message_id_opens_nothing(rig: Rig) -> None:
    await rig.accept(mail("My order is 4711.", id="first@example.com", thread="t1"))
    await rig.settle()
    await rig.accept(mail("What did you tell her?", "ext-1", "first@example.com", by=EVE))
    await rig.settle()
    assert await places(rig) == [ADA, EVE]
    assert [said.text for said in rig.brain.asked[-1].history] == []


async def test_no_known_reference_is_a_conversation_of_its_own(rig: Rig) -> None:
    await rig.accept(mail("one"))
    await rig.accept(mail("two", "never-seen@example.com"))
    assert await places(rig) == [ADA, ADA]


async def test_another_channels_ids_mean_nothing_here(rig: Rig) -> None:
    await rig.accept(mail("one", id="m1@example.com", thread="t1"))
    await rig.store.write(
        lambda unit: unit.execute(conversations.update().values(channel="another"))
    )
    await rig.accept(mail("two", "m1@example.com"))
    assert await places(rig) == [ADA, ADA]


async def test_what_the_owner_answers_by_hand_takes_over_the_thread(rig: Rig) -> None:
    await rig.accept(mail("Where is my parcel?", id="q@example.com", thread="t1"))
    await rig.accept(mail("I have sent it again.", "q@example.com", kind="operator"))
    row = await rig.conversation(Address(ADA, "t1").key)
    assert row["owner"] == "staff"
    assert await places(rig) == [ADA]
