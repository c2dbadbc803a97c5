"""A chat that the platform gives another address: the conversation goes on there, and nothing of it
is lost or doubled."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import RowMapping, select

from channels.contract import Receipt
from channels.events import Address, Chosen, Edited, Moved, Sender
from gateway.store.schema.conversation import conversations
from gateway.store.schema.pipeline import addresses
from tests.gateway.pipeline.rig import Rig

OLD, NEW = Address("-77"), Address("-1007")
MOVED = Moved("moved:-77:-1007", OLD, NEW)


async def lines(rig: Rig) -> Sequence[str]:
    rows = await rig.store.read(lambda r: r.all(select(addresses.c.address)))
    return sorted(row["address"] for row in rows)


async def rooms(rig: Rig) -> Sequence[RowMapping]:
    return await rig.store.read(
        lambda r: r.all(select(conversations).order_by(conversations.c.created_at))
    )


async def answered(rig: Rig) -> None:
    await rig.say("How long may I return boots?", OLD.chat)
    await rig.settle()
    assert rig.channel.sent[-1].address == OLD


async def test_the_conversation_goes_on_at_the_new_address(rig: Rig) -> None:
    await answered(rig)
    await rig.accept(MOVED)
    await rig.say("And sandals?", NEW.chat)
    await rig.settle()
    (row,) = await rooms(rig)
    assert row["address"] == NEW.key
    assert rig.channel.sent[-1].address == NEW
    bodies = [said["body"] for said in await rig.messages(NEW.chat) if said["author"] == "customer"]
    assert bodies == ["How long may I return boots?", "And sandals?"]
    assert len(rig.brain.asked[-1].history) == 2


async def test_what_waits_to_be_sent_goes_there_once_and_in_order(rig: Rig) -> None:
    await answered(rig)
    sent = len(rig.channel.sent)
    await rig.say("And sandals?", OLD.chat)
    await rig.answer()
    await rig.staff("say", "Ada here.", chat=OLD.chat)
    await rig.accept(MOVED)
    await rig.accept(MOVED)
    await rig.settle()
    after = rig.channel.sent[sent:]
    assert {message.address for message in after} == {NEW}
    assert [message.plain for message in after if "Ada here." in message.plain] == ["Ada here."]
    assert await lines(rig) == [NEW.key]


async def test_the_receipt_of_an_answer_tells_it_as_well(rig: Rig) -> None:
    await answered(rig)
    rig.channel.outcomes = [Receipt(("-1007:5",), rig.clock.now(), moved=NEW)]
    await rig.say("And sandals?", OLD.chat)
    await rig.settle()
    await rig.accept(MOVED)
    await rig.say("And hats?", NEW.chat)
    await rig.settle()
    (row,) = await rooms(rig)
    assert row["address"] == NEW.key
    assert len(rig.channel.sent) == 2
    assert [each["state"] for each in await rig.deliveries(NEW.chat)] == ["sent"] * 3


async def test_what_still_comes_from_the_old_address_belongs_to_it(rig: Rig) -> None:
    await rig.say("How long may I return boots?", OLD.chat, id="-77:1")
    await rig.settle()
    await rig.accept(MOVED)
    sender = Sender((f"user-{OLD.chat}",))
    await rig.accept(Edited("edit", OLD, "-77:1", "How long may I return hats?", sender))
    await rig.accept(Chosen("press", OLD, "ext-1", "person", sender))
    await rig.say("Late by a minute", OLD.chat)
    await rig.settle()
    (row,) = await rooms(rig)
    said = [each for each in await rig.messages(NEW.chat) if each["author"] == "customer"]
    assert [each["choice"] for each in said] == [None, "person", None]
    assert said[0]["body"] == "How long may I return hats?"
    assert row["customer_seq"] == said[-1]["seq"]


async def test_a_chat_that_was_never_spoken_in_is_known_all_the_same(rig: Rig) -> None:
    await rig.accept(MOVED)
    await rig.say("Written before, come after", OLD.chat)
    await rig.say("Hello?", NEW.chat)
    (row,) = await rooms(rig)
    assert row["address"] == NEW.key


async def test_where_a_conversation_has_begun_there_each_stays_what_it_is(rig: Rig) -> None:
    await answered(rig)
    await rig.say("Overtook the news", NEW.chat)
    await rig.accept(MOVED)
    await rig.settle()
    assert sorted(row["address"] for row in await rooms(rig)) == sorted([OLD.key, NEW.key])
    assert await lines(rig) == sorted([OLD.key, NEW.key])
    assert rig.channel.sent[-1].address == NEW
