"""Text and ids that a database refuses hold up no channel: they are taken in, visibly mended."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from channels.events import (
    Address,
    Attachment,
    Chosen,
    Deleted,
    DeliveryUpdate,
    Edited,
    Event,
    Ignored,
    InboundMessage,
    Sender,
    Unreadable,
)
from gateway.store.schema.conversation import attachments
from gateway.store.schema.pipeline import received
from tests.gateway.pipeline.rig import Rig

NUL = "a\x00b"
HALF = "a\ud800b"
BAD = pytest.mark.parametrize("bad", [NUL, HALF], ids=["NUL", "half of a pair"])
LONG = "x" * 600
ADDRESS = Address("c1")


def customer(id: str = "user-c1", name: str | None = None) -> Sender:
    return Sender((id,), name=name)


@BAD
async def test_words_with_what_no_database_takes_are_answered(rig: Rig, bad: str) -> None:
    await rig.say(bad)
    await rig.settle()
    assert [said.text for said in rig.brain.asked[0].new] == ["a\ufffdb"]
    assert len(rig.channel.sent) == 1


@BAD
async def test_a_name_and_ids_with_it_are_stored_and_known_again(rig: Rig, bad: str) -> None:
    for text in ("one", "two"):
        event = InboundMessage(bad, ADDRESS, text, customer(bad, bad), reply_to=bad)
        await rig.accept(event)
    rows = await rig.messages()
    assert [(row["body"], row["name"]) for row in rows] == [("one", "a\ufffdb")]


@BAD
async def test_an_edit_with_it_is_the_new_text(rig: Rig, bad: str) -> None:
    await rig.say("old", id="m1")
    await rig.accept(Edited("e1", ADDRESS, "m1", bad, customer()))
    assert (await rig.messages())[0]["body"] == "a\ufffdb"


EVENTS: dict[str, Event] = {
    "an ignored event": Ignored("x", NUL),
    "an unreadable event": Unreadable("x", NUL, b"raw"),
    "a receipt": DeliveryUpdate("x", NUL, "failed", NUL),
    "a deletion": Deleted("x", ADDRESS, NUL, customer()),
    "a choice": Chosen(NUL, ADDRESS, NUL, NUL, customer()),
    "an id": Ignored(NUL, "no message"),
}


@pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS)
async def test_every_other_event_with_it_is_taken_in_too(rig: Rig, event: Event) -> None:
    await rig.say("hello")
    await rig.settle()
    assert (await rig.accept(event)).new
    assert not (await rig.accept(event)).new
    rows = await rig.store.read(lambda r: r.all(select(received.c.outcome)))
    assert len(rows) == 2


async def test_an_id_that_is_too_long_still_tells_repetitions_from_others(rig: Rig) -> None:
    assert (await rig.say("hello", id=LONG)).new
    assert not (await rig.say("hello", id=LONG)).new
    assert (await rig.say("hello", id=f"{LONG}y")).new
    assert len(await rig.messages()) == 2


async def test_an_edit_finds_its_message_by_an_id_that_is_too_long(rig: Rig) -> None:
    await rig.say("old", id=LONG)
    await rig.accept(Edited("e1", ADDRESS, LONG, "new", customer()))
    assert [row["body"] for row in await rig.messages()] == ["new"]
    await rig.accept(Deleted("d1", ADDRESS, LONG, customer()))
    assert (await rig.messages())[0]["deleted_at"] is not None


@pytest.mark.parametrize(
    ("name", "content_type", "size", "kept"),
    [
        (NUL, "text/plain", 3, ("a\ufffdb", "text/plain", 3)),
        (HALF, "text/plain", 3, ("a\ufffdb", "text/plain", 3)),
        ("a", NUL, 3, ("a", "a\ufffdb", 3)),
        ("a" * 600, "x" * 300, 3, ("a" * 512, "x" * 255, 3)),
        ("a", "text/plain", 2**70, ("a", "text/plain", None)),
        ("a", "text/plain", 2**31, ("a", "text/plain", None)),
        ("a", "text/plain", -1, ("a", "text/plain", None)),
    ],
    ids=["NUL", "half of a pair", "type", "long", "immense", "too large for a column", "negative"],
)
async def test_a_file_that_is_called_or_measured_so_is_taken_in(
    rig: Rig, name: str, content_type: str, size: int, kept: tuple[str, str, int | None]
) -> None:
    file = Attachment(name, content_type, size, ref={"file": "1"})
    assert (await rig.say("look", attachments=[file])).new
    (row,) = await rig.store.read(lambda r: r.all(select(attachments)))
    assert (row["name"], row["content_type"], row["size"]) == kept
