"""Reading what is at a place: files and folders, uploads, pages and all that a sitemap names. It
touches no rows of the store, and never decides what is removed: it says what it saw and what it
could not see."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, TypeAlias

from brain.contract import FetchFailed, FetchRefused
from brain.knowledge.documents import Document, Loaded, Problem, Unreadable
from brain.knowledge.loaders.article import id_of
from brain.knowledge.loaders.folder import load_folder
from brain.knowledge.loaders.process import Readings
from brain.knowledge.loaders.raw import Raw
from brain.knowledge.loaders.reading import documents_of
from brain.knowledge.website.listing import Listing
from brain.knowledge.website.site import name_of
from gateway.knowledge.origins import Place
from gateway.knowledge.records import SourceProblem, narrower
from gateway.store.files import Files

Progress: TypeAlias = Callable[[int, int | None], None]


class Pages(Protocol):
    """The way to a website's pages, one at a time and politely."""

    async def page(self, url: str) -> Raw:
        """
        Raises:
            FetchRefused, FetchFailed, Unreadable.
        """
        ...

    async def addresses(self, root: str) -> Listing:
        """All pages that the sitemap at ``root`` names.

        Raises:
            FetchRefused, FetchFailed, Unreadable.
        """
        ...


Open: TypeAlias = Callable[[], AbstractAsyncContextManager[Pages]]


_NO_PAGE = (FetchFailed, FetchRefused, Unreadable)


class CannotRead(Exception):
    """Nothing at the place can be read; the message says why and how to mend it."""


class _StoppedError(Exception):
    """Nobody waits for what is being read any more."""


@dataclass(frozen=True, slots=True)
class Found:
    """A part of what is at a place. ``unseen`` are the names under which documents may be that
    could not be read this time: ids, or addresses of pages. Where it is not ``whole``, what was
    not seen says nothing."""

    documents: tuple[Document, ...] = ()
    problems: tuple[SourceProblem, ...] = ()
    unseen: frozenset[str] = frozenset()
    whole: bool = True


@dataclass(frozen=True, slots=True)
class ReaderTools:
    """``files`` holds uploads; ``pages`` opens the way out to the web for one source; ``resolved``
    gives the drafts that conversations make."""

    files: Files
    pages: Open
    resolved: Callable[[Place], Awaitable[Sequence[Document]]]


class Reader:
    def __init__(self, tools: ReaderTools) -> None:
        self._tools = tools

    async def read(self, place: Place, progress: Progress) -> AsyncGenerator[Found]:
        """What is there, part by part; at its end everything was seen but what is ``unseen``.

        Raises:
            CannotRead.
        """
        if place.kind == "conversations":
            drafts = await self._tools.resolved(place)
            yield Found(tuple(_as_said(draft, place) for draft in drafts), whole=False)
            return
        readings = Readings()
        try:
            async with aclosing(self._parts(place, progress, readings)) as parts:
                async for found in parts:
                    yield found
        finally:
            await asyncio.to_thread(_end, readings)

    async def _parts(
        self, place: Place, progress: Progress, readings: Readings
    ) -> AsyncGenerator[Found]:
        if place.kind == "path":
            yield await _folder_in_thread(place, progress, readings)
        elif place.kind == "upload":
            yield await asyncio.to_thread(self._upload, place, readings)
        else:
            async with self._tools.pages() as pages:
                parser = _Parser(pages, place, readings)
                if place.kind == "url":
                    yield await parser.page(place.origin)
                    return
                async for found in parser.sitemap(progress):
                    yield found

    def _upload(self, place: Place, readings: Readings) -> Found:
        if place.sha256 is None:
            raise CannotRead(f"{place.place} was never stored; add it again")
        try:
            data = self._tools.files.path(place.sha256).read_bytes()
        except OSError as error:
            raise CannotRead(
                f"the stored file cannot be read ({error.strerror}); add {place.place} again"
            ) from error
        return _parsed(Raw(place.place, data), place, place.origin, readings)


@dataclass(frozen=True, slots=True)
class _Parser:
    """Pages of one place, fetched and parsed."""

    pages: Pages
    place: Place
    readings: Readings

    async def sitemap(self, progress: Progress) -> AsyncGenerator[Found]:
        """Page by page: where one fails, the others go on and what it said before stays."""
        try:
            listing = await self.pages.addresses(self.place.origin)
        except _NO_PAGE as error:
            raise CannotRead(str(error)) from error
        problems = tuple(SourceProblem(self.place.place, each) for each in listing.problems)
        yield Found((), problems, whole=listing.complete)
        for done, address in enumerate(listing.urls):
            progress(done, len(listing.urls))
            try:
                yield await self.page(address)
            except CannotRead as error:
                # By its id too: the same page may have been read at another of its addresses.
                unseen = frozenset({address, id_of(name_of(address))})
                yield Found((), (SourceProblem(address, str(error)),), unseen)
        progress(len(listing.urls), len(listing.urls))

    async def page(self, address: str) -> Found:
        try:
            raw = await self.pages.page(address)
        except _NO_PAGE as error:
            raise CannotRead(str(error)) from error
        return await asyncio.to_thread(_parsed, raw, self.place, address, self.readings)


def _parsed(raw: Raw, place: Place, source: str, readings: Readings) -> Found:
    """What bytes hold; blocking."""
    try:
        loaded = documents_of(raw, source, readings, demo=place.about.demo)
    except Unreadable as error:
        raise CannotRead(str(error)) from error
    return _found(loaded, place)


def _end(readings: Readings) -> None:
    """A document that is still being parsed is not waited for; blocking."""
    child = readings.pid
    if child is not None:
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
    readings.close()


async def _folder_in_thread(place: Place, progress: Progress, readings: Readings) -> Found:
    stopped = threading.Event()
    loop = asyncio.get_running_loop()

    def heard(done: int, total: int) -> None:
        if stopped.is_set():
            raise _StoppedError
        loop.call_soon_threadsafe(progress, done, total)

    try:
        return await asyncio.to_thread(_folder, place, heard, readings)
    finally:
        # A thread cannot be cancelled; it ends with its next file.
        stopped.set()


def _folder(place: Place, heard: Callable[[int, int], None], readings: Readings) -> Found:
    path = Path(place.origin)
    try:
        loaded = load_folder(path, readings, demo=place.about.demo, progress=heard)
    except OSError as error:
        raise CannotRead(
            f"{place.place} cannot be read: {error.strerror or error}; check the path and its"
            " rights"
        ) from error
    root = path if path.is_dir() else path.parent
    return replace(_found(loaded, place), unseen=_unseen(loaded.problems, root))


def _found(loaded: Loaded, place: Place) -> Found:
    documents = tuple(_as_said(document, place) for document in loaded.documents)
    problems = tuple(SourceProblem(str(each.path), each.message) for each in loaded.problems)
    return Found(documents, problems)


def _as_said(document: Document, place: Place) -> Document:
    """A source's audience is the least that its articles have; an article may say a narrower."""
    about = place.about
    return replace(
        document,
        audience=narrower(about.audience, document.audience),
        language=document.language or about.language,
        owner=document.owner or about.owner,
    )


def _unseen(problems: Sequence[Problem], root: Path) -> frozenset[str]:
    """The ids that the files with problems have, or begin with where they hold several."""
    return frozenset(
        id_of(problem.path.relative_to(root).as_posix())
        for problem in problems
        if problem.path.is_relative_to(root)
    )
