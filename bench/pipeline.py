"""Runs every measure of the pipeline, each in a process of its own, and puts the figures together.
It measures nothing itself and judges nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PARTS = ("throughput", "against", "growth", "flight", "backlog")


def measure() -> dict[str, object]:
    return {part: _figures(part) for part in PARTS}


def _figures(part: str) -> dict[str, object]:
    print(f"\n{part}: {_about(part)}", flush=True)
    run = subprocess.run(
        [sys.executable, "-m", "bench", part],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    found: dict[str, object] = json.loads(run.stdout.splitlines()[-1])
    for name, value in found.items():
        print(f"  {name:36} {value!s:>10}", flush=True)
    return found


def _about(part: str) -> str:
    """The first sentence of the module."""
    source = (ROOT / "bench" / f"{part}.py").read_text(encoding="utf-8")
    return " ".join(source.split('"""')[1].split()).split(". ")[0]
