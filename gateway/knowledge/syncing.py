"""Bringing one source into the store: read outside units, put a few documents at a time, and
removed only when all of it was seen. A crash anywhere leaves whole documents and a lease that runs
out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from brain.knowledge.chunking import passages
from brain.knowledge.documents import Document, Unreadable
from gateway.knowledge import claims
from gateway.knowledge.claims import Held
from gateway.knowledge.fingerprint import fingerprint
from gateway.knowledge.library import Change, Chapter, Stored, put, stored, withdraw
from gateway.knowledge.origins import Place
from gateway.knowledge.reader import CannotRead, Found, Progress, Reader
from gateway.knowledge.records import SourceProblem
from gateway.store.store import Store
from gateway.store.unit import Unit

# So many documents a unit: the writer goes on to messages in between.
BATCH = 20
# And so many passages, unless one document alone has more.
PASSAGES = 500
# How often progress is written, in seconds; the desk sees no more than this.
PULSE_SECONDS = 0.5
# After so many pulses without progress the lease is lengthened all the same.
RENEW_BEATS = 30
# What stands between a file's name and a document's own in the id of one of several.
PART = "__"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Synced:
    """What one source gave and changed. ``error`` says why it could not be read as a whole."""

    place: Place
    change: Change
    problems: tuple[SourceProblem, ...] = ()
    error: str | None = None


@dataclass(slots=True)
class _Sight:
    """What was seen of a source so far."""

    documents: set[str] = field(default_factory=set[str])
    unseen: set[str] = field(default_factory=set[str])
    whole: bool = True
    problems: list[SourceProblem] = field(default_factory=list[SourceProblem])
    change: Change = field(default_factory=Change)


@dataclass(slots=True)
class _Pulse:
    """How far reading has come, and what of it is written."""

    done: int = 0
    total: int | None = None
    listener: Progress | None = None

    def __call__(self, done: int, total: int | None) -> None:
        self.done, self.total = done, total
        if self.listener is not None:
            self.listener(done, total)


class Syncing:
    def __init__(self, store: Store, reader: Reader) -> None:
        self._store = store
        self._reader = reader

    async def sync(self, held: Held, progress: Progress | None = None) -> Synced:
        """Read a claimed source to its end; the row says how it ended.

        Raises:
            ClaimLost: somebody else reads it now, or it is gone.
            StoreUnavailable: what was put so far stays; the lease runs out.
        """
        sight, pulse = _Sight(), _Pulse(listener=progress)
        try:
            await self._kept(held, pulse, self._read(held, sight, pulse))
        except CannotRead as error:
            text = str(error)
            await self._write(held, lambda unit: claims.fail(unit, held, text))
            return Synced(held.place, sight.change, tuple(sight.problems), text)
        problems = tuple(sight.problems)
        read = max(1, pulse.total or 0)
        await self._write(held, lambda unit: claims.finish(unit, held, read, problems))
        return Synced(held.place, sight.change, problems)

    async def _read(self, held: Held, sight: _Sight, pulse: _Pulse) -> None:
        known = await self._store.read(
            lambda reading: stored(reading, held.place.origin), tenant=held.tenant
        )
        hashes = {each.id: each.hash for each in known}
        async with aclosing(self._reader.read(held.place, pulse)) as parts:
            async for found in parts:
                await self._take(held, found, hashes, sight)
        kept = sight.documents | {each.id for each in known if _stays(each, sight.unseen)}
        gone = [each.id for each in known if each.id not in kept]
        if gone and sight.whole:
            removed = await self._guarded(
                held, partial(withdraw, origin=held.place.origin, ids=gone)
            )
            sight.change = sight.change.plus(removed)

    async def _take(self, held: Held, found: Found, hashes: dict[str, str], sight: _Sight) -> None:
        sight.unseen |= found.unseen
        sight.whole = sight.whole and found.whole
        sight.problems.extend(found.problems)
        new = [each for each in found.documents if each.id not in sight.documents]
        for start in range(0, len(new), BATCH):
            batch = new[start : start + BATCH]
            cut = await asyncio.to_thread(_cut, batch, hashes, held.tenant)
            sight.problems.extend(cut.problems)
            sight.documents.update(each.id for each in batch)
            change = Change(unchanged=cut.unchanged)
            for chapters in _shares(cut.chapters):
                write = partial(put, origin=held.place.origin, chapters=chapters)
                done = await self._guarded(held, write)
                change = change.plus(done)
            sight.problems.extend(_taken(batch, change))
            sight.change = sight.change.plus(change)

    async def _guarded(self, held: Held, unit: Callable[[Unit], T]) -> T:
        """A unit of what was read, with the claim as its guard."""

        def guarded(open_: Unit) -> T:
            claims.keep(open_, held)
            return unit(open_)

        return await self._write(held, guarded)

    async def _write(self, held: Held, unit: Callable[[Unit], T]) -> T:
        return await self._store.write(unit, tenant=held.tenant)

    async def _kept(self, held: Held, pulse: _Pulse, reading: Coroutine[None, None, None]) -> None:
        """Run ``reading`` while progress is written and the lease kept; it ends when the claim is
        lost."""
        tasks = [asyncio.create_task(reading), asyncio.create_task(self._beat(held, pulse))]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        for task in done:
            task.result()

    async def _beat(self, held: Held, pulse: _Pulse) -> None:
        written: tuple[int, int | None] = (0, None)
        quiet = 0
        while True:
            await asyncio.sleep(PULSE_SECONDS)
            done, total = pulse.done, pulse.total
            quiet += 1
            if (done, total) != written or quiet >= RENEW_BEATS:
                write = partial(claims.progress, held=held, done=done, total=total)
                await self._store.write(write, tenant=held.tenant)
                written, quiet = (done, total), 0


@dataclass(frozen=True, slots=True)
class _Cut:
    chapters: tuple[Chapter, ...]
    unchanged: int
    problems: tuple[SourceProblem, ...]


def _cut(documents: Sequence[Document], hashes: Mapping[str, str], tenant: str) -> _Cut:
    """The documents that are not as they were, with their passages; blocking."""
    chapters, problems = list[Chapter](), list[SourceProblem]()
    unchanged = 0
    for document in documents:
        print_ = fingerprint(document)
        if hashes.get(document.id) == print_:
            unchanged += 1
            continue
        try:
            chapters.append(Chapter(document, passages(document, tenant), print_))
        except Unreadable as error:
            problems.append(SourceProblem(document.id, f"{document.id} was left out: {error}"))
    return _Cut(tuple(chapters), unchanged, tuple(problems))


def _shares(chapters: Sequence[Chapter]) -> Iterator[Sequence[Chapter]]:
    """The chapters in parts that do not hold up the writer: long ones go alone."""
    share: list[Chapter] = []
    for chapter in chapters:
        if share and sum(len(one.passages) for one in (*share, chapter)) > PASSAGES:
            yield share
            share = []
        share.append(chapter)
    if share:
        yield share


def _taken(documents: Sequence[Document], change: Change) -> list[SourceProblem]:
    sources = {document.id: document.source for document in documents}
    return [
        SourceProblem(
            sources[id],
            f"{origin} has an article {id!r} already, so this one was left out; rename the file,"
            f" or remove the other with 'frontdesk kb remove {id}'",
        )
        for id, origin in change.taken
    ]


def _stays(stored: Stored, unseen: Collection[str]) -> bool:
    """Whether a document may be in what could not be read this time: its file or page by name, or
    one of several in a file of that name."""
    own = stored.id in unseen or stored.source in unseen
    return own or any(stored.id.startswith(f"{name}{PART}") for name in unseen)
