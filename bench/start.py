"""Measures what a start costs: of Python, of ``frontdesk --help``, and of each SDK.
It starts programs and reads clocks; it never judges, the limits stand in the documentation."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

ROUNDS = 5
IMPORTS = ("aiohttp", "anthropic", "chromadb", "discord", "openai", "slack_sdk", "telegram")


def wall(*arguments: str) -> float:
    """The median wall time, in seconds, of one Python process with these arguments."""
    times: list[float] = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - begun)
    return statistics.median(times)


def measure() -> dict[str, object]:
    bare = wall("-c", "pass")
    print(f"python -c pass      {bare * 1000:6.0f} ms", flush=True)
    help_page = wall("-m", "gateway", "--help")
    print(f"frontdesk --help    {help_page * 1000:6.0f} ms", flush=True)
    ratios: dict[str, float] = {}
    for name in IMPORTS:
        ratios[name] = round(wall("-c", f"import {name}") / bare, 1)
        print(f"import {name:12} {ratios[name]:6.1f} times python -c pass", flush=True)
    return {
        "python_ms": round(bare * 1000),
        "help_ms": round(help_page * 1000),
        "import_ratio": ratios,
    }
