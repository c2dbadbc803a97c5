"""Measures durable replies a second of one node in process: every message committed, answered by a
script, committed, sent to a function and committed again. No HTTP, no SDK, no knowledge."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
from pathlib import Path

from bench.node import Node, Platform, Spent, Visitors, measured, memory_mb, quiet_log, share
from gateway.store.opening import open_store

EACH = 15
ROUNDS = 3


async def _figures(folder: Path) -> dict[str, object]:
    store = await asyncio.to_thread(open_store, f"sqlite:///{folder / 'bench.db'}")
    visitors = Visitors()
    node = Node(store, folder, Platform(visitors.hear))
    found: dict[str, object] = {}
    async with node.running():
        await _round(node, visitors, 64, "warm", [])
        for at_once in (64, 128):
            visitors.acknowledged.clear()
            spent: list[Spent] = []
            for number in range(ROUNDS):
                await _round(node, visitors, at_once, f"r{number}-{at_once}", spent)
            found |= _row(at_once, spent, visitors)
        visitors.answered.clear()
        for number in range(10):
            await visitors.converse(node.door, f"alone-{number}", 10)
    found["alone_question_to_answer_p50_ms"] = share(visitors.answered, 0.5)
    found["memory_mb"] = memory_mb()
    await asyncio.to_thread(store.close)
    return found


async def _round(
    node: Node, visitors: Visitors, at_once: int, name: str, spent: list[Spent]
) -> None:
    async with measured(at_once * EACH, spent):
        await asyncio.gather(
            *(visitors.converse(node.door, f"{name}-{n}", EACH) for n in range(at_once))
        )


def _row(at_once: int, spent: list[Spent], visitors: Visitors) -> dict[str, object]:
    return {
        f"replies_per_s_at_{at_once}": statistics.median(one.per_second for one in spent),
        f"cpu_ms_at_{at_once}": statistics.median(one.cpu for one in spent),
        f"ack_p50_ms_at_{at_once}": share(visitors.acknowledged, 0.5),
        f"ack_p99_ms_at_{at_once}": share(visitors.acknowledged, 0.99),
    }


def measure() -> dict[str, object]:
    quiet_log()
    with tempfile.TemporaryDirectory(prefix="frontdesk-bench-") as folder:
        return asyncio.run(_figures(Path(folder)))
