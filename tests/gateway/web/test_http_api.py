"""The admin API over real HTTP: what it answers, to whom, and what it refuses."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from gateway.store.schema.conversation import messages, visible
from gateway.store.schema.pipeline import deliveries, turns
from tests.gateway.web.house import Site, asked


async def test_the_story_of_a_handoff(site: Site) -> None:
    house, headers = site.house, await site.bearer()
    conversation = await house.says("I want a person", name="Kim")
    await house.to_the_queue(conversation)
    _, page = await site.get("/api/v1/conversations?owner=queue", headers)
    [item] = page["items"]
    assert page["next"] is None
    assert {"id", "channel", "owner", "reason", "waiting_since"} <= item.keys()
    address = f"/api/v1/conversations/{item['id']}"
    _, view = await site.get(address, headers)
    assert view["brief"]["question"] == "Where is it?"
    reply = {"id": str(uuid4()), "text": "Hello Kim", "epoch": view["epoch"]}
    status, done = await site.post(f"{address}/messages", reply, headers)
    assert status == 200
    assert done == {
        "id": reply["id"],
        "conversation": conversation,
        "epoch": view["epoch"] + 1,
        "owner": "staff",
        "message": done["message"],
        "seq": 3,
    }
    assert (await site.post(f"{address}/messages", reply, headers)) == (200, done)
    _, view = await site.get(address, headers)
    assert [message["author"] for message in view["messages"]] == ["customer", "system", "staff"]
    for verb, owner in (("return", "assistant"), ("take", "staff"), ("resolve", "assistant")):
        status, done = await site.post(f"{address}/{verb}", {"id": str(uuid4())}, headers)
        assert (status, done["owner"]) == (200, owner)


async def test_conflicts_carry_the_epoch_and_the_owner(site: Site) -> None:
    house = site.house
    ada, ben = await site.bearer("Ada"), await site.bearer("Ben")
    conversation = await house.says("Hello")
    address = f"/api/v1/conversations/{conversation}"
    await site.post(f"{address}/take", {"id": str(uuid4())}, ada)
    status, problem = await site.post(
        f"{address}/messages", {"id": str(uuid4()), "text": "Me"}, ben
    )
    assert (status, problem["epoch"], problem["owner_name"]) == (409, 1, "Ada")
    assert {"type", "title", "status", "detail"} <= problem.keys()
    status, problem = await site.post(f"{address}/take", {"id": str(uuid4()), "epoch": 0}, ben)
    assert (status, problem["epoch"]) == (409, 1)
    assert "owner_name" not in problem


async def test_of_two_staff_one_wins_over_http(site: Site) -> None:
    people = [await site.bearer(name) for name in ("Ada", "Ben")]
    for number in range(8):
        conversation = await site.house.says("Hello", f"visitor {number}")
        address = f"/api/v1/conversations/{conversation}/messages"
        results = await asyncio.gather(
            *(
                site.post(address, {"id": str(uuid4()), "text": "Hi", "epoch": 0}, one)
                for one in people
            )
        )
        assert sorted(status for status, _ in results) == [200, 409]


async def test_a_note_stays_inside(site: Site) -> None:
    headers = await site.bearer()
    conversation = await site.house.says("Hello")
    address = f"/api/v1/conversations/{conversation}"
    for body in ({"text": "// inside"}, {"text": "inside", "note": True}):
        status, done = await site.post(f"{address}/messages", {"id": str(uuid4()), **body}, headers)
        assert (status, done["owner"]) == (200, "assistant")
    assert await site.house.rows(deliveries) == []
    assert len(await site.house.rows(visible)) == 1
    _, view = await site.get(address, headers)
    assert [one["kind"] for one in view["messages"]] == ["message", "note", "note"]


async def test_roles_and_scopes_hold(site: Site) -> None:
    conversation = await site.house.says("Hello")
    address = f"/api/v1/conversations/{conversation}"
    lead, agent = await site.bearer("Lea", "lead"), await site.bearer("Ada", "agent")
    reader = await site.bearer("Lea", scope="read")
    assert (await site.get("/api/v1/staff", agent))[0] == 403
    status, page = await site.get("/api/v1/staff", lead)
    assert status == 200
    assert {member["name"] for member in page["items"]} == {"Lea", "Ada"}
    assert "password" not in str(page)
    assert (await site.get(address, reader))[0] == 200
    body = {"id": str(uuid4()), "text": "Hi"}
    assert (await site.post(f"{address}/messages", body, reader))[0] == 403
    assert (await site.post("/api/v1/deliveries/x/retry", {}, reader))[0] == 403


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/me"),
        ("GET", "/api/v1/conversations"),
        ("GET", "/api/v1/conversations/{id}"),
        ("POST", "/api/v1/conversations/{id}/messages"),
        ("POST", "/api/v1/conversations/{id}/take"),
        ("POST", "/api/v1/conversations/{id}/return"),
        ("POST", "/api/v1/conversations/{id}/resolve"),
        ("GET", "/api/v1/turns/{id}"),
        ("GET", "/api/v1/deliveries"),
        ("POST", "/api/v1/deliveries/{id}/retry"),
        ("POST", "/api/v1/deliveries/{id}/discard"),
        ("GET", "/api/v1/staff"),
        ("GET", "/api/v1/events"),
        ("GET", "/api/v1/openapi.json"),
    ],
)
async def test_nobody_gets_in_without_a_sign_in(site: Site, method: str, path: str) -> None:
    conversation = await site.house.says("Hello")
    address = path.replace("{id}", conversation)
    for headers in (
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": f"Bearer fdt_{'A' * 43}"},
        {"Authorization": "Bearer "},
        {"Authorization": "Basic QWRhOnB3"},
        {"Cookie": "frontdesk=AAAA"},
        {"Cookie": f"frontdesk={'A' * 43}; __Host-frontdesk={'A' * 43}"},
    ):
        async with site.http.request(
            method,
            site.url(address),
            headers=headers,
            json={"id": "x"} if method == "POST" else None,
        ) as response:
            assert response.status == 401, headers
            assert response.content_type == "application/problem+json"
            assert "Hello" not in await response.text()


async def test_unknown_and_foreign_ids_are_404_and_never_403(site: Site) -> None:
    headers = await site.bearer()
    mine = await site.house.says("Hello")
    [message] = await site.house.rows(messages)
    body: dict[str, Any] = {"id": str(uuid4()), "text": "Hi"}
    foreign = ["0" * 32, message["id"], site.house.known["Ada"].id, "x", "..", "%00", "é", "a b"]
    for other in foreign:
        for path in (
            f"/api/v1/conversations/{other}",
            f"/api/v1/turns/{other}",
            f"/api/v1/events?conversation={other}",
        ):
            status, problem = await site.get(path, headers)
            assert status in {404, 400}, path
            assert problem["status"] == status
        for path in (
            f"/api/v1/conversations/{other}/messages",
            f"/api/v1/deliveries/{other}/retry",
            f"/api/v1/deliveries/{other}/discard",
        ):
            assert (await site.post(path, body, headers))[0] == 404, path
    assert (await site.get(f"/api/v1/turns/{mine}", headers))[0] == 404


async def test_a_token_in_an_address_is_refused(site: Site) -> None:
    headers = await site.bearer()
    token = headers["Authorization"].removeprefix("Bearer ")
    for name in ("token", "access_token", "session", "api_key", "authorization"):
        for given in (headers, None):
            status, problem = await site.get(f"/api/v1/me?{name}={token}", given)
            assert status == 400
            assert token not in str(problem)
            assert "logs" in problem["detail"]


async def test_turns_and_deliveries_are_shown(site: Site) -> None:
    headers = await site.bearer()
    house = site.house
    conversation = await house.says("Hello")
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
            reasons='[{"code":"c","rule":"r"}]',
            trace='{"model":"extractive"}',
            node="n",
            started_at=unit.now,
        )
    )
    _, turn = await site.get("/api/v1/turns/t1", headers)
    assert turn["trace"] == {"model": "extractive"}
    assert turn["conversation"] == conversation
    await house.desk.say(asked(house.known["Ada"], conversation, "messages"), "Hi")
    _, page = await site.get("/api/v1/deliveries?state=queued&limit=1", headers)
    assert len(page["items"]) == 1
    _, rest = await site.get(f"/api/v1/deliveries?state=queued&cursor={page['next']}", headers)
    assert len(rest["items"]) == 1
    assert rest["next"] is None
    delivery = page["items"][0]["id"]
    assert (await site.post(f"/api/v1/deliveries/{delivery}/retry", {}, headers))[0] == 409


async def test_a_disabled_member_is_out_at_once(site: Site) -> None:
    headers, cookie = await site.bearer(), await site.cookie()
    assert (await site.get("/api/v1/me", headers))[0] == 200
    await site.house.people.disable("Ada")
    assert (await site.get("/api/v1/me", headers))[0] == 401
    assert (await site.get("/api/v1/me", {"Cookie": cookie}))[0] == 401
