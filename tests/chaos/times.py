"""How long customers wait for a gateway that died: ``frontdesk run`` as it is installed, with its
real clock, leases and assistant. Each round kills it in the middle of a turn and takes the time
until the answer arrives: from the start of the next process, or from the death where another node
takes over."""

from __future__ import annotations

import asyncio
import os
import signal
import statistics
import sys
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias
from uuid import uuid4

import aiohttp
from aiohttp import web

from channels.api.signing import signed
from gateway.failpoint import VARIABLE
from tests.chaos.home import ROOT, SECRET, free_port
from tests.chaos.ledger import Line
from tests.chaos.postgres import Postgres

RESTART_BAR, TAKEOVER_BAR = 10.0, 35.0
RESTARTS, TAKEOVERS = 20, 5
START_SECONDS, PATIENCE_SECONDS = 60.0, 90.0
ARMED = "turns.before_commit=kill"
CONFIG = """
server: {{host: 127.0.0.1, port: {port}}}
store: {{url: "{url}", data: "data-{node}", files: files}}
business: {{name: Fernhill Outdoor, languages: [en]}}
channels:
  shop: {{kind: api, secret: "${{CHAOS_SECRET}}", url: "http://127.0.0.1:{platform}/deliver",
         quiet_seconds: 0.0}}
brain: {{knowledge: {{sources: [{{path: kb}}]}}}}
rollout: {{channels: {{shop: auto}}}}
"""
ARTICLE = """---
title: Shipping
---
# Shipping

## What does shipping cost?

Standard shipping costs 4.90 euros within the country.
"""


# When it came.
Answer: TypeAlias = "asyncio.Future[float]"


class TooLate(Exception):
    """An answer did not come, or a gateway did not do what the round needs."""


@dataclass
class Customer:
    """A program on the other side of the API channel. ``heard`` has a future for each chat."""

    http: aiohttp.ClientSession
    port: int
    heard: dict[str, Answer] = field(default_factory=dict[str, "Answer"])

    async def deliver(self, request: web.Request) -> web.Response:
        said = await request.json()
        waiting = self.heard.get(said["chat"])
        if waiting is not None and not waiting.done() and said["author"] == "assistant":
            waiting.set_result(time.monotonic())
        return web.json_response({})

    async def ask(self, base: str) -> Answer:
        """A new conversation's first message; the future is the moment at which its answer came."""
        chat = uuid4().hex
        answer = self.heard[chat] = asyncio.get_running_loop().create_future()
        body = (
            f'{{"id": "{chat}", "type": "message", "chat": "{chat}", "sender": {{"id": "{chat}"}},'
            ' "text": "What does shipping cost?"}'
        ).encode()
        headers = {"Content-Type": "application/json", **signed(SECRET, chat, body, time.time())}
        async with self.http.post(f"{base}/webhooks/shop", data=body, headers=headers) as told:
            told.raise_for_status()
        return answer


@asynccontextmanager
async def customer() -> AsyncGenerator[Customer]:
    async with aiohttp.ClientSession() as http:
        someone = Customer(http, free_port())
        app = web.Application()
        app.router.add_post("/deliver", someone.deliver)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", someone.port).start()
        try:
            yield someone
        finally:
            await runner.cleanup()


@dataclass
class Node:
    """``frontdesk run`` under one name, life after life."""

    name: str
    folder: Path
    port: int
    process: asyncio.subprocess.Process | None = None

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self, armed: str = "") -> None:
        """Returns at once."""
        with (self.folder / f"{self.name}.log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "gateway", "run", "-c", str(self.folder / f"{self.name}.yaml")),
                cwd=ROOT,
                env={
                    **os.environ,
                    VARIABLE: armed,
                    "FRONTDESK_NODE": self.name,
                    "CHAOS_SECRET": SECRET,
                },
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )

    async def listening(self) -> None:
        """Its last line says where its health is asked for."""
        assert self.process is not None
        assert self.process.stdout is not None
        async with asyncio.timeout(START_SECONDS):
            async for line in self.process.stdout:
                if b"Health" in line:
                    return
        raise TooLate(f"{self.name} did not start")

    async def death(self) -> None:
        assert self.process is not None
        async with asyncio.timeout(PATIENCE_SECONDS):
            if await self.process.wait() != -signal.SIGKILL:
                raise TooLate(f"{self.name} ended with {self.process.returncode}")

    async def kill(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
            await self.process.communicate()


def furnish(folder: Path, url: str, name: str, platform: int) -> Node:
    (folder / "kb").mkdir(parents=True, exist_ok=True)
    (folder / "kb" / "shipping.md").write_text(ARTICLE)
    node = Node(name, folder, free_port())
    written = CONFIG.format(port=node.port, url=url, node=name, platform=platform)
    (folder / f"{name}.yaml").write_text(written)
    return node


async def restarts(folder: Path, url: str, times: int) -> list[float]:
    """Seconds from the start of the process after a kill to the answer of the turn it ended."""
    found: list[float] = []
    async with customer() as someone:
        node = furnish(folder, url, "a", someone.port)
        try:
            for _ in range(times):
                await node.start(ARMED)
                await node.listening()
                answer = await someone.ask(node.base)
                await node.death()
                began = time.monotonic()
                await node.start()
                found.append(await _moment(answer) - began)
                await node.kill()
        finally:
            await node.kill()
    return found


async def takeovers(folder: Path, url: str, times: int) -> list[float]:
    """Seconds from the death of one node to the answer that another one gives in its place."""
    found: list[float] = []
    async with customer() as someone:
        first, second = (furnish(folder, url, name, someone.port) for name in ("a", "b"))
        try:
            await second.start()
            await second.listening()
            while len(found) < times:
                await first.start(ARMED)
                await first.listening()
                answer = await someone.ask(first.base)
                if await _taken_by(first, answer):
                    died = time.monotonic()
                    found.append(await _moment(answer) - died)
                await first.kill()
        finally:
            await first.kill()
            await second.kill()
    return found


async def _taken_by(node: Node, answer: Answer) -> bool:
    """Whether this node has taken the turn and died of it; the other may have been quicker."""
    dying = asyncio.create_task(node.death())
    await asyncio.wait({dying, answer}, return_when=asyncio.FIRST_COMPLETED)
    if not dying.done():
        dying.cancel()
        return False
    await dying
    return True


async def _moment(answer: Answer) -> float:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await answer
    except TimeoutError:
        raise TooLate(f"no answer within {PATIENCE_SECONDS} s") from None


def figures(seconds: list[float], bar: float) -> dict[str, float]:
    """Least, median, most and how many; ``bar`` is what they have to stay under."""
    found = {"min": min(seconds), "median": statistics.median(seconds), "max": max(seconds)}
    rounded = {name: round(value, 2) for name, value in found.items()}
    return {**rounded, "n": len(seconds), "bar": bar}


async def measured(folder: Path, server: Postgres, say: Callable[[str], None]) -> Line:
    """Both on PostgreSQL, restarts on SQLite too."""
    found: Line = {}
    half = RESTARTS // 2
    rounds = {
        "restart_sqlite_s": (restarts, f"sqlite:///{folder / 'times.db'}", half, RESTART_BAR),
        "restart_postgresql_s": (restarts, server.create(), RESTARTS - half, RESTART_BAR),
        "takeover_s": (takeovers, server.create(), TAKEOVERS, TAKEOVER_BAR),
    }
    for name, (measure, url, times, bar) in rounds.items():
        found[name] = figures(await measure(folder / name, url, times), bar)
        say(f"{name}: {found[name]}")
    return found


def in_time(found: Line) -> bool:
    return all(figure["max"] <= figure["bar"] for figure in found.values())
