"""The list's own matters over HTTP: queues, filters, tags, replies kept ready, closing several."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from gateway.outgoing.recording import recorder
from tests.gateway.web.house import Site

HELLO = {"name": "hello", "text": "Hello {customer}, {me} of {business} here about case {case}."}


async def test_counts_filters_and_tags(site: Site) -> None:
    headers = await site.bearer()
    waiting = await site.house.says("I want a person", name="Kim")
    await site.house.to_the_queue(waiting)
    site.house.clock.advance(60.0)
    await site.house.says("Hello", "visitor-2")
    _, found = await site.get("/api/v1/counts", headers)
    assert found == {"waiting": 1, "mine": 0, "people": 0, "to_read": 0}
    address = f"/api/v1/conversations/{waiting}"
    status, tagged = await site.post(f"{address}/tags", {"add": [" VIP  guest "]}, headers)
    assert (status, tagged["tags"]) == (200, ["vip guest"])
    assert (await site.get("/api/v1/tags", headers))[1]["items"] == ["vip guest"]
    _, page = await site.get("/api/v1/conversations?tag=vip%20guest", headers)
    assert [(item["id"], item["tags"], item["rating"]) for item in page["items"]] == [
        (waiting, ["vip guest"], None)
    ]
    for query in ("rating=low", "confidence_below=0.5", "find=nothing", "tag=other"):
        _, page = await site.get(f"/api/v1/conversations?{query}", headers)
        assert page["items"] == []
    _, page = await site.get("/api/v1/conversations?order=waiting", headers)
    assert page["items"][0]["id"] == waiting
    for query in ("rating=6", "confidence_below=2", "order=oldest"):
        assert (await site.get(f"/api/v1/conversations?{query}", headers))[0] == 400


@pytest.mark.parametrize("tags", [[""], ["x" * 41], ["\u202e"], ["a"] * 21, "vip"])
async def test_what_is_no_tag(site: Site, tags: Any) -> None:
    headers = await site.bearer()
    conversation = await site.house.says("Hello")
    address = f"/api/v1/conversations/{conversation}/tags"
    assert (await site.post(address, {"add": tags}, headers))[0] == 422


async def test_a_case_is_closed_with_what_is_remembered(site: Site) -> None:
    headers = await site.bearer()
    conversation = await site.house.says("Where is my parcel?")
    address = f"/api/v1/conversations/{conversation}"
    _, proposed = await site.get(f"{address}/write-up", headers)
    assert proposed["write_up"]["asked"] == "Where is my parcel?"
    lines = {"asked": "Parcel 7", "done": "Found\nit", "promised": ""}
    done = await site.post(f"{address}/resolve", {"id": str(uuid4()), "write_up": lines}, headers)
    assert done[0] == 200
    assert (await site.get(f"{address}/write-up", headers))[1]["write_up"] is None
    _, past = await site.get(f"{address}/history", headers)
    (case,) = past["items"]
    assert case["write_up"] == {**lines, "done": "Found it"}
    await site.house.says("And now?")
    _, view = await site.get(address, headers)
    assert view["before"]["asked"] == "Parcel 7"
    assert (view["rating"], view["tags"]) == (None, [])


async def test_several_are_closed_and_each_is_told(site: Site) -> None:
    ada, ben = await site.bearer("Ada"), await site.bearer("Ben")
    mine, theirs = await site.house.says("One", "v1"), await site.house.says("Two", "v2")
    await site.post(f"/api/v1/conversations/{theirs}/take", {"id": str(uuid4())}, ben)
    body = {
        "id": str(uuid4()),
        "conversations": [{"conversation": each} for each in (mine, theirs, "unknown")],
    }
    for _ in range(2):
        status, told = await site.post("/api/v1/conversations/resolve", body, ada)
        assert status == 200
        assert [one["done"] for one in told["items"]] == [True, False, False]
        assert "take it over" in told["items"][1]["why"]
    _, view = await site.get(f"/api/v1/conversations/{mine}", ada)
    assert view["cases"][0]["outcome"] == "staff"
    stale = {"id": str(uuid4()), "conversations": [{"conversation": mine, "epoch": 99}]}
    _, told = await site.post("/api/v1/conversations/resolve", stale, ada)
    assert told["items"][0]["done"] is False


async def test_replies_are_written_by_leads_and_used_by_all(site: Site) -> None:
    lead, agent = await site.bearer("Lea", "lead"), await site.bearer("Ada")
    assert (await site.post("/api/v1/canned-replies", HELLO, agent))[0] == 403
    status, kept = await site.post("/api/v1/canned-replies", HELLO, lead)
    assert status == 200
    again = await site.post("/api/v1/canned-replies", {**HELLO, "text": "Hi {customer}"}, lead)
    assert again[1]["id"] == kept["id"]
    _, page = await site.get("/api/v1/canned-replies", agent)
    assert [(one["name"], one["text"]) for one in page["items"]] == [("hello", "Hi {customer}")]
    for wrong in ({"name": "Hello"}, {"text": "Hi {password}"}, {"text": ""}, {"name": "../x"}):
        assert (await site.post("/api/v1/canned-replies", {**HELLO, **wrong}, lead))[0] == 422
    address = f"/api/v1/canned-replies/{kept['id']}/remove"
    assert (await site.post(address, {}, agent))[0] == 403
    assert (await site.post(address, {}, lead))[0] == 200
    assert (await site.post(address, {}, lead))[0] == 404


async def test_ratings_by_path(site: Site) -> None:
    headers = await site.bearer()
    status, found = await site.get("/api/v1/ratings?days=7", headers)
    assert status == 200
    assert found["paths"]["mixed"] == {
        "resolved": 0, "asked": 0, "rated": 0, "mean": None, "low": 0,
    }  # fmt: skip


async def test_outgoing_events_are_seen(site: Site) -> None:
    headers = await site.bearer()
    site.house.store.record_with(recorder({"crm": ("case.opened",)}))
    conversation = await site.house.says("Hello")
    _, page = await site.get("/api/v1/outgoing?state=queued", headers)
    (event,) = page["items"]
    assert (event["receiver"], event["kind"], event["conversation"]) == (
        "crm",
        "case.opened",
        conversation,
    )
    for verb in ("retry", "discard"):
        address = f"/api/v1/outgoing/{event['id']}/{verb}"
        assert (await site.post(address, {}, headers))[0] == 404
