"""``python -m tests.chaos``: the kill campaign from the command line. The last line is JSON; the
exit code is 1 where anything was lost, doubled, misrouted, overtaken or left over, where a kill
point was never reached, or where a mutation went unnoticed."""

from __future__ import annotations

import argparse
import asyncio
import json
import secrets
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.chaos.campaign import FOLDER, RUNS, Campaign, Sum
from tests.chaos.ledger import read
from tests.chaos.mutations import MUTATIONS
from tests.chaos.plan import plan_from
from tests.chaos.postgres import postgres
from tests.chaos.replay import replay


def main() -> int:
    asked = _arguments()
    FOLDER.mkdir(parents=True, exist_ok=True)
    with postgres() as server:
        if asked.replay is not None:
            plan = plan_from(json.loads(asked.replay.read_text()))
            return asyncio.run(replay(plan, server, say, asked.replay))
        seed = secrets.randbelow(1_000_000) if asked.seed is None else asked.seed
        campaign = Campaign(_name(asked.kills, seed, resume=asked.resume), FOLDER, server, say)
        say(f"{asked.kills} kills, seed {seed}: campaign {campaign.name}")
        done = asyncio.run(campaign.go(asked.kills, seed))
    for failure in done.failures:
        say(failure)
    say(done.line(campaign.points))
    return 0 if well(done, campaign.points) else 1


def well(done: Sum, points: Sequence[str]) -> bool:
    """Whether the campaign proves anything, and proves the promise."""
    reached = all(done.hits[point] for point in points)
    return not done.red and reached and done.mutations_red == len(MUTATIONS)


def _name(kills: int, seed: int, *, resume: bool) -> str:
    """A campaign that goes on keeps the name of the last one with these numbers."""
    begins = f"{kills}-{seed}-"
    earlier = [line["campaign"] for line in read(FOLDER / RUNS)]
    mine = [name for name in earlier if name.startswith(begins)]
    return mine[-1] if resume and mine else f"{begins}{int(time.time())}"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--resume", action="store_true", help="go on where it was broken off")
    parser.add_argument("--replay", type=Path, metavar="FILE", help="do a failed run again")
    return parser.parse_args()


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
