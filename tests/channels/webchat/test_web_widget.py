"""The widget and the demo page as served: small, strict, complete in every language."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from html.parser import HTMLParser

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from gateway.web.widget import CSP, STATIC, DemoChannel, demo_html, widget_routes, widget_source
from tests.contract.harness.web import Client

CHANNELS = [
    DemoChannel("web", "Web chat", "web"),
    DemoChannel("demo-whatsapp", "WhatsApp", "whatsapp"),
    DemoChannel("demo-slack", "Slack", "slack"),
]
SOURCE = widget_source().decode()
PAGE = (STATIC / "demo.html").read_text("utf-8")


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    app = web.Application()
    app.router.add_routes(widget_routes(CHANNELS, lambda: "Fernhill <Outdoor>"))
    async with TestClient(TestServer(app)) as opened:
        yield opened


async def test_the_widget_is_under_25_kb_as_served(client: Client) -> None:
    response = await client.get("/widget.js")
    body = await response.read()
    assert response.content_type == "text/javascript"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert 10_000 < len(body) < 25_000


async def test_an_unchanged_widget_is_not_sent_again(client: Client) -> None:
    first = await client.get("/widget.js")
    again = await client.get("/widget.js", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status == 304


async def test_the_demo_page_runs_nothing_but_its_own_scripts(client: Client) -> None:
    response = await client.get("/")
    assert response.status == 200
    assert response.headers["Content-Security-Policy"] == CSP
    assert "unsafe" not in CSP
    page = await response.text()
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=", page)
    for name in set(re.findall(r'(?:src|href)="(/[^"]+\.(?:js|css))"', page)):
        assert (await client.get(name)).status == 200


async def test_a_business_name_is_text_on_the_demo_page(client: Client) -> None:
    page = await (await client.get("/")).text()
    assert "<Outdoor>" not in page
    assert "Fernhill &lt;Outdoor&gt;" in page


@pytest.mark.parametrize("source", [SOURCE, (STATIC / "demo.js").read_text("utf-8")])
def test_no_script_makes_markup_or_code_out_of_text(source: str) -> None:
    forbidden = r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\(|new Function|cookie="
    assert re.search(forbidden, source) is None


def test_the_token_travels_in_the_header_only() -> None:
    assert "Authorization: `Bearer ${token}`" in SOURCE
    assert re.search(r"[?&](token|session|user)=", SOURCE) is None


def test_every_language_has_every_text() -> None:
    keys = re.search(r"const KEYS = \((.*?)\)\.split", SOURCE, re.DOTALL)
    assert keys is not None
    count = len("".join(re.findall(r'"([^"]*)"', keys[1])).split())
    texts = dict(re.findall(r'^\t(\w\w): "(.*)",$', SOURCE, re.MULTILINE))
    assert set(texts) == {"en", "de", "fr", "es", "it", "pt", "nl"}
    for text in texts.values():
        words = text.split("|")
        assert len(words) == count
        assert all(words)


class Elements(HTMLParser):
    """Every element of a page with its attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.found if name == tag]


def test_the_page_shows_every_channel_and_one_other_at_first() -> None:
    page = Elements(demo_html(PAGE, CHANNELS, "Fernhill"))
    chats = [(chat["data-channel"], chat["data-look"]) for chat in page.named("frontdesk-chat")]
    assert chats == [("web", "web"), ("demo-whatsapp", "whatsapp"), ("demo-slack", "slack")]
    tabs = [tab["aria-selected"] for tab in page.named("button")]
    assert tabs == ["true", "false"]
    panels = ["hidden" in div for div in page.named("div") if div.get("role") == "tabpanel"]
    assert panels == [False, True]


@pytest.mark.parametrize(("channels", "chats"), [([], 0), (CHANNELS[:1], 1), (CHANNELS[1:], 2)])
def test_the_page_stands_with_any_set_of_channels(channels: list[DemoChannel], chats: int) -> None:
    page = demo_html(PAGE, channels, "Fernhill")
    assert len(Elements(page).named("frontdesk-chat")) == chats
    assert ("No web chat channel" in page) is (chats == 0)
    assert "$" not in page
