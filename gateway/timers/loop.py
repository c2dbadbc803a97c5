"""The loop of timers: each due row and its whole effect are one unit, so it happens once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

import structlog
from sqlalchemy import RowMapping, select, update

from gateway.conversations.timers import TIMERS
from gateway.errors import StoreUnavailable
from gateway.store.schema.pipeline import timers
from gateway.store.store import Store
from gateway.store.unit import Unit

Effect: TypeAlias = Callable[[Unit, RowMapping], None]
POLL_SECONDS = 1.0
TRIES = 3
RETRY_SECONDS = 30.0
log = structlog.get_logger()


class TimerLoop:
    def __init__(self, store: Store, effects: Mapping[str, Effect]) -> None:
        self._store = store
        self._effects = effects
        self.rounds = 0

    async def run(self) -> None:
        with self._store.signals.listen(TIMERS) as listener:
            while True:
                while await self.fire_next():
                    pass
                await listener.wait(POLL_SECONDS)

    async def fire_next(self) -> bool:
        """Fire one due timer; False when none is due."""
        self.rounds += 1
        row = await self._store.write(_next_due)
        if row is None:
            return False
        try:
            await self._store.write(
                lambda unit: _fire(unit, row, self._effects[row["kind"]]), tenant=row["tenant_id"]
            )
        except StoreUnavailable:
            return False  # That is no fault of the timer; it stays due.
        except Exception as error:  # a claim loop outlives any one timer
            log.exception("timers.failed", timer=row["id"], kind=row["kind"])
            text = f"{type(error).__name__}: {error}"
            await self._store.write(lambda unit: _failed(unit, row, text))
        return True


def _next_due(unit: Unit) -> RowMapping | None:
    return unit.one(
        select(timers)
        .where(timers.c.fired_at.is_(None), timers.c.due_at <= unit.now)
        .order_by(timers.c.due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


def _fire(unit: Unit, row: RowMapping, effect: Effect) -> None:
    """The guard is the write that comes first; another node's firing leaves no row."""
    fired = unit.changed(
        update(timers)
        .where(
            timers.c.id == row["id"],
            timers.c.due_at == row["due_at"],
            timers.c.fired_at.is_(None),
        )
        .values(fired_at=unit.now)
    )
    if fired:
        effect(unit, row)


def _failed(unit: Unit, row: RowMapping, error: str) -> None:
    """Tried again a little later; after three tries it rests, visible with its error."""
    tries = row["tries"] + 1
    unit.execute(
        update(timers)
        .where(timers.c.id == row["id"], timers.c.fired_at.is_(None))
        .values(
            tries=tries,
            error=error[:2000],
            due_at=unit.now + RETRY_SECONDS * tries,
            fired_at=unit.now if tries >= TRIES else None,
        )
    )
