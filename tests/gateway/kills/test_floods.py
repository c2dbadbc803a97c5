"""Connections that send slowly, too much or for ever: the real process keeps its memory, gives its
descriptors back and answers others meanwhile."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import aiohttp
import pytest

from tests.gateway.kills.process import GatewayHome

AT_ONCE = 200
GROWTH_MB = 20
# A body has five seconds to arrive.
PATIENCE_SECONDS = 20.0


def memory_mb(process: int) -> float:
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1_048_576


def sockets(process: int) -> int:
    """How many it has open; what it reads for its index comes and goes."""
    found = 0
    for descriptor in Path(f"/proc/{process}/fd").iterdir():
        with suppress(FileNotFoundError):
            found += str(descriptor.readlink()).startswith("socket:")
    return found


def head(length: int, *more: str) -> bytes:
    lines = (
        "POST /chat/web/sessions HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Type: application/json",
        f"Content-Length: {length}",
        *more,
    )
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


FLOODS = {
    "slow": (head(1_000), b"{", b""),
    "huge": (head(100_000_000), b"{" + b" " * 65_535, b" " * 65_536),
    "compressed": (head(1_000_000, "Content-Encoding: gzip"), b"\x1f\x8b" + b"\x00" * 65_000, b""),
    "too long for its length": (head(2), b"{}" + b"x" * 65_000, b""),
}


@asynccontextmanager
async def flooding(port: int, first: bytes, more: bytes) -> AsyncGenerator[list[bytes]]:
    """So many connections that begin and then go on or stay silent; the answers they got."""
    answers: list[bytes] = []

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        with suppress(ConnectionError):
            writer.write(first)
            await writer.drain()
            if more:
                writer.write(more)
                await writer.drain()
            answers.append(await reader.read(200))
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    tasks = [asyncio.create_task(one()) for _ in range(AT_ONCE)]
    try:
        yield answers
        async with asyncio.timeout(PATIENCE_SECONDS):
            await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.mark.allow_blocking  # it looks into /proc
@pytest.mark.timeout(120)
@pytest.mark.parametrize("empty_url", ["sqlite"], indirect=True)
async def test_two_hundred_bodies_that_never_end_cost_no_memory_and_nobody_elses_answer(
    home: GatewayHome,
) -> None:
    home.forget_knowledge()
    async with home.running() as life, aiohttp.ClientSession() as http:
        async with http.get(f"{home.base}/healthz") as healthy:
            assert healthy.status == 200
        await life.warmed()
        for name, (begin, first, more) in FLOODS.items():
            open_before, before = sockets(life.process), memory_mb(life.process)
            async with flooding(home.port, begin + first, more) as answers:
                async with http.get(f"{home.base}/healthz") as healthy:
                    assert healthy.status == 200
                assert memory_mb(life.process) - before < GROWTH_MB, name
            assert len(answers) == AT_ONCE, name
            for answer in answers:
                status = int(answer.split(b" ", 2)[1])
                assert 400 <= status < 500 or name == "too long for its length", (name, answer)
            await given_back(life.process, open_before)


async def given_back(process: int, before: int) -> None:
    """Connections that ended leave nothing open."""
    clock = asyncio.get_running_loop()
    until = clock.time() + PATIENCE_SECONDS
    left = sockets(process)
    while left > before + 2 and clock.time() < until:
        await asyncio.wait({asyncio.create_task(asyncio.sleep(0.05))})
        left = sockets(process)
    assert left <= before + 2, f"{left} sockets are open, {before} were"
