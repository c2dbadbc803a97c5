"""What one run stands on: configurations, ports, and the fake platforms' process."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from tests.chaos.ledger import LIVES, PLATFORM, Line, read
from tests.chaos.postgres import through
from tests.chaos.weather import Ports

ROOT = Path(__file__).parents[2]
SECRET = "kW3fZq8-Lr5xTn2vBm7cYd4hJs9pGa6e"
KEYED, PLAIN = "keyed", "plain"
# Each on two channels. More nodes than two crowd a small machine, and time that runs fast takes a
# gateway that waits for a processor for one that is dead.
CONVERSATIONS, CROWDED = 20, 6
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
rollout: {{channels: {{keyed: auto, plain: auto}}}}
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
    gateways: Mapping[str, str]
    ports: Ports | None = None

    @property
    def said(self) -> list[Line]:
        return read(self.folder / PLATFORM)

    @property
    def lived(self) -> list[Line]:
        return read(self.folder / LIVES)


def furnish(folder: Path, url: str, nodes: tuple[str, ...], *, proxied: bool = False) -> Home:
    """``proxied`` puts a proxy's port between everything that talks over the network."""
    folder.mkdir(parents=True, exist_ok=True)
    own = free_port()
    ports = Ports({node: free_port() for node in nodes}, free_port(), own) if proxied else None
    gateways: dict[str, str] = {}
    for node in nodes:
        port = free_port()
        gateways[node] = _here(port)
        written = CONFIG.format(
            port=port,
            url=url if ports is None else through(url, ports.databases[node]),
            node=node,
            platform=_here(own if ports is None else ports.platform),
        )
        (folder / f"{node}.yaml").write_text(written)
    return Home(folder, _here(own), gateways, ports)


def _here(port: int) -> str:
    return f"http://127.0.0.1:{port}"


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
async def platform_of(
    home: Home, seed: int, skew: Sequence[float] = (), crowd: int = 0
) -> AsyncGenerator[Platform]:
    """Runs until the end, whatever happens to the gateways. ``skew`` is how wrong each gateway's
    clock is: signatures are made and judged by it, since what is tried is who holds what.
    ``crowd`` is how many conversations go on at a time on each channel, 0 for the usual."""
    usual = CONVERSATIONS if len(home.gateways) <= 2 else CROWDED
    description: dict[str, Any] = {
        "ledger": str(home.folder / PLATFORM),
        "port": int(home.platform.rpartition(":")[2]),
        "gateways": list(home.gateways.values()),
        "skew": list(skew) or [0.0] * len(home.gateways),
        "channels": [KEYED, PLAIN],
        "keyed": [KEYED],
        "secret": SECRET,
        "conversations": crowd or usual,
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
