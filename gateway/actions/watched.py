"""Business systems, with every call of them told: what was asked, how long it took, and what came
of it. It tells no argument and no answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from brain.acts import ActionRequest, Actions, Answered
from channels.contract import Clock
from gateway.telemetry.context import about
from gateway.telemetry.facts import Facts, ToolCalled


class WatchedActions:
    """Implements ``Actions`` by others that do."""

    def __init__(self, inner: Actions, facts: Facts, clock: Clock) -> None:
        self._inner = inner
        self._facts = facts
        self._clock = clock

    async def look_up(self, request: ActionRequest, customer: str | None) -> Answered:
        return await self._told(request, "look_up", lambda: self._inner.look_up(request, customer))

    async def read(self, request: ActionRequest, customer: str | None) -> Answered:
        return await self._told(request, "read", lambda: self._inner.read(request, customer))

    async def write(self, request: ActionRequest, customer: str | None, key: str) -> Answered:
        return await self._told(request, "write", lambda: self._inner.write(request, customer, key))

    async def read_back(self, request: ActionRequest, customer: str | None, key: str) -> Answered:
        return await self._told(
            request, "read_back", lambda: self._inner.read_back(request, customer, key)
        )

    async def send_code(self, request: ActionRequest, code: str) -> Answered:
        return await self._told(request, "send_code", lambda: self._inner.send_code(request, code))

    async def _told(
        self, request: ActionRequest, does: str, call: Callable[[], Awaitable[Answered]]
    ) -> Answered:
        at, began, of = self._clock.now(), self._clock.monotonic(), about()
        outcome = "called_off"
        try:
            answered = await call()
            outcome = answered.state
        finally:
            seconds = self._clock.monotonic() - began
            self._facts.tell(
                ToolCalled(request.action, does, outcome, at, seconds, of.turn, of.message)
            )
        return answered
