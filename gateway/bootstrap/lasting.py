"""How long a brain lives: loaded at its first turn, let go of when another takes its place and its
last turn has ended. It knows nothing of what a brain is made of."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from brain.contract import Brain, Decision, TurnInput


async def nothing_to_close() -> None:
    """A brain without connections of its own."""


@dataclass(frozen=True, slots=True)
class Loaded:
    brain: Brain
    close: Callable[[], Awaitable[None]] = nothing_to_close


class Lasting:
    """Implements ``Brain`` by one that is loaded when it is asked."""

    def __init__(self, load: Callable[[], Awaitable[Loaded]]) -> None:
        self._load = load
        self._loading = asyncio.Lock()
        self._loaded: Loaded | None = None
        self._deciding = 0
        self._retired = False

    async def decide(self, turn: TurnInput) -> Decision:
        self._deciding += 1
        try:
            return await (await self._there()).brain.decide(turn)
        finally:
            self._deciding -= 1
            if self._retired and not self._deciding:
                await self.close()

    async def ready(self) -> None:
        """Load it before it is asked."""
        await self._there()

    async def _there(self) -> Loaded:
        async with self._loading:
            if self._loaded is None:
                self._loaded = await self._load()
            return self._loaded

    async def retire(self) -> None:
        """Another takes its place: it is let go of with the last turn under way. A turn that began
        with it and asks only now is answered all the same."""
        self._retired = True
        if not self._deciding:
            await self.close()

    async def close(self) -> None:
        """Let go of its connections; nobody is asking it."""
        loaded, self._loaded = self._loaded, None
        if loaded is not None:
            await loaded.close()
