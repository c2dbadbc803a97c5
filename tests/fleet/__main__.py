"""``python -m tests.fleet``: five channels at once against their fake platforms; with ``--kills``,
while the gateway is killed under them. The last line is JSON; the exit code is 1 where anything was
lost, or doubled without a kill."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

from tests.fleet.sickroom import sickroom
from tests.fleet.storm import Storm, rage, total
from tests.fleet.story import Count, document, play
from tests.fleet.streets import streets

CUSTOMERS = 50
KILLS_A_STORM = 8


async def _all(customers: int, *, sick: bool) -> dict[str, Count]:
    with tempfile.TemporaryDirectory(prefix="frontdesk-channels-") as folder:
        async with AsyncExitStack() as stack:
            opened = [await stack.enter_async_context(street) for street in streets()]
            beside = await stack.enter_async_context(sickroom()) if sick else None
            return await play(Path(folder), opened, customers, beside)


async def _storm(customers: int, kills: int, seed: int) -> Storm:
    with tempfile.TemporaryDirectory(prefix="frontdesk-channels-") as folder:
        async with AsyncExitStack() as stack:
            opened = [await stack.enter_async_context(street) for street in streets()]
            return await rage(Path(folder), opened, customers, kills, seed)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fleet", description=__doc__)
    parser.add_argument("--customers", type=int, default=CUSTOMERS, help="on each channel")
    parser.add_argument("--kills", type=int, default=0, help="how often it dies meanwhile")
    parser.add_argument("--sick", action="store_true", help="beside channels that cannot work")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    if asked.kills:
        return _stormy(asked.customers, asked.kills, asked.seed)
    counts = asyncio.run(_all(asked.customers, sick=asked.sick))
    for kind, count in counts.items():
        sys.stdout.write(f"{kind:9} {count}\n")
    sys.stdout.write(json.dumps(document(counts)) + "\n")
    return 0 if all(c.lost == 0 and c.doubled == 0 for c in counts.values()) else 1


def _stormy(customers: int, kills: int, seed: int) -> int:
    storms: list[Storm] = []
    while sum(storm.kills for storm in storms) < kills:
        left = kills - sum(storm.kills for storm in storms)
        storms.append(asyncio.run(_storm(customers, min(left, KILLS_A_STORM), seed + len(storms))))
        sys.stdout.write(f"{storms[-1]}\n")
        sys.stdout.flush()
    found = total(storms)
    sys.stdout.write(json.dumps(found) + "\n")
    return 0 if all(c.lost == 0 for storm in storms for c in storm.channels.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
