"""A member of the team who looks at the desk when all is quiet: what lies in the queue there was
handed over. Through the desk's own pages and API, as a browser would; never into the database."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import aiohttp


@dataclass(frozen=True, slots=True)
class Desk:
    """Somebody who is signed in."""

    http: aiohttp.ClientSession
    base: str

    async def queue(self) -> list[tuple[str, str]]:
        """(channel, chat) of every conversation that waits for a person."""
        found: list[tuple[str, str]] = []
        asked = {"owner": "queue", "limit": "100"}
        while True:
            async with self.http.get(f"{self.base}/api/v1/conversations", params=asked) as answer:
                answer.raise_for_status()
                page: dict[str, Any] = await answer.json()
            found += [(item["channel"], item["contact"]["name"]) for item in page["items"]]
            if not page["next"]:
                return found
            asked["cursor"] = page["next"]


@asynccontextmanager
async def desk_of(base: str, link: str) -> AsyncGenerator[Desk]:
    """``link`` is the first link, which the gateway prints until somebody has used it."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        token = link.partition("#")[2]
        welcome = {"token": token, "name": "Maya", "password": f"correct horse {uuid4()}"}
        headers = {"X-Frontdesk": "1", "Origin": base}
        async with http.post(f"{base}/desk/welcome", json=welcome, headers=headers) as answer:
            answer.raise_for_status()
        yield Desk(http, base)
