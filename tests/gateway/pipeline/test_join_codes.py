"""A customer who writes on two channels says so with a code, whoever owns the conversations."""

from __future__ import annotations

import re

import pytest

from channels.events import Address, Commanded, InboundMessage, Sender
from tests.gateway.pipeline.rig import Rig

CODE = re.compile(r"LINK-[A-Z2-7]{4}-[A-Z2-7]{4}")


def code(rig: Rig) -> str:
    found = CODE.search(rig.channel.texts[-1].replace("\\", ""))
    assert found is not None, rig.channel.texts[-1]
    return found[0]


async def same_contact(rig: Rig) -> bool:
    one, other = await rig.conversation("c1"), await rig.conversation("c2")
    return bool(one["contact_id"] == other["contact_id"])


@pytest.mark.parametrize("owner", ["assistant", "staff"])
async def test_a_code_is_shown_here_and_typed_there(rig: Rig, owner: str) -> None:
    await rig.say("Hello", "c1")
    await rig.say("Hello", "c2")
    await rig.settle()
    if owner == "staff":
        await rig.staff("take", chat="c1")
        await rig.staff("take", chat="c2")
    asked = len(rig.brain.asked)
    await rig.say("Link my chats!", "c1")
    await rig.settle()
    assert not await same_contact(rig)
    await rig.say(code(rig).lower(), "c2")
    await rig.settle()
    assert await same_contact(rig)
    assert "as one" in rig.channel.texts[-1]
    assert len(rig.brain.asked) == asked
    assert (await rig.conversation("c2"))["owner"] == owner


async def test_a_code_that_does_not_count_is_said_so(rig: Rig) -> None:
    await rig.say("LINK-AAAA-BBBB", "c1")
    await rig.settle()
    assert "link my chats" in rig.channel.texts[-1]


async def test_a_command_asks_for_a_code_where_nobody_reads_along(rig: Rig) -> None:
    sender = Sender(("user-c1",))
    await rig.accept(Commanded("x1", Address("c1"), "/link", "", sender))
    await rig.settle()
    assert CODE.match(code(rig))
    sent = len(rig.channel.sent)
    await rig.accept(InboundMessage("x2", Address("room"), "link my chats", sender, public=True))
    await rig.accept(Commanded("x3", Address("room"), "link", "", sender, public=True))
    await rig.settle()
    assert not any(CODE.search(text) for text in rig.channel.texts[sent:])
