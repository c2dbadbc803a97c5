"""The outline that claim loops share: woken or polling they claim what is due, and work on each
in a task of its own. It knows no row, and holds no lease itself."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from gateway.store.signals import Signals

POLL_SECONDS = 1.0
# However much is due, the event loop breathes in between.
_LEAST_SECONDS = 0.005


class ClaimLoop(ABC):
    """``topic`` wakes it; ``stopping`` ends claiming only."""

    def __init__(self, signals: Signals, topic: str) -> None:
        self._signals = signals
        self._topic = topic
        # Each with what it counts under, where the loop counts by that.
        self._running: dict[asyncio.Task[None], str] = {}
        # Whether there was hardly room for all that is due: then the end of one is worth a look.
        self._full = False
        # Held while something is claimed: what was claimed is always begun before a drain ends.
        self._claiming = asyncio.Lock()
        self.stopping = False
        self.rounds = 0

    async def run(self) -> None:
        """Claim and work until cancelled."""
        with self._signals.listen(self._topic) as listener:
            while not self.stopping:
                self.rounds += 1
                async with self._claiming:
                    due_in = POLL_SECONDS if self.stopping else await self._claim()
                await listener.wait(min(max(due_in, _LEAST_SECONDS), POLL_SECONDS))

    async def once(self) -> int:
        """Work off all that is due now; how many there were."""
        await self._claim()
        working = tuple(self._running)
        await asyncio.gather(*working)
        return len(working)

    async def drain(self, seconds: float) -> None:
        """Let what is under way end and be recorded; what does not is let go for another node, and
        the rest waits in its rows."""
        self.stopping = True
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds), self._claiming:
                pass
        if self._running:
            await asyncio.wait(self._running, timeout=seconds)
        for task in tuple(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def _begin(self, work: Coroutine[Any, Any, None], name: str, under: str = "") -> None:
        task = asyncio.create_task(work, name=name)
        self._running[task] = under
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.pop(task, None)
        if self._full:
            self._signals.notify((self._topic,))

    @abstractmethod
    async def _claim(self) -> float:
        """Claim what is due, as far as there is room, and begin it; in how many seconds there is
        more."""
