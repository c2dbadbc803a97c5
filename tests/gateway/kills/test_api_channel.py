"""The real gateway with an API channel: a signed event is on disk when it is answered, and what
the assistant says is posted to the receiver, also when nobody can know whether it arrived."""

from __future__ import annotations

import asyncio
import json
import signal
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy import create_engine, select

from channels.api.signing import require_signature, signed
from gateway.store.schema.conversation import messages
from gateway.store.schema.pipeline import deliveries
from tests.gateway.kills.process import GatewayHome

SECRET = "a-secret-of-the-program-beside-the-gateway"
PATIENCE_SECONDS = 20.0
CONFIG = """
server: {{host: 127.0.0.1, port: {port}}}
store: {{url: "{url}", data: data}}
business: {{name: Fernhill Outdoor, languages: [en]}}
channels:
  crm: {{kind: api, secret: "${{CRM_SECRET}}", url: "{receiver}", quiet_seconds: 0.05}}
  app: {{kind: api, secret: "${{CRM_SECRET}}", url: "{receiver}", quiet_seconds: 0.05,
        idempotent: true}}
brain: {{knowledge: {{sources: [{{path: kb}}]}}}}
rollout: {{channels: {{crm: auto, app: auto}}}}
"""


@dataclass
class Program:
    """A program beside the gateway. ``cuts`` is how many deliveries it reads and leaves without an
    answer; ``got`` holds each body that it read, with its idempotency key."""

    cuts: int = 0
    got: asyncio.Queue[tuple[str, dict[str, Any]]] = field(
        default_factory=asyncio.Queue[tuple[str, dict[str, Any]]]
    )

    async def deliver(self, request: web.Request) -> web.Response:
        raw = await request.read()
        require_signature(request.headers, SECRET, raw, time.time())
        self.got.put_nowait((request.headers["Idempotency-Key"], json.loads(raw)))
        if self.cuts > 0:
            self.cuts -= 1
            assert request.transport is not None
            request.transport.abort()
        return web.json_response({"id": f"crm-{request.headers['Idempotency-Key']}"})

    async def next(self) -> tuple[str, dict[str, Any]]:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await self.got.get()


@dataclass
class Beside:
    """The program, and the gateway's home beside it."""

    program: Program
    home: GatewayHome
    url: str

    async def post(
        self, body: dict[str, Any], channel: str = "crm", secret: str = SECRET
    ) -> tuple[int, dict[str, Any]]:
        raw = json.dumps(body).encode()
        stamp = signed(secret, body["id"], raw, time.time())
        headers = {"Content-Type": "application/json", **stamp}
        async with (
            aiohttp.ClientSession() as http,
            http.post(f"{self.home.base}/webhooks/{channel}", data=raw, headers=headers) as answer,
        ):
            return answer.status, await answer.json(content_type=None)

    async def rows(self, table: Any) -> list[dict[str, Any]]:
        return await asyncio.to_thread(self._rows, table)

    def _rows(self, table: Any) -> list[dict[str, Any]]:
        engine = create_engine(self.url)
        with engine.connect() as connection:
            found = [dict(row) for row in connection.execute(select(table)).mappings()]
        engine.dispose()
        return found


@asynccontextmanager
async def beside(folder: Path) -> AsyncGenerator[Beside]:
    program = Program()
    outside = web.Application()
    outside.router.add_post("/deliver", program.deliver)
    url = f"sqlite:///{folder / 'home' / 'data' / 'frontdesk.db'}"
    async with TestServer(outside) as server:
        home = GatewayHome(folder / "home", url)
        written = CONFIG.format(
            port=home.port,
            url=url,
            receiver=server.make_url("/deliver"),
        )
        (home.folder / "config.yaml").write_text(written)
        (home.folder / ".env").write_text(f"CRM_SECRET={SECRET}\n")
        (home.folder / ".env").chmod(0o600)
        yield Beside(program, home, url)


def said(id: str, text: str) -> dict[str, Any]:
    return {
        "id": id,
        "type": "message",
        "chat": "ticket-7",
        "sender": {"id": "customer-1", "name": "Ada"},
        "text": text,
        "context": {"ticket": 7},
    }


def pressed(id: str, message: str, choice: str) -> dict[str, Any]:
    return {
        "id": id,
        "type": "chosen",
        "chat": "ticket-7",
        "sender": {"id": "customer-1"},
        "message": message,
        "choice": choice,
    }


@pytest.mark.timeout(90)
async def test_a_signed_event_is_answered_by_a_signed_delivery(tmp_path: Path) -> None:
    async with beside(tmp_path) as pair, pair.home.running() as life:
        assert (await pair.post(said("e-0", "hello"), secret="x" * 32))[0] == 401
        asked = said("e-1", "What does shipping cost?")
        assert await pair.post(asked) == (200, {"id": "e-1", "new": True})
        # Whoever was told 200 finds it on disk, also if the process is gone the next moment.
        assert "What does shipping cost?" in [row["body"] for row in await pair.rows(messages)]
        key, answer = await pair.program.next()
        assert "4.90 euros" in answer["text"]
        assert (answer["id"], answer["chat"], answer["thread"]) == (key, "ticket-7", None)
        assert answer["context"] == {"ticket": 7}
        assert await pair.post(asked) == (200, {"id": "e-1", "new": False})
        person = answer["choices"][0]
        assert (await pair.post(pressed("e-2", f"crm-{key}", person["id"])))[0] == 200
        _, notice = await pair.program.next()
        assert (answer["author"], notice["author"]) == ("assistant", "system")
        life.kill(signal.SIGINT)
        assert await life.death(15) == 0
        customers = [row for row in await pair.rows(messages) if row["author"] == "customer"]
        assert {row["body"] for row in customers} == {asked["text"], person["label"]}


@pytest.mark.timeout(90)
async def test_a_delivery_in_doubt_is_repeated_and_flagged_unless_the_receiver_knows_its_key(
    tmp_path: Path,
) -> None:
    async with beside(tmp_path) as pair, pair.home.running() as life:
        for channel in ("crm", "app"):
            pair.program.cuts = 1
            await pair.post(said("e-1", "What does shipping cost?"), channel)
            assert await pair.program.next() == await pair.program.next()
        life.kill(signal.SIGINT)
        assert await life.death(15) == 0
        rows = {row["channel"]: row for row in await pair.rows(deliveries)}
    assert {row["state"] for row in rows.values()} == {"sent"}
    assert {row["tries"] for row in rows.values()} == {2}
    assert bool(rows["crm"]["possibly_duplicate"])
    assert not rows["app"]["possibly_duplicate"]
