"""The loop of outgoing events: for each receiver a line of its own, so that one that hangs holds
up nobody else's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

import structlog
from sqlalchemy import RowMapping

from gateway.egress.webhook import NotTaken
from gateway.errors import StoreUnavailable
from gateway.outgoing.payloads import Told, payload
from gateway.outgoing.recording import OUTGOING
from gateway.outgoing.rows import claim, not_taken, sent
from gateway.records import CLAIMS_KEY, Node
from gateway.store.store import Store
from gateway.store.unit import dumps

POLL_SECONDS = 2.0
log = structlog.get_logger()


class Posting(Protocol):
    """The way to one receiver."""

    async def post(self, id: str, body: bytes) -> None:
        """
        Raises:
            NotTaken.
        """
        ...


@dataclass(frozen=True, slots=True)
class OutgoingTools:
    """``receivers`` open the way to each configured one; ``told`` says how events are put as
    configured now."""

    store: Store
    node: Node
    receivers: Mapping[str, Callable[[], AbstractAsyncContextManager[Posting]]]
    told: Callable[[], Told]


class OutgoingLoop:
    def __init__(self, tools: OutgoingTools) -> None:
        self._tools = tools
        self._store = tools.store

    async def run(self) -> None:
        """Serve every receiver until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                for name in self._tools.receivers:
                    group.create_task(self._serve(name), name=f"outgoing {name}")
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from failed

    async def _serve(self, receiver: str) -> None:
        async with self._tools.receivers[receiver]() as way:
            with self._store.signals.listen(OUTGOING) as listener:
                while True:
                    while await self.post_due(receiver, way):
                        pass
                    await listener.wait(POLL_SECONDS)

    async def post_due(self, receiver: str, way: Posting) -> int:
        """Post what is due to a receiver, of each conversation at most one; how many there were."""
        rows = await self._store.write(
            lambda unit: claim(unit, receiver, self._tools.node), key=CLAIMS_KEY
        )
        await asyncio.gather(*(self._post(row, way) for row in rows))
        return len(rows)

    async def _post(self, row: RowMapping, way: Posting) -> None:
        body: str | None = row["body"]
        try:
            if body is None:
                body = await self._body(row)
            await way.post(row["id"], body.encode())
        except NotTaken as error:
            await self._not_taken(row, body, str(error), error.wait)
        except StoreUnavailable:
            return  # The lease runs out, and it is tried again.
        except Exception as error:  # one event that cannot be told costs itself its tries, no more
            log.exception("event.unspeakable", outgoing=row["id"], kind=row["kind"])
            await self._not_taken(row, body, f"{type(error).__name__}: {error}", None)
        else:
            told = body
            await self._store.write(lambda unit: sent(unit, row, told), tenant=row["tenant_id"])

    async def _body(self, row: RowMapping) -> str:
        told = self._tools.told()
        found = await self._store.read(
            lambda reading: payload(reading, row, told), tenant=row["tenant_id"]
        )
        return dumps(found)

    async def _not_taken(
        self, row: RowMapping, body: str | None, why: str, wait: float | None
    ) -> None:
        await self._store.write(
            lambda unit: not_taken(unit, row, body, why, wait), tenant=row["tenant_id"]
        )
