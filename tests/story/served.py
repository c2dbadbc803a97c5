"""The product as a newcomer starts it: the repository's own configuration in its own process."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp

ROOT = Path(__file__).parents[2]
START_SECONDS = 40


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True, slots=True)
class Served:
    """A running gateway and what it printed."""

    base: str
    first_link: str
    process: asyncio.subprocess.Process


@asynccontextmanager
async def served(data: Path) -> AsyncGenerator[Served]:
    """Start it, hand it out once it is ready, stop it like a person at the terminal would."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "gateway",
        "run",
        cwd=ROOT,
        env={**os.environ, "PORT": str(port), "FRONTDESK_DATA": str(data)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(START_SECONDS):
            told = await _announcement(process)
        link = re.search(r"http\S+welcome#\S+", told)
        assert link is not None, told
        yield Served(f"http://127.0.0.1:{port}", link[0], process)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
        assert await process.wait() == 0


async def _announcement(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    told = ""
    while "Health" not in told:
        line = await process.stdout.readline()
        assert line, f"the gateway ended: {told}"
        told += line.decode()
    return told


@dataclass
class Visitor:
    """A customer on the web chat who speaks plain HTTP."""

    http: aiohttp.ClientSession
    base: str
    channel: str = "web"
    token: str = ""
    seen: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    async def arrive(self) -> None:
        url = f"{self.base}/chat/{self.channel}/sessions"
        async with self.http.post(url, json={}) as answer:
            assert answer.status == 200
            self.token = (await answer.json())["token"]

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    async def say(self, text: str) -> str:
        return await self._post("messages", {"text": text})

    async def choose(self, message: str, choice: str) -> str:
        return await self._post("choices", {"message": message, "choice": choice})

    async def _post(self, what: str, body: dict[str, str]) -> str:
        id = str(uuid4())
        url = f"{self.base}/chat/{self.channel}/{what}"
        async with self.http.post(url, json={"id": id, **body}, headers=self.headers) as answer:
            assert answer.status == 202, await answer.text()
        return id

    async def hear(self, author: str) -> dict[str, Any]:
        """The next message of this author; everything before it is remembered too."""
        after = self.seen[-1]["seq"] if self.seen else 0
        url = f"{self.base}/chat/{self.channel}/events?after={after}"
        async with self.http.get(url, headers=self.headers) as stream:
            async for event, data in events(stream):
                if event == "message":
                    self.seen.append(data)
                    if data["author"] == author:
                        return data
        raise AssertionError(f"the stream ended before {author} said anything")


async def events(stream: aiohttp.ClientResponse) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    event = ""
    async for raw in stream.content:
        line = raw.decode().rstrip("\n")
        if line.startswith("event: "):
            event = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield event, json.loads(line.removeprefix("data: "))


@dataclass
class Agent:
    """Someone of the team, signed in on the web desk."""

    http: aiohttp.ClientSession
    base: str

    async def welcome(self, link: str) -> None:
        token = link.partition("#")[2]
        body = {"token": token, "name": "Maya", "password": "correct horse battery"}
        await self._send("/desk/welcome", body)

    async def waiting(self) -> list[dict[str, Any]]:
        async with self.http.get(f"{self.base}/api/v1/conversations?owner=queue") as answer:
            assert answer.status == 200
            return (await answer.json())["items"]

    async def look(self, conversation: str) -> dict[str, Any]:
        async with self.http.get(f"{self.base}/api/v1/conversations/{conversation}") as answer:
            assert answer.status == 200
            found: dict[str, Any] = await answer.json()
            return found

    async def approvals(self) -> list[dict[str, Any]]:
        """The actions that wait for somebody's approval."""
        async with self.http.get(f"{self.base}/api/v1/actions") as answer:
            assert answer.status == 200
            return (await answer.json())["items"]

    async def decide(self, action: str, verb: str, **body: str) -> None:
        await self._send(f"/api/v1/actions/{action}/{verb}", dict(body))

    async def do(self, conversation: str, verb: str, **more: object) -> None:
        path = f"/api/v1/conversations/{conversation}/{verb}"
        await self._send(path, {"id": str(uuid4()), **more})

    async def _send(self, path: str, body: dict[str, object] | dict[str, str]) -> None:
        headers = {"X-Frontdesk": "1", "Origin": self.base}
        async with self.http.post(f"{self.base}{path}", json=body, headers=headers) as answer:
            assert answer.status in {200, 201, 202, 204}, await answer.text()
