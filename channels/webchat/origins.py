"""Decides which pages may talk to a web chat channel, and with which headers they are told so.
It never trusts a forwarded header and never allows credentials."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from aiohttp import web

from channels.signatures import Refused

EXPOSED = "X-Session-Token, Retry-After"
ALLOWED_HEADERS = "Authorization, Content-Type, Last-Event-ID"


@dataclass(frozen=True, slots=True)
class Origins:
    """The exact origins of one channel; without a list only pages of the gateway's own address."""

    listed: tuple[str, ...]
    public_url: str

    def allows(self, origin: str, host: str) -> bool:
        """``host`` is the request's own Host header: a page of ours reaches us under it."""
        if origin in self.listed or (self.public_url and origin == origin_of(self.public_url)):
            return True
        return not self.listed and origin in {f"http://{host}", f"https://{host}"}

    def headers(self, request: web.Request) -> dict[str, str]:
        """What a response to this request carries.

        Raises:
            Refused: 403, the page's origin is not allowed.
        """
        given: Sequence[str] = request.headers.getall("Origin", ())
        if not given:
            return {"Vary": "Origin"}
        if len(given) > 1 or not self.allows(given[0], request.host):
            raise Refused(
                403,
                "This page may not use the chat; its exact origin has to be listed under the"
                " channel's `origins`.",
                {"Vary": "Origin"},
            )
        return {
            "Vary": "Origin",
            "Access-Control-Allow-Origin": given[0],
            "Access-Control-Expose-Headers": EXPOSED,
        }


def origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def preflight(headers: dict[str, str], method: str) -> web.Response:
    return web.Response(
        status=204,
        headers={
            **headers,
            "Access-Control-Allow-Methods": method,
            "Access-Control-Allow-Headers": ALLOWED_HEADERS,
            "Access-Control-Max-Age": "600",
        },
    )
