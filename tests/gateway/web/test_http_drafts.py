"""Drafts and joinings over real HTTP: what is listed, decided and refused, and what is told."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from channels.contract import Link
from gateway.conversations.drafts import Drafted, prepare
from gateway.conversations.ownership import expect
from gateway.store.schema.pipeline import deliveries
from gateway.store.unit import Unit
from tests.gateway.web.house import Site


async def drafted(site: Site, text: str = "Within <b>30</b> days.") -> str:
    """A conversation with a draft in the queue."""
    conversation = await site.house.says("How long can I return it?", name="Kim")
    await site.house.to_the_queue(conversation)

    def unit(unit: Unit) -> None:
        row = expect(unit, conversation, None)
        link = Link("Returns", "javascript:alert(1)", "p-1")
        prepare(
            unit, row, row["epoch"],
            Drafted("How long can I return it?", text, 0, 1, (link,), (), 0.91, "en"), "turn-1",
        )  # fmt: skip

    await site.house.write(unit)
    return conversation


def decision(draft: dict[str, Any], **more: object) -> dict[str, Any]:
    named = {name: draft[name] for name in ("version", "epoch", "through_seq")}
    return {"id": str(uuid4()), **named, **more}


async def test_a_draft_is_listed_shown_and_sent(site: Site) -> None:
    headers = await site.bearer()
    conversation = await drafted(site)
    _, page = await site.get("/api/v1/drafts", headers)
    [draft] = page["items"]
    assert (draft["text"], draft["confidence"], draft["kind"]) == (
        "Within <b>30</b> days.", 0.91, "web",
    )  # fmt: skip
    assert draft["citations"] == [{"title": "Returns", "url": None, "passage": "p-1"}]
    _, view = await site.get(f"/api/v1/conversations/{conversation}", headers)
    assert view["draft"]["id"] == draft["id"]
    assert "<b>" not in view["draft"]["html"]
    _, listed = await site.get("/api/v1/conversations?draft=open", headers)
    assert [row["draft"] for row in listed["items"]] == [draft["id"]]
    body = decision(draft)
    status, done = await site.post(f"/api/v1/drafts/{draft['id']}/approve", body, headers)
    assert (status, done["owner"], done["conversation"]) == (200, "staff", conversation)
    assert (await site.post(f"/api/v1/drafts/{draft['id']}/approve", body, headers))[1] == done
    _, view = await site.get(f"/api/v1/conversations/{conversation}", headers)
    assert view["draft"] is None
    assert [(one["author"], one["name"]) for one in view["messages"]][-1] == ("staff", "Ada")
    assert (await site.get("/api/v1/conversations?draft=open", headers))[1]["items"] == []


async def test_what_moved_is_told(site: Site) -> None:
    headers, other = await site.bearer(), await site.bearer("Ben")
    conversation = await drafted(site)
    [draft] = (await site.get("/api/v1/drafts", headers))[1]["items"]
    address = f"/api/v1/drafts/{draft['id']}"
    await site.house.says("And to Norway?")
    status, moved = await site.post(f"{address}/approve", decision(draft), headers)
    assert (status, moved["why"], moved["draft"]["customer_seq"]) == (409, "customer", 2)
    assert [one["text"] for one in moved["newer"]] == ["And to Norway?"]
    assert await site.house.rows(deliveries) == []
    for wrong, why in (({"version": 2}, "version"), ({"epoch": 9}, "epoch")):
        status, moved = await site.post(
            f"{address}/edit", decision(draft, text="x", **wrong), headers
        )
        assert (status, moved["why"]) == (409, why)
    await site.post(f"/api/v1/conversations/{conversation}/take", {"id": str(uuid4())}, other)
    status, moved = await site.post(f"{address}/approve", decision(draft), headers)
    assert (status, moved["why"], moved["draft"]["owner_name"]) == (409, "owner", "Ben")


async def test_rejections_and_edits_are_lessons(site: Site) -> None:
    headers = await site.bearer()
    await drafted(site)
    [draft] = (await site.get("/api/v1/drafts", headers))[1]["items"]
    address = f"/api/v1/drafts/{draft['id']}"
    assert (await site.post(f"{address}/reject", decision(draft, reason=" "), headers))[0] == 422
    assert (await site.post(f"{address}/reject", decision(draft), headers))[0] == 422
    status, _ = await site.post(f"{address}/reject", decision(draft, reason="60 now"), headers)
    assert status == 200
    status, moved = await site.post(f"{address}/approve", decision(draft), headers)
    assert (status, moved["why"], moved["draft"]["state"]) == (409, "decided", "rejected")
    [lesson] = (await site.get("/api/v1/lessons", headers))[1]["items"]
    assert (lesson["reason"], lesson["draft"], lesson["decided_by"]) == (
        "60 now", "Within <b>30</b> days.", "Ada",
    )  # fmt: skip


async def test_who_may_only_read_decides_nothing(site: Site) -> None:
    reader = await site.bearer(scope="read")
    await drafted(site)
    [draft] = (await site.get("/api/v1/drafts", reader))[1]["items"]
    for verb, more in (("approve", {}), ("edit", {"text": "x"}), ("reject", {"reason": "x"})):
        body = decision(draft, **more)
        assert (await site.post(f"/api/v1/drafts/{draft['id']}/{verb}", body, reader))[0] == 403
        assert (await site.post(f"/api/v1/drafts/{draft['id']}/{verb}", body))[0] == 401
    headers = await site.bearer()
    unknown = await site.post(f"/api/v1/drafts/{'0' * 32}/approve", decision(draft), headers)
    assert unknown[0] == 404


async def test_contacts_are_joined_and_split(site: Site) -> None:
    headers = await site.bearer()
    house = site.house
    here = await house.says("Hello")
    there = await house.says("Hello", "visitor-2")
    one, other = (await house.row(here))["contact_id"], (await house.row(there))["contact_id"]
    address = f"/api/v1/contacts/{one}"
    body = {"id": str(uuid4()), "contact": other}
    status, joined = await site.post(f"{address}/join", body, headers)
    assert status == 200
    assert (await site.post(f"{address}/join", body, headers))[1] == joined
    _, view = await site.get(f"/api/v1/conversations/{here}", headers)
    assert [one["id"] for one in view["contact"]["elsewhere"]] == [there]
    assert view["contact"]["joins"][0]["by"] == "Ada"
    _, known = await site.get(f"{address}/person", headers)
    assert len(known["identities"]) == 2
    split = {"id": str(uuid4()), "join": joined["join"]}
    assert (await site.post(f"{address}/split", split, headers))[1]["contact"] == other
    assert (await house.row(there))["contact_id"] == other
    for path, wrong in (
        (f"/api/v1/contacts/{'0' * 32}/join", body),
        (f"{address}/split", {**split, "join": "0" * 32}),
    ):
        assert (await site.post(path, wrong, headers))[0] == 404
    assert (await site.post(f"{address}/join", {**body, "contact": one}, headers))[0] == 409
