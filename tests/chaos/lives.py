"""Gateways as processes: asks the forking program for lives, ends them, and notes in a ledger when
each of them began, was ready and ended."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.chaos.ledger import Ledger

READY_SECONDS = 30.0
# From SIGTERM to the end; whoever runs the gateway gives it 30.
STOP_SECONDS = 28.0


class LifeFailed(Exception):
    """A gateway did not start, or ended in a way that nobody asked for."""


@dataclass
class Life:
    """One process of a node. ``ended`` gives its exit code, negative for a signal."""

    node: str
    pid: asyncio.Future[int]
    ready: asyncio.Future[str | None]
    ended: asyncio.Future[int]

    def strike(self, number: signal.Signals) -> None:
        if not self.ended.done():
            os.kill(self.pid.result(), number)


@dataclass
class Nodes:
    """The nodes of one run. Environment and folder are the same for all their lives; ``ahead`` is
    by how many seconds a node's clock is wrong."""

    process: asyncio.subprocess.Process
    ledger: Ledger
    folder: Path
    ahead: Mapping[str, float]
    lives: dict[str, Life] = field(default_factory=dict[str, Life])

    async def begin(self, node: str, failpoints: str = "", *, terminal: bool = False) -> Life:
        """Returns once the process exists, not once it is ready."""
        loop = asyncio.get_running_loop()
        life = Life(node, loop.create_future(), loop.create_future(), loop.create_future())
        self.lives[node] = life
        asked = {
            "node": node,
            "config": str(self.folder / f"{node}.yaml"),
            "failpoints": failpoints,
            "log": str(self.folder / f"{node}.log"),
            "ahead": self.ahead.get(node, 0.0),
            "terminal": terminal,
        }
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(asked).encode() + b"\n")
        await self.process.stdin.drain()
        await life.pid
        self.ledger.note("began", node=node, failpoints=failpoints)
        return life

    async def ready(self, life: Life) -> str | None:
        """The first link, as long as nobody has used it.

        Raises:
            LifeFailed: it ended, or was not ready in time.
        """
        waiting: set[asyncio.Future[Any]] = {life.ready, life.ended}
        await asyncio.wait(waiting, timeout=READY_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if not life.ready.done():
            raise LifeFailed(f"{life.node} was not ready: {self.last_words(life.node)}")
        return life.ready.result()

    def last_words(self, node: str) -> str:
        log = self.folder / f"{node}.log"
        return log.read_text(errors="replace")[-1500:] if log.exists() else "(no log)"

    async def listen(self) -> None:
        """Hear of what the processes do, until there are none."""
        assert self.process.stdout is not None
        async for raw in self.process.stdout:
            self._hear(json.loads(raw))

    def _hear(self, line: dict[str, Any]) -> None:
        if "began" in line:
            self.lives[line["began"]].pid.set_result(line["pid"])
        elif "ready" in line:
            life = self.lives[line["ready"]]
            life.ready.set_result(line["link"])
            self.ledger.note("ready", node=life.node)
        else:
            life = self.lives[line["ended"]]
            code: int = line["code"]
            what = "killed" if code == -signal.SIGKILL else "ended"
            self.ledger.note(what, node=life.node, code=code)
            life.ended.set_result(code)


@asynccontextmanager
async def nodes_in(
    folder: Path, tree: Path, ledger: Ledger, ahead: Mapping[str, float], secret: str
) -> AsyncGenerator[Nodes]:
    """The program that forks them, out of the source in ``tree``; all end with it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.chaos.gateway"),
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree), "CHAOS_SECRET": secret},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    nodes = Nodes(process, ledger, folder, ahead)
    assert process.stdout is not None
    if not await process.stdout.readline():
        raise LifeFailed(f"the gateway in {tree} cannot be imported")
    listening = asyncio.create_task(nodes.listen())
    try:
        yield nodes
    finally:
        for life in nodes.lives.values():
            life.strike(signal.SIGKILL)
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()
        await listening
