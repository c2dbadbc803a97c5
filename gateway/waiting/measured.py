"""How long people take to answer first, as measured: by desk and part of the day, from four weeks.
It is read now and then and asked in between, so that no turn waits for it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from sqlalchemy import select

from gateway.config.promises import DAY, MINUTE, Promises
from gateway.store.schema.waiting import first_answers
from gateway.store.store import Store
from gateway.store.unit import Reading

WINDOW_SECONDS = 28 * DAY
SHARE = 0.8
# Fewer say nothing.
LEAST = 20
# The newest of more than this count.
MOST_ROWS = 50_000

Answer: TypeAlias = tuple[str, float, float]
"""A channel, since when somebody waited there, and for how many seconds."""


class MeasuredWaits:
    """``minutes`` is what turns ask."""

    def __init__(self, store: Store, promises: Callable[[], Promises]) -> None:
        self._store = store
        self._promises = promises
        self._minutes: Mapping[tuple[str, int], int] = {}

    async def refresh(self) -> None:
        """
        Raises:
            StoreUnavailable.
        """
        self._minutes = by_band(await self._store.read(_answers), self._promises())

    def minutes(self, channel: str, at: float) -> int | None:
        """Within how many minutes most are answered who begin to wait then; None where that is not
        known."""
        promises = self._promises()
        return self._minutes.get((promises.desk(channel), promises.band(at)))


def by_band(answers: Iterable[Answer], promises: Promises) -> Mapping[tuple[str, int], int]:
    """The minutes within which four of five were answered, by desk and part of the day."""
    taken: dict[tuple[str, int], list[float]] = {}
    for channel, since, seconds in answers:
        taken.setdefault((promises.desk(channel), promises.band(since)), []).append(seconds)
    return {key: _within(found) for key, found in taken.items() if len(found) >= LEAST}


def _within(seconds: list[float]) -> int:
    ranked = sorted(seconds)
    return max(1, math.ceil(ranked[math.ceil(SHARE * len(ranked)) - 1] / MINUTE))


def _answers(reading: Reading) -> list[Answer]:
    rows = reading.all(
        select(first_answers.c.channel, first_answers.c.since, first_answers.c.seconds)
        .where(
            first_answers.c.tenant_id == reading.tenant,
            first_answers.c.since > reading.now - WINDOW_SECONDS,
        )
        .order_by(first_answers.c.since.desc())
        .limit(MOST_ROWS)
    )
    return [(row["channel"], row["since"], row["seconds"]) for row in rows]
