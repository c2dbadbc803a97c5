"""A website as the Fetch port shows it, and a clock whose sleeping takes no time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from brain.contract import Fetched, FetchFailed, FetchRefused

HOST = "https://help.example.com"


@dataclass
class FakeClock:
    at: float = 100.0
    slept: list[float] = field(default_factory=list[float])

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds
        await asyncio.sleep(0)


@dataclass(frozen=True)
class Page:
    """``found_at`` is where redirects end."""

    data: bytes = b"<p>hello</p>"
    media_type: str = "text/html"
    found_at: str | None = None
    charset: str | None = None
    last_modified: str | None = None


class FakeSite:
    """Implements Fetch. Pages are by their whole address; a page may be an error."""

    def __init__(
        self, pages: Mapping[str, Page | FetchFailed | FetchRefused], clock: FakeClock
    ) -> None:
        self.pages = dict(pages)
        self.asked: list[str] = []
        self.times: list[float] = []
        self.at_once = 0
        self._busy = 0
        self._clock = clock

    async def get(self, url: str, *, limit: int, accept: tuple[str, ...] = ()) -> Fetched:
        self.asked.append(url)
        self.times.append(self._clock.at)
        self._busy += 1
        self.at_once = max(self.at_once, self._busy)
        await asyncio.sleep(0)
        self._busy -= 1
        page = self.pages.get(url, FetchFailed(f"{url} does not exist", 404))
        if not isinstance(page, Page):
            raise page
        if len(page.data) > limit:
            raise FetchFailed(f"{url} is too large", 200)
        if accept and page.media_type not in accept:
            raise FetchFailed(f"{url} is of the type {page.media_type}", 200)
        return Fetched(
            page.found_at or url,
            200,
            page.media_type,
            page.charset,
            page.data,
            last_modified=page.last_modified,
        )

    @property
    def pages_asked(self) -> list[str]:
        return [url for url in self.asked if not url.endswith("/robots.txt")]


def urlset(*urls: str) -> Page:
    rows = "".join(f"<url><loc>{url}</loc></url>" for url in urls)
    text = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</urlset>'
    return Page(text.encode(), "application/xml")


def index(*urls: str) -> Page:
    rows = "".join(f"<sitemap><loc>{url}</loc></sitemap>" for url in urls)
    return Page(f"<sitemapindex>{rows}</sitemapindex>".encode(), "text/xml")
