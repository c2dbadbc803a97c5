"""The loop of what staff do in threads: each thing once and in its thread's order, on any node."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias

import structlog
from sqlalchemy import RowMapping

from gateway.desk.inputs import DESKS, TRIES, again, claim, finish, later
from gateway.desk.thread_files import NotYet
from gateway.errors import StoreUnavailable
from gateway.records import CLAIMS_KEY
from gateway.store.store import Store

Work: TypeAlias = Callable[[RowMapping], Awaitable[str]]
POLL_SECONDS = 1.0
AT_ONCE = 20
log = structlog.get_logger()


class DeskLoop:
    """``work`` does one thing and says what came of it; doing it twice is harmless."""

    def __init__(self, store: Store, work: Work) -> None:
        self._store = store
        self._work = work
        self._running: set[asyncio.Task[None]] = set()
        self.rounds = 0

    async def run(self) -> None:
        try:
            with self._store.signals.listen(DESKS) as listener:
                while True:
                    await self._claim()
                    await listener.wait(POLL_SECONDS)
        finally:
            for task in self._running:
                task.cancel()

    async def once(self) -> int:
        """Work off what is due now; how much that was."""
        found = await self._claim()
        await asyncio.gather(*tuple(self._running))
        return found

    async def _claim(self) -> int:
        self.rounds += 1
        room = AT_ONCE - len(self._running)
        if room <= 0:
            return 0
        rows = await self._store.write(lambda unit: claim(unit, room), key=CLAIMS_KEY)
        for row in rows:
            task = asyncio.create_task(self._one(row), name=f"desk {row['id']}")
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        return len(rows)

    async def _one(self, row: RowMapping) -> None:
        id, tenant = row["id"], row["tenant_id"]
        try:
            outcome = await self._work(row)
        except StoreUnavailable:
            return  # It is due again when its claim runs out.
        except NotYet:
            await self._store.write(lambda unit: later(unit, id), tenant=tenant)
            return
        except Exception as error:  # the loop outlives any one of them
            log.exception("desk.failed", input=id)
            if row["tries"] < TRIES:
                await self._store.write(lambda unit: again(unit, id), tenant=tenant)
                return
            outcome = f"failed: {type(error).__name__}"
        await self._store.write(lambda unit: finish(unit, id, outcome), tenant=tenant)
