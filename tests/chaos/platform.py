"""The fake platforms: a process of their own, which outlives every gateway and keeps a ledger of
what was said, what the gateway answered and what came back. ``python -m tests.chaos.platform FILE``
with a JSON description; its own port has ``/deliver/{channel}`` for the gateway, and ``/load``
and ``/state`` for the campaign. It never looks into the gateway's database.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

import aiohttp
from aiohttp import web

from channels.api.signing import require_signature
from channels.errors import InvalidSignature
from tests.chaos.customers import Customers, Talk
from tests.chaos.ledger import Ledger

Fault: TypeAlias = Literal["none", "busy", "broken", "slow", "cut unread", "cut read", "cut half"]
FAULTS: tuple[Fault, ...] = ("busy", "broken", "slow", "cut unread", "cut read", "cut half")
CUTS = frozenset({"cut unread", "cut read", "cut half"})
SLOW_SECONDS = 0.4
MARKER = re.compile(r"mk\d{9}")


@dataclass
class Receiver:
    """Takes deliveries, and fails ``faulty`` of them. ``keyed`` channels know a repeated key."""

    secret: str
    keyed: frozenset[str]
    ledger: Ledger
    chance: random.Random
    faulty: float
    talks: dict[tuple[str, str], Talk]
    skew: Sequence[float] = (0.0,)
    # (channel, key) of what is visible to a customer; how often each delivery was cut.
    taken: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    cut: set[str] = field(default_factory=set[str])

    async def deliver(self, request: web.Request) -> web.StreamResponse:
        channel = request.match_info["channel"]
        key = request.headers["Idempotency-Key"]
        fault = self._fault(key)
        if fault == "cut unread":
            self.ledger.note("cut", channel=channel, key=key)
            return _hang_up(request)
        raw = await request.read()
        self._require_signature(request.headers, raw)
        if fault == "busy":
            return web.Response(status=429, headers={"Retry-After": "1"})
        if fault == "broken":
            return web.Response(status=500)
        if fault == "slow":
            await asyncio.sleep(self.chance.uniform(0, SLOW_SECONDS))
        self._take(channel, key, json.loads(raw), fault)
        if fault in CUTS:
            return _hang_up(request, half=fault == "cut half")
        return web.json_response({"id": f"{channel}-{key}"})

    def _require_signature(self, headers: Mapping[str, str], raw: bytes) -> None:
        """By the clock of whichever gateway may have made it."""
        for ahead in self.skew[1:]:
            with suppress(InvalidSignature):
                return require_signature(headers, self.secret, raw, time.time() + ahead)
        return require_signature(headers, self.secret, raw, time.time() + self.skew[0])

    def _fault(self, key: str) -> Fault:
        if self.chance.random() >= self.faulty:
            return "none"
        fault = self.chance.choice(FAULTS)
        # What is in doubt twice goes to a person; once is what is to be tried here.
        if fault in CUTS and key in self.cut:
            return "none"
        if fault in CUTS:
            self.cut.add(key)
        return fault

    def _take(self, channel: str, key: str, body: dict[str, Any], fault: Fault) -> None:
        """The moment at which a customer sees it, if it is new."""
        seen = channel in self.keyed and (channel, key) in self.taken
        self.taken.add((channel, key))
        markers: list[str] = MARKER.findall(body["text"])
        chat: str = body["chat"]
        self.ledger.note(
            "got",
            channel=channel,
            chat=chat,
            key=key,
            markers=markers,
            visible=not seen,
            fault=fault,
        )
        talk = self.talks.get((channel, chat))
        if talk is not None:
            talk.heard(markers)
            # The assistant names what it answers: other words are the gateway's own, for people.
            if not markers:
                talk.over = True
                talk.answered.set()


def _hang_up(request: web.Request, *, half: bool = False) -> web.StreamResponse:
    if request.transport is not None:
        if half:
            request.transport.write(b"HTTP/1.1 200 OK\r\nContent-Type: applica")
            request.transport.close()
        else:
            request.transport.abort()
    return web.Response()


async def serve(description: dict[str, Any]) -> None:
    """Until it is told to stop, or killed."""
    ledger = Ledger(Path(description["ledger"]))
    talks: dict[tuple[str, str], Talk] = {}
    seed: int = description["seed"]
    receiver = Receiver(
        description["secret"],
        frozenset(description["keyed"]),
        ledger,
        random.Random(seed),
        description["faulty"],
        talks,
        description["skew"],
    )
    connector = aiohttp.TCPConnector(limit=0, force_close=True)
    async with aiohttp.ClientSession(connector=connector) as http:
        customers = Customers(
            description["gateways"],
            description["secret"],
            ledger,
            random.Random(seed + 1),
            talks,
            http,
            description["skew"],
        )
        runner = web.AppRunner(application(receiver, customers), access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", description["port"]).start()
        sys.stdout.write("open\n")
        sys.stdout.flush()
        await customers.run(description["channels"], description["conversations"])


def application(receiver: Receiver, customers: Customers) -> web.Application:
    async def load(request: web.Request) -> web.Response:
        asked = await request.json()
        receiver.faulty = asked["faulty"]
        if asked["talking"]:
            customers.talking.set()
        else:
            customers.talking.clear()
        return web.json_response({})

    async def state(_: web.Request) -> web.Response:
        return web.json_response({"waiting": customers.waiting})

    app = web.Application()
    app.router.add_post("/deliver/{channel}", receiver.deliver)
    app.router.add_post("/load", load)
    app.router.add_get("/state", state)
    return app


if __name__ == "__main__":
    asyncio.run(serve(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))
