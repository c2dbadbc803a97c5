"""Who has to write first to be met alone: what is for them waits, and goes out when they do."""

from __future__ import annotations

from uuid import uuid4

from channels.contract import Receipt
from channels.events import Address, Commanded, InboundMessage, Sender
from gateway.desk.inbox import Filters, Wanted, listed
from tests.gateway.pipeline.rig import CHANNEL, Rig, to_a_person

ROOM, OTHER_ROOM = Address("room", "t1"), Address("room", "t2")
ADA, EVE = Sender(("ada",), name="Ada"), Sender(("eve",), name="Eve")
PRIVATE = Address("dm-ada")


def shown_the_way(rig: Rig) -> Receipt:
    """What an adapter gives that could only invite the person."""
    return Receipt((uuid4().hex,), rig.clock.now(), PRIVATE, note="not said yet", held=True)


async def asks(rig: Rig, text: str, room: Address = ROOM, by: Sender = ADA) -> None:
    await rig.accept(InboundMessage(uuid4().hex, room, text, by, public=True))


async def begins(rig: Rig, by: Sender = ADA, chat: Address = PRIVATE) -> None:
    """The person opens the chat that they were shown."""
    await rig.accept(Commanded(uuid4().hex, chat, "start", "8b1f", by))


async def handed_over(rig: Rig, room: Address = ROOM) -> None:
    """Somebody who was never met alone wants a person."""
    rig.brain.answer = to_a_person
    rig.channel.outcomes = [shown_the_way(rig)]
    await asks(rig, "I want a person", room)
    await rig.settle()
    # The public word that it goes on in private comes after the invitation.
    assert [message.private_to for message in rig.channel.sent] == [None]
    rig.channel.sent.clear()


async def states(rig: Rig, room: Address = ROOM) -> list[str]:
    return [row["state"] for row in await rig.deliveries(room.key)]


async def test_what_is_for_them_waits_and_the_room_goes_on(rig: Rig) -> None:
    await handed_over(rig)
    assert await states(rig) == ["held", "sent"]
    (held, _) = await rig.deliveries(ROOM.key)
    assert held["error"] == "not said yet"
    assert held["sent_at"] is None


async def test_when_they_write_all_of_it_is_said_in_order_and_the_matter_moves(rig: Rig) -> None:
    await handed_over(rig)
    await rig.staff("say", "Which order is it?", chat=ROOM.key)
    await rig.staff("say", "I can see two of them.", chat=ROOM.key)
    await rig.settle()
    assert rig.channel.sent == []
    await begins(rig)
    # What waited goes out before the quiet time is over.
    await rig.outbox.once()
    await rig.settle()
    alone = [message.plain for message in rig.channel.sent if message.private_to == "ada"]
    assert [text.partition(" ")[0] for text in alone[:2]] == ["Let's", "Ada"]
    assert alone[2:] == ["Which order is it?", "I can see two of them."]
    private = await rig.conversation(PRIVATE.key)
    assert private["owner"] == "staff"
    assert [row["body"] for row in await rig.messages(PRIVATE.key)][:2] == [
        "/start",
        "I want a person",
    ]
    assert set(await states(rig)) == {"sent"}


async def test_one_invitation_is_enough_for_a_while(rig: Rig) -> None:
    await handed_over(rig)
    await rig.staff("say", "Which order is it?", chat=ROOM.key)
    await rig.settle()
    rows = await rig.deliveries(ROOM.key)
    assert [row["state"] for row in rows] == ["held", "sent", "held", "held"]
    assert "it follows what waits" in rows[-1]["error"]
    rig.clock.pass_(3700.0)
    rig.channel.outcomes = [shown_the_way(rig)]
    await rig.staff("say", "Are you there?", chat=ROOM.key)
    await rig.settle()
    assert rig.channel.outcomes == []
    assert (await states(rig))[-1] == "held"


async def test_nobody_else_and_no_word_in_the_room_releases_it(rig: Rig) -> None:
    await handed_over(rig)
    await begins(rig, EVE, Address("dm-eve"))
    await asks(rig, "Hello?")
    await rig.settle()
    assert (await states(rig))[0] == "held"


async def test_who_cannot_be_met_yet_although_they_wrote_is_waited_for_again(rig: Rig) -> None:
    await handed_over(rig)
    rig.channel.outcomes = [shown_the_way(rig)]
    await begins(rig)
    await rig.outbox.once()
    assert rig.channel.outcomes == []
    assert (await states(rig))[0] == "held"
    await begins(rig)
    await rig.settle()
    assert (await states(rig))[0] == "sent"


async def test_what_waited_for_long_has_its_full_time_when_it_goes_out(rig: Rig) -> None:
    await handed_over(rig)
    rig.clock.pass_(24 * 3600.0)
    await begins(rig)
    (waiting, _) = await rig.deliveries(ROOM.key)
    assert (waiting["state"], waiting["tries"], waiting["sending_at"]) == ("queued", 0, None)


async def test_who_opened_the_chat_unheard_gets_all_of_it_with_the_next_word(rig: Rig) -> None:
    await handed_over(rig)
    rig.clock.pass_(3700.0)
    await rig.staff("say", "Are you there?", chat=ROOM.key)
    await rig.settle()
    assert set(await states(rig)) == {"sent"}
    alone = [message.plain for message in rig.channel.sent if message.private_to == "ada"]
    assert len([text for text in alone if text.startswith("Let's not do that")]) == 1


async def test_what_waits_in_two_places_goes_out_from_both(rig: Rig) -> None:
    await handed_over(rig)
    await handed_over(rig, OTHER_ROOM)
    await begins(rig)
    await rig.settle()
    assert (await states(rig))[0] == "sent"
    assert (await states(rig, OTHER_ROOM))[0] == "sent"


async def test_a_place_where_nothing_was_said_is_not_listed_at_the_desk(rig: Rig) -> None:
    await handed_over(rig)
    wanted = Wanted(Filters(me="staff-ada", channel=CHANNEL))
    before = await rig.store.read(lambda r: listed(r, wanted, {}))
    await begins(rig)
    after = await rig.store.read(lambda r: listed(r, wanted, {}))
    assert (len(before.items), len(after.items)) == (1, 2)
