"""The machine's clock behind the Clock port; the one place that asks the machine for the time."""

from __future__ import annotations

import asyncio
import time


class SystemClock:
    """Implements the Clock protocols of channels and brain."""

    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
