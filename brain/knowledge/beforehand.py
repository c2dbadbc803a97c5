"""Reads the sentences of articles before anybody is answered from them: comparing them by meaning
is most of what a first answer from a passage would wait for."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import structlog

from brain.contract import Clock, Embedder, Passage, Passages
from brain.knowledge.unavailable import EmbedderUnavailable
from brain.models.units import headed, units

log = structlog.get_logger()
# What answers customers comes first: a start has other work, and a batch is read in a few
# hundredths of a second, after which three times as long is left to others.
BEGIN_SECONDS = 30.0
POLL_SECONDS = 30.0
_BATCH = 8
_REST = 3.0


class Beforehand:
    """``embedder`` is one that remembers, ``most`` how many sentences it is given, so that what it
    knows of questions stays; it blocks and is called in a thread."""

    def __init__(
        self, passages: Passages, embedder: Embedder, most: int, tenants: Sequence[str]
    ) -> None:
        self._passages = passages
        self._embedder = embedder
        self._most = most
        self._tenants = tuple(tenants)

    async def run(self, clock: Clock) -> None:
        """Follow the store until cancelled."""
        seen: dict[str, int] = {}
        await clock.sleep(BEGIN_SECONDS)
        while True:
            for tenant in self._tenants:
                version = await self._passages.version(tenant)
                if seen.get(tenant) != version:
                    await self._read(await self._passages.all(tenant), clock)
                    seen[tenant] = version
            await clock.sleep(POLL_SECONDS)

    async def _read(self, passages: Sequence[Passage], clock: Clock) -> None:
        for batch in _batches(islice(sentences(passages), self._most)):
            began = clock.monotonic()
            try:
                await asyncio.to_thread(self._embedder.embed, batch)
            except EmbedderUnavailable as error:
                log.info("knowledge.not_read_beforehand", reason=str(error))
                return
            await clock.sleep(_REST * (clock.monotonic() - began))


def sentences(passages: Iterable[Passage]) -> Iterator[str]:
    """Each as it is compared: under its heading."""
    for passage in passages:
        yield from (headed(passage.title_path, unit.text) for unit in units(passage.text))


def _batches(texts: Iterator[str]) -> Iterator[list[str]]:
    while batch := list(islice(texts, _BATCH)):
        yield batch
