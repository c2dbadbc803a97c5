"""One event that the store refuses holds up nothing that comes after it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from channels.events import Address, Attachment, Cursor, InboundMessage, Sender
from gateway.store.schema.pipeline import unreadable
from tests.gateway.pipeline.rig import CHANNEL, Rig


@pytest.mark.parametrize("text", ["no\x00file", "half a \ud83d pair"])
async def test_a_file_s_name_and_type_are_stored_whatever_they_hold(rig: Rig, text: str) -> None:
    file = Attachment(text, text, ref={"url": text})
    event = InboundMessage("m1", Address("chat1"), "see", Sender(("u1",)), attachments=(file,))
    accepted = await rig.door.accept(event, Cursor("offset", "1"))
    assert accepted.message is not None
    assert await rig.door.cursor("offset") == "1"


async def test_a_file_of_four_gigabytes_is_no_reason_to_stand_still(rig: Rig) -> None:
    file = Attachment("film.mp4", "video/mp4", size=4 * 2**30 - 1, ref={"file": "x"})
    event = InboundMessage("m1", Address("chat1"), "see", Sender(("u1",)), attachments=(file,))
    assert (await rig.door.accept(event, Cursor("offset", "1"))).message is not None


async def test_what_cannot_be_stored_is_kept_for_a_person_and_passed(rig: Rig) -> None:
    context = {"odd": object()}
    event = InboundMessage("m1", Address("chat1"), "see", Sender(("u1",)), reply_context=context)
    assert (await rig.door.accept(event, Cursor("offset", "1"))).new
    assert await rig.door.cursor("offset") == "1"
    (kept,) = await rig.store.read(lambda reading: reading.all(select(unreadable)))
    assert kept["channel"] == CHANNEL
    assert "could not be stored" in kept["reason"]
    await rig.say("next", id="m2")
    await rig.settle()
    assert rig.channel.texts[-1].endswith("next")
