"""Channels and desks over HTTP: whether each is well, and what passes it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from gateway.config.desks import DeskSettings
from gateway.config.settings import Settings
from gateway.conversations.messages import LISTS
from gateway.desk.traffic import by_channel, by_desk
from gateway.people import linking
from gateway.records import ChannelHealth
from gateway.store.schema.conversation import conversations
from gateway.store.schema.desk import desk_threads
from gateway.store.schema.pipeline import deliveries, rests
from gateway.store.unit import Unit
from tests.gateway.web.house import House, Site, asked, open_house, open_site


@dataclass(frozen=True, slots=True)
class Entry:
    kind: str
    desk: str
    as_: str | None = None
    demo: bool = False
    quiet_seconds: float | None = None


def settings() -> Settings:
    desk = DeskSettings(channel="team", chat="C0ALL", by_topic={"refund": "C0MONEY"}, on_duty="S1")
    return Settings(
        channels={"web": Entry("web", "support"), "team": Entry("slack", "web")},
        desks={"support": desk},
    )


@pytest.fixture
async def wide(sqlite_url: str, tmp_path: Path) -> AsyncGenerator[Site]:
    """A site with a configuration: customers write on the web, staff work in Slack."""
    kinds = {"web": "web", "team": "slack"}
    async with open_site(sqlite_url, tmp_path, settings=settings, kinds=kinds) as opened:
        yield opened


async def listed(site: Site, path: str) -> dict[str, Any]:
    status, page = await site.get(f"/api/v1/{path}", await site.bearer("Ada"))
    assert status == 200
    return {one["name"]: one for one in page["items"]} | {"": page}


async def failed(house: House) -> str:
    """A conversation with something that could not be sent."""
    talk = await house.says("Where is it?")
    await house.desk.say(asked(await house.member("Ben"), talk, "messages"), "It left us.")
    await house.write(lambda unit: unit.execute(update(deliveries).values(state="failed")))
    return talk


async def test_every_channel_says_how_it_is_and_how_it_is_mended(wide: Site) -> None:
    await failed(wide.house)
    down = ChannelHealth("down", "the token was revoked", None, retries=False)
    channels = {"web": ChannelHealth("up", None, None), "team": down}
    wide.health.report = replace(wide.health.report, channels=channels)
    found = await listed(wide, "channels")
    web, team = found["web"], found["team"]
    assert (web["state"], web["mend"], web["desk"], web["paused"]) == ("up", None, "support", None)
    assert (web["last_in_at"], web["waiting"], web["dead"]) == (wide.house.clock.now(), 0, 2)
    assert web["rollout"] == {"mode": "draft", "off_hours_only": False}
    assert (team["state"], team["why"]) == ("down", "the token was revoked")
    assert "correct the settings" in team["mend"]
    trying = ChannelHealth("down", "no answer", None)
    wide.health.report = replace(wide.health.report, channels={"web": trying})
    found = await listed(wide, "channels")
    assert "tries again by itself" in found["web"]["mend"]
    assert found["team"]["why"] == "it is not running on this node"


async def test_what_is_paused_says_by_whom(wide: Site) -> None:
    lead = await wide.bearer("Lin", "lead")
    await wide.post("/api/v1/pause", {"channel": "web"}, lead)
    await wide.post("/api/v1/pause", {}, lead)
    found = await listed(wide, "channels")
    assert (found["web"]["paused"]["by"], found["team"]["paused"]) == ("Lin", None)
    assert found[""]["paused"]["by"] == "Lin"


async def test_a_desk_says_where_it_is_who_is_on_it_and_what_is_not_seen(wide: Site) -> None:
    house = wide.house
    ben = await house.member("Ben")
    await house.write(lambda unit: linking.add(unit, ben.id, "slack", "T1/UBEN"))
    talk = await house.says("Where is it?")
    await house.to_the_queue(talk)

    def unseen(unit: Unit) -> None:
        unit.execute(update(conversations).values(desk_alarm="the bot was removed"))
        for number, state in enumerate(("lost", "opening", "open")):
            unit.insert(
                desk_threads, id=unit.new_id(), conversation_id=talk, desk="support",
                channel="team", address=f"C0ALL:{number}", state=state, owner_since=unit.now,
                created_at=unit.now,
            )  # fmt: skip
        unit.emit(LISTS)

    await house.write(unseen)
    found = await listed(wide, "desks")
    support, web = found["support"], found["web"]
    assert (support["kind"], support["chat"], support["channels"]) == ("slack", "C0ALL", ["web"])
    assert (support["by_topic"], support["on_duty"]) == ({"refund": "C0MONEY"}, "S1")
    assert support["staff"] == [{"name": "Ben", "away": False}]
    assert (support["alarms"], support["why"]) == (1, "the bot was removed")
    assert (support["lost"], support["opening"]) == (1, 1)
    assert {one["name"] for one in web["staff"]} == {"Ada", "Ben"}
    assert (web["alarms"], web["chat"]) == (0, None)


async def test_both_stores_count_alike(store_url: str, tmp_path: Path) -> None:
    async with open_house(store_url, tmp_path) as house:
        talk = await failed(house)
        await house.to_the_queue(talk)

        def more(unit: Unit) -> None:
            unit.insert(rests, channel="wa", until=unit.now + 30, reason="too fast")
            unit.execute(update(conversations).values(desk_alarm="gone"))

        await house.write(more)
        passing = await house.store.read(by_channel)
        assert (passing["web"].dead, passing["web"].last_in_at) == (2, house.clock.now())
        assert passing["wa"].rests == (house.clock.now() + 30, "too fast")
        desks = await house.store.read(lambda reading: by_desk(reading, {"web": "support"}))
        assert (desks["support"].alarms, desks["support"].why) == (1, "gone")
