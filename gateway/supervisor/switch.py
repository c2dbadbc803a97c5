"""Hears of the big off switch as others turn it (another node, the command line), so that this
node's log, figures and desk tell of it too. It holds nobody back: the rows themselves do that."""

from __future__ import annotations

import structlog

from channels.contract import Clock
from gateway.conversations.messages import LISTS
from gateway.conversations.pauses import Moved, moved_since, paused
from gateway.store.store import Store
from gateway.store.unit import Reading
from gateway.telemetry.facts import Fact, SwitchMoved

POLL_SECONDS = 2.0
# A transaction may commit later than its time says.
OVERLAP_SECONDS = 60.0
log = structlog.get_logger()


class SwitchLoop:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        # What was told of already, with its time.
        self._known: dict[str, float] = {}
        self._own: set[str] = set()
        self._begun = False
        store.facts.listen(self._hear)

    async def run(self) -> None:
        while True:
            await self.look()
            await self._clock.sleep(POLL_SECONDS)

    async def look(self) -> None:
        """Tell what has moved since the last look; at the first one, what is paused still."""
        found = await self._store.read(self._moved)
        new = [one for one in found if one.id not in self._known and one.id not in self._own]
        self._remember(found)
        if not self._begun:
            await self._begin()
            return
        for one in new:
            self._store.facts.tell(SwitchMoved(one.state, one.channel, one.by, one.id))
        if new:
            self._store.signals.notify([LISTS])

    def _moved(self, reading: Reading) -> list[Moved]:
        latest = max(self._known.values(), default=reading.now)
        return list(moved_since(reading, latest - OVERLAP_SECONDS))

    def _remember(self, found: list[Moved]) -> None:
        self._known = {one.id: one.at for one in found} or self._known
        self._own -= self._known.keys()

    async def _begin(self) -> None:
        self._begun = True
        for one in await self._store.read(paused):
            log.warning("assistant.still_paused", channel=one.channel, by=one.by, since=one.at)

    def _hear(self, fact: Fact) -> None:
        """What this process has turned itself is told already."""
        if isinstance(fact, SwitchMoved) and fact.event and fact.event not in self._known:
            self._own.add(fact.event)
