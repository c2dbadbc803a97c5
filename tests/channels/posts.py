"""Posts to a webhook without a socket: ten thousand of them cost a second."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

from aiohttp import web
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http import HttpVersion11
from aiohttp.http_parser import RawRequestMessage
from aiohttp.streams import StreamReader
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from channels.signatures import Refused

Answering: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Line:
    """A connection, as far as a request looks at it."""

    transport = ssl_context = sockname = None
    peername = ("203.0.113.9", 443)


def post(path: str, body: bytes, headers: Mapping[str, str]) -> web.Request:
    loop = asyncio.get_running_loop()
    payload = StreamReader(BaseProtocol(loop), limit=2**20, loop=loop)
    payload.feed_data(body)
    payload.feed_eof()
    given = CIMultiDictProxy(CIMultiDict(headers))
    message = RawRequestMessage(
        "POST", path, HttpVersion11, given, (), False, None, False, False, URL(path)
    )
    line: Any = Line()
    return web.Request(message, payload, line, line, line, loop)


async def status_of(answering: Answering, request: web.Request) -> int:
    """What a door answers; anything but an answer or a refusal is the test's."""
    try:
        return (await answering(request)).status
    except Refused as refusal:
        return refusal.status
