"""The loop of pages: each is posted to its desk's receiver until that takes it, for a day; not if
the customer has been answered meanwhile. It may arrive twice, always under the same id."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import structlog
from sqlalchemy import RowMapping, select, update

from gateway.config.promises import DAY, PageSettings, Promises
from gateway.conversations.opening import by_id
from gateway.egress.webhook import NotTaken
from gateway.errors import StoreUnavailable
from gateway.records import CLAIMS_KEY
from gateway.store.schema.waiting import pages
from gateway.store.store import Store
from gateway.store.unit import Unit, dumps, loads_object
from gateway.waiting.late import PAGES

POLL_SECONDS = 5.0
AT_ONCE = 10
# While a node posts it, others leave it alone.
LEASE_SECONDS = 60.0
GIVE_UP_SECONDS = DAY
PAUSES = (10.0, 30.0, 120.0, 600.0, 1_800.0, 3_600.0)
log = structlog.get_logger()


class Posting(Protocol):
    async def post(self, id: str, body: bytes) -> None: ...


Receivers: TypeAlias = Callable[[PageSettings], AbstractAsyncContextManager[Posting]]
"""Opens the way to a receiver."""


@dataclass(frozen=True, slots=True)
class PagingTools:
    """``desk_url`` is the address of the web desk."""

    store: Store
    promises: Callable[[], Promises]
    receivers: Receivers
    desk_url: str


class PageLoop:
    def __init__(self, tools: PagingTools) -> None:
        self._tools = tools
        self._store = tools.store
        self.rounds = 0

    async def run(self) -> None:
        with self._store.signals.listen(PAGES) as listener:
            while True:
                while await self.once():
                    pass
                await listener.wait(POLL_SECONDS)

    async def once(self) -> int:
        """Post what is due now; how many there were."""
        self.rounds += 1
        if not any(desk.page is not None for desk in self._tools.promises().desks.values()):
            return 0
        rows = await self._store.write(claim, key=CLAIMS_KEY)
        await asyncio.gather(*(self._post(row) for row in rows))
        return len(rows)

    async def _post(self, row: RowMapping) -> None:
        page = self._tools.promises().of(row["desk"]).page
        if page is None:
            await self._ended(row, "withdrawn", "the desk calls nobody any more")
            return
        try:
            async with self._tools.receivers(page) as way:
                await way.post(row["id"], self._body(row))
        except NotTaken as error:
            await self._again(row, str(error), error.wait)
        except StoreUnavailable:
            return  # The lease runs out, and it is tried again.
        else:
            await self._ended(row, "sent", None)

    def _body(self, row: RowMapping) -> bytes:
        body = dict(loads_object(row["body"]))
        link = f"{self._tools.desk_url}#c/{row['conversation_id']}"
        return dumps({**body, "data": {**body["data"], "url": link}}).encode()

    async def _again(self, row: RowMapping, why: str, wait: float | None) -> None:
        tries: int = row["tries"]
        pause = max(PAUSES[min(tries - 1, len(PAUSES) - 1)], wait or 0.0)

        def unit(unit: Unit) -> bool:
            late = unit.now + pause > row["created_at"] + GIVE_UP_SECONDS
            if late:
                _end(unit, row, "failed", why)
            else:
                unit.execute(
                    update(pages)
                    .where(pages.c.id == row["id"], pages.c.state == "queued")
                    .values(due_at=unit.now + pause, error=why[:500])
                )
            return late

        given_up = await self._store.write(unit, tenant=row["tenant_id"])
        tell = log.error if given_up else log.warning
        tell("page.not_taken", page=row["id"], desk=row["desk"], why=why, given_up=given_up)

    async def _ended(self, row: RowMapping, state: str, why: str | None) -> None:
        await self._store.write(lambda unit: _end(unit, row, state, why), tenant=row["tenant_id"])


def claim(unit: Unit) -> Sequence[RowMapping]:
    """What is to be posted now and still has a reason."""
    due = unit.all(
        select(pages.c.id)
        .where(pages.c.state == "queued", pages.c.due_at <= unit.now)
        .order_by(pages.c.due_at)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    held = [_held(unit, row["id"]) for row in due]
    return [row for row in held if row is not None and _still_awaited(unit, row)]


def _held(unit: Unit, page: str) -> RowMapping | None:
    return unit.one(
        update(pages)
        .where(pages.c.id == page, pages.c.state == "queued")
        .values(due_at=unit.now + LEASE_SECONDS, tries=pages.c.tries + 1)
        .returning(*pages.c)
    )


def _still_awaited(unit: Unit, row: RowMapping) -> bool:
    conversation = by_id(unit, row["conversation_id"])
    if conversation is not None and conversation["awaited_since"] is not None:
        return True
    _end(unit, row, "withdrawn", "the customer was answered")
    return False


def _end(unit: Unit, row: RowMapping, state: str, why: str | None) -> None:
    unit.execute(
        update(pages)
        .where(pages.c.id == row["id"], pages.c.state == "queued")
        .values(state=state, error=None if why is None else why[:500], ended_at=unit.now)
    )
