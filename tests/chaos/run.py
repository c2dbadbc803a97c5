"""One run: gateways under load are killed as planned, then everything comes to rest and the
ledgers are judged."""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from tests.chaos.course import Course
from tests.chaos.home import (
    FAULTY,
    KEYED,
    ROOT,
    SECRET,
    Home,
    Platform,
    furnish,
    platform_of,
)
from tests.chaos.ledger import LIVES, Ledger
from tests.chaos.lives import Life, LifeFailed, nodes_in
from tests.chaos.oracle import Verdict, judge
from tests.chaos.people import Desk, desk_of
from tests.chaos.plan import Plan
from tests.chaos.postgres import Postgres
from tests.chaos.weather import Weather, weather_over

# The database's clock, where leases have to run out.
SPEED = 10.0
POLL_SECONDS = 0.25
# A node whose database or network is back is ready again within this.
WELL_SECONDS = 60.0
READY_ANSWER = aiohttp.ClientTimeout(total=5.0)
# How long something that is said twice may lag behind the first time.
ECHO_SECONDS = 1.5
# With nothing new for this long, what still waits will wait for ever.
REST_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run takes place: a folder of its own, an empty database and the server that has it,
    the source that is tried, and after how many seconds without news what waits is given up."""

    folder: Path
    url: str
    server: Postgres
    tree: Path = ROOT
    rest: float = REST_SECONDS


@dataclass
class Result:
    """``hits`` counts kills by point, ``random`` among them, stops and storms; ``kills`` SIGKILLs;
    ``slowest_exit`` is in seconds."""

    verdict: Verdict
    hits: Counter[str]
    kills: int
    seconds: float
    failures: list[str] = field(default_factory=list[str])
    slowest_exit: float = 0.0

    @property
    def red(self) -> bool:
        return self.verdict.red or bool(self.failures)


async def run(plan: Plan, place: Place) -> Result:
    began = time.monotonic()
    if plan.fast:
        await asyncio.to_thread(place.server.hasten, place.url, SPEED)
    home = furnish(place.folder, place.url, plan.nodes, proxied=_proxied(plan))
    failures = list[str]()
    async with under_way(plan, home, place) as (course, weather, platform):
        try:
            await platform.load(talking=True, faulty=FAULTY)
            async with asyncio.TaskGroup() as group:
                for node in plan.nodes:
                    blows = [blow for blow in plan.blows if blow.node == node]
                    group.create_task(course.suffer(node, blows))
                group.create_task(weather.pass_over(plan.storms))
            await come_to_rest(course, platform, place.rest)
        except* (LifeFailed, aiohttp.ClientError, subprocess.SubprocessError) as failed:
            failures.extend(str(error) for error in failed.exceptions)
    verdict = judge(home.said, home.lived, {KEYED})
    if verdict.handed_over * 2 > verdict.messages:
        # It would keep the letter of the promise only.
        failures.append("more than half of the messages were handed over")
    kills = sum(line["what"] == "killed" for line in home.lived)
    seconds = time.monotonic() - began
    return Result(verdict, course.hits, kills, seconds, failures, course.slowest_exit)


def _proxied(plan: Plan) -> bool:
    return any(storm.where != "server" for storm in plan.storms)


@asynccontextmanager
async def under_way(
    plan: Plan, home: Home, place: Place
) -> AsyncGenerator[tuple[Course, Weather, Platform]]:
    """The platforms, the weather and the program that forks nodes; nobody talks yet."""
    hits = Counter[str]()
    ledger = Ledger(place.folder / LIVES)
    ahead = dict(zip(plan.nodes, plan.skew, strict=False))
    try:
        async with (
            weather_over(place.server, home.ports, ledger, hits) as weather,
            platform_of(home, plan.seed, plan.skew, plan.crowd) as platform,
            nodes_in(place.folder, place.tree, ledger, ahead, SECRET) as nodes,
        ):
            yield Course(home, nodes, hits, stormy=bool(plan.storms)), weather, platform
    finally:
        ledger.close()


async def come_to_rest(course: Course, platform: Platform, rest: float) -> None:
    """No more is said, nothing fails any more: all that was promised is kept now or never."""
    await platform.load(talking=False, faulty=0.0)
    nodes = course.nodes
    gateways = course.home.gateways
    for life in tuple(nodes.lives.values()):
        await nodes.ready(life)
        await _until_well(life, gateways[life.node])
    # A link is good for a quarter of an hour, which a fast clock makes short.
    first = next(iter(nodes.lives.values()))
    await course.end(first)
    link = await nodes.ready(await nodes.begin(first.node, terminal=True))
    assert link is not None
    async with desk_of(gateways[first.node], link) as desk:
        await _until_nothing_waits(platform, desk, rest)
        for channel, chat in await desk.queue():
            nodes.ledger.note("desk", channel=channel, chat=chat)
    for life in tuple(nodes.lives.values()):
        await course.end(life)


async def _until_well(life: Life, base: str) -> None:
    """No storm and no sleep takes a node out for good.

    Raises:
        LifeFailed: it does not say that it is ready.
    """
    until = time.monotonic() + WELL_SECONDS
    said = ""
    async with aiohttp.ClientSession() as http:
        while time.monotonic() < until:
            with suppress(aiohttp.ClientError, TimeoutError):
                async with http.get(f"{base}/readyz", timeout=READY_ANSWER) as answer:
                    said = await answer.text()
                    if answer.ok:
                        return
            await asyncio.sleep(POLL_SECONDS)
    raise LifeFailed(f"{life.node} was not ready again after {WELL_SECONDS} s: {said}")


async def _until_nothing_waits(platform: Platform, desk: Desk, rest: float) -> None:
    """What waits for a person waits for ever, and so does what is lost."""
    since, before = time.monotonic(), set[tuple[str, str]]()
    while waiting := await platform.waiting():
        if waiting != before:
            since, before = time.monotonic(), waiting
        elif time.monotonic() - since > rest or waiting <= set(await desk.queue()):
            break
        await asyncio.sleep(POLL_SECONDS)
    # What is said twice is heard soon after it is said once.
    await asyncio.sleep(ECHO_SECONDS)
