"""The loop of what comes after: resolved cases are closed, customers asked, words indexed. It is in
nobody's way: all of it may be late, and none of it twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import RowMapping

from gateway.aftercare.asking import Asking
from gateway.aftercare.closing import AT_ONCE, close_ended, ended
from gateway.aftercare.indexing import Indexing
from gateway.conversations.ownership import AFTERCARE
from gateway.privacy.masking import Masking
from gateway.store.store import Store

POLL_SECONDS = 2.0
# How far back a starting node looks for what nobody closed, and how much later than it says a
# commit of another node may be seen.
BACK_SECONDS, LATE_COMMIT_SECONDS = 7 * 86_400.0, 60.0


@dataclass(frozen=True, slots=True)
class AftercareTools:
    """``due`` says when the customer of a resolved case is asked, None where they are not."""

    store: Store
    asking: Asking
    indexing: Indexing
    due: Callable[[RowMapping], float | None]
    masking: Masking


class AftercareLoop:
    def __init__(self, tools: AftercareTools) -> None:
        self._tools = tools
        self._store = tools.store
        self._closed_through: float | None = None
        self.rounds = 0

    async def run(self) -> None:
        with self._store.signals.listen(AFTERCARE) as listener:
            while True:
                await self.once()
                more = await self._tools.indexing.index_quiet()
                await listener.wait(POLL_SECONDS / 4 if more else POLL_SECONDS)

    async def once(self) -> None:
        """Close what was resolved, and say what is due."""
        self.rounds += 1
        await self._close()
        await self._tools.asking.say_due()

    async def _close(self) -> None:
        while await self._close_some() == AT_ONCE:
            pass

    async def _close_some(self) -> int:
        masking, mark = self._tools.masking, self._closed_through
        found, now = await self._store.read(
            lambda reading: (
                ended(reading, _since(mark, reading.now), masking),
                reading.now,
            )
        )
        for case in found:
            await self._store.write(
                lambda unit, case=case: close_ended(unit, case, self._tools.due),
                tenant=case.tenant,
            )
        if len(found) < AT_ONCE:
            self._closed_through = now
        return len(found)


def _since(mark: float | None, now: float) -> float:
    return now - BACK_SECONDS if mark is None else mark - LATE_COMMIT_SECONDS
