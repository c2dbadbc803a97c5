"""Turns the timeline's items into what the widget shows: JSON with safe HTML. Pure; it never
shows a link that is not http(s) and never passes a customer's own text through as markup."""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import lru_cache, partial
from typing import Any, TypeAlias

from channels.contract import Capabilities, Link, TimelineItem, TimelineState
from channels.text.preview import preview
from channels.text.render import render

Html: TypeAlias = Callable[[str], str]


def html_for(capabilities: Capabilities) -> Html:
    """How our own messages on a channel of these capabilities become HTML."""
    if capabilities.dialect == "web":
        return lru_cache(maxsize=512)(partial(_rendered, capabilities=capabilities))
    return lru_cache(maxsize=512)(partial(preview, dialect=capabilities.dialect))


def _rendered(text: str, capabilities: Capabilities) -> str:
    return "".join(part.html or "" for part in render(text, capabilities))


def plain_html(text: str) -> str:
    """What a customer wrote, exactly, with its line breaks."""
    return html.escape(text).replace("\r\n", "\n").replace("\n", "<br>")


def item_json(item: TimelineItem, as_html: Html) -> dict[str, Any]:
    """The data of a ``message`` event."""
    shown = plain_html(item.text) if item.author == "customer" else as_html(item.text)
    return {
        "seq": item.seq,
        "id": item.id,
        "author": item.author,
        **({} if item.name is None else {"name": item.name}),
        "text": item.text,
        "html": shown,
        "citations": [_citation(link) for link in item.citations],
        "choices": [asdict(choice) for choice in item.choices],
        "files": [asdict(file) for file in item.files],
        "at": item.at,
    }


def owner_json(state: TimelineState) -> dict[str, Any]:
    """The data of an ``owner`` event."""
    return {"owner": state.owner, "name": state.name}


def event(name: str, data: Mapping[str, Any], seq: int | None = None) -> bytes:
    """One server-sent event; ``seq`` is where the client resumes after it."""
    place = "" if seq is None else f"id: {seq}\n"
    # ASCII only, so that nothing a person wrote can break the stream's lines or its encoding.
    return f"event: {name}\n{place}data: {json.dumps(data)}\n\n".encode("ascii")


def _citation(link: Link) -> dict[str, str | None]:
    safe = link.url if link.url and link.url.startswith(("https://", "http://")) else None
    return {"title": link.title, "url": safe, "passage": link.passage}
