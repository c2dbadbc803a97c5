"""What one run stands on: configurations, ports, and the fake platforms' process."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from tests.chaos.ledger import LIVES, PLATFORM, Line, read

ROOT = Path(__file__).parents[2]
SECRET = "kW3fZq8-Lr5xTn2vBm7cYd4hJs9pGa6e"
KEYED, PLAIN = "keyed", "plain"
CONVERSATIONS = 20
FAULTY = 0.04

CONFIG = """
server: {{host: 127.0.0.1, port: {port}}}
store: {{url: "{url}", data: "data-{node}", files: files}}
business: {{name: Fernhill Outdoor, languages: [en]}}
channels:
  keyed: {{kind: api, secret: "${{CHAOS_SECRET}}", url: "{platform}/deliver/keyed",
          idempotent: true, quiet_seconds: 0.0}}
  plain: {{kind: api, secret: "${{CHAOS_SECRET}}", url: "{platform}/deliver/plain",
          quiet_seconds: 0.0}}
"""


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


@dataclass(frozen=True, slots=True)
class Home:
    """A folder with one configuration a node. ``gateways`` are the nodes' base addresses."""

    folder: Path
    platform: str
    gateways: tuple[str, ...]

    @property
    def said(self) -> list[Line]:
        return read(self.folder / PLATFORM)

    @property
    def lived(self) -> list[Line]:
        return read(self.folder / LIVES)


def furnish(folder: Path, url: str, nodes: tuple[str, ...]) -> Home:
    folder.mkdir(parents=True, exist_ok=True)
    platform = f"http://127.0.0.1:{free_port()}"
    gateways: list[str] = []
    for node in nodes:
        port = free_port()
        gateways.append(f"http://127.0.0.1:{port}")
        written = CONFIG.format(port=port, url=url, node=node, platform=platform)
        (folder / f"{node}.yaml").write_text(written)
    return Home(folder, platform, tuple(gateways))


class Platform:
    """The campaign's hand on the fake platforms."""

    def __init__(self, base: str, http: aiohttp.ClientSession) -> None:
        self._base = base
        self._http = http

    async def load(self, *, talking: bool, faulty: float) -> None:
        body = {"talking": talking, "faulty": faulty}
        async with self._http.post(f"{self._base}/load", json=body) as answer:
            answer.raise_for_status()

    async def waiting(self) -> set[tuple[str, str]]:
        """(channel, chat) of what was not taken in yet, or not answered."""
        async with self._http.get(f"{self._base}/state") as answer:
            answer.raise_for_status()
            waiting: list[list[str]] = (await answer.json())["waiting"]
            return {(channel, chat) for channel, chat in waiting}


@asynccontextmanager
async def platform_of(home: Home, seed: int) -> AsyncGenerator[Platform]:
    """Runs until the end, whatever happens to the gateways."""
    description: dict[str, Any] = {
        "ledger": str(home.folder / PLATFORM),
        "port": int(home.platform.rpartition(":")[2]),
        "gateways": home.gateways,
        "channels": [KEYED, PLAIN],
        "keyed": [KEYED],
        "secret": SECRET,
        "conversations": CONVERSATIONS,
        "faulty": FAULTY,
        "seed": seed,
    }
    file = home.folder / "platform.json"
    file.write_text(json.dumps(description))
    with (home.folder / "platform.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "tests.chaos.platform", str(file)),
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
        )
    assert process.stdout is not None
    try:
        if await process.stdout.readline() != b"open\n":
            raise RuntimeError(f"the platforms did not start: {(home.folder / 'platform.log')}")
        async with aiohttp.ClientSession() as http:
            yield Platform(home.platform, http)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()
