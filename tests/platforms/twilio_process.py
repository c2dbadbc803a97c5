"""The fake Twilio in a process of its own, which outlives the gateway that talks to it:
``python -m tests.platforms.twilio_process --gateway URL --public-url URL --ledger FILE``.

Prints one line of JSON with its addresses. Beside the API it answers ``POST /fake/say``
``{"text", "from"?, "id"?}`` (a customer writes, and the webhook is called until it is answered 2xx,
at most ``tries`` times), ``POST /fake/fault`` (a ``Fault``) and ``GET /fake/ledger``. What went
either way is appended to the ledger's file as it happens.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
from pathlib import Path
from typing import Any

from aiohttp import ClientError, web

from tests.platforms.twilio import Twilio
from tests.platforms.twilio_records import CUSTOMER, Fault


class Recording(Twilio):
    """Writes its ledger to a file, line by line."""

    file: Path | None = None

    def log(self, what: str, **fields: Any) -> None:
        super().log(what, **fields)
        if self.file is not None:
            with self.file.open("a", encoding="utf-8") as ledger:
                ledger.write(json.dumps(self.ledger[-1], default=str) + "\n")


async def say(twilio: Twilio, wanted: dict[str, Any]) -> dict[str, Any]:
    """Deliver as Twilio does, with its few tries."""
    form = twilio.say(str(wanted["text"]), str(wanted.get("from", CUSTOMER)))
    status = 0
    for _ in range(int(wanted.get("tries", 2))):
        try:
            status = (await twilio.deliver(form, str(wanted.get("path", "/webhooks/wa")))).status
        except (ClientError, OSError):
            status = 0
        if 200 <= status < 300:
            break
    return {"sid": form["MessageSid"], "status": status}


def controls(twilio: Twilio) -> web.Application:
    async def said(request: web.Request) -> web.Response:
        return web.json_response(await say(twilio, await request.json()))

    async def fault(request: web.Request) -> web.Response:
        twilio.faults.append(Fault(**await request.json()))
        return web.Response(status=204)

    async def ledger(_: web.Request) -> web.Response:
        return web.json_response(twilio.ledger, dumps=lambda all_: json.dumps(all_, default=str))

    app = web.Application()
    app.router.add_post("/fake/say", said)
    app.router.add_post("/fake/fault", fault)
    app.router.add_get("/fake/ledger", ledger)
    return app


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--gateway", required=True)
    parser.add_argument("--public-url", required=True)
    parser.add_argument("--ledger", type=Path)
    given = parser.parse_args()
    over = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, over.set)
    async with Recording(public_url=given.public_url, gateway=given.gateway) as twilio:
        twilio.file = given.ledger
        control = await twilio.serve(controls(twilio))
        print(json.dumps({"api": twilio.url, "control": control}), flush=True)  # noqa: T201 - whoever started it reads this
        await over.wait()


if __name__ == "__main__":
    asyncio.run(main())
