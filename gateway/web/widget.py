"""Serves the chat widget and the demo page that shows it. It knows the channels by name only and
never serves a file that is not listed here."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import TypeAlias

from aiohttp import web

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:;"
    " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
WIDGET = ("looks.js", "nodes.js", "chat.js")
STATIC = Path(str(files("channels.webchat") / "static"))
COLOURS = {
    "web": "#1d5c4a",
    "whatsapp": "#075e54",
    "slack": "#4a154b",
    "discord": "#4752c4",
    "telegram": "#2b6e9b",
    "email": "#3f4a56",
}
STARTERS = "How long may I return something?|What does shipping cost?|I want to talk to a person"
Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class DemoChannel:
    """A channel on the demo page; ``kind`` is the kind that it looks like."""

    name: str
    title: str
    kind: str


def widget_routes(
    channels: Sequence[DemoChannel], business: Callable[[], str], *, mailbox: bool = False
) -> list[web.RouteDef]:
    """``/widget.js`` for any site, and the demo page with its own style and script; with
    ``mailbox`` it shows what the demo's shop mails. ``business`` names it as configured now."""
    shared = {"Cross-Origin-Resource-Policy": "cross-origin", "Access-Control-Allow-Origin": "*"}
    return [
        web.get("/", _demo_page(channels, business, mailbox=mailbox)),
        web.get("/widget.js", _widget(shared)),
        web.get("/demo.js", _file("demo.js", "text/javascript", {})),
        web.get("/demo.css", _file("demo.css", "text/css", {})),
    ]


def widget_source() -> bytes:
    """The widget as one script: its parts in order, in a scope of their own."""
    parts = [(STATIC / "widget" / part).read_bytes() for part in WIDGET]
    return b"(() => {\n" + b"".join(parts) + b"})();\n"


def _widget(more: dict[str, str]) -> Handler:
    async def answer(request: web.Request) -> web.StreamResponse:
        source = await asyncio.to_thread(widget_source)
        etag = hashlib.sha256(source).hexdigest()[:32]
        headers = {**_headers("text/javascript"), **more, "ETag": f'"{etag}"'}
        if any(known.value == etag for known in request.if_none_match or ()):
            return web.Response(status=304, headers=headers)
        return web.Response(body=source, headers=headers)

    return answer


def _headers(content_type: str) -> dict[str, str]:
    return {
        "Content-Type": f"{content_type}; charset=utf-8",
        "Cache-Control": "public, max-age=300",
        "X-Content-Type-Options": "nosniff",
    }


def _file(name: str, content_type: str, more: dict[str, str]) -> Handler:
    headers = {**_headers(content_type), **more}

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.FileResponse(STATIC / name, headers=headers)

    return answer


def _demo_page(
    channels: Sequence[DemoChannel], business: Callable[[], str], *, mailbox: bool
) -> Handler:
    headers = {
        "Content-Security-Policy": CSP,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-cache",
    }

    async def answer(_: web.Request) -> web.StreamResponse:
        template = await asyncio.to_thread((STATIC / "demo.html").read_text, "utf-8")
        page = demo_html(template, channels, business(), mailbox=mailbox)
        return web.Response(text=page, content_type="text/html", headers=headers)

    return answer


def demo_html(
    template: str, channels: Sequence[DemoChannel], business: str, *, mailbox: bool = False
) -> str:
    """The page: web chat beside the other channels, of which one shows at a time."""
    own = [channel for channel in channels if channel.kind == "web"]
    others = [channel for channel in channels if channel.kind != "web"]
    return Template(template).substitute(
        business=escape(business),
        own="".join(_card(channel, business) for channel in own) or _nothing(others),
        tabs="".join(_tab(channel, first=channel is others[0]) for channel in others),
        others="".join(_panel(channel, business, first=channel is others[0]) for channel in others),
        alone="" if others else " hidden",
        mailbox="" if mailbox else " hidden",
    )


def _nothing(others: Sequence[DemoChannel]) -> str:
    if others:
        return ""
    return "<p>No web chat channel is configured. Add one under <code>channels</code>.</p>"


def _card(channel: DemoChannel, business: str) -> str:
    return f"<h2>{escape(channel.title)}</h2>{_chat(channel, business)}"


def _tab(channel: DemoChannel, *, first: bool) -> str:
    name = escape(channel.name)
    state = 'aria-selected="true"' if first else 'aria-selected="false" tabindex="-1"'
    return (
        f'<button type="button" role="tab" id="tab-{name}" aria-controls="panel-{name}" {state}>'
        f"{escape(channel.title)}</button>"
    )


def _panel(channel: DemoChannel, business: str, *, first: bool) -> str:
    name, hidden = escape(channel.name), "" if first else " hidden"
    return (
        f'<div role="tabpanel" id="panel-{name}" aria-labelledby="tab-{name}"{hidden}>'
        f"{_chat(channel, business)}</div>"
    )


def _chat(channel: DemoChannel, business: str) -> str:
    attributes = {
        "channel": channel.name,
        "look": channel.kind,
        "name": business,
        "color": COLOURS.get(channel.kind, COLOURS["web"]),
        "greeting": "Hello! What can I do for you?",
        "starters": STARTERS,
    }
    data = " ".join(f'data-{key}="{escape(value)}"' for key, value in attributes.items())
    return f"<frontdesk-chat data-inline {data}></frontdesk-chat>"
