"""Measures how soon staff see what customers write: a running gateway on SQLite, a full queue, and
signed-in staff who fetch what the desk's page fetches on each event. It judges nothing.

From the customer's request being sent (the commit is later) to the row with their words being read
by each of the staff. The staff's part of the work is done on the same cores.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias
from uuid import uuid4

import aiohttp
from argon2 import PasswordHasher

from bench.serving import ROOT, free_port, session, share, until_ready
from channels.events import Address, InboundMessage, Sender
from gateway.clock import SystemClock
from gateway.conversations.opening import find
from gateway.conversations.ownership import expect, hand_over
from gateway.intake.events import receive
from gateway.intake.surface import Surface
from gateway.people.passwords import Passwords
from gateway.people.people import People
from gateway.people.throttle import REFUSED_TOKENS, Failures, SignInThrottle
from gateway.records import Brief
from gateway.store.opening import open_store
from gateway.store.store import Store
from gateway.store.unit import Unit

WAITING = 500
STAFF = 20
WRITING = 20
PER_SECOND = 5.0
SECONDS = 20.0
GRACE = 4.0
PASSWORD = "correct horse battery"  # noqa: S105 - of a desk that lives for a minute
# What list.js reads when something in the list changed, and what stands around the list.
LIST = ("/api/v1/conversations?owner=queue", "/api/v1/counts")
AROUND = ("unreadable", "pauses", "budgets", "actions", "me", "conversations?owner=me&limit=100")
AROUND_SECONDS = 2.0
Sent: TypeAlias = dict[str, float]


@dataclass
class Watching:
    """One of the staff: a stream, and what the page fetches when it speaks."""

    http: aiohttp.ClientSession
    base: str
    sent: Sent
    seen: dict[str, float] = field(default_factory=dict[str, float])
    fetched: int = 0

    async def watch(self) -> None:
        every = (Coalesced(self._list), Coalesced(self._around, AROUND_SECONDS))
        try:
            async with self.http.get(f"{self.base}/api/v1/events") as stream:
                async for line in stream.content:
                    if line.startswith(b"event: conversations"):
                        for each in every:
                            each.again()
        finally:
            for each in every:
                await each.end()

    async def _list(self) -> None:
        for path in LIST:
            body = await self._get(path)
            now = time.perf_counter()
            for text in self.sent.keys() - self.seen.keys():
                if text.encode() in body:
                    self.seen[text] = now - self.sent[text]

    async def _around(self) -> None:
        await asyncio.gather(*(self._get(f"/api/v1/{path}") for path in AROUND))

    async def _get(self, path: str) -> bytes:
        self.fetched += 1
        async with self.http.get(f"{self.base}{path}") as answer:
            answer.raise_for_status()
            return await answer.read()


class Coalesced:
    """As the page's own: once at a time, calls meanwhile are one more, ``pause`` seconds apart."""

    def __init__(self, work: Callable[[], Awaitable[None]], pause: float = 0.0) -> None:
        self._work = work
        self._pause = pause
        self._wanted = False
        self._running: asyncio.Task[None] | None = None

    def again(self) -> None:
        self._wanted = True
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._rounds())

    async def end(self) -> None:
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)

    async def _rounds(self) -> None:
        while self._wanted:
            self._wanted = False
            await self._work()
            await asyncio.sleep(self._pause)


@asynccontextmanager
async def _gateway(data: Path) -> AsyncGenerator[tuple[str, int]]:
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway", "run", cwd=ROOT,
        env={**os.environ, "PORT": str(port), "FRONTDESK_DATA": str(data)},
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        process.send_signal(signal.SIGINT)
        await process.wait()


async def _signed_in(store: Store) -> list[str]:
    clock = SystemClock()
    passwords = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    people = People(store, passwords, SignInThrottle(clock), Failures(REFUSED_TOKENS, clock))
    secrets: list[str] = []
    for number in range(STAFF):
        await people.add(f"Staff {number}", "agent", PASSWORD)
        secrets.append((await people.sign_in(f"Staff {number}", PASSWORD, str(number))).secret)
    return secrets


async def _queue(store: Store) -> None:
    surface = Surface(channel="web", tenant="main", pulled=True, numbered=False, quiet=0.3)

    def wait(number: int) -> Callable[[Unit], None]:
        address = Address(f"waiting-{number}")
        sender = Sender((address.chat,), f"Customer {number}")
        words = f"Where is order {number}? It should have come last week, and I need it soon."

        def unit(unit: Unit) -> None:
            receive(unit, surface, InboundMessage(f"w-{number}", address, words, sender))
            row = find(unit, "web", address)
            if row is not None:
                brief = Brief(question=words, reason="asked_for_person", rule="a wish")
                hand_over(unit, expect(unit, row["id"], None), brief.reason, brief)

        return unit

    await asyncio.gather(*(store.write(wait(number)) for number in range(WAITING - WRITING)))


async def _say(http: aiohttp.ClientSession, base: str, token: str, text: str) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    body = {"id": str(uuid4()), "text": text}
    async with http.post(f"{base}/chat/web/messages", json=body, headers=headers) as answer:
        answer.raise_for_status()


async def _until_all_wait(http: aiohttp.ClientSession, base: str, secret: str) -> None:
    """What answers is loaded by then, too."""
    url, headers = f"{base}{LIST[0]}", {"Cookie": f"frontdesk={secret}"}
    while True:
        async with http.get(url, headers=headers) as answer:
            answer.raise_for_status()
            if len((await answer.json())["items"]) >= WRITING:
                return
        await asyncio.sleep(0.5)


async def _write(http: aiohttp.ClientSession, base: str, tokens: list[str], sent: Sent) -> None:
    begun = time.perf_counter()
    for number in range(int(SECONDS * PER_SECOND)):
        await asyncio.sleep(max(0.0, begun + number / PER_SECOND - time.perf_counter()))
        text = f"line {number:06d}."
        sent[text] = time.perf_counter()
        await _say(http, base, tokens[number % len(tokens)], text)
    await asyncio.sleep(GRACE)


async def _figures(data: Path) -> dict[str, object]:
    sent: Sent = {}
    async with AsyncExitStack() as stack:
        base, process = await stack.enter_async_context(_gateway(data))
        http = await stack.enter_async_context(aiohttp.ClientSession())
        await until_ready(http, base)
        tokens = [await session(http, base) for _ in range(WRITING)]
        # The first in the queue are those who write, or nobody would have their rows before them.
        for token in tokens:
            await _say(http, base, token, "I want to talk to a person")
        store = await asyncio.to_thread(open_store, f"sqlite:///{data / 'frontdesk.db'}")
        secrets = await _signed_in(store)
        await _until_all_wait(http, base, secrets[0])
        await _queue(store)
        staff: list[Watching] = []
        for secret in secrets:
            browser = aiohttp.ClientSession(headers={"Cookie": f"frontdesk={secret}"})
            staff.append(Watching(await stack.enter_async_context(browser), base, sent))
        watching = [asyncio.create_task(each.watch()) for each in staff]
        await asyncio.sleep(GRACE)
        before, fetched = _cpu(process), sum(each.fetched for each in staff)
        await _write(http, base, tokens, sent)
        used = _cpu(process) - before
        fetched = sum(each.fetched for each in staff) - fetched
        for task in watching:
            task.cancel()
        await asyncio.gather(*watching, return_exceptions=True)
        await asyncio.to_thread(store.close)
    late = [seconds for each in staff for seconds in each.seen.values()]
    return {
        "waiting": WAITING,
        "staff": STAFF,
        "messages_per_s": PER_SECOND,
        "rows_expected": len(sent) * STAFF,
        "rows_seen": len(late),
        "seen_p50_ms": share(late, 0.5),
        "seen_p95_ms": share(late, 0.95),
        "seen_p99_ms": share(late, 0.99),
        "requests_per_s": round(fetched / (SECONDS + GRACE), 1),
        "gateway_cpu_share": round(used / (SECONDS + GRACE), 2),
    }


def _cpu(process: int) -> float:
    """Seconds of processor time that it has used."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure() -> dict[str, object]:
    with tempfile.TemporaryDirectory(prefix="frontdesk-bench-") as folder:
        return asyncio.run(_figures(Path(folder)))
