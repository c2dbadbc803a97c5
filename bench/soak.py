"""Measures what stays behind: one node answers message after message of a crowd that comes and
goes, and its memory, its open files and its database are looked at on the way."""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

from bench.node import Node, Platform, Visitors, memory_mb, quiet_log
from gateway.store.opening import open_store

MESSAGES = 50_000
AT_ONCE = 64
EACH = 5  # Questions of one customer before another comes.
LOOKS = 10


def _descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def _figures(folder: Path, messages: int) -> dict[str, object]:
    file = folder / "bench.db"
    store = await asyncio.to_thread(open_store, f"sqlite:///{file}")
    visitors = Visitors()
    node = Node(store, folder, Platform(visitors.hear))
    memory: list[int] = []
    begun = time.perf_counter()
    async with node.running():
        await _crowd(node, visitors, "warm", messages // LOOKS)
        descriptors, empty = _descriptors(), file.stat().st_size
        for look in range(LOOKS):
            memory.append(memory_mb())
            await _crowd(node, visitors, f"look{look}", messages // LOOKS)
            visitors.forget()
        grown = file.stat().st_size - empty
        left = _descriptors() - descriptors
    seconds = time.perf_counter() - begun
    await asyncio.to_thread(store.close)
    return {
        "messages": messages,
        "replies_per_s": round(messages * (1 + 1 / LOOKS) / seconds, 1),
        "memory_mb": [*memory, memory_mb()],
        "descriptors_left": left,
        "database_kb_a_message": round(grown / messages / 1024, 2),
    }


async def _crowd(node: Node, visitors: Visitors, name: str, messages: int) -> None:
    """So many messages, of ever new customers."""
    waiting = iter(range(messages // EACH))

    async def place() -> None:
        for customer in waiting:
            await visitors.converse(node.door, f"{name}-{customer}", EACH)

    await asyncio.gather(*(place() for _ in range(AT_ONCE)))


def measure(messages: int = MESSAGES) -> dict[str, object]:
    quiet_log()
    with tempfile.TemporaryDirectory(prefix="frontdesk-bench-") as folder:
        return asyncio.run(_figures(Path(folder), messages))
