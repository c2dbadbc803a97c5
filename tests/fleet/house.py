"""The real gateway with five channels at once, as ``frontdesk run``, and its desk over HTTP."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import yaml

from tests.fleet.streets import Street
from tests.gateway.kills.process import ARTICLES, ROOT, free_port

START_SECONDS = 60.0
PASSWORD = "correct horse battery"


class NotRunning(Exception):
    """The gateway did not start, or a channel did not come up; the message has its last words."""


@dataclass(frozen=True, slots=True)
class Desk:
    """A member of staff with a token."""

    http: aiohttp.ClientSession
    base: str

    async def waiting(self) -> list[dict[str, Any]]:
        """Every conversation in the queue."""
        found: list[dict[str, Any]] = []
        asked = {"owner": "queue", "limit": "100"}
        while True:
            page = await self._get("/api/v1/conversations", asked)
            found += page["items"]
            if not page["next"]:
                return found
            asked["cursor"] = page["next"]

    async def messages(self, conversation: str) -> list[dict[str, Any]]:
        shown = await self._get(f"/api/v1/conversations/{conversation}")
        return list(shown["messages"])

    async def answer(self, conversation: str, text: str) -> None:
        """Take it and reply."""
        await self._post(f"{conversation}/take", {"id": str(uuid4())})
        await self._post(f"{conversation}/messages", {"id": str(uuid4()), "text": text})

    async def states(self) -> dict[str, str]:
        """Each channel's state, with why it is down."""
        found: dict[str, str] = {}
        for name, channel in (await self._get("/readyz"))["channels"].items():
            found[name] = f"{channel['state']} {channel.get('why') or ''}".strip()
        return found

    async def _get(self, path: str, asked: dict[str, str] | None = None) -> dict[str, Any]:
        async with self.http.get(self.base + path, params=asked) as answer:
            found: dict[str, Any] = await answer.json()
            return found

    async def _post(self, path: str, body: dict[str, Any]) -> None:
        url = f"{self.base}/api/v1/conversations/{path}"
        async with self.http.post(url, json=body) as answer:
            if answer.status >= 300:
                raise NotRunning(f"{path}: {answer.status} {await answer.text()}")


def furnish(
    folder: Path, streets: Sequence[Street], beside: Mapping[str, Mapping[str, Any]] | None = None
) -> str:
    """Write articles and a configuration with a channel a street, and others ``beside`` them; where
    the gateway listens."""
    (folder / "kb").mkdir(parents=True)
    for name, text in ARTICLES.items():
        (folder / "kb" / f"{name}.md").write_text(f"---\ntitle: {name.title()}\n---\n{text}")
    base = f"http://127.0.0.1:{free_port()}"
    entries = {each.kind: {"kind": each.kind, **each.entry()} for each in streets}
    entries |= {name: dict(entry) for name, entry in (beside or {}).items()}
    configuration: dict[str, Any] = {
        "public_url": base,
        "server": {"host": "127.0.0.1", "port": int(base.rpartition(":")[2])},
        "store": {"url": f"sqlite:///{folder / 'frontdesk.db'}", "data": str(folder / "data")},
        "business": {"name": "Fernhill Outdoor", "languages": ["en"]},
        "channels": entries,
        "desks": {"web": {}},
        "brain": {"knowledge": {"sources": [{"path": "kb"}]}},
        "rollout": {"channels": dict.fromkeys(entries, "auto")},
    }
    (folder / "config.yaml").write_text(yaml.safe_dump(configuration))
    return base


@dataclass
class House:
    """The gateway's process, which may die and be started again, and its desk."""

    folder: Path
    desk: Desk
    channels: Sequence[str]
    process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Until every channel is up.

        Raises:
            NotRunning: it ended, or a channel stays down.
        """
        log = self.folder / "gateway.log"
        with log.open("ab") as words:
            self.process = await _command(self.folder, "run", stdout=words, stderr=words)
        await _until_up(self.desk, self.process, self.channels, log)

    async def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        await self.process.wait()

    async def stop(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.terminate()
            await self.process.wait()


@asynccontextmanager
async def running(folder: Path, base: str, channels: Sequence[str]) -> AsyncGenerator[House]:
    """A gateway of which every channel is up.

    Raises:
        NotRunning: it ended, or a channel stays down.
    """
    headers = {"Authorization": f"Bearer {await _staff(folder)}"}
    async with aiohttp.ClientSession(headers=headers) as http:
        house = House(folder, Desk(http, base), channels)
        try:
            await house.start()
            yield house
        finally:
            await house.stop()


async def _staff(folder: Path) -> str:
    added = await _command(
        folder, "staff", "add", "Maya", "--role", "agent", "--password-stdin",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    await added.communicate(PASSWORD.encode())
    made = await _command(folder, "staff", "token", "Maya", stdout=asyncio.subprocess.PIPE)
    told, _ = await made.communicate()
    return told.decode().strip()


async def _command(folder: Path, *words: str, **pipes: Any) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "gateway", *words, "-c", str(folder / "config.yaml")),
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "NO_PROXY": "127.0.0.1"},
        **pipes,
    )


async def _until_up(
    desk: Desk, process: asyncio.subprocess.Process, channels: Sequence[str], log: Path
) -> None:
    states: dict[str, str] = {}
    clock = asyncio.get_running_loop()
    until = clock.time() + START_SECONDS
    while clock.time() < until and process.returncode is None:
        try:
            states = await desk.states()
        except aiohttp.ClientError:
            states = {}
        if states and all(states.get(name) == "up" for name in channels):
            return
        await asyncio.wait({asyncio.create_task(asyncio.sleep(0.2))})
    said = await asyncio.to_thread(log.read_text, errors="replace")
    raise NotRunning(f"{states}\n{said[-3000:]}")
