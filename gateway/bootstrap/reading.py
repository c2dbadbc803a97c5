"""Joining the parts that read the knowledge's sources: the loaders, the way out to the web, the
drafts of conversations and the search for contradictions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from importlib.metadata import version

from brain.contract import Clock, Embedder, Fetch, Passage, Passages
from brain.knowledge.beforehand import Beforehand
from brain.knowledge.known_vectors import MOST_BEFOREHAND
from brain.knowledge.lint.conflicts import find
from brain.settings import KnowledgeSettings
from gateway.bootstrap.thinking import LateEmbedder
from gateway.config.settings import Settings
from gateway.egress.addresses import Addresses, networks
from gateway.knowledge.checking import Checking
from gateway.knowledge.conflicts import Pair
from gateway.knowledge.contradicting import pair_of
from gateway.knowledge.reader import Pages, Reader, ReaderTools
from gateway.knowledge.resolved import Resolved
from gateway.knowledge.syncing import Syncing
from gateway.knowledge.writing import Writing
from gateway.store.files import Files
from gateway.store.store import MAIN, Store


def sentences_of(
    passages: Passages, embedder: LateEmbedder, clock: Clock
) -> Callable[[], Awaitable[None]]:
    """What reads every sentence before anybody asks, as a loop."""
    return partial(Beforehand(passages, embedder, MOST_BEFOREHAND, (MAIN,)).run, clock)


def syncing_of(store: Store, settings: Callable[[], Settings], clock: Clock) -> Syncing:
    """``settings`` gives those in force, as private networks may be allowed at any time."""

    @asynccontextmanager
    async def pages() -> AsyncGenerator[Pages]:
        now = settings()
        async with opened_website(now.brain.knowledge, now.public_url or "", clock) as website:
            yield website

    files = Files(settings().store.folder)
    return Syncing(store, Reader(ReaderTools(files, pages, Resolved(store).drafts)))


@asynccontextmanager
async def opened_website(
    settings: KnowledgeSettings, public_url: str, clock: Clock
) -> AsyncGenerator[Pages]:
    """The way to websites' pages, for one source."""
    egress, website = await asyncio.to_thread(_way_out, settings, public_url)
    async with egress as fetch:
        yield website(fetch, clock)


def _way_out(
    settings: KnowledgeSettings, public_url: str
) -> tuple[AbstractAsyncContextManager[Fetch], Callable[[Fetch, Clock], Pages]]:
    """Blocking, as both bring a client that no command needs which reads no page."""
    from brain.knowledge.website.website import Website
    from gateway.egress.egress import Egress

    addresses = Addresses(networks(settings.private_networks))
    return Egress(addresses, version=version("frontdesk"), public_url=public_url), Website


def checking_of(store: Store, embedder: Embedder) -> Checking:
    """The embedder is asked only where words alone find something, so that it is seldom loaded for
    this."""

    def pairs(new: Sequence[Passage], everything: Sequence[Passage]) -> Sequence[Pair]:
        if not find(new, everything, None):
            return ()
        return [pair_of(conflict) for conflict in find(new, everything, embedder)]

    return Checking(store, pairs)


def writing_of(store: Store, embedder: Embedder) -> Writing:
    """What is written on the desk is compared with the other articles like what is read."""
    return Writing(store, checking_of(store, embedder).check)


def command_checking(store: Store, settings: Settings) -> Checking:
    """The same for a command, which has no embedder yet."""
    return checking_of(
        store, LateEmbedder(settings.store.data / "models", settings.brain.knowledge.embedding)
    )
