"""How much waits in each queue of the store, and since when. Each look goes by an index and stops
at a limit, and is made at most every few seconds however often it is asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, and_, exists, func, not_, or_, select

from channels.contract import Clock
from gateway.store.schema.conversation import attachments, conversations
from gateway.store.schema.library import sources
from gateway.store.schema.pipeline import deliveries, rests, timers
from gateway.store.store import Store
from gateway.store.unit import Reading
from gateway.telemetry.metrics import Waiting

FRESH_SECONDS = 5.0
# A queue longer than this is told as this long: what a look costs has an end.
MOST = 50_000
EMPTY = Waiting(0, 0.0)


class Queues:
    """``look`` is for any number of callers at once."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._lock = asyncio.Lock()
        self._found: Mapping[str, Waiting] = {}
        self._looked_at: float | None = None

    async def look(self) -> Mapping[str, Waiting]:
        """
        Raises:
            StoreUnavailable: the database does not answer.
        """
        async with self._lock:
            now = self._clock.monotonic()
            if self._looked_at is None or now - self._looked_at >= FRESH_SECONDS:
                self._found = await self._store.read(waiting)
                self._looked_at = now
            return self._found


def waiting(reading: Reading) -> dict[str, Waiting]:
    """Every queue by name, also the empty ones; of all tenants together."""
    found: dict[str, Waiting] = {}
    for name, query in queries(reading.now).items():
        row = reading.one(query)
        depth, since = (row["depth"], row["since"]) if row is not None else (0, None)
        found[name] = EMPTY if since is None else Waiting(depth, max(0.0, reading.now - since))
    return found


def queries(now: float) -> dict[str, Select[int, Any]]:
    """A query for each queue: its ``depth``, and ``since`` when its first waits."""
    queued, at_rest = deliveries.c.state == "queued", _at_rest(now)
    ready, began = conversations.c.ready_at, conversations.c.first_unanswered_at
    found = {
        "turns": _few(conversations, func.coalesce(began, ready), ready > 0),
        "people": _few(
            conversations,
            conversations.c.waiting_since,
            conversations.c.owner.in_(("queue", "assistant")),
            conversations.c.waiting_since > 0,
        ),
        "attachments": _few(
            attachments,
            attachments.c.created_at,
            attachments.c.due_at > 0,
            attachments.c.state == "pending",
        ),
        "timers": _few(
            timers, timers.c.due_at, timers.c.due_at <= now, timers.c.fired_at.is_(None)
        ),
        "sources": _few(sources, sources.c.due_at, sources.c.due_at <= now),
        "deliveries_queued": _few(deliveries, deliveries.c.created_at, queued, not_(at_rest)),
        "deliveries_held": _few(deliveries, deliveries.c.created_at, queued, at_rest),
    }
    for state in ("sending", "failed", "uncertain"):
        found[f"deliveries_{state}"] = _few(
            deliveries, deliveries.c.created_at, deliveries.c.state == state
        )
    return found


def _few(
    table: Table, since: ColumnElement[float], *where: ColumnElement[bool]
) -> Select[int, Any]:
    rows = (
        select(since.label("since")).select_from(table).where(and_(*where)).limit(MOST).subquery()
    )
    return select(func.count().label("depth"), func.min(rows.c.since).label("since"))


def _at_rest(now: float) -> ColumnElement[bool]:
    """On a channel that rests, or that an operator has paused."""
    return exists().where(
        rests.c.channel == deliveries.c.channel, or_(rests.c.until.is_(None), rests.c.until > now)
    )
