"""What is heard, in which order, and what is found again after a pause: sessions, cursors, history,
the budget of connections."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from channels.discord.connection import HASTY_LIMIT, RESERVED_IDENTIFIES, SILENT_SECONDS
from channels.errors import ChannelDisconnected, ChannelMisconfigured, IntakeClosed
from channels.events import Address, Ignored, InboundMessage, Unreadable
from tests.contract.harness.discord import Rig, rig
from tests.platforms.discord_world import Json


def heard(opened: Rig) -> list[str]:
    return [event.text for event in opened.intake.events if isinstance(event, InboundMessage)]


async def started(opened: Rig) -> Rig:
    await opened.listen()
    return opened


def mention(opened: Rig, text: str) -> tuple[str, dict[str, Any]]:
    """A message's content and fields that speak to us."""
    me = opened.platform.world.me
    return f"<@{me['id']}> {text}", {"mentions": [me]}


async def test_a_direct_message_is_heard_whole() -> None:
    async with rig() as opened:
        await started(opened)
        event = await opened.say(opened.direct, opened.customer, "hello", type=19)
        assert isinstance(event, InboundMessage)
        assert (event.address, event.public) == (Address(opened.direct["id"]), False)
        assert event.sender.ids == (opened.customer["id"],)
        assert event.sender.name == "Ada"
        assert event.sent_at == opened.clock.now()
        assert event.reply_context["message"] == event.external_id


async def test_on_a_server_only_who_speaks_to_us_is_heard() -> None:
    async with rig() as opened:
        await started(opened)
        room, ada = opened.room, opened.customer
        lunch = await opened.say(room, ada, "lunch?")
        text, fields = mention(opened, "and you?")
        asked = await opened.say(room, ada, text, **fields)
        ours = opened.platform.world.said(room, opened.platform.world.me, "yes")
        reply = {
            "type": 19,
            "message_reference": {"message_id": ours["id"], "channel_id": room["id"]},
            "referenced_message": ours,
        }
        answered = await opened.say(room, ada, "and when?", **reply)
        assert lunch == Ignored(lunch.external_id, "not addressed")
        assert isinstance(asked, InboundMessage)
        assert asked.text == "and you?"
        assert asked.public
        assert asked.address == Address(room["id"], f"@{ada['id']}")
        assert isinstance(answered, InboundMessage)
        assert (answered.reply_to, answered.address) == (ours["id"], asked.address)


async def test_a_conversation_in_a_thread_is_the_threads() -> None:
    async with rig() as opened:
        world = opened.platform.world
        thread = world.thread(opened.room, "boots", 11, opened.stranger["id"])
        await started(opened)
        text, fields = mention(opened, "which size?")
        event = await opened.say(thread, opened.customer, text, **fields)
        assert isinstance(event, InboundMessage)
        assert event.address == Address(opened.room["id"], thread["id"])
        assert event.public


@pytest.mark.parametrize(
    ("who", "fields"),
    [
        ("me", {}),
        ("bot", {}),
        ("customer", {"webhook_id": "123"}),
        ("customer", {"type": 7}),
        ("customer", {"content": ""}),
    ],
    ids=["we", "a bot", "a webhook", "a notice", "nothing to read"],
)
async def test_no_program_is_ever_answered(who: str, fields: Json) -> None:
    async with rig() as opened:
        await started(opened)
        authors = {
            "me": opened.platform.world.me,
            "bot": opened.other,
            "customer": opened.customer,
        }
        text, said = mention(opened, "beep")
        given = {"content": text, **said, **fields}
        event = await opened.say(opened.room, authors[who], given.pop("content"), **given)
        assert isinstance(event, Ignored)
        assert opened.intake.cursors[f"channel {opened.room['id']}"] == event.external_id


async def test_a_forward_is_read_as_what_it_carries() -> None:
    async with rig() as opened:
        await started(opened)
        base = opened.platform.rest.files_at
        file = opened.platform.world.attach(base, "a.png", "image/png", b"png")
        event = await opened.say(
            opened.direct,
            opened.customer,
            "",
            message_reference={"type": 1, "message_id": "5", "channel_id": "6"},
            message_snapshots=[{"message": {"content": "their words", "attachments": [file]}}],
        )
        assert isinstance(event, InboundMessage)
        assert (event.text, event.reply_to) == ("their words", None)
        assert event.attachments[0].ref is not None
        pieces = [piece async for piece in opened.channel.open(event.attachments[0].ref)]
        assert b"".join(pieces) == b"png"


async def test_what_nobody_can_read_is_kept_and_passed() -> None:
    async with rig() as opened:
        await started(opened)
        bad = {"id": opened.platform.world.snowflake(), "channel_id": opened.direct["id"]}
        await opened.platform.gateway.dispatch("MESSAGE_CREATE", {**bad, "author": {"id": 7}})
        await opened.intake.until_holds(bad["id"])
        await opened.say(opened.direct, opened.customer, "after it")
        (event,) = [each for each in opened.intake.events if isinstance(each, Unreadable)]
        assert b'"author"' in event.raw
        assert heard(opened) == ["after it"]
        assert opened.platform.gateway.identifies == 1


async def test_a_cut_connection_is_resumed_and_nothing_is_lost() -> None:
    async with rig() as opened:
        await started(opened)
        await opened.say(opened.direct, opened.customer, "one")
        await opened.platform.gateway.cut()
        await opened.platform.say(opened.direct, opened.customer, "two")
        await opened.platform.gateway.until(1)
        await opened.say(opened.direct, opened.customer, "three")
        assert heard(opened) == ["one", "two", "three"]
        assert (opened.platform.gateway.identifies, len(opened.platform.gateway.resumes)) == (1, 1)


async def test_a_session_that_cannot_be_resumed_is_made_up_for_from_the_history() -> None:
    async with rig() as opened:
        await started(opened)
        await opened.say(opened.direct, opened.customer, "one")
        text, fields = mention(opened, "two")
        await opened.say(opened.room, opened.customer, text, **fields)
        opened.platform.gateway.forgetful = True
        await opened.platform.gateway.cut()
        world = opened.platform.world
        text, fields = mention(opened, "four")
        world.add(world.said(opened.direct, opened.customer, "three"))
        last = world.add(world.said(opened.room, opened.stranger, text, **fields))
        await opened.intake.until_holds(last["id"])
        assert heard(opened) == ["one", "two", "three", "four"]
        assert opened.platform.gateway.identifies == 2


async def test_after_a_pause_every_room_is_read_from_its_cursor_on() -> None:
    async with rig() as opened:
        await started(opened)
        world = opened.platform.world
        thread = world.thread(opened.room, "boots", 11, opened.customer["id"])
        await opened.say(opened.direct, opened.customer, "direct 0")
        await opened.listener.pause()
        for number in range(1, 251):
            world.add(world.said(opened.direct, opened.customer, f"direct {number}"))
        for number in range(3):
            text, fields = mention(opened, f"thread {number}")
            world.add(world.said(thread, opened.customer, text, **fields))
        world.add(world.said(opened.room, opened.customer, "to the room"))
        bob = world.direct(opened.stranger["id"])
        last = world.add(world.said(bob, opened.stranger, "a direct channel never seen"))
        opened.listener.start()
        await opened.intake.until_holds(world.messages[thread["id"]][-1]["id"])
        came = heard(opened)
        assert came[:251] == [f"direct {number}" for number in range(251)]
        assert came[251:] == ["thread 0", "thread 1", "thread 2"]
        assert opened.intake.holds(last["id"]) == 0, "nobody lists a bot's direct channels"
        cursor = opened.intake.cursors[f"channel {opened.direct['id']}"]
        assert cursor == world.messages[opened.direct["id"]][-1]["id"]


async def test_nothing_from_before_the_bot_was_invited_is_read() -> None:
    async with rig() as opened:
        await started(opened)
        world = opened.platform.world
        guild = world.guild("New")
        guild["joined_at"] = "2030-01-01T00:00:00+00:00"
        text, fields = mention(opened, "too early")
        room = world.room(guild, "general")
        early = world.add(world.said(room, opened.customer, text, **fields))
        await opened.listener.pause()
        opened.listener.start()
        await opened.platform.gateway.until(1)
        await opened.say(opened.direct, opened.customer, "now")
        assert opened.intake.holds(early["id"]) == 0


async def test_what_is_older_than_a_week_is_not_answered() -> None:
    async with rig() as opened:
        await started(opened)
        await opened.say(opened.direct, opened.customer, "long ago")
        await opened.listener.pause()
        world = opened.platform.world
        old = world.add(world.said(opened.direct, opened.customer, "old"))
        opened.clock.at += 8 * 24 * 3600
        new = world.add(world.said(opened.direct, opened.customer, "new"))
        opened.listener.start()
        await opened.intake.until_holds(new["id"])
        assert opened.intake.holds(old["id"]) == 0


async def test_a_room_that_may_not_be_read_holds_nothing_up() -> None:
    async with rig() as opened:
        await started(opened)
        await opened.say(opened.direct, opened.customer, "one")
        await opened.listener.pause()
        world = opened.platform.world
        world.add(world.said(opened.room, opened.customer, "behind a door"))
        world.denied.add(f"view {opened.room['id']}")
        last = world.add(world.said(opened.direct, opened.customer, "two"))
        opened.listener.start()
        await opened.intake.until_holds(last["id"])
        await opened.say(opened.direct, opened.customer, "three")
        assert heard(opened) == ["one", "two", "three"]


async def test_a_closed_intake_costs_no_identification_and_no_message() -> None:
    async with rig() as opened:
        await started(opened)
        await opened.say(opened.direct, opened.customer, "one")
        opened.intake.closed = True
        await opened.platform.say(opened.direct, opened.customer, "two")
        assert isinstance(await opened.listener.ended(), IntakeClosed)
        requests = len(opened.platform.asked)
        for _ in range(5):
            opened.listener.start()
            assert isinstance(await opened.listener.ended(), IntakeClosed)
        assert len(opened.platform.asked) == requests, "a closed intake is found out at home"
        opened.intake.closed = False
        opened.listener.start()
        await opened.platform.gateway.until(1)
        await opened.say(opened.direct, opened.customer, "three")
        assert heard(opened) == ["one", "two", "three"]
        assert opened.platform.gateway.identifies == 1
        assert set(opened.platform.gateway.closes) == {4000}


async def test_a_closed_intake_while_catching_up_skips_nothing() -> None:
    async with rig() as opened:
        await started(opened)
        await opened.say(opened.direct, opened.customer, "one")
        await opened.listener.pause()
        world = opened.platform.world
        world.add(world.said(opened.direct, opened.customer, "two"))
        opened.intake.closed = True
        opened.listener.start()
        assert isinstance(await opened.listener.ended(), IntakeClosed)
        opened.intake.closed = False
        opened.listener.start()
        await opened.platform.gateway.until(1)
        await opened.say(opened.direct, opened.customer, "three")
        assert heard(opened) == ["one", "two", "three"]
        assert opened.platform.gateway.identifies == 2


async def test_an_event_of_long_ago_does_not_move_the_cursor_back() -> None:
    async with rig() as opened:
        await started(opened)
        first = await opened.say(opened.direct, opened.customer, "one")
        second = await opened.say(opened.direct, opened.customer, "two")
        old = opened.platform.world.message(opened.direct["id"], first.external_id)
        await opened.platform.gateway.dispatch("MESSAGE_CREATE", old)
        await opened.intake.until_holds(first.external_id, 2)
        assert opened.intake.cursors[f"channel {opened.direct['id']}"] == second.external_id


async def test_a_stretch_that_was_ended_from_outside_is_resumed() -> None:
    async with rig() as opened:
        await started(opened)
        await opened.say(opened.direct, opened.customer, "one")
        await opened.listener.stop()
        await opened.platform.gateway.until_closed(1)
        await opened.platform.say(opened.direct, opened.customer, "two")
        opened.listener.start()
        await opened.platform.gateway.until(1)
        await opened.say(opened.direct, opened.customer, "three")
        assert heard(opened) == ["one", "two", "three"]
        assert opened.platform.gateway.identifies == 1
        assert opened.platform.gateway.closes == [4000]


INTENTS = {
    "guilds": 0,
    "guild messages": 9,
    "guild reactions": 10,
    "direct messages": 12,
    "direct reactions": 13,
    "message content": 15,
}


async def test_only_what_is_used_is_asked_for() -> None:
    async with rig() as opened:
        await started(opened)
        assert opened.platform.gateway.intents == sum(1 << bit for bit in INTENTS.values())


CLOSES = [
    (4004, ChannelMisconfigured, "Reset Token"),
    (4011, ChannelMisconfigured, "too many servers"),
    (4013, ChannelMisconfigured, "update Frontdesk"),
    (4014, ChannelMisconfigured, "Message Content Intent"),
]


@pytest.mark.parametrize(("code", "error", "words"), CLOSES)
async def test_a_closing_code_for_good_says_what_to_mend(
    code: int, error: type[Exception], words: str
) -> None:
    async with rig() as opened:
        opened.platform.gateway.refuse_identify = code
        opened.listener.start()
        ended = await opened.listener.ended()
        assert isinstance(ended, error)
        assert words in str(ended)


async def test_a_platform_that_closes_at_once_is_left_alone_for_a_while() -> None:
    async with rig() as opened:
        opened.platform.gateway.refuse_identify = 4000
        opened.listener.start()
        ended = await opened.listener.ended()
        assert isinstance(ended, ChannelDisconnected)
        assert opened.platform.gateway.identifies <= HASTY_LIMIT


async def test_connections_are_held_back_when_few_are_left() -> None:
    async with rig() as opened:
        opened.platform.gateway.remaining = RESERVED_IDENTIFIES - 1
        opened.listener.start()
        ended = await opened.listener.ended()
        assert isinstance(ended, ChannelDisconnected)
        assert "connections are left" in str(ended)
        assert opened.platform.gateway.identifies == 0


async def test_a_gateway_that_says_nothing_for_long_fails_the_probe() -> None:
    async with rig() as opened:
        await started(opened)
        await opened.channel.probe()
        opened.clock.at += SILENT_SECONDS + 1
        with pytest.raises(ChannelDisconnected, match="said nothing"):
            await opened.channel.probe()
        await opened.say(opened.direct, opened.customer, "here I am")
        await opened.channel.probe()


async def test_a_platform_that_does_not_answer_fails_the_probe() -> None:
    async with rig() as opened:
        opened.platform.everywhere = "unavailable"
        with pytest.raises(ChannelDisconnected, match="503"):
            await opened.channel.probe()


async def test_two_channels_in_one_process_keep_to_their_own_platforms() -> None:
    async with rig() as one, rig() as two:
        await asyncio.gather(one.listen(), two.listen())
        await one.say(one.direct, one.customer, "to one")
        await two.say(two.direct, two.customer, "to two")
        assert (heard(one), heard(two)) == (["to one"], ["to two"])


async def test_the_command_is_registered_once_and_not_at_every_start() -> None:
    async with rig() as opened:
        await started(opened)
        await opened.listener.pause()
        opened.listener.start()
        await opened.platform.gateway.until(1)
        await opened.say(opened.direct, opened.customer, "hello")
        assert len(opened.platform.requests("POST", "/commands")) == 1
        assert [each["name"] for each in opened.platform.world.commands] == ["human"]
