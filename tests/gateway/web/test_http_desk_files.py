"""Files of staff, messages as they came and events that nobody could read, over HTTP."""

from __future__ import annotations

import asyncio
from uuid import uuid4

from channels.events import Address, InboundMessage, Sender, Unreadable
from gateway.intake.events import receive
from gateway.store.schema.pipeline import deliveries, unreadable
from tests.gateway.web.house import Site, surface

PDF = b"%PDF-1.4 the invoice"


async def attach(
    site: Site, conversation: str, headers: dict[str, str], content: bytes = PDF
) -> tuple[int, dict[str, str]]:
    address = f"/api/v1/conversations/{conversation}/files?name=invoice.pdf&type=application/pdf"
    async with site.http.post(site.url(address), data=content, headers=headers) as response:
        return response.status, await response.json(content_type=None)


async def download(site: Site, address: str) -> tuple[int, bytes, str]:
    async with site.http.get(site.url(address)) as response:
        kind = response.headers.get("Content-Disposition", "")
        return response.status, await response.read(), kind


async def test_staff_attach_a_file_to_a_reply(site: Site) -> None:
    headers = await site.bearer()
    conversation = await site.house.says("May I have the invoice?")
    status, kept = await attach(site, conversation, headers)
    assert status == 200
    body = {"id": str(uuid4()), "text": "", "files": [kept["id"]]}
    path = f"/api/v1/conversations/{conversation}"
    status, done = await site.post(f"{path}/messages", body, headers)
    assert status == 200, done
    _, view = await site.get(path, headers)
    (file,) = view["messages"][-1]["files"]
    assert (file["name"], file["size"]) == ("invoice.pdf", len(PDF))
    assert (await download(site, file["url"]))[:2] == (200, PDF)
    row = (await site.house.rows(deliveries))[-1]
    assert '"name":"invoice.pdf"' in row["files"]
    status, problem = await site.post(
        f"{path}/messages", {"id": str(uuid4()), "text": "x", "files": [kept["id"]]}, headers
    )
    assert (status, "attach it again" in problem["detail"]) == (422, True)


async def test_nothing_is_attached_by_strangers_or_to_nothing(site: Site) -> None:
    conversation = await site.house.says("Hello")
    assert (await attach(site, conversation, {}))[0] == 401
    assert (await attach(site, conversation, await site.bearer("Ben", scope="read")))[0] == 403
    headers = await site.bearer()
    assert (await attach(site, "nothing", headers))[0] == 404
    assert (await attach(site, conversation, headers, b""))[0] == 422
    path = f"/api/v1/conversations/{conversation}/messages"
    assert (await site.post(path, {"id": str(uuid4()), "text": ""}, headers))[0] == 422


async def test_a_message_as_it_came_is_downloaded_from_the_desk(site: Site) -> None:
    raw = b"From: ada@example.com\r\n\r\nHello\r\n"
    sha256 = (await asyncio.to_thread(site.house.files.keep, raw)).sha256
    event = InboundMessage(
        "m-1", Address("visitor-1"), "Hello", Sender(("visitor-1",)), raw=sha256.encode()
    )
    await site.house.write(lambda unit: receive(unit, surface(), event))
    headers = await site.bearer()
    _, page = await site.get("/api/v1/conversations", headers)
    _, view = await site.get(f"/api/v1/conversations/{page['items'][0]['id']}", headers)
    status, content, named = await download(site, view["messages"][0]["raw"])
    assert (status, content) == (200, raw)
    assert "message.eml" in named


async def test_a_person_sees_what_could_not_be_read_and_says_so(site: Site) -> None:
    event = Unreadable("e-1", "a field is missing", b"\x00\xffraw", Address("c1"))
    await site.house.write(lambda unit: receive(unit, surface(), event))
    headers = await site.bearer()
    _, page = await site.get("/api/v1/unreadable", headers)
    (item,) = page["items"]
    assert (item["reason"], item["channel"], item["address"]) == (
        "a field is missing",
        "web",
        "c1",
    )
    assert (await download(site, item["raw"]))[:2] == (200, b"\x00\xffraw")
    for _ in range(2):
        status, _ = await site.post(f"/api/v1/unreadable/{item['id']}/handled", {}, headers)
        assert status == 200
    _, page = await site.get("/api/v1/unreadable", headers)
    assert page["items"] == []
    (row,) = await site.house.rows(unreadable)
    assert row["handled_by"] == "Ada"
    status, _ = await site.post("/api/v1/unreadable/nothing/handled", {}, headers)
    assert status == 404
    assert (await site.get("/api/v1/unreadable"))[0] == 401
