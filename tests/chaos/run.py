"""One run: gateways under load are killed as planned, then everything comes to rest and the
ledgers are judged."""

from __future__ import annotations

import asyncio
import signal
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from tests.chaos.home import FAULTY, KEYED, ROOT, SECRET, Home, Platform, furnish, platform_of
from tests.chaos.ledger import LIVES, Ledger
from tests.chaos.lives import STOP_SECONDS, Life, LifeFailed, Nodes, nodes_in
from tests.chaos.oracle import Verdict, judge
from tests.chaos.people import Desk, desk_of
from tests.chaos.plan import PAST_LEASES_SECONDS, Blow, Plan

# A point that is not reached by then is given up, and the process killed all the same.
POINT_SECONDS = 12.0
# Two nodes live in a time of their own in which leases run out sooner.
SPEED = 10.0
POLL_SECONDS = 0.25
# How long one that was stopped runs on once it is awake.
AWAKE_SECONDS = 1.5
# How long something that is said twice may lag behind the first time.
ECHO_SECONDS = 1.5
# With nothing new for this long, what still waits will wait for ever.
REST_SECONDS = 15.0


@dataclass
class Result:
    """``hits`` counts kills by point, ``random`` among them, and stops; ``kills`` SIGKILLs."""

    verdict: Verdict
    hits: Counter[str]
    kills: int
    seconds: float
    failures: list[str] = field(default_factory=list[str])

    @property
    def red(self) -> bool:
        return self.verdict.red or bool(self.failures)


@dataclass
class Course:
    """A run under way."""

    home: Home
    nodes: Nodes
    hits: Counter[str] = field(default_factory=Counter[str])

    async def suffer(self, node: str, blows: Sequence[Blow]) -> None:
        """The lives of one node, one after the other."""
        endings = {
            "point": self._at_a_point,
            "random": self._at_random,
            "term": self._asked,
            "stop": self._stopped,
        }
        for blow in blows:
            armed = f"{blow.point}=kill:{blow.hit}" if blow.how == "point" else ""
            life = await self.nodes.begin(node, armed, terminal=blow.terminal)
            await endings[blow.how](life, blow)
            await asyncio.sleep(blow.down)
        # It goes on serving beside the others, and until all is quiet.
        await self.nodes.begin(node, terminal=True)

    async def _at_a_point(self, life: Life, blow: Blow) -> None:
        await asyncio.wait({life.ended}, timeout=POINT_SECONDS)
        if life.ended.done():
            self._count(life, blow.point)
        else:
            await self._kill(life)

    async def _at_random(self, life: Life, blow: Blow) -> None:
        if not blow.early:
            await self.nodes.ready(life)
        await asyncio.wait({life.ended}, timeout=blow.after)
        await self._kill(life)

    async def _asked(self, life: Life, blow: Blow) -> None:
        """SIGTERM at any moment at which it serves; some are killed before they are done."""
        await self.nodes.ready(life)
        await asyncio.sleep(blow.after)
        self.hits["term"] += 1
        if blow.then is None:
            await self.end(life)
            return
        life.strike(signal.SIGTERM)
        await asyncio.wait({life.ended}, timeout=blow.then)
        if life.ended.done():
            self._expect(life, 0)
        else:
            await self._kill(life)

    async def _stopped(self, life: Life, blow: Blow) -> None:
        """It sleeps until its leases have run out, wakes in the middle of what it did, and dies."""
        await self.nodes.ready(life)
        await asyncio.sleep(blow.after)
        self.nodes.ledger.note("stopped", node=life.node)
        life.strike(signal.SIGSTOP)
        self.hits["stop"] += 1
        await asyncio.sleep(PAST_LEASES_SECONDS)
        self.nodes.ledger.note("woken", node=life.node)
        life.strike(signal.SIGCONT)
        await asyncio.wait({life.ended}, timeout=AWAKE_SECONDS)
        await self._kill(life)

    async def end(self, life: Life) -> None:
        """Ask it to stop and see that it does."""
        life.strike(signal.SIGTERM)
        await asyncio.wait({life.ended}, timeout=STOP_SECONDS)
        if not life.ended.done():
            raise LifeFailed(f"{life.node} had not ended {STOP_SECONDS} s after SIGTERM")
        self._expect(life, 0)

    async def _kill(self, life: Life) -> None:
        life.strike(signal.SIGKILL)
        await life.ended
        self._count(life, "random")

    def _count(self, life: Life, point: str) -> None:
        self._expect(life, -signal.SIGKILL)
        self.hits[point] += 1

    def _expect(self, life: Life, code: int) -> None:
        if life.ended.result() != code:
            raise LifeFailed(
                f"{life.node} ended with {life.ended.result()} instead of {code}:"
                f" {self.nodes.last_words(life.node)}"
            )


async def run(
    plan: Plan, folder: Path, url: str, tree: Path = ROOT, rest: float = REST_SECONDS
) -> Result:
    """``url`` is an empty database; ``tree`` holds the source that is to be tried;
    ``rest`` is after how many seconds without news what still waits is given up."""
    began = time.monotonic()
    home = furnish(folder, url, plan.nodes)
    ledger = Ledger(folder / LIVES)
    clock = {"since": time.time(), "speed": SPEED} if len(plan.nodes) > 1 else None
    hits, failures = Counter[str](), list[str]()
    async with (
        platform_of(home, plan.seed) as platform,
        nodes_in(folder, tree, ledger, clock, SECRET) as nodes,
    ):
        course = Course(home, nodes, hits)
        try:
            await platform.load(talking=True, faulty=FAULTY)
            async with asyncio.TaskGroup() as group:
                for node in plan.nodes:
                    blows = [blow for blow in plan.blows if blow.node == node]
                    group.create_task(course.suffer(node, blows))
            await come_to_rest(course, platform, rest)
        except* (LifeFailed, aiohttp.ClientError) as failed:
            failures.extend(str(error) for error in failed.exceptions)
    ledger.close()
    verdict = judge(home.said, home.lived, {KEYED})
    if verdict.handed_over * 2 > verdict.messages:
        # It would keep the letter of the promise only.
        failures.append("more than half of the messages were handed over")
    kills = sum(line["what"] == "killed" for line in home.lived)
    return Result(verdict, hits, kills, time.monotonic() - began, failures)


async def come_to_rest(course: Course, platform: Platform, rest: float) -> None:
    """No more is said, nothing fails any more: all that was promised is kept now or never."""
    await platform.load(talking=False, faulty=0.0)
    lives = list(course.nodes.lives.values())
    links = [await course.nodes.ready(life) for life in lives]
    assert links[0] is not None
    async with desk_of(course.home.gateways[0], links[0]) as desk:
        await _until_nothing_waits(platform, desk, rest)
        for channel, chat in await desk.queue():
            course.nodes.ledger.note("desk", channel=channel, chat=chat)
    for life in lives:
        await course.end(life)


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
