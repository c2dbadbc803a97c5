"""What the demo shop sends by mail, for the demo page: codes, links, receipts. It is nobody's mail:
the shop's customers are invented, and beside a real channel it does not run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

from aiohttp import web

from gateway.web.answers import as_json


def mailbox_routes(mails: Callable[[], Sequence[Mapping[str, str]]]) -> list[web.RouteDef]:
    async def answer(_: web.Request) -> web.StreamResponse:
        return as_json({"items": [dict(mail) for mail in await asyncio.to_thread(mails)]})

    return [web.get("/demo/mailbox", answer)]
