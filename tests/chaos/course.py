"""A run under way: what each node suffers, life after life."""

from __future__ import annotations

import asyncio
import signal
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.home import Home
from tests.chaos.lives import STOP_SECONDS, Life, LifeFailed, Nodes
from tests.chaos.plan import PAST_LEASES_SECONDS, Blow

# A point that is not reached by then is given up, and the process killed all the same.
POINT_SECONDS = 12.0
# How long one that was stopped runs on once it is awake.
AWAKE_SECONDS = 1.5
# A gateway that finds no database ends and says so; whatever runs it starts it again.
AGAIN_SECONDS = 0.3
STARTS = 60


@dataclass
class Course:
    """``hits`` counts what was done to the nodes. In ``stormy`` runs a node may not start at once.
    ``slowest_exit`` is the longest time from SIGTERM to the end, in seconds."""

    home: Home
    nodes: Nodes
    hits: Counter[str] = field(default_factory=Counter[str])
    stormy: bool = False
    slowest_exit: float = 0.0

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
            life = await self.begin(node, armed, terminal=blow.terminal)
            await endings[blow.how](life, blow)
            await asyncio.sleep(blow.down)
        # It goes on serving beside the others, and until all is quiet.
        await self.begin(node, terminal=True)

    async def begin(self, node: str, failpoints: str = "", *, terminal: bool) -> Life:
        """A life; in storms as many as it takes until one finds its database.

        Raises:
            LifeFailed: none of them did.
        """
        life = await self.nodes.begin(node, failpoints, terminal=terminal)
        for _ in range(STARTS if self.stormy else 0):
            waiting: set[asyncio.Future[Any]] = {life.ready, life.ended}
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if life.ready.done():
                break
            self.hits["start.failed"] += 1
            await asyncio.sleep(AGAIN_SECONDS)
            life = await self.nodes.begin(node, failpoints, terminal=terminal)
        return life

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
        began = time.monotonic()
        life.strike(signal.SIGTERM)
        await asyncio.wait({life.ended}, timeout=STOP_SECONDS)
        if not life.ended.done():
            raise LifeFailed(f"{life.node} had not ended {STOP_SECONDS} s after SIGTERM")
        self._expect(life, 0)
        self.slowest_exit = max(self.slowest_exit, time.monotonic() - began)

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
