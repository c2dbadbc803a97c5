"""The list of conversations: what is in it, in which order, a page at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gateway.conversations.ownership import cover, expect
from gateway.desk.inbox import Filters, Wanted, listed
from gateway.desk.pages import BadCursor, Page, Place
from gateway.store.schema.pipeline import turns
from gateway.store.unit import dumps
from tests.gateway.web.house import House, asked


async def page(house: House, wanted: Wanted) -> Page[dict[str, Any]]:
    return await house.store.read(lambda reading: listed(reading, wanted, {"wa": "whatsapp"}))


async def ids(house: House, **filters: str) -> list[str]:
    found = await page(house, Wanted(replace(Filters(""), **filters)))
    return [item["id"] for item in found.items]


async def test_an_item_says_what_staff_choose_by(house: House) -> None:
    ada = await house.member("Ada")
    conversation = await house.says("Where\n is   it? " + "x" * 500, name="Kim")
    await house.to_the_queue(conversation)
    await house.desk.say(asked(ada, conversation, "messages"), "// a note is no last message")
    [item] = (await page(house, Wanted(Filters(ada.id)))).items
    last = item.pop("last_message")
    contact = item.pop("contact")
    assert contact["name"] == "Kim"
    assert last["snippet"].startswith("Where is it? xxx")
    assert len(last["snippet"]) == 160
    assert (last["author"], last["at"]) == ("customer", house.clock.now())
    assert item == {
        "id": conversation,
        "channel": "web",
        "kind": "web",
        "owner": "queue",
        "owner_name": None,
        "owner_away": False,
        "desk": "web",
        "escalated": False,
        "due_at": None,
        "late_at": None,
        "reminded_at": None,
        "mine": False,
        "alarm": None,
        "draft": None,
        "reason": "asked_for_person",
        "waiting_since": house.clock.now(),
        "covered": False,
        "case": 1,
        "public": False,
        "window_until": None,
        "watch": None,
        "rating": None,
        "tags": [],
        "epoch": 1,
        "updated_at": house.clock.now(),
    }
    await house.desk.take(asked(ada, conversation, "take"))
    [item] = (await page(house, Wanted(Filters(ada.id)))).items
    assert (item["owner_name"], item["mine"], item["waiting_since"]) == ("Ada", True, None)


async def test_each_filter_finds_its_own(house: House) -> None:
    ada, ben = await house.member("Ada"), await house.member("Ben")
    web, wa, queued, bens = [
        await house.says("Hello", f"visitor {name}", channel=channel)
        for name, channel in (("a", "web"), ("b", "wa"), ("c", "web"), ("d", "web"))
    ]
    await house.to_the_queue(queued)
    await house.desk.take(asked(ada, wa, "take"))
    await house.desk.take(asked(ben, bens, "take"))
    await house.desk.resolve(asked(ada, web, "resolve"))
    assert await ids(house, owner="queue") == [queued]
    assert await ids(house, owner="assistant") == [web]
    assert set(await ids(house, owner="staff")) == {wa, bens}
    assert await ids(house, owner="me", me=ada.id) == [wa]
    assert await ids(house, channel="wa") == [wa]
    assert await ids(house, outcome="staff") == [web]
    assert await ids(house, rule="asked_for_person") == [queued]
    assert await ids(house, rule="asked%") == []
    assert set(await ids(house)) == {web, wa, queued, bens}


async def test_a_rule_that_fired_in_a_turn_is_found(house: House) -> None:
    conversation = await house.says("Hello")
    await house.says("Hello", "visitor-2")
    reasons = dumps([{"code": "low_confidence", "rule": 'below "0.5" 100%'}])
    await house.write(
        lambda unit: unit.insert(
            turns,
            id="t1",
            conversation_id=conversation,
            claim=1,
            epoch=0,
            from_seq=1,
            through_seq=1,
            state="done",
            reasons=reasons,
            node="n",
            started_at=unit.now,
        )
    )
    assert await ids(house, rule="low_confidence") == [conversation]
    assert await ids(house, rule='below "0.5" 100%') == [conversation]
    assert await ids(house, rule="below") == []


async def test_the_queue_is_longest_waiting_first_and_keeps_the_covered(house: House) -> None:
    waiting: list[str] = []
    for number in range(4):
        conversation = await house.says("Hello", f"visitor {number}")
        await house.to_the_queue(conversation)
        waiting.append(conversation)
        house.clock.advance(10)
    await house.write(lambda unit: cover(unit, expect(unit, waiting[1], None)))
    assert await ids(house, owner="queue") == waiting
    assert waiting[1] in await ids(house, owner="assistant")
    assert (await ids(house))[0] == waiting[1]


@pytest.mark.parametrize("owner", [None, "queue"])
async def test_pages_hold_everything_once(house: House, owner: str | None) -> None:
    everything: set[str] = set()
    for number in range(23):
        conversation = await house.says("Hello", f"visitor {number}")
        await house.to_the_queue(conversation)
        everything.add(conversation)
        house.clock.advance(number % 3)
    seen: list[str] = []
    cursor: str | None = None
    for _ in range(10):
        found = await page(house, Wanted(Filters("", owner), cursor, limit=5))
        seen += [item["id"] for item in found.items]
        cursor = found.next
        if cursor is None:
            break
    assert len(seen) == 23
    assert set(seen) == everything


@pytest.mark.parametrize(
    "cursor",
    ["x", "!!!", "e30", "W10", "bnVsbA", "W1tbW1tb", "é", "W251bGwsbnVsbCxudWxsXQ", "A" * 9000],
)
async def test_a_cursor_that_is_not_ours_is_refused(house: House, cursor: str) -> None:
    with pytest.raises(BadCursor):
        await page(house, Wanted(Filters(""), cursor))


async def test_a_cursor_of_another_order_is_refused(house: House) -> None:
    cursor = Place("newest", 1.0, "a").cursor()
    with pytest.raises(BadCursor):
        await page(house, Wanted(Filters("", "queue"), cursor))
