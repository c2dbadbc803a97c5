"""The receivers of the page about events, run as they stand there, told by the real loop."""

from __future__ import annotations

import asyncio
import base64
import os
import re
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from channels.contract import Clock
from gateway.clock import SystemClock
from gateway.egress.webhook import NotTaken, Webhook
from gateway.store.store import Store
from tests.gateway.conftest import ManualClock
from tests.gateway.kills.process import free_port
from tests.gateway.pipeline.rig import Rig, to_a_person
from tests.gateway.pipeline.test_outgoing import World

PAGE = (Path(__file__).parents[3] / "docs" / "how-to" / "events.md").read_text("utf-8")
SECRET = "whsec_" + base64.b64encode(b"a-secret-of-the-page-s-two-receivers").decode()
OTHER_SECRET = "another secret that is long enough for it"
PATIENCE_SECONDS = 20.0


def example(mark: str) -> str:
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return next(block for block in blocks if mark in block)


@dataclass
class Business:
    """A CRM and a helpdesk that note what they are asked."""

    asked: list[tuple[str, str, Any]] = field(default_factory=list[tuple[str, str, Any]])
    broken: bool = False

    async def answer(self, request: web.Request) -> web.Response:
        if self.broken:
            return web.Response(status=500)
        self.asked.append((request.method, request.path, await request.json()))
        return web.json_response({})


@asynccontextmanager
async def business() -> AsyncGenerator[tuple[Business, str]]:
    known = Business()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", known.answer)
    async with TestServer(app) as server:
        yield known, str(server.make_url("")).rstrip("/")


@asynccontextmanager
async def receiver(folder: Path, script: str, home: str) -> AsyncGenerator[str]:
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        script,
        cwd=folder,
        stderr=asyncio.subprocess.DEVNULL,
        env={
            **os.environ,
            "EVENTS_SECRET": SECRET,
            "PORT": str(port),
            "CRM_URL": f"{home}/notes",
            "HELPDESK_URL": home,
        },
    )
    try:
        await _listening(port)
        yield f"http://127.0.0.1:{port}/frontdesk"
    finally:
        process.kill()
        await process.wait()


async def _listening(port: int) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return


async def told(world: World, url: str, secret: str = SECRET) -> None:
    clock: Clock = SystemClock()
    async with Webhook(url, secret, clock) as way:
        while await world.loop.post_due("crm", way):
            pass


async def case(world: World) -> None:
    """Handed over, answered, resolved and rated."""
    world.rig.brain.answer = to_a_person
    await world.rig.say("I want a person")
    await world.rig.settle()
    await world.after.resolved(said="Your parcel left our store this morning.")
    await world.after.step()
    await world.rig.press("rating_5")


async def test_both_receivers_do_what_the_page_says(
    tmp_path: Path, sqlite_store: Store, clock: ManualClock
) -> None:
    world = World(Rig(sqlite_store, clock, tmp_path))
    (tmp_path / "crm.py").write_text(example("A note in the CRM"))
    (tmp_path / "tickets.py").write_text(example("A ticket in the helpdesk"))
    await case(world)
    async with business() as (known, home):
        known.broken = True
        async with receiver(tmp_path, "crm.py", home) as url:
            await told(world, url, OTHER_SECRET)
            assert known.asked == []
            clock.pass_(6.0)
            await told(world, url)
            known.broken = False
            clock.pass_(90.0)
            await told(world, url)
        notes = [body["note"] for _, _, body in known.asked]
        assert notes[0].startswith("asked: ")
        assert "Your parcel left our store this morning." in notes[0]
        assert notes[1] == "Rated 5 of 5."
        assert known.asked[0][2]["customer"] == ["user-c1"]
        known.asked.clear()
        tickets = World(Rig(sqlite_store, clock, tmp_path, name="two"))
        await case_again(tickets)
        async with receiver(tmp_path, "tickets.py", home) as url:
            await told(tickets, url)
        assert [(method, "comments" in path) for method, path, _ in known.asked] == [
            ("PUT", False),
            ("POST", True),
            ("PATCH", False),
        ]
        assert known.asked[2][2]["solution"] == "Your parcel left our store this morning."


async def case_again(world: World) -> None:
    world.rig.brain.answer = to_a_person
    await world.rig.say("I want a person", "c2")
    await world.rig.settle()
    await world.rig.staff("say", "Your parcel left our store this morning.", chat="c2")
    await world.rig.staff("resolve", chat="c2")


async def test_a_repeated_event_is_one_note(
    tmp_path: Path, sqlite_store: Store, clock: ManualClock
) -> None:
    world = World(Rig(sqlite_store, clock, tmp_path), ("resolved",))
    (tmp_path / "crm.py").write_text(example("A note in the CRM"))
    await world.after.resolved()
    await world.post()
    ((id, body),) = world.crm.taken
    async with business() as (known, home), receiver(tmp_path, "crm.py", home) as url:
        async with Webhook(url, SECRET, SystemClock()) as way:
            await way.post(id, body)
            await way.post(id, body)
        assert len(known.asked) == 1
        async with Webhook(url, OTHER_SECRET, SystemClock()) as forged:
            with pytest.raises(NotTaken, match="401"):
                await forged.post(id, body)
        assert len(known.asked) == 1
