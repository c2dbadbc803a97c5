"""Who is refused on a channel's route is counted, and fills no log."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web
from structlog.testing import capture_logs

from channels.signatures import Refused
from gateway.telemetry.facts import EventTaken, Fact, Facts
from gateway.web.refusals import telling_refusals
from tests.gateway.web.house import open_site


async def refuse(_: web.Request) -> web.StreamResponse:
    raise Refused(401, "the signature is wrong")


async def unreadable(_: web.Request) -> web.StreamResponse:
    return web.Response(status=422)


async def test_a_thousand_wrong_signatures_are_counted_and_leave_a_line_a_second(
    sqlite_url: str, tmp_path: Path
) -> None:
    facts, told = Facts(), list[Fact]()
    facts.listen(told.append)
    routes = [
        telling_refusals(web.post("/webhooks/line", refuse), "line", facts),
        telling_refusals(web.post("/webhooks/line/status", unreadable), "line", facts),
    ]
    async with open_site(sqlite_url, tmp_path, routes=routes) as site:
        with capture_logs() as logged:
            for _ in range(200):
                assert (await site.post("/webhooks/line", {}))[0] == 401
            site.house.clock.advance(1.0)
            await site.post("/webhooks/line", {})
            async with site.http.post(site.url("/webhooks/line/status")) as response:
                assert response.status == 422
    lines = [line for line in logged if line["event"] == "http.request"]
    assert [line["status"] for line in lines] == [401, 401, 422]
    assert told.count(EventTaken("line", "request", "refused")) == 201
    assert told.count(EventTaken("line", "request", "malformed")) == 1
