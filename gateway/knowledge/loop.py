"""The claim loop that reads due sources: any node takes any of them, several at a time, so that an
upload does not wait for a website."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from gateway.errors import StoreUnavailable
from gateway.knowledge import claims
from gateway.knowledge.checking import Checking
from gateway.knowledge.claims import ClaimLost, Held
from gateway.knowledge.library import LIBRARY
from gateway.knowledge.origins import SOURCES
from gateway.knowledge.syncing import Synced, Syncing
from gateway.records import CLAIMS_KEY, Node
from gateway.store.store import Store
from gateway.telemetry.facts import LeaseLost

POLL_SECONDS = 5.0
WORKERS = 3
FAILED = (
    "it could not be read because of an error of ours, of which the log says more; read it again"
)
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class KnowledgeTools:
    store: Store
    node: Node
    syncing: Syncing
    checking: Checking


class KnowledgeLoop:
    def __init__(self, tools: KnowledgeTools) -> None:
        self._tools = tools
        self._store = tools.store

    async def run(self) -> None:
        """Read what is due until cancelled."""
        async with asyncio.TaskGroup() as workers:
            for _ in range(WORKERS):
                workers.create_task(self._work())

    async def settled(self, seconds: float) -> bool:
        """Wait until the configured files and folders were read once, by whichever node; False
        when that takes longer."""
        with self._store.signals.listen(LIBRARY) as listener:
            try:
                async with asyncio.timeout(seconds):
                    while await self._store.read(claims.is_unsettled):
                        await listener.wait(POLL_SECONDS)
            except TimeoutError:
                return False
        return True

    async def read_next(self) -> bool:
        """Read one source that is due; False when none is."""
        holder = self._tools.node.holder
        held = await self._store.write(lambda unit: claims.claim_due(unit, holder), key=CLAIMS_KEY)
        if held is None:
            return False
        try:
            await self._read(held)
        except ClaimLost:
            log.info("knowledge.claim_lost", source=held.place.place)
            self._store.facts.tell(LeaseLost("source"))
        return True

    async def _work(self) -> None:
        with self._store.signals.listen(SOURCES) as listener:
            while True:
                while await self.read_next():
                    pass
                await listener.wait(POLL_SECONDS)

    async def _read(self, held: Held) -> None:
        try:
            synced = await self._tools.syncing.sync(held)
        except (ClaimLost, StoreUnavailable):
            raise
        except Exception:  # a parser's bug costs its own source this reading, no more
            log.exception("knowledge.failed", source=held.place.place)
            await self._store.write(
                lambda unit: claims.fail(unit, held, FAILED), tenant=held.tenant
            )
            return
        _tell(synced)
        await self._check(held.tenant, (*synced.change.added, *synced.change.changed))

    async def _check(self, tenant: str, documents: Sequence[str]) -> None:
        try:
            found = await self._tools.checking.check(documents, tenant)
        except StoreUnavailable:
            raise
        except Exception:  # a missed warning does not undo what was read
            log.exception("knowledge.check_failed")
            return
        for each in found:
            log.warning(
                "knowledge.conflict", left=each.left.document, right=each.right.document,
                about=each.about,
            )  # fmt: skip


def _tell(synced: Synced) -> None:
    place, change = synced.place.place, synced.change
    if synced.error is not None:
        log.warning("knowledge.not_read", source=place, why=synced.error)
    for problem in synced.problems:
        log.warning("knowledge.left_out", file=problem.place, why=problem.message)
    if change.anything:
        log.info(
            "knowledge.read",
            source=place,
            added=len(change.added),
            changed=len(change.changed),
            removed=len(change.removed),
        )
