"""Measures the gateway against the floor, both over HTTP and in turns within one run, so that
whatever else the machine does falls on both. It is the platform, the customers and the model."""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from bench.node import ANSWER, QUESTION, share

ROOT = Path(__file__).parents[1]
ROUNDS = 3
AT_ONCE = 64
EACH = 12
# For acknowledgements at equal load: messages a second, and for how many seconds.
PACE = 80
PACED_SECONDS = 4


@dataclass
class Measured:
    """One of the two: its figures of every round, CPU in milliseconds a message."""

    name: str
    url: str
    per_second: list[float] = field(default_factory=list[float])
    cpu: list[float] = field(default_factory=list[float])
    acknowledged: list[float] = field(default_factory=list[float])
    answered: list[float] = field(default_factory=list[float])
    memory: int = 0


class Outside:
    """The platform that is sent to, a model that answers at once, and the customers."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._http = http
        self._waiting: dict[str, asyncio.Future[None]] = {}
        self._ids = 0

    async def sent(self, request: web.Request) -> web.Response:
        message: dict[str, str] = await request.json()
        waiting = self._waiting.pop(message["chat"], None)
        if waiting is not None:
            waiting.set_result(None)
        return web.Response()

    async def complete(self, _request: web.Request) -> web.Response:
        message = {"role": "assistant", "content": ANSWER}
        choice = {"index": 0, "finish_reason": "stop", "message": message}
        return web.json_response(
            {
                "id": "c",
                "object": "chat.completion",
                "created": int(time.time()),
                "model": "stub",
                "choices": [choice],
                "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
            }
        )

    async def converse(self, under: Measured, chat: str) -> None:
        for _ in range(EACH):
            await self.say(under, chat)

    async def say(self, under: Measured, chat: str) -> None:
        self._ids += 1
        self._waiting[chat] = answer = asyncio.get_running_loop().create_future()
        body = {"id": f"m{self._ids}", "chat": chat, "text": QUESTION}
        begun = time.perf_counter()
        async with self._http.post(f"{under.url}/hook", json=body) as response:
            response.raise_for_status()
        under.acknowledged.append(time.perf_counter() - begun)
        await answer
        under.answered.append(time.perf_counter() - begun)

    async def used(self, under: Measured) -> tuple[float, int]:
        async with self._http.get(f"{under.url}/used") as response:
            found: dict[str, Any] = await response.json()
        return found["cpu"], found["memory_mb"]


async def _closed(outside: Outside, under: Measured, name: str) -> None:
    """Everybody waits for an answer before writing again: as fast as it goes."""
    before, _ = await outside.used(under)
    begun = time.perf_counter()
    await asyncio.gather(*(outside.converse(under, f"{name}-{n}") for n in range(AT_ONCE)))
    seconds = time.perf_counter() - begun
    after, under.memory = await outside.used(under)
    under.per_second.append(AT_ONCE * EACH / seconds)
    under.cpu.append((after - before) * 1000 / (AT_ONCE * EACH))


async def _paced(outside: Outside, under: Measured, name: str) -> None:
    """The same load on both, whatever they could do."""
    begun = time.perf_counter()
    saying: list[asyncio.Task[None]] = []
    for number in range(PACE * PACED_SECONDS):
        await asyncio.sleep(max(0.0, begun + number / PACE - time.perf_counter()))
        saying.append(asyncio.create_task(outside.say(under, f"{name}-{number}")))
    await asyncio.gather(*saying)


@asynccontextmanager
async def _process(module: str, base: str, model: str) -> AsyncGenerator[Measured]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, base, "--model", model,
        cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    if process.stdin is None or process.stdout is None:
        raise RuntimeError(f"{module} has no pipes")
    try:
        port = int(await process.stdout.readline())
        yield Measured(module.rpartition(".")[2], f"http://127.0.0.1:{port}")
    finally:
        process.stdin.close()
        await process.wait()


@asynccontextmanager
async def _platform(outside: Outside) -> AsyncGenerator[str]:
    app = web.Application()
    app.router.add_post("/sent", outside.sent)
    app.router.add_post("/v1/chat/completions", outside.complete)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def _figures(model: str) -> dict[str, object]:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        outside = Outside(http)
        async with (
            _platform(outside) as base,
            _process("bench.floor", base, model) as floor,
            _process("bench.webhook", base, model) as gateway,
        ):
            await _rounds(outside, (floor, gateway))
    return _table(floor, gateway)


async def _rounds(outside: Outside, both: Sequence[Measured]) -> None:
    for under in both:
        await _closed(outside, under, "warm")
        under.per_second.clear()
        under.cpu.clear()
    for number in range(ROUNDS):
        for under in both:
            await _closed(outside, under, f"r{number}")
    for under in both:
        under.acknowledged.clear()
        under.answered.clear()
    for number in range(2):
        for under in both:
            await _paced(outside, under, f"p{number}")


def _table(floor: Measured, gateway: Measured) -> dict[str, object]:
    rows: dict[str, object] = {}
    for under in (floor, gateway):
        rows |= {
            f"{under.name}_replies_per_s": round(statistics.median(under.per_second), 1),
            f"{under.name}_cpu_ms": round(statistics.median(under.cpu), 2),
            f"{under.name}_ack_p50_ms": share(under.acknowledged, 0.5),
            f"{under.name}_ack_p99_ms": share(under.acknowledged, 0.99),
            f"{under.name}_answer_p50_ms": share(under.answered, 0.5),
            f"{under.name}_memory_mb": under.memory,
        }
    speed = statistics.median(gateway.per_second) / statistics.median(floor.per_second)
    cpu = statistics.median(gateway.cpu) / statistics.median(floor.cpu)
    rows["share_of_floors_replies"] = round(speed, 2)
    rows["times_floors_cpu"] = round(cpu, 2)
    return rows


def measure(model: str = "scripted") -> dict[str, object]:
    return asyncio.run(_figures(model))
