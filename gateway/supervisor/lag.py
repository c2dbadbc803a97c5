"""Watches how late the event loop comes back: what blocks it holds up every customer at once."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from channels.contract import Clock

EVERY_SECONDS = 0.5
LATE_SECONDS = 1.0
log = structlog.get_logger()


class LagLoop:
    """``heard`` is given every lag, in seconds."""

    def __init__(self, clock: Clock, heard: Callable[[float], None]) -> None:
        self._clock = clock
        self._heard = heard

    async def run(self) -> None:
        while True:
            asked = self._clock.monotonic() + EVERY_SECONDS
            await self._clock.sleep(EVERY_SECONDS)
            lag = max(0.0, self._clock.monotonic() - asked)
            self._heard(lag)
            if lag >= LATE_SECONDS:
                log.warning("loop.late", seconds=round(lag, 2), mend="see what blocks the process")
