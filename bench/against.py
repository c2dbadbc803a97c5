"""Measures the gateway against the floor, all over HTTP and in turns within one run, so that
whatever else the machine does falls on each. It is the platform, the customers and the model.

Both ask the model through the openai SDK. Beside them stand a floor that asks it by bare HTTP, and
the gateway's own assistant over articles instead of a model."""

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

from bench.known import QUESTIONS
from bench.model import ANSWER, QUESTION
from bench.node import share

ROOT = Path(__file__).parents[1]
ROUNDS = 3
AT_ONCE = 64
EACH = 12
# For acknowledgements at equal load: messages a second, and for how many seconds.
PACE = 80
PACED_SECONDS = 4
PACED_ROUNDS = 5
# An answer from articles costs far more than a script's.
KNOWN_EACH = 2
KNOWN_PACE = 8


@dataclass
class Measured:
    """One of the two: its figures of every round, CPU in milliseconds a message."""

    name: str
    url: str
    questions: Sequence[str] = (QUESTION,)
    each: int = EACH
    pace: int = PACE
    per_second: list[float] = field(default_factory=list[float])
    cpu: list[float] = field(default_factory=list[float])
    acknowledged: list[float] = field(default_factory=list[float])
    # The 99th percentile of each paced round, in milliseconds: a disk that stalls for everybody
    # spoils the round of whoever is measured, and no more.
    slowest: list[float] = field(default_factory=list[float])
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
        for _ in range(under.each):
            await self.say(under, chat)

    async def say(self, under: Measured, chat: str) -> None:
        self._ids += 1
        self._waiting[chat] = answer = asyncio.get_running_loop().create_future()
        body = {"id": f"m{self._ids}", "chat": chat, "text": self._question(under)}
        begun = time.perf_counter()
        async with self._http.post(f"{under.url}/hook", json=body) as response:
            response.raise_for_status()
        under.acknowledged.append(time.perf_counter() - begun)
        await answer
        under.answered.append(time.perf_counter() - begun)

    def _question(self, under: Measured) -> str:
        """Never the same words twice: for those, people are called."""
        return f"{under.questions[self._ids % len(under.questions)]} ({self._ids})"

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
    replies = AT_ONCE * under.each
    under.per_second.append(replies / seconds)
    under.cpu.append((after - before) * 1000 / replies)


async def _paced(outside: Outside, under: Measured, name: str) -> None:
    """The same load on both, whatever they could do."""
    before = len(under.acknowledged)
    begun = time.perf_counter()
    saying: list[asyncio.Task[None]] = []
    for number in range(under.pace * PACED_SECONDS):
        await asyncio.sleep(max(0.0, begun + number / under.pace - time.perf_counter()))
        saying.append(asyncio.create_task(outside.say(under, f"{name}-{number}")))
    await asyncio.gather(*saying)
    under.slowest.append(share(under.acknowledged[before:], 0.99))


@asynccontextmanager
async def _process(module: str, base: str, way: str) -> AsyncGenerator[str]:
    """Where it listens."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, base, "--model", way,
        cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    if process.stdin is None or process.stdout is None:
        raise RuntimeError(f"{module} has no pipes")
    try:
        port = int(await process.stdout.readline())
        yield f"http://127.0.0.1:{port}"
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


async def _figures(way: str) -> dict[str, object]:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        outside = Outside(http)
        async with (
            _platform(outside) as base,
            _process("bench.floor", base, way) as floor,
            _process("bench.webhook", base, way) as gateway,
            _process("bench.floor", base, "http") as bare,
            _process("bench.webhook", base, "knowledge") as known,
        ):
            measured = (
                Measured("floor", floor),
                Measured("gateway", gateway),
                Measured("floor_without_sdk", bare),
                Measured("gateway_with_knowledge", known, QUESTIONS, KNOWN_EACH, KNOWN_PACE),
            )
            await _rounds(outside, measured)
    return _table(measured)


async def _rounds(outside: Outside, measured: Sequence[Measured]) -> None:
    for under in measured:
        await _closed(outside, under, "warm")
        under.per_second.clear()
        under.cpu.clear()
    for number in range(ROUNDS):
        for under in measured:
            await _closed(outside, under, f"r{number}")
    for under in measured:
        under.acknowledged.clear()
        under.answered.clear()
    for number in range(PACED_ROUNDS):
        for under in measured:
            await _paced(outside, under, f"p{number}")


def _table(measured: Sequence[Measured]) -> dict[str, object]:
    rows: dict[str, object] = {}
    for under in measured:
        rows |= {
            f"{under.name}_replies_per_s": round(statistics.median(under.per_second), 1),
            f"{under.name}_cpu_ms": round(statistics.median(under.cpu), 2),
            f"{under.name}_ack_p50_ms": share(under.acknowledged, 0.5),
            f"{under.name}_ack_p99_ms": statistics.median(under.slowest),
            f"{under.name}_answer_p50_ms": share(under.answered, 0.5),
            f"{under.name}_memory_mb": under.memory,
        }
    return rows | _compared(*measured[:2])


def _compared(floor: Measured, gateway: Measured) -> dict[str, object]:
    speed = statistics.median(gateway.per_second) / statistics.median(floor.per_second)
    cpu = statistics.median(gateway.cpu) / statistics.median(floor.cpu)
    slowest = statistics.median(gateway.slowest) / statistics.median(floor.slowest)
    overhead = share(gateway.answered, 0.5) - share(floor.answered, 0.5)
    return {
        "share_of_floors_replies": round(speed, 2),
        "times_floors_cpu": round(cpu, 2),
        "times_floors_ack_p99": round(slowest, 2),
        "turn_overhead_ms": round(overhead, 1),
    }


def measure(model: str = "openai") -> dict[str, object]:
    return asyncio.run(_figures(model))
