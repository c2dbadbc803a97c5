"""A website that exists in memory, and the parts that read sources, over a store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from brain.contract import FetchFailed, Passage
from brain.knowledge.loaders.raw import Raw
from brain.knowledge.website.listing import Listing
from brain.settings import KnowledgeSource
from gateway.knowledge.checking import Checking
from gateway.knowledge.conflicts import Pair, Side
from gateway.knowledge.loop import KnowledgeLoop, KnowledgeTools
from gateway.knowledge.places import place_of
from gateway.knowledge.reader import Pages, Reader, ReaderTools
from gateway.knowledge.resolved import Resolved
from gateway.knowledge.sources import Sources
from gateway.knowledge.syncing import Synced, Syncing
from gateway.records import Node
from gateway.store.files import Files
from gateway.store.store import Store

HOST = "https://help.example.com"
SITEMAP = f"{HOST}/sitemap.xml"
ARTICLE = "# Returns\n\nSend it back within 60 days of delivery and we pay for the parcel.\n"


def no_request(_url: str) -> None:
    """What happens when a page is asked for: nothing more."""


@dataclass
class Site:
    """Implements Pages. ``pages`` are Markdown by path; a page of None is listed and fails."""

    pages: dict[str, str | None] = field(default_factory=dict[str, str | None])
    complete: bool = True
    asked: Callable[[str], object] = no_request
    # Set: pages wait until it is set; ``waiting`` says that one does.
    gate: asyncio.Event | None = None
    waiting: asyncio.Event = field(default_factory=asyncio.Event)

    async def page(self, url: str) -> Raw:
        self.asked(url)
        if self.gate is not None:
            self.waiting.set()
            await self.gate.wait()
        path = url.removeprefix(HOST)
        text = self.pages.get(path)
        if text is None:
            raise FetchFailed(f"{url} does not answer; try again later")
        name = "help.example.com" + path
        return Raw(name, text.encode(), media_type="text/markdown", url=url)

    async def addresses(self, root: str) -> Listing:
        if not self.pages:
            raise FetchFailed(f"{root} does not answer; try again later")
        return Listing(tuple(HOST + path for path in self.pages), (), self.complete)

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator[Pages]:
        yield self


def syncing(store: Store, files: Path, site: Site | None = None) -> Syncing:
    tools = ReaderTools(Files(files), (site or Site()).opened, Resolved(store).drafts)
    return Syncing(store, Reader(tools))


@dataclass(frozen=True, slots=True)
class Desk:
    """A command line and a node over one store, and the site that both read."""

    store: Store
    files: Path
    site: Site

    async def add(self, *sources: KnowledgeSource) -> list[Synced]:
        """As ``kb add`` does."""
        places = await asyncio.to_thread(lambda: [place_of(source) for source in sources])
        return await Sources(
            self.store, syncing(self.store, self.files, self.site), "test"
        ).add_all(places)

    def loop(self, name: str = "one") -> KnowledgeLoop:
        """A node's loop."""
        made = syncing(self.store, self.files, self.site)
        checking = Checking(self.store, contradicting)
        return KnowledgeLoop(KnowledgeTools(self.store, Node(name, "1"), made, checking))


def contradicting(new: Sequence[Passage], everything: Sequence[Passage]) -> Sequence[Pair]:
    """Two passages of different documents that name different numbers of days."""
    return [
        Pair(_side(one), _side(other), "how many days")
        for one in new
        for other in everything
        if other.document != one.document and _days(one) and _days(other)
        if _days(one) != _days(other)
    ]


def _days(passage: Passage) -> str | None:
    before, found, _ = passage.text.partition(" days")
    return before.rsplit(" ", 1)[-1] if found else None


def _side(passage: Passage) -> Side:
    return Side(passage.id, passage.document, passage.title, passage.text)


def folder(path: Path, **articles: str) -> KnowledgeSource:
    path.mkdir(exist_ok=True)
    for name, text in articles.items():
        (path / f"{name}.md").write_text(text, encoding="utf-8")
    return KnowledgeSource(path=str(path))
