"""The loop that looks after everybody who waits: broken promises, owners who have gone, cases that
are over, digests, and how long it takes. Any node may look; what it finds its rows guard."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from sqlalchemy import RowMapping, or_, select

from channels.contract import Clock
from gateway.config.promises import Promises
from gateway.conversations.passing_back import leave
from gateway.conversations.rendering import Rendering
from gateway.notices.catalogue import Notices
from gateway.records import Prepared
from gateway.store.schema.conversation import conversations
from gateway.store.schema.people import staff
from gateway.store.store import Store
from gateway.store.unit import Reading
from gateway.waiting import digests, late, promised, quiet
from gateway.waiting.measured import MeasuredWaits

LOOK_SECONDS = 10.0
# What is measured moves slowly, and a case that has been quiet for three days can wait a minute.
SELDOM_SECONDS = 60.0
log = structlog.get_logger()


def _nothing() -> None:
    return None


@dataclass(frozen=True, slots=True)
class WaitingTools:
    """``promises`` and ``notices`` give those in force, ``desk_url`` is the address of the web
    desk; ``prepare`` loads what nobody should wait for."""

    store: Store
    clock: Clock
    promises: Callable[[], Promises]
    notices: Callable[[], Notices]
    rendering: Rendering
    measured: MeasuredWaits
    desk_url: str
    prepare: Callable[[], None] = _nothing


class WaitingLoop:
    def __init__(self, tools: WaitingTools) -> None:
        self._tools = tools
        self._store = tools.store
        self._seldom_at: float | None = None
        self.rounds = 0

    async def run(self) -> None:
        while True:
            await self.once()
            await self._tools.clock.sleep(LOOK_SECONDS)

    async def once(self) -> None:
        """Look at everything that is due now."""
        self.rounds += 1
        await asyncio.to_thread(self._tools.prepare)
        await self._broken_promises()
        await self._gone_owners()
        now = self._tools.clock.monotonic()
        if self._seldom_at is None or now - self._seldom_at >= SELDOM_SECONDS:
            self._seldom_at = now
            await self._quiet_cases()
            await self._digests()
            await self._tools.measured.refresh()

    async def _broken_promises(self) -> None:
        promises = self._tools.promises()
        for each in await self._store.read(lambda reading: late.overdue(reading, promises)):
            await self._store.write(lambda unit, id=each: late.break_promise(unit, id, promises))
        for row in await self._store.read(promised.broken):
            words = await asyncio.to_thread(self._words, row)
            await self._store.write(
                lambda unit, id=row["id"], said=words: promised.admit(unit, id, said, promises)
            )

    def _words(self, row: RowMapping) -> Prepared | None:
        """None where there is no way to say them any more."""
        channel, language = row["channel"], row["language"]
        if not self._tools.rendering.knows(channel):
            return None
        notice = self._tools.notices().say(promised.NOTICE, language, channel)
        return self._tools.rendering.notice(channel, notice, language)

    async def _gone_owners(self) -> None:
        """Whoever was taken off the staff has gone, too, and tells nobody."""
        for member in await self._store.read(_gone):
            left = await self._store.write(lambda unit, id=member: leave(unit, id))
            log.warning("owner.gone", staff=member, conversations=left)

    async def _quiet_cases(self) -> None:
        for each in await self._store.read(quiet.quiet):
            await self._store.write(lambda unit, id=each: quiet.close(unit, id))

    async def _digests(self) -> None:
        promises, desk_url = self._tools.promises(), self._tools.desk_url
        for one in await self._store.read(lambda r: digests.due(r, promises, desk_url)):
            await self._store.write(lambda unit, digest=one: digests.send(unit, digest, promises))


def _gone(reading: Reading) -> list[str]:
    rows = reading.all(
        select(staff.c.id)
        .join(conversations, conversations.c.staff_id == staff.c.id)
        .where(
            conversations.c.owner == "staff",
            conversations.c.tenant_id == reading.tenant,
            or_(staff.c.disabled_at.is_not(None), staff.c.away_at.is_not(None)),
        )
        .distinct()
    )
    return [row["id"] for row in rows]
