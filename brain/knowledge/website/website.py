"""Owns the reading of a site's pages as knowledge: what its robots.txt allows, of this one site, at
its pace. Never follows links and never looks into a page."""

from __future__ import annotations

import asyncio
from collections import deque
from email.utils import parsedate_to_datetime
from itertools import islice

from brain.contract import Clock, Fetch, Fetched, FetchFailed, FetchRefused
from brain.knowledge.documents import Unreadable
from brain.knowledge.loaders.raw import Raw
from brain.knowledge.website.listing import Gathering, Listing
from brain.knowledge.website.pace import Paced
from brain.knowledge.website.robots import Robots
from brain.knowledge.website.site import joined, name_of, shown, site_of
from brain.knowledge.website.sitemap import ADDRESSES, SITEMAP_LIMIT, read_sitemap

FILE_LIMIT = 20 * 1024**2
PAGE_LIMIT = 5 * 1024**2
SITEMAPS = 50
DEPTH = 2

_PAGE_TYPES = (
    "text/html",
    "application/xhtml+xml",
    "text/plain",
    "text/markdown",
    "text/x-markdown",
    "text/csv",
)
_FILE_TYPES = (
    "application/pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/octet-stream",
)


class Website:
    """One is made for each reading of a source; ``pause`` is in seconds."""

    def __init__(self, fetch: Fetch, clock: Clock, pause: float = 1.0) -> None:
        self._fetch = Paced(fetch, clock, pause)
        self._robots = Robots(self._fetch, clock)

    async def page(self, url: str) -> Raw:
        """One page or file, under a name that stays the same.

        Raises:
            FetchRefused: it must not be read: not public, forbidden by robots.txt, another site.
            FetchFailed: it could not be read, or is too large or of another type.
        """
        answer = await self._get(url, FILE_LIMIT, _PAGE_TYPES + _FILE_TYPES)
        if answer.media_type in _PAGE_TYPES and len(answer.data) > PAGE_LIMIT:
            raise FetchFailed(
                f"{shown(url)} is a page of more than {PAGE_LIMIT // 1024**2} MiB; use the address"
                " of a smaller one",
                answer.status,
            )
        charset = f"; charset={answer.charset}" if answer.charset else ""
        return Raw(
            name=name_of(url),
            data=answer.data,
            media_type=answer.media_type + charset,
            url=answer.url,
            modified=_seconds(answer.last_modified),
        )

    async def addresses(self, root: str) -> Listing:
        """All pages of its own site that the sitemap at ``root``, and those that it names, name.

        Raises:
            FetchRefused, FetchFailed: as ``page``, for the sitemap itself.
            Unreadable: it is no sitemap, or names no page of its site.
        """
        gathering = Gathering(root)
        waiting = deque(await self._walk(gathering, root, 0))
        seen = {root}
        while waiting and not gathering.full:
            url, depth = waiting.popleft()
            if url in seen:
                continue
            if len(seen) == SITEMAPS:
                gathering.missed(f"Only the first {SITEMAPS} sitemaps are read, and there are more")
                break
            seen.add(url)
            waiting.extend(await self._below(gathering, url, depth))
        if gathering.full and waiting:
            gathering.missed("Not all sitemaps were read, as enough pages were found before")
        listing = gathering.listing()
        if not listing.urls:
            why = "; ".join(listing.problems) or "have the site mend it"
            raise Unreadable(f"{shown(root)} names no page of its own site: {why}")
        return listing

    async def _below(self, gathering: Gathering, url: str, depth: int) -> list[tuple[str, int]]:
        """Where a sitemap below the first fails, the others go on."""
        if depth > DEPTH:
            gathering.missed(f"{shown(url)} was left out: sitemaps within sitemaps within sitemaps")
            return []
        try:
            return await self._walk(gathering, url, depth)
        except (FetchRefused, FetchFailed, Unreadable) as error:
            gathering.missed(f"A part of the sitemap was left out: {error}")
            return []

    async def _walk(self, gathering: Gathering, url: str, depth: int) -> list[tuple[str, int]]:
        """Gathers what one sitemap names; the sitemaps that it names, and how deep they are."""
        answer = await self._get(url, SITEMAP_LIMIT, ())
        below = await asyncio.to_thread(_gather, gathering, url, answer.data)
        return [(each, depth + 1) for each in below]

    async def _get(self, url: str, limit: int, accept: tuple[str, ...]) -> Fetched:
        if joined(url, "") is None:
            raise FetchRefused(
                f"{shown(url)} is no address of a web page; write it with https:// in front"
            )
        await self._check_allowed(url)
        answer = await self._fetch.get(url, limit=limit, accept=accept)
        if site_of(answer.url) != site_of(url):
            raise FetchRefused(
                f"{shown(url)} leads to another site, {shown(answer.url)}; add that address itself"
                " if it is meant"
            )
        if answer.url != url:
            await self._check_allowed(answer.url)
        return answer

    async def _check_allowed(self, url: str) -> None:
        rules = await self._robots.rules(url)
        self._fetch.slow_down(url, rules.delay)
        if not await rules.allow(url):
            raise FetchRefused(
                f"{shown(url)} is not read: its site's robots.txt asks programs to keep away; have"
                " whoever runs the site allow Frontdesk there, or save the page and add the file"
            )


def _gather(gathering: Gathering, url: str, data: bytes) -> list[str]:
    """Puts down the pages that a sitemap names; the sitemaps that it names. Blocking."""
    try:
        found = read_sitemap(data)
    except Unreadable as error:
        raise Unreadable(f"{shown(url)} {error}") from error
    if found.cut:
        gathering.missed(f"{shown(url)} names more than {ADDRESSES} addresses")
    gathering.pages(url, found.pages)
    below = dict.fromkeys(gathering.of_this_site(url, found.sitemaps))
    # One more than are read shows that there are more.
    return list(islice(below, SITEMAPS + 1))


def _seconds(date: str | None) -> float | None:
    if date is None:
        return None
    try:
        return parsedate_to_datetime(date).timestamp()
    except (ValueError, TypeError, OverflowError, OSError):
        return None
