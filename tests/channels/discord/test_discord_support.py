"""Support channels: a private thread for each customer, found again, shared with nobody; and people
of the business who answer there."""

from __future__ import annotations

import pytest

from channels.contract import Choice, OutboundMessage
from channels.discord.places import thread_name
from channels.errors import ChannelDisconnected
from channels.events import Address, Ignored, InboundMessage
from tests.contract.harness.discord import Rig, rig
from tests.platforms.discord_world import FORUM, PRIVATE_THREAD, PUBLIC_THREAD, Json

ROLE = "123456789012345678"


def support(opened: Rig) -> Json:
    return next(room for room in opened.platform.world.rooms.values() if room["name"] == "support")


def threads(opened: Rig) -> list[Json]:
    return [room for room in opened.platform.world.rooms.values() if "parent_id" in room]


async def asked(opened: Rig, text: str = "where is my parcel?") -> InboundMessage:
    event = await opened.say(support(opened), opened.customer, text)
    assert isinstance(event, InboundMessage)
    return event


async def test_a_message_in_a_support_channel_opens_a_private_thread() -> None:
    async with rig(["support"]) as opened:
        await opened.listen()
        event = await asked(opened)
        (thread,) = threads(opened)
        assert thread["type"] == PRIVATE_THREAD
        assert thread["name"].startswith("Ada · ")
        assert opened.platform.world.let_in[thread["id"]] == {opened.customer["id"]}
        assert event.address == Address(support(opened)["id"], thread["id"])
        assert not event.public


async def test_the_answer_stands_in_the_thread_and_hangs_on_nothing_outside() -> None:
    async with rig(["support"]) as opened:
        await opened.listen()
        event = await asked(opened)
        context = event.reply_context
        message = OutboundMessage(
            "d", event.address, "Soon.", "Soon.", reply_to=event.external_id, reply_context=context
        )
        await opened.channel.send(message)
        (thread,) = threads(opened)
        (answer,) = opened.platform.world.messages[thread["id"]]
        assert answer["content"] == "Soon."
        assert "message_reference" not in answer


async def test_one_customer_has_one_thread_and_another_has_another() -> None:
    async with rig(["support"]) as opened:
        await opened.listen()
        first, second = await asked(opened), await asked(opened, "hello?")
        other = await opened.say(support(opened), opened.stranger, "me too")
        inside = await opened.say(threads(opened)[0], opened.customer, "are you there?")
        assert isinstance(other, InboundMessage)
        assert isinstance(inside, InboundMessage)
        assert first.address == second.address == inside.address != other.address
        assert len(threads(opened)) == 2


@pytest.mark.parametrize("archived", [False, True])
async def test_after_a_restart_the_thread_is_found_again(archived: bool) -> None:
    async with rig(["support"]) as opened:
        await opened.listen()
        first = await asked(opened)
        await opened.listener.pause()
        if archived:
            opened.platform.world.archived.add(threads(opened)[0]["id"])
        async with opened.channel:
            opened.listener.start()
            await opened.platform.gateway.until(1)
            second = await asked(opened, "again")
        assert first.address == second.address
        assert len(threads(opened)) == 1


async def test_a_thread_that_was_deleted_is_opened_anew() -> None:
    async with rig(["support"]) as opened:
        await opened.listen()
        first = await asked(opened)
        (thread,) = threads(opened)
        del opened.platform.world.rooms[thread["id"]]
        second = await asked(opened, "hello?")
        assert first.address != second.address
        assert len(threads(opened)) == 1


async def test_who_left_their_thread_is_let_in_when_they_ask_again() -> None:
    async with rig(["support"]) as opened:
        await opened.listen()
        await asked(opened)
        (thread,) = threads(opened)
        opened.platform.world.let_in[thread["id"]].clear()
        await asked(opened, "hello?")
        assert opened.platform.world.let_in[thread["id"]] == {opened.customer["id"]}


async def test_what_was_asked_during_a_pause_opens_one_thread() -> None:
    async with rig(["support"]) as opened:
        await opened.listen()
        world = opened.platform.world
        await opened.listener.pause()
        world.add(world.said(support(opened), opened.customer, "anybody?"))
        last = world.add(world.said(support(opened), opened.customer, "hello?"))
        opened.listener.start()
        await opened.intake.until_holds(last["id"])
        assert len(threads(opened)) == 1


async def test_without_private_threads_it_is_a_public_one_on_the_message() -> None:
    async with rig(["support"]) as opened:
        opened.platform.world.denied.add("threads")
        await opened.listen()
        event = await asked(opened)
        (thread,) = threads(opened)
        assert (thread["type"], thread["id"]) == (PUBLIC_THREAD, event.external_id)
        assert event.address.thread == thread["id"]
        assert event.public


async def test_without_any_threads_it_is_answered_in_the_channel() -> None:
    async with rig(["support"]) as opened:
        opened.platform.world.denied |= {"threads", "public_threads"}
        await opened.listen()
        event = await asked(opened)
        assert event.address == Address(support(opened)["id"], f"@{opened.customer['id']}")
        assert event.public


async def test_a_platform_that_opens_no_thread_now_is_asked_again() -> None:
    async with rig(["support"]) as opened:
        await opened.listen()
        opened.platform.everywhere = "unavailable"
        message = await opened.platform.say(support(opened), opened.customer, "hello")
        ended = await opened.listener.ended()
        assert isinstance(ended, ChannelDisconnected)
        assert opened.intake.holds(message["id"]) == 0
        opened.platform.everywhere = None
        opened.listener.start()
        await opened.intake.until_holds(message["id"])
        assert opened.platform.gateway.identifies == 1


async def test_nobody_else_is_the_customer_of_a_thread() -> None:
    async with rig(["support"]) as opened:
        await opened.listen()
        await asked(opened)
        (thread,) = threads(opened)
        guest = await opened.say(thread, opened.stranger, "I am only looking")
        assert guest == Ignored(guest.external_id, "not addressed")


async def test_a_person_of_the_business_takes_over_in_the_thread() -> None:
    async with rig(["support"], operator_roles=[ROLE]) as opened:
        await opened.listen()
        event = await asked(opened)
        (thread,) = threads(opened)
        opened.platform.world.roles[opened.stranger["id"]] = [ROLE]
        answer = await opened.say(thread, opened.stranger, "I have it here")
        chatter = await opened.say(support(opened), opened.stranger, "busy day")
        assert isinstance(answer, InboundMessage)
        assert (answer.sender.kind, answer.address) == ("operator", event.address)
        assert isinstance(chatter, Ignored)


async def test_their_role_is_asked_for_where_the_history_does_not_tell_it() -> None:
    async with rig(["support"], operator_roles=[ROLE]) as opened:
        await opened.listen()
        await asked(opened)
        await opened.listener.pause()
        world, (thread,) = opened.platform.world, threads(opened)
        world.roles[opened.stranger["id"]] = [ROLE]
        message = world.add(world.said(thread, opened.stranger, "I have it here"))
        opened.listener.start()
        await opened.intake.until_holds(message["id"])
        (answer,) = [e for e in opened.intake.events if e.external_id == message["id"]]
        assert isinstance(answer, InboundMessage)
        assert answer.sender.kind == "operator"


async def test_in_a_forum_the_author_of_a_post_is_the_customer() -> None:
    async with rig(["support"]) as opened:
        world, forum = opened.platform.world, support(opened)
        forum["type"] = FORUM
        post = world.thread(forum, "My boots leak", PUBLIC_THREAD, opened.customer["id"])
        await opened.listen()
        mine = await opened.say(post, opened.customer, "since yesterday")
        theirs = await opened.say(post, opened.stranger, "mine too")
        assert isinstance(mine, InboundMessage)
        assert (mine.address, mine.public) == (Address(forum["id"], post["id"]), True)
        assert isinstance(theirs, Ignored)


async def test_a_button_in_a_thread_is_for_its_customer() -> None:
    async with rig(["support"]) as opened:
        await opened.listen()
        event = await asked(opened)
        choices = (Choice("person", "A person"),)
        context = event.reply_context
        message = OutboundMessage(
            "d", event.address, "Hm?", "Hm?", choices=choices, reply_context=context
        )
        await opened.channel.send(message)
        (thread,) = threads(opened)
        (offer,) = opened.platform.world.messages[thread["id"]]
        custom = offer["components"][0]["components"][0]["custom_id"]
        assert custom.split("|")[1:] == [opened.customer["id"], "person"]


async def test_a_thread_that_fell_asleep_is_opened_again_and_stays_private() -> None:
    async with rig(["support"]) as opened:
        await opened.listen()
        first = await asked(opened)
        (thread,) = threads(opened)
        opened.platform.world.archived.add(thread["id"])
        second = await asked(opened, "me again")
        assert (second.address, second.public) == (first.address, False)
        assert threads(opened) == [thread]
        assert opened.platform.world.archived == set()


async def test_a_thread_that_was_locked_is_followed_by_another_private_one() -> None:
    async with rig(["support"]) as opened:
        await opened.listen()
        first = await asked(opened)
        (thread,) = threads(opened)
        opened.platform.world.archived.add(thread["id"])
        opened.platform.world.denied.add("unarchive")
        second = await asked(opened, "me again")
        assert second.address != first.address
        assert not second.public
        assert [room["type"] for room in threads(opened)] == [PRIVATE_THREAD, PRIVATE_THREAD]


def test_no_two_of_many_people_have_the_same_mark() -> None:
    names = {thread_name("Ada", "123456789012345678", str(person)) for person in range(50_000)}
    assert len(names) == 50_000
    assert all(len(name) <= 100 for name in names)
    assert len(thread_name("A" * 200, "1", "2")) <= 100


async def test_a_platform_that_asks_for_time_while_the_history_is_read_gets_it() -> None:
    async with rig() as opened:
        await opened.listen()
        world, room = opened.platform.world, opened.room
        fields: Json = {"mentions": [world.me]}
        missed = world.add(world.said(room, opened.customer, "anybody?", **fields))
        opened.platform.looks.append("rate_limited")
        guild: Json = {**world.guilds[room["guild_id"]], "threads": []}
        guild["channels"] = [{**room, "last_message_id": missed["id"]}]
        before = opened.clock.at
        await opened.platform.gateway.dispatch("GUILD_CREATE", guild)
        await opened.intake.until_holds(missed["id"])
        assert opened.clock.at - before == 7.0
        assert opened.platform.gateway.resumes == []
