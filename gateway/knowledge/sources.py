"""Reading the configured sources and what ``kb add`` names; it never reads the store's rows."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from brain.knowledge.chunking import passages
from brain.knowledge.documents import Document, Problem, Unreadable
from brain.knowledge.loaders import load_folder
from brain.settings import KnowledgeSource
from gateway.knowledge.library import Change, Chapter, put
from gateway.store.store import MAIN, Store


@dataclass(frozen=True, slots=True)
class Synced:
    """What one source gave and changed."""

    origin: str
    change: Change
    problems: tuple[Problem, ...]


class Sources:
    """Brings sources into the store by content hash, so that doing it again changes nothing."""

    def __init__(self, store: Store, tenant: str = MAIN) -> None:
        self._store = store
        self._tenant = tenant

    async def sync(self, sources: Sequence[KnowledgeSource]) -> list[Synced]:
        """All configured sources, one after the other.

        Raises:
            OSError: there is nothing at a source's path.
            StoreUnavailable: nothing of that source was changed.
        """
        return [await self.add(source) for source in sources]

    async def add(self, source: KnowledgeSource) -> Synced:
        """One source."""
        read = await asyncio.to_thread(_read, source, self._tenant)
        change = await self._store.write(
            lambda unit: put(unit, read.origin, read.chapters, whole=read.whole),
            tenant=self._tenant,
        )
        return Synced(read.origin, change, (*read.problems, *_taken(read, change)))


@dataclass(frozen=True, slots=True)
class _Read:
    """``whole`` says that these are all documents that the origin has."""

    origin: str
    whole: bool
    chapters: list[Chapter]
    problems: list[Problem]


def _taken(read: _Read, change: Change) -> list[Problem]:
    sources = {chapter.document.id: chapter.document.source for chapter in read.chapters}
    return [
        Problem(
            Path(sources[id]),
            f"{origin} has an article {id!r} already, so this one was left out; rename the file,"
            f" or remove the other with 'frontdesk kb remove {id}'",
        )
        for id, origin in change.taken.items()
    ]


def _read(source: KnowledgeSource, tenant: str) -> _Read:
    path = Path(source.place)
    loaded = load_folder(path, demo=source.demo)
    chapters: list[Chapter] = []
    problems = list(loaded.problems)
    for found in loaded.documents:
        document = _as_configured(found, source)
        try:
            chapters.append(Chapter(document, passages(document, tenant)))
        except Unreadable as error:
            problems.append(Problem(Path(document.source), str(error)))
    return _Read(str(path.resolve()), path.is_dir(), chapters, problems)


def _as_configured(document: Document, source: KnowledgeSource) -> Document:
    """A source's audience is the least that its articles have; an article may say a narrower."""
    audience = source.audience if document.audience == "public" else document.audience
    return replace(document, audience=audience, language=document.language or source.language)
