"""The real gateway as a process that a test may kill: ``frontdesk run`` on a folder."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from gateway.failpoint import VARIABLE

ROOT = Path(__file__).parents[3]
START_SECONDS = 30.0

CONFIG = """
server: {{host: 127.0.0.1, port: {port}}}
store: {{url: "{url}", data: data}}
business: {{name: Fernhill Outdoor, languages: [en]}}
channels:
  web: {{kind: web, demo: true, quiet_seconds: 0.05}}
desks:
  web: {{}}
brain: {{knowledge: {{sources: [{{path: kb, demo: true}}]}}}}
rollout: {{channels: {{web: auto}}}}
"""

ARTICLES = {
    "shipping": """# Shipping

## What does shipping cost?

Standard shipping costs 4.90 euros within the country.

## How long does shipping take?

Shipping takes two to four working days after the parcel leaves our warehouse.
""",
    "returns": """# Returns

## How long may I return something?

You may return unused items within 60 days of delivery.

## Who pays for a return parcel?

We pay for the return parcel when you use our printed label.
""",
    "warranty": """# Warranty

## How long is the warranty on tents?

Tents have a warranty of five years on seams and poles.

## What does the warranty not cover?

The warranty does not cover holes made by campfires.
""",
}


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


class GatewayHome:
    """A configuration and its data, which outlive the processes that run on them."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        (folder / "kb").mkdir(parents=True)
        for name, text in ARTICLES.items():
            title = f"---\ntitle: {name.title()}\n---\n"
            (folder / "kb" / f"{name}.md").write_text(title + text)
        (folder / "config.yaml").write_text(CONFIG.format(port=self.port, url=url))

    def forget_knowledge(self) -> None:
        """For tests of what a process uses: reading articles takes memory of its own."""
        config = self.folder / "config.yaml"
        config.write_text(config.read_text().replace("[{path: kb, demo: true}]", "[]"))

    @asynccontextmanager
    async def running(self, failpoints: str = "") -> AsyncGenerator[Life]:
        """A process that listens; whatever is left of it is killed at the end."""
        life = Life(await self._start(failpoints), self.folder / "gateway.log")
        try:
            await life.listening()
            yield life
        finally:
            await life.end()

    async def _start(self, failpoints: str) -> asyncio.subprocess.Process:
        environ = {**os.environ, VARIABLE: failpoints, "FRONTDESK_NODE": "kills"}
        with (self.folder / "gateway.log").open("ab") as log:
            return await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "gateway", "run", "-c", str(self.folder / "config.yaml")),
                cwd=ROOT,
                env=environ,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )


class Life:
    """One process of a gateway, from its start to its end."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self._process = process
        self._log = log

    async def listening(self) -> None:
        """Its last line on stdout says that it listens."""
        assert self._process.stdout is not None
        async with asyncio.timeout(START_SECONDS):
            async for line in self._process.stdout:
                if re.match(rb"\s+Health", line):
                    return
        raise AssertionError(f"the gateway did not start: {self.last_words()}")

    async def warmed(self) -> None:
        """It has loaded what it answers with, and takes no more memory for that."""
        async with asyncio.timeout(START_SECONDS):
            while "brain.ready" not in self._log.read_text(errors="replace"):
                await asyncio.wait({asyncio.create_task(asyncio.sleep(0.05))})

    @property
    def process(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    async def death(self, seconds: float) -> int:
        """Its exit code, negative for the signal that killed it."""
        async with asyncio.timeout(seconds):
            return await self._process.wait()

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        self._process.send_signal(number)

    async def end(self) -> None:
        if self.alive:
            self._process.kill()
        await self._process.communicate()

    def last_words(self) -> str:
        return self._log.read_text(errors="replace")[-2000:]
