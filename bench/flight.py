"""Measures 500 turns at once in one process over a model that takes 3 s: memory, and how late the
event loop runs what is due."""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

from bench.node import Asking, Node, Platform, Visitors, memory_mb, quiet_log, share
from gateway.store.opening import open_store

TURNS = 500
MODEL_SECONDS = 3.0
TICK = 0.005


async def _figures(folder: Path) -> dict[str, object]:
    store = await asyncio.to_thread(open_store, f"sqlite:///{folder / 'bench.db'}")
    visitors = Visitors()
    node = Node(store, folder, Platform(visitors.hear), Asking(seconds=MODEL_SECONDS))
    late: list[float] = []
    async with node.running():
        await visitors.say(node.door, "first")  # What is only built once is no matter of load.
        watching = asyncio.create_task(_watch(late))
        begun = time.perf_counter()
        await asyncio.gather(*(visitors.say(node.door, f"c{n}") for n in range(TURNS)))
        seconds = time.perf_counter() - begun
        watching.cancel()
    memory = memory_mb()
    await asyncio.to_thread(store.close)
    return {
        "turns_at_once": TURNS,
        "all_answered_s": round(seconds, 2),
        "memory_mb": memory,
        "loop_lag_p50_ms": share(late, 0.5),
        "loop_lag_p99_ms": share(late, 0.99),
        "loop_lag_max_ms": share(late, 1.0),
    }


async def _watch(late: list[float]) -> None:
    while True:
        begun = time.perf_counter()
        await asyncio.sleep(TICK)
        late.append(time.perf_counter() - begun - TICK)


def measure() -> dict[str, object]:
    quiet_log()
    with tempfile.TemporaryDirectory(prefix="frontdesk-bench-") as folder:
        return asyncio.run(_figures(Path(folder)))
