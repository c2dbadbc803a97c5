"""Measures a running gateway from outside: start to ready, memory, acknowledgements, and how long
other requests wait while hostile ones come in. It judges nothing."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from uuid import uuid4

import aiohttp

ROOT = Path(__file__).parents[1]
MESSAGES = 400
AT_ONCE = 20
HOSTILE_ROUNDS = 12
DEEP = b"[" * 100_000
BODIES: Sequence[tuple[str, bytes]] = (
    ("1 MiB of text", b'{"id":"x","text":"' + b"a" * 1_048_000 + b'"}'),
    ("deep JSON", DEEP),
    ("a million digits", b'{"id":' + b"9" * 100_000 + b"}"),
    ("bad UTF-8", b'{"text":"\xff\xfe"}'),
    ("NUL and surrogates", b'{"id":"x","text":"\\u0000\\ud800"}'),
    ("repeated keys", b"{" + b'"a":1,' * 20_000 + b'"a":2}'),
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def share(values: Sequence[float], part: float) -> float:
    """The value that ``part`` of the values do not exceed, in milliseconds."""
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(part * len(ordered)))] * 1000, 1)


async def timed(call: Callable[[], Awaitable[object]]) -> float:
    begun = time.perf_counter()
    await call()
    return time.perf_counter() - begun


async def until_ready(http: aiohttp.ClientSession, base: str) -> float:
    begun = time.perf_counter()
    while True:
        try:
            async with http.get(f"{base}/readyz") as answer:
                if answer.status == 200:
                    return time.perf_counter() - begun
        except aiohttp.ClientConnectionError:
            await asyncio.sleep(0.02)


def memory_mb(process: int) -> int:
    pages = int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1_048_576


async def acknowledged(http: aiohttp.ClientSession, base: str) -> list[float]:
    """One message each of many visitors, some at once."""
    tokens = [await session(http, base) for _ in range(AT_ONCE)]
    times: list[float] = []

    async def visitor(token: str) -> None:
        times.extend(
            [await timed(lambda: post(http, base, token)) for _ in range(MESSAGES // AT_ONCE)]
        )

    await asyncio.gather(*(visitor(token) for token in tokens))
    return times


async def session(http: aiohttp.ClientSession, base: str) -> str:
    async with http.post(f"{base}/chat/web/sessions", json={}) as answer:
        token: str = (await answer.json())["token"]
        return token


async def post(http: aiohttp.ClientSession, base: str, token: str) -> None:
    body = {"id": str(uuid4()), "text": "thank you"}
    headers = {"Authorization": f"Bearer {token}"}
    async with http.post(f"{base}/chat/web/messages", json=body, headers=headers) as answer:
        await answer.read()


async def lag_under_attack(http: aiohttp.ClientSession, base: str) -> tuple[list[float], set[int]]:
    """How long /healthz takes while hostile bodies come in, and what these were answered."""
    token = await session(http, base)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    paths = ("/chat/web/messages", "/chat/web/choices", "/chat/web/sessions", "/desk/sign-in")
    statuses: set[int] = set()
    waits: list[float] = []
    done = asyncio.Event()

    async def attack(path: str, body: bytes) -> None:
        async with http.post(f"{base}{path}", data=body, headers=headers) as answer:
            statuses.add(answer.status)

    async def watch() -> None:
        while not done.is_set():
            waits.append(await timed(lambda: alive(http, base)))

    watching = asyncio.create_task(watch())
    for _ in range(HOSTILE_ROUNDS):
        calls = [attack(path, body) for path in paths for _, body in BODIES]
        await asyncio.gather(*calls, return_exceptions=True)
    done.set()
    await watching
    return waits, statuses


async def alive(http: aiohttp.ClientSession, base: str) -> None:
    async with http.get(f"{base}/healthz") as answer:
        await answer.read()


async def figures(data: str) -> dict[str, object]:
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    environ = {**os.environ, "PORT": str(port), "FRONTDESK_DATA": data}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway", "run", cwd=ROOT, env=environ,
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with aiohttp.ClientSession() as http:
            ready = await until_ready(http, base)
            before = memory_mb(process.pid)
            times = await acknowledged(http, base)
            waits, statuses = await lag_under_attack(http, base)
            after = memory_mb(process.pid)
    finally:
        process.send_signal(signal.SIGINT)
        await process.wait()
    return {
        "ready_s": round(ready, 2),
        "memory_before_model_mb": before,
        "memory_after_mb": after,
        "acknowledgement_p50_ms": share(times, 0.5),
        "acknowledgement_p99_ms": share(times, 0.99),
        "healthz_under_attack_p50_ms": share(waits, 0.5),
        "healthz_under_attack_max_ms": share(waits, 1.0),
        "answers_to_attacks": sorted(statuses),
    }


def measure() -> dict[str, object]:
    with tempfile.TemporaryDirectory() as data:
        found = asyncio.run(figures(data))
    for name, value in found.items():
        print(f"{name:32} {value}", flush=True)
    return found
