"""Who looks at what, seen by others at once and from another node; and the first steps."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete

from gateway.desk import viewing
from gateway.desk.viewing import FRESH_SECONDS, VIEWERS
from gateway.store.schema.inbox import viewers
from gateway.store.schema.library import documents
from gateway.store.schema.pipeline import turns
from gateway.store.unit import Unit
from tests.gateway.web.house import Site
from tests.gateway.web.test_http_events import stream


async def seen(site: Site) -> list[tuple[str, bool]]:
    status, page = await site.get("/api/v1/viewers", await site.bearer("Ada"))
    assert status == 200
    return [(one["name"], one["writing"]) for one in page["items"]]


async def test_two_who_look_at_one_conversation_see_each_other(site: Site) -> None:
    ben = await site.bearer("Ben")
    talk = await site.house.says("Hello")
    path = f"/api/v1/conversations/{talk}/viewing"
    said: list[list[tuple[str, bool]]] = []
    for state in ("looking", "writing", "gone"):
        assert (await site.post(path, {"state": state}, ben))[0] == 200
        said.append(await seen(site))
    assert said == [[("Ben", False)], [("Ben", True)], []]
    await site.post(path, {"state": "looking"}, ben)
    site.house.clock.advance(FRESH_SECONDS)
    assert await seen(site) == []
    await site.post(path, {"state": "looking"}, await site.bearer("Ada"))
    assert len(await site.house.rows(viewers)) == 1
    assert (await site.post("/api/v1/conversations/none/viewing", {"state": "gone"}, ben))[0] == 404
    assert (await site.post(path, {"state": "asleep"}, ben))[0] == 422


async def test_coming_writing_and_going_are_told_and_staying_is_not(site: Site) -> None:
    ben = await site.house.member("Ben")
    talk = await site.house.says("Hello")

    async def told(state: Any) -> bool:
        emitted: set[str] = set()

        def unit(unit: Unit) -> None:
            viewing.say(unit, talk, ben.id, state)
            emitted.update(unit.emitted)

        await site.house.write(unit)
        return VIEWERS in emitted

    states = ("looking", "looking", "writing", "writing", "looking", "gone", "gone")
    assert [await told(state) for state in states] == [True, False, True, False, True, True, False]


async def test_another_nodes_viewers_are_found(site: Site) -> None:
    headers = await site.bearer("Ada")
    ben = await site.house.member("Ben")
    talk = await site.house.says("Hello")
    async with stream(site, headers) as reader:
        await reader.until("event: conversations")
        # Committed without a wake-up, as on another node.
        await site.house.write(
            lambda unit: unit.insert(
                viewers, conversation_id=talk, staff_id=ben.id, seen_at=unit.now
            )
        )
        assert (await reader.block()).startswith("event: viewers\n")
        await site.house.write(lambda unit: unit.execute(delete(viewers)))
        assert (await reader.block()).startswith("event: viewers\n")


async def test_the_first_steps_are_read_off_the_state_of_things(site: Site) -> None:
    lead = await site.bearer("Lea", "lead")

    async def steps() -> tuple[list[str], list[str], bool]:
        _, found = await site.get("/api/v1/first-steps", lead)
        done = [one["step"] for one in found["items"] if one["done"]]
        skipped = [one["step"] for one in found["items"] if one["skipped"]]
        return done, skipped, found["shown"]

    async def say(step: str, state: str) -> int:
        return (await site.post(f"/api/v1/first-steps/{step}", {"state": state}, lead))[0]

    assert await steps() == ([], [], True)
    await site.post("/api/v1/invitations", {"role": "agent"}, lead)
    assert await steps() == (["desk"], [], True)

    def more(unit: Unit) -> None:
        about = {"origin": "desk", "audience": "public", "hash": "x", "added_at": unit.now}
        unit.insert(documents, id="returns", tenant_id=unit.tenant, title="Returns", **about)
        unit.insert(
            turns, id="t1", conversation_id="c1", claim=1, epoch=0, from_seq=1, through_seq=1,
            state="done", node="n", started_at=unit.now,
        )  # fmt: skip

    await site.house.write(more)
    assert await steps() == (["knowledge", "desk", "test"], [], True)
    assert await say("business", "skipped") == 200
    assert await steps() == (["knowledge", "desk", "test"], ["business"], True)
    await say("channel", "skipped")
    assert (await steps())[2] is False
    await say("channel", "open")
    assert (await steps())[2] is True
    await say("all", "skipped")
    assert (await steps())[2] is False
    assert await say("everything", "skipped") == 404
    assert (await site.get("/api/v1/first-steps", await site.bearer("Ada")))[0] == 403
