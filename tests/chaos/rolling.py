"""Two nodes of different releases on one PostgreSQL: one serves while the other upgrades the schema
under it and serves too; then the first dies, comes back, and makes way."""

from __future__ import annotations

import asyncio
import signal
import time
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from tests.chaos.course import Course
from tests.chaos.home import FAULTY, KEYED, SECRET, furnish, platform_of
from tests.chaos.ledger import LIVES, Ledger
from tests.chaos.lives import Life, LifeFailed, Nodes, nodes_in
from tests.chaos.oracle import judge
from tests.chaos.run import SPEED, Place, Result, come_to_rest

OLD, NEW = "a", "b"
SERVING_SECONDS = 1.5
REFUSED = "SchemaTooNew: this database needs a program of schema"


@dataclass(frozen=True, slots=True)
class Upgrade:
    """The trees of the two releases. After a ``contracted`` upgrade the old one has to refuse."""

    old: Path
    new: Path
    contracted: bool = False


async def roll(upgrade: Upgrade, place: Place, seed: int) -> Result:
    """``place.url`` is an empty database, which the old release sets up."""
    began = time.monotonic()
    await asyncio.to_thread(place.server.hasten, place.url, SPEED)
    home = furnish(place.folder, place.url, (OLD, NEW))
    ledger = Ledger(place.folder / LIVES)
    failures, hits = list[str](), Counter[str]()
    async with AsyncExitStack() as stack:
        stack.callback(ledger.close)
        platform = await stack.enter_async_context(platform_of(home, seed))
        trees = (upgrade.old, upgrade.new)
        old, new = [
            await stack.enter_async_context(nodes_in(place.folder, tree, ledger, {}, SECRET))
            for tree in trees
        ]
        try:
            await platform.load(talking=True, faulty=FAULTY)
            course = Course(home, new, hits)
            await _roll(upgrade, old, course)
            await come_to_rest(course, platform, place.rest)
        except (LifeFailed, aiohttp.ClientError) as error:
            failures.append(str(error))
    verdict = judge(home.said, home.lived, {KEYED})
    kills = sum(line["what"] == "killed" for line in home.lived)
    return Result(verdict, hits, kills, time.monotonic() - began, failures)


async def _roll(upgrade: Upgrade, old: Nodes, course: Course) -> None:
    first = await _serving(old, OLD)
    # It upgrades the schema under the one that serves, and both go on.
    await _serving(course.nodes, NEW)
    first.strike(signal.SIGKILL)
    await first.ended
    again = await old.begin(OLD, terminal=True)
    if upgrade.contracted:
        await again.ended
        if again.ended.result() == 0 or REFUSED not in old.last_words(OLD):
            raise LifeFailed(f"the old release did not refuse: {old.last_words(OLD)}")
        course.hits["refused start"] += 1
    else:
        await old.ready(again)
        await asyncio.sleep(SERVING_SECONDS)
        await course.end(again)
        course.hits["went on"] += 1
    await course.begin(OLD, terminal=True)


async def _serving(nodes: Nodes, node: str) -> Life:
    life = await nodes.begin(node, terminal=True)
    await nodes.ready(life)
    await asyncio.sleep(SERVING_SECONDS)
    return life
