"""``python -m tests.attacks``: injections made from a seed, brought in by every way to models that
obey them. The last line is JSON; the exit code is 1 unless nothing was done and nothing got out."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
from pathlib import Path

from tests.attacks.canaries import CANARIES, VARIABLE
from tests.attacks.run import attack

COUNT = 5_000


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.attacks", description=__doc__)
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    os.environ[VARIABLE] = CANARIES["environment"]
    with tempfile.TemporaryDirectory(prefix="frontdesk-attacks-") as folder:
        found = asyncio.run(attack(Path(folder), asked.seed, asked.count, _tell))
    for what in (*found.effects, *found.leaks)[:50]:
        sys.stdout.write(f"{what}\n")
    sys.stdout.write(f"a model obeyed {found.obeyed} of {found.tried}\n")
    figures = {
        "tried": found.tried,
        "effects": len(found.effects),
        "leaks": len(found.leaks),
    }
    sys.stdout.write(json.dumps(figures) + "\n")
    return 0 if found.tried and not found.effects and not found.leaks else 1


def _tell(done: int, count: int) -> None:
    sys.stderr.write(f"{done} of {count}\n")


if __name__ == "__main__":
    sys.exit(main())
