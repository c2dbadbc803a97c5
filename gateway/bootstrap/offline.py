"""What commands use of a gateway that does not run: its brain over an index in a temporary folder,
and its channels' own checks. It writes to nothing but that folder and the model's cache."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from brain.contract import Brain, Clock, Knowledge
from brain.knowledge.index import KnowledgeIndex
from brain.models.purse import Purse
from brain.settings import BrainSettings, KnowledgeSource
from channels.errors import ChannelError, SetupUnfinished
from channels.signatures import Signer
from gateway.bootstrap.briefing import manner_of
from gateway.bootstrap.keys import BYTES, Keys
from gateway.bootstrap.reading import syncing_of
from gateway.bootstrap.surfaces import Workshop, build_channel, shown_kind
from gateway.bootstrap.thinking import Account, LateBrain, LateEmbedder, Means
from gateway.clock import SystemClock
from gateway.config.desks import chats_on
from gateway.config.settings import Settings
from gateway.errors import ConfigurationError
from gateway.knowledge.places import place_of, places_of
from gateway.knowledge.records import NotPossible
from gateway.knowledge.shelves import StoredPassages
from gateway.knowledge.sources import Sources
from gateway.knowledge.syncing import Synced
from gateway.store.files import Files
from gateway.store.opening import open_store
from gateway.store.store import MAIN, Options, Store
from gateway.web.files import FileLinks

CHECK_SECONDS = 20.0
# What one command may spend on models, in millionths of a US dollar.
MOST_MICROS = 1_000_000


class Offline:
    """A brain of this configuration's own, over the passages that it is given."""

    def __init__(
        self, settings: Settings, passages: StoredPassages, folder: Path, clock: Clock
    ) -> None:
        self._data = settings.store.data
        embedder = LateEmbedder(self._data / "models", settings.brain.knowledge.embedding)
        self._index = KnowledgeIndex(folder / "index", passages, embedder.load, (MAIN,), clock)
        self.knowledge: Knowledge = self._index
        means = Means(
            Account(Purse(MOST_MICROS), settings.desk_of),
            passages=passages,
            manner=manner_of(settings.business.voice),
        )

        self._made: list[LateBrain] = []

        def brain_of(brain: BrainSettings) -> Brain:
            made = LateBrain(brain, self._index, passages, embedder.local(), clock, means)
            self._made.append(made)
            return made

        # Of other settings, over the same index.
        self.brain_of: Callable[[BrainSettings], Brain] = brain_of
        self.brain: Brain = brain_of(settings.brain)

    async def prepare(self) -> int:
        """Build the index; how many passages it has.

        Raises:
            KnowledgeUnavailable: it cannot be built here. OSError: the data folder cannot be made.
        """
        # Whoever makes the data folder keeps others out of it.
        await asyncio.to_thread(self._data.mkdir, 0o700, parents=True, exist_ok=True)
        return (await self._index.sync()).passages

    async def close(self) -> None:
        for brain in self._made:
            await brain.close()
        await self._index.close()


@contextmanager
def temporary_store(folder: Path) -> Generator[Store]:
    """An empty store in a temporary folder; blocking."""
    store = open_store(f"sqlite:///{folder / 'temporary.db'}", Options(readers=1))
    try:
        yield store
    finally:
        store.close()


async def read_sources(settings: Settings, store: Store) -> None:
    """Put the documents of the configured files and folders into a store, as a starting gateway
    does; websites are left to the gateway.

    Raises:
        NotPossible: a source cannot be read.
    """
    paths = [source for source in settings.brain.knowledge.sources if source.path is not None]
    places, refused = await asyncio.to_thread(places_of, paths)
    if refused:
        raise NotPossible(refused[0])
    syncing = syncing_of(store, lambda: settings, SystemClock())
    for synced in await Sources(store, syncing, "offline").add_all(places):
        if synced.error is not None:
            raise NotPossible(synced.error)


async def read_folder(settings: Settings, store: Store, folder: Path) -> Synced:
    """Put the documents of a folder that nobody configured into a store; its ``error`` says when
    they cannot be read."""
    source = KnowledgeSource(path=str(folder))
    place = await asyncio.to_thread(place_of, source)
    syncing = syncing_of(store, lambda: settings, SystemClock())
    return await Sources(store, syncing, "offline").add(place)


@dataclass(frozen=True, slots=True)
class ChannelReport:
    """What works on a channel, line by line; ``problem`` says what does not, with the mend.
    ``let_in`` says that the platform takes our credentials all the same."""

    name: str
    kind: str
    works: tuple[str, ...] = ()
    problem: str | None = None
    let_in: bool = False


async def check_channels(settings: Settings, store: Store, clock: Clock) -> list[ChannelReport]:
    """Log every configured channel in and let it look around, one after the other. ``store`` is
    a temporary one."""
    workshop = workshop_of(settings, store, clock)
    return [await _checked(name, settings, workshop) for name in settings.channels]


def workshop_of(settings: Settings, store: Store, clock: Clock) -> Workshop:
    """What channels are built with that serve nobody, with keys of their own."""
    keys = Keys(secrets.token_bytes(BYTES))
    return Workshop(
        store=store,
        files=Files(settings.store.folder),
        keys=keys,
        clock=clock,
        links=FileLinks(Signer(keys.key("files"), clock)),
        closing=asyncio.Event(),
        public_url=settings.public_url or "",
        desks=lambda channel: chats_on(settings.desks, channel),
    )


async def _checked(name: str, settings: Settings, workshop: Workshop) -> ChannelReport:
    entry = settings.channels[name]
    kind = shown_kind(entry)
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            async with build_channel(name, entry, workshop) as channel:
                return ChannelReport(name, kind, tuple(await channel.check()))
    except SetupUnfinished as left:
        return ChannelReport(name, kind, left.works, str(left), let_in=True)
    except TimeoutError:
        problem = f"no answer within {CHECK_SECONDS:g} seconds; check the network and api_base"
    except (ChannelError, ConfigurationError, ImportError, OSError) as error:
        problem = str(error) or type(error).__name__
    return ChannelReport(name, kind, problem=problem)
