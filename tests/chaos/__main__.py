"""``python -m tests.chaos``: the kill campaign from the command line, and what belongs to it: a
campaign of stops, upgrades, and how long customers wait. The last line is JSON; the exit code is 1
where anything was lost, doubled, misrouted, overtaken or left over, where a kill point was never
reached, where a mutation went unnoticed, or where a bar was missed."""

from __future__ import annotations

import argparse
import asyncio
import json
import secrets
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.chaos.campaign import FOLDER, RUNS, Campaign, Sum
from tests.chaos.ledger import read
from tests.chaos.mutations import MUTATIONS
from tests.chaos.plan import plan_from
from tests.chaos.postgres import Postgres, postgres
from tests.chaos.replay import replay
from tests.chaos.times import in_time, measured
from tests.chaos.upgrades import upgrades


def main() -> int:
    asked = _arguments()
    FOLDER.mkdir(parents=True, exist_ok=True)
    seed = secrets.randbelow(1_000_000) if asked.seed is None else asked.seed
    with postgres() as server:
        if asked.replay is not None:
            plan = plan_from(json.loads(asked.replay.read_text()))
            return asyncio.run(replay(plan, server, say, asked.replay))
        if asked.times:
            return _times(server)
        if asked.upgrades:
            return _upgrades(server, seed)
        return _campaign(asked, seed, server)


def _campaign(asked: argparse.Namespace, seed: int, server: Postgres) -> int:
    campaign = Campaign(_name(asked, seed), FOLDER, server, say, crowd=asked.crowd)
    what = f"{asked.terms} stops" if asked.terms else f"{asked.kills} kills"
    say(f"{what}, seed {seed}: campaign {campaign.name}")
    if asked.terms:
        done = asyncio.run(campaign.stop(asked.terms, seed))
        passed = stopped_well(done, asked.terms)
    else:
        done = asyncio.run(campaign.go(asked.kills, seed))
        passed = well(done, campaign.points)
    for failure in done.failures:
        say(failure)
    say(done.line(campaign.points))
    return 0 if passed else 1


def _times(server: Postgres) -> int:
    with tempfile.TemporaryDirectory(prefix="frontdesk-times-") as folder:
        found = asyncio.run(measured(Path(folder), server, say))
    say(json.dumps(found))
    return 0 if in_time(found) else 1


def _upgrades(server: Postgres, seed: int) -> int:
    with upgrades(server, seed, say) as trying:
        found = trying.all()
    for failure in trying.failures:
        say(failure)
    say(json.dumps(found))
    return 1 if trying.failures else 0


def well(done: Sum, points: Sequence[str]) -> bool:
    """Whether the campaign proves anything, and proves the promise."""
    reached = all(done.hits[point] for point in points)
    return not done.red and reached and done.mutations_red == len(MUTATIONS)


def stopped_well(done: Sum, terms: int) -> bool:
    """Whether every stop was one: asked for, clean, and nothing lost by it."""
    return not done.red and done.hits["term"] >= terms and done.kills == 0


def _name(asked: argparse.Namespace, seed: int) -> str:
    """A campaign that goes on keeps the name of the last one with these numbers."""
    begins = f"terms-{asked.terms}-{seed}-" if asked.terms else f"{asked.kills}-{seed}-"
    earlier = [line["campaign"] for line in read(FOLDER / RUNS)]
    mine = [name for name in earlier if name.startswith(begins)]
    return mine[-1] if asked.resume and mine else f"{begins}{int(time.time())}"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--crowd", type=int, default=0, help="conversations at a time")
    parser.add_argument("--terms", type=int, default=0, help="SIGTERM so often, and no kills")
    parser.add_argument("--times", action="store_true", help="restarts and takeovers in seconds")
    parser.add_argument("--upgrades", action="store_true", help="rolled, and killed on their way")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--resume", action="store_true", help="go on where it was broken off")
    parser.add_argument("--replay", type=Path, metavar="FILE", help="do a failed run again")
    return parser.parse_args()


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
