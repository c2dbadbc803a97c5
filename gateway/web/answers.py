"""Answers as JSON, and the headers that keep every answer where it belongs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from aiohttp import web

from gateway.desk.records import Done

DESK_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:;"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
NOTHING_CSP = "default-src 'none'; frame-ancestors 'none'"
NO_STORE = {"Cache-Control": "no-store"}
YEAR = 31_536_000


def as_json(data: Mapping[str, Any], status: int = 200) -> web.Response:
    return web.json_response(dict(data), status=status, headers=NO_STORE)


def as_done(done: Done) -> web.Response:
    """What staff did came to this, or had before under the request's id."""
    answer = asdict(done)
    return as_json({"id": answer.pop("request"), **answer})


def as_page(items: Sequence[Mapping[str, Any]], following: str | None = None) -> web.Response:
    return as_json({"items": list(items), "next": following})


def add_security_headers(response: web.StreamResponse, *, https: bool) -> None:
    """What every answer carries; one that says so itself keeps its own."""
    headers = response.headers
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    # A page of somebody else's making (the demo) brings its own policy or is none of ours.
    headers.setdefault("Content-Security-Policy", NOTHING_CSP)
    if https:
        headers.setdefault("Strict-Transport-Security", f"max-age={YEAR}")
    headers["Server"] = "frontdesk"
