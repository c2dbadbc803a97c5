"""Being away over HTTP, and what the desk is told of those who wait."""

from __future__ import annotations

from uuid import uuid4

from gateway.config.promises import DeskPromises, Promises
from tests.gateway.web.house import Site

AWAY = "/api/v1/me/away"


async def test_who_goes_away_passes_on_what_they_have(site: Site) -> None:
    ada, ben = await site.bearer("Ada"), await site.bearer("Ben")
    conversation = await site.house.says("Hello?")
    address = f"/api/v1/conversations/{conversation}"
    await site.post(f"{address}/take", {"id": str(uuid4())}, ada)
    await site.house.says("Are you there?")
    assert (await site.post(AWAY, {"away": True}, ben))[1]["passed_back"] == 0
    status, done = await site.post(AWAY, {"away": True}, ada)
    now = site.house.clock.now()
    assert (status, done) == (200, {"away_at": now, "passed_back": 1})
    _, me = await site.get("/api/v1/me", ada)
    assert me["away_at"] == now
    _, shown = await site.get(address, ada)
    assert (shown["owner"], shown["reason"], shown["waiting_since"]) == ("queue", "owner_away", now)
    lead = await site.bearer("Lea", "lead")
    _, staff = await site.get("/api/v1/staff", lead)
    assert {one["name"]: one["away_at"] for one in staff["items"]} == {
        "Ada": now,
        "Ben": now,
        "Lea": None,
    }
    # Who answers somebody is there, whatever the switch said.
    message = {"id": str(uuid4()), "text": "Here I am"}
    assert (await site.post(f"{address}/messages", message, ada))[0] == 200
    assert (await site.get("/api/v1/me", ada))[1]["away_at"] is None
    assert (await site.post(AWAY, {"away": False}, ben))[1] == {"away_at": None, "passed_back": 0}


async def test_presence_is_said_by_whoever_may_write_and_said_clearly(site: Site) -> None:
    reader = await site.bearer("Ada", scope="read")
    assert (await site.post(AWAY, {"away": True}, reader))[0] == 403
    assert (await site.post(AWAY, {"away": True}))[0] == 401
    for body in ({}, {"away": "yes"}, {"away": True, "who": "Ben"}):
        assert (await site.post(AWAY, body, await site.bearer("Ben")))[0] == 422


async def test_the_list_says_until_when_a_person_is_to_answer(site: Site) -> None:
    ada = await site.bearer("Ada")
    desks = {
        "web": DeskPromises(first_answer=900.0, escalate_to="second"),
        "second": DeskPromises(),
    }
    site.house.views.promises = lambda: Promises(desks)
    conversation = await site.house.says("Hello?")
    await site.house.to_the_queue(conversation)
    began = site.house.clock.now()
    wanted = {
        "desk": "web",
        "escalated": False,
        "due_at": began + 900.0,
        "late_at": None,
        "reminded_at": None,
        "owner_away": False,
    }
    _, page = await site.get("/api/v1/conversations?owner=queue", ada)
    _, one = await site.get(f"/api/v1/conversations/{conversation}", ada)
    for shown in (page["items"][0], one):
        assert {key: shown[key] for key in wanted} == wanted
    # Once a person has answered nothing is due.
    message = {"id": str(uuid4()), "text": "Here I am"}
    await site.post(f"/api/v1/conversations/{conversation}/messages", message, ada)
    _, one = await site.get(f"/api/v1/conversations/{conversation}", ada)
    assert one["due_at"] is None
