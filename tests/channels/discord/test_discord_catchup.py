"""What was missed is read beside what comes live: nobody waits for the history of others, and each
room stays in order."""

from __future__ import annotations

from typing import Any

from channels.errors import IntakeClosed
from channels.events import InboundMessage
from tests.contract.harness.discord import Rig, rig
from tests.platforms.discord_rest import Withheld
from tests.platforms.discord_world import Json


def heard(opened: Rig) -> list[str]:
    """What was new: the intake knows a message by its id, also one that comes live as well."""
    said = [event for event in opened.intake.events if isinstance(event, InboundMessage)]
    return list({event.external_id: event.text for event in said}.values())


def misses(opened: Rig, room: Json, author: Json, content: str, **fields: Any) -> Json:
    """Written while nobody listens."""
    world = opened.platform.world
    return world.add(world.said(room, author, content, **fields))


def withhold(opened: Rig, room: Json) -> Withheld:
    held = opened.platform.rest.withheld[room["id"]] = Withheld()
    return held


async def paused(opened: Rig) -> Json:
    """A bot that knows two direct channels was away for long; the second of them."""
    await opened.listen()
    bobs = opened.platform.world.direct(opened.stranger["id"])
    await opened.say(opened.direct, opened.customer, "Ada before")
    await opened.say(bobs, opened.stranger, "Bob before")
    await opened.listener.pause()
    opened.intake.events.clear()
    return bobs


async def test_nobody_waits_for_the_history_of_others() -> None:
    async with rig() as opened:
        bobs = await paused(opened)
        history = withhold(opened, bobs)
        misses(opened, bobs, opened.stranger, "Bob meanwhile")
        misses(opened, opened.direct, opened.customer, "Ada meanwhile")
        opened.listener.start()
        await opened.platform.gateway.until(1)
        await history.asked.wait()
        me = opened.platform.world.me
        await opened.say(opened.room, opened.customer, f"<@{me['id']}> now", mentions=[me])
        await opened.say(opened.direct, opened.customer, "Ada now")
        assert heard(opened) == ["now", "Ada meanwhile", "Ada now"]
        history.told.set()
        await opened.say(bobs, opened.stranger, "Bob now")
        assert heard(opened)[3:] == ["Bob meanwhile", "Bob now"]
        assert opened.platform.gateway.identifies == 2


async def test_what_is_new_in_a_room_comes_after_what_was_missed_there() -> None:
    async with rig() as opened:
        await paused(opened)
        history = withhold(opened, opened.direct)
        missed = [misses(opened, opened.direct, opened.customer, f"{n}") for n in range(130)]
        opened.listener.start()
        await opened.platform.gateway.until(1)
        await history.asked.wait()
        live = await opened.platform.say(opened.direct, opened.customer, "130")
        assert heard(opened) == []
        history.told.set()
        # Out of the history, and live.
        await opened.intake.until_holds(live["id"], 2)
        assert heard(opened) == [f"{n}" for n in range(131)]
        assert all(opened.intake.holds(each["id"]) == 1 for each in missed)
        assert opened.intake.cursors[f"channel {opened.direct['id']}"] == live["id"]


async def test_what_is_new_in_a_customers_thread_comes_after_what_their_channel_owes() -> None:
    async with rig(["support"]) as opened:
        await opened.listen()
        rooms = opened.platform.world.rooms.values()
        support = next(room for room in rooms if room["name"] == "support")
        first = await opened.say(support, opened.customer, "before")
        assert isinstance(first, InboundMessage)
        thread = opened.platform.world.at(first.address.thread or "")
        await opened.listener.pause()
        opened.intake.events.clear()
        misses(opened, support, opened.customer, "in the channel")
        history = withhold(opened, support)
        opened.listener.start()
        await opened.platform.gateway.until(1)
        await history.asked.wait()
        live = await opened.platform.say(thread, opened.customer, "in the thread")
        assert heard(opened) == []
        history.told.set()
        await opened.intake.until_holds(live["id"])
        assert heard(opened) == ["in the channel", "in the thread"]


async def test_while_the_intake_stays_closed_the_platform_is_not_connected_to() -> None:
    async with rig() as opened:
        bobs = await paused(opened)
        misses(opened, bobs, opened.stranger, "Bob meanwhile")
        misses(opened, opened.direct, opened.customer, "Ada meanwhile")
        opened.intake.closed = True
        opened.listener.start()
        assert isinstance(await opened.listener.ended(), IntakeClosed)
        gateway = opened.platform.gateway
        before = (gateway.identifies, len(gateway.resumes))
        for _ in range(3):
            opened.listener.start()
            assert isinstance(await opened.listener.ended(), IntakeClosed)
        assert (gateway.identifies, len(gateway.resumes)) == before
        opened.intake.closed = False
        opened.listener.start()
        await gateway.until(1)
        await opened.say(opened.direct, opened.customer, "Ada now")
        assert sorted(heard(opened)) == ["Ada meanwhile", "Ada now", "Bob meanwhile"]
        assert (gateway.identifies, len(gateway.resumes)) == (before[0], before[1] + 1)
