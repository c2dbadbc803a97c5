"""What the demo shop sends by mail, for the demo page: codes, links, receipts, and the buttons in
them. It is nobody's mail: the shop's customers are invented, and beside a real channel it does not
run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

from aiohttp import web

from gateway.web.answers import as_json


def mailbox_routes(
    mails: Callable[[], Sequence[Mapping[str, str]]], confirm: Callable[[str], bool]
) -> list[web.RouteDef]:
    async def answer(_: web.Request) -> web.StreamResponse:
        return as_json({"items": [dict(mail) for mail in await asyncio.to_thread(mails)]})

    async def press(request: web.Request) -> web.StreamResponse:
        # By the page's own script: a link or a form of another site sends no JSON.
        if request.content_type != "application/json":
            raise web.HTTPUnsupportedMediaType
        token = await request.text()
        pressed = await asyncio.to_thread(confirm, token.strip().strip('"'))
        return as_json({"confirmed": pressed}, 200 if pressed else 404)

    return [web.get("/demo/mailbox", answer), web.post("/demo/mailbox/confirm", press)]
