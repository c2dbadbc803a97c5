"""Owns what a site's robots.txt asks of us: which pages, and how slowly. Where it cannot be known,
nothing is read; a site without one asks for nothing."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass

from protego import Protego

from brain.contract import Clock, Fetch, FetchFailed
from brain.knowledge.website.site import origin_of, shown

AGENT = "Frontdesk"
LIMIT = 512 * 1024
KEPT_SECONDS = 600.0

_ANY = "*"
_OTHER = "User-agent: somebody-else"
_USER_AGENT = re.compile(r"\s*user(?:-|\s+)?agent(?=[\s:])\s*:?(?P<name>[^#]*)", re.IGNORECASE)
_CLIENT_ERROR = range(400, 500)
_BUSY = 429


@dataclass(frozen=True, slots=True)
class Rules:
    """What one robots.txt says to us; ``delay`` is in seconds."""

    robots: Protego | None = None
    delay: float = 0.0

    async def allow(self, url: str) -> bool:
        if self.robots is None:
            return True
        # As many patterns as the file has room for, each against the whole address.
        return await asyncio.to_thread(self.robots.can_fetch, url, AGENT)


@dataclass(frozen=True, slots=True)
class _Kept:
    until: float
    rules: Rules | None
    why: str = ""
    status: int | None = None


class Robots:
    """Reads each site's robots.txt once and keeps the answer, also a bad one, for some minutes."""

    def __init__(self, fetch: Fetch, clock: Clock) -> None:
        self._fetch = fetch
        self._clock = clock
        self._kept: dict[str, _Kept] = {}

    async def rules(self, url: str) -> Rules:
        """What holds for the page at ``url``.

        Raises:
            FetchRefused: the site must not be read at all.
            FetchFailed: its robots.txt could not be read, so nobody knows what it allows.
        """
        origin = origin_of(url)
        kept = self._kept.get(origin)
        if kept is None or kept.until < self._clock.monotonic():
            kept = self._kept[origin] = await self._read(origin)
        if kept.rules is None:
            raise FetchFailed(
                f"{shown(url)} is not read, as its site's robots.txt says which pages may be read"
                f" and cannot be read itself: {kept.why}",
                kept.status,
            )
        return kept.rules

    async def _read(self, origin: str) -> _Kept:
        try:
            answer = await self._fetch.get(f"{origin}/robots.txt", limit=LIMIT)
        except FetchFailed as error:
            until = self._clock.monotonic() + KEPT_SECONDS
            if error.status in _CLIENT_ERROR and error.status != _BUSY:
                return _Kept(until, Rules())
            return _Kept(until, None, str(error), error.status)
        rules = await asyncio.to_thread(parsed, answer.data)
        return _Kept(self._clock.monotonic() + KEPT_SECONDS, rules)


def parsed(data: bytes) -> Rules:
    """The rules for us and for everybody; blocking."""
    # Thousands of agents in one group would cost their square; all that are not us are one.
    lines = [_agent(line) for line in data.decode("utf-8-sig", "replace").splitlines()]
    robots = Protego.parse("\n".join(lines))
    return Rules(robots, robots.crawl_delay(AGENT) or 0.0)


def _agent(line: str) -> str:
    found = _USER_AGENT.match(line)
    if found is None:
        return line
    name = found["name"].strip()
    ours = name == _ANY or AGENT.lower().startswith(name.strip(_ANY).lower() or _OTHER)
    return line if ours else _OTHER
