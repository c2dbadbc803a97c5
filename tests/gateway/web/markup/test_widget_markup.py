"""What assistants, articles and staff write runs nothing in the widget, in a real Chromium, on a
site without a policy. Once as the channel renders it, and once past that, as if the server sent the
markup itself: the widget's own list holds alone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from html import escape
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from selenium import webdriver

from channels.contract import Author, Choice, Link, TimelineFile, TimelineItem, TimelineState
from channels.events import Address
from channels.webchat.channel import WebChat
from gateway.web.widget import DemoChannel, widget_routes
from tests.channels.fakes import NOW, MemoryIntake
from tests.contract.harness.web import channel
from tests.gateway.web.markup.payloads import Payload, payloads
from tests.gateway.web.markup.watched import HOST, MANY, SECONDS, Watched

PAGE = """<!doctype html><title>A site</title><script src="/widget.js"></script>
<frontdesk-chat data-inline data-channel="{}" data-name="Shop" data-greeting="{}"></frontdesk-chat>
"""
AUTHORS: Sequence[Author] = ("assistant", "staff", "system", "customer")
FETCHED = r"^/(chat/|widget.js|demo|$|favicon.ico$)"
SHOWN = """const chat = document.querySelector("frontdesk-chat");
const log = () => chat.shadowRoot?.querySelectorAll(".m").length ?? 0;
await until(() => log() >= given[0], "messages");
await pause(300);
lookThrough("widget");
return log();"""


class Everywhere:
    """A timeline that says the same to every visitor, a page at a time."""

    def __init__(self, items: Sequence[TimelineItem]) -> None:
        self.items = items

    async def after(self, address: Address, seq: int) -> Sequence[TimelineItem]:
        return [item for item in self.items if item.seq > seq][:200]

    async def state(self, address: Address) -> TimelineState:
        return TimelineState("staff", self.items[0].name, typing=True, seq=len(self.items))

    async def wait(self, address: Address, known: TimelineState, timeout: float) -> TimelineState:
        await asyncio.sleep(timeout)
        return known


def said(seq: int, payload: Payload) -> TimelineItem:
    text = payload.stored
    links = (Link(text, f"https://shop.example/{text}", text), Link(text, text, text))
    files = (TimelineFile("f-1", text, text, 1, f"/files/{text}"),)
    author = AUTHORS[seq % len(AUTHORS)]
    choices = (Choice(text, text),)
    return TimelineItem(seq, f"m-{seq}", author, text, text, links, choices, files, NOW)


def as_it_came(seq: int, payload: Payload) -> Mapping[str, Any]:
    """An event in which nothing was rendered."""
    text = payload.stored
    return {
        "seq": seq,
        "id": f"m-{seq}",
        "author": AUTHORS[seq % 3],
        "name": text,
        "text": text,
        "html": text,
        "citations": [{"title": text, "url": text, "passage": text}],
        "choices": [{"id": text, "label": text}],
        "files": [{"id": "f", "name": text, "url": text, "content_type": text, "size": 1}],
        "at": NOW,
    }


@asynccontextmanager
async def a_site(hostile: Sequence[Payload]) -> AsyncGenerator[str]:
    """A site with the widget over both ways, and the demo page; where it is served."""
    items = [said(seq, payload) for seq, payload in enumerate(hostile, 1)]
    web_chat = channel("web", timeline=Everywhere(items))
    name = hostile[1].stored
    app = web.Application()
    app.router.add_routes(web_chat.routes(MemoryIntake()))
    app.router.add_routes([*raw_chat(hostile, web_chat), *pages(name), *demo_mails(hostile)])
    shown = [DemoChannel("web", name, "web"), DemoChannel("web", name, "whatsapp")]
    app.router.add_routes(widget_routes(shown, lambda: name, mailbox=True))
    server = TestServer(app)
    await server.start_server(access_log=None)
    try:
        yield str(server.make_url("")).rstrip("/")
    finally:
        web_chat.closing.set()
        await server.close()


def raw_chat(hostile: Sequence[Payload], beside: WebChat) -> Sequence[web.RouteDef]:
    async def sessions(_: web.Request) -> web.Response:
        return web.json_response({"session": "s", "token": "t"})

    async def events(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for seq, payload in enumerate(hostile, 1):
            data = json.dumps(as_it_came(seq, payload))
            await response.write(f"event: message\ndata: {data}\n\n".encode())
        await beside.closing.wait()
        return response

    return [web.post("/chat/raw/sessions", sessions), web.get("/chat/raw/events", events)]


def pages(greeting: str) -> Sequence[web.RouteDef]:
    async def page(request: web.Request) -> web.Response:
        text = PAGE.format(request.match_info["name"], escape(greeting))
        return web.Response(text=text, content_type="text/html")

    return [web.get("/site/{name}", page)]


def demo_mails(hostile: Sequence[Payload]) -> Sequence[web.RouteDef]:
    async def mails(_: web.Request) -> web.Response:
        items = [
            {"address": one.stored, "text": one.stored, "confirm": one.stored} for one in hostile
        ]
        return web.json_response({"items": items})

    return [web.get("/demo/mailbox", mails)]


@pytest.mark.timeout(SECONDS)
async def test_nothing_that_is_said_runs_in_the_widget(chromium: webdriver.Chrome) -> None:
    hostile = payloads(MANY, HOST)
    async with a_site(hostile) as base:
        site = await asyncio.to_thread(Watched.over, chromium, base)
        assert await asyncio.to_thread(visited, site) == []


def visited(site: Watched) -> list[str]:
    found: list[str] = []
    for name in ("web", "raw"):
        site.browser.get(f"{site.base}/site/{name}")
        assert site.do(SHOWN, MANY) >= MANY
        found += [f"{name}: {what}" for what in site.noted(FETCHED)]
    site.browser.get(f"{site.base}/")
    mails = "return document.querySelectorAll('#mails li').length"
    assert site.do(f"await until(() => document.querySelector('#mails li'), 'mails'); {mails}")
    assert site.do(SHOWN, MANY) >= MANY
    return found + [f"demo: {what}" for what in site.noted(FETCHED)]
