"""Time that stands until a test moves it, and a channel whose life is written down beforehand."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Self

from channels.contract import Channel, Intake, OutboundMessage, Receipt
from channels.kinds import CAPABILITIES
from gateway.store.store import Store
from tests.gateway.conftest import ManualClock

ONE = CAPABILITIES["telegram"]
ANY = replace(ONE, receivers="any")


class StandingClock(ManualClock):
    """Who sleeps wakes when the test has moved the time that far."""

    at: float

    def __init__(self) -> None:
        super().__init__()
        self.slept: list[float] = []
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        waiting = asyncio.get_running_loop().create_future()
        self._sleepers.append((self.at + seconds, waiting))
        await waiting

    def pass_(self, seconds: float) -> None:
        self.at += seconds
        due = [waiting for at, waiting in self._sleepers if at <= self.at]
        self._sleepers = [sleeper for sleeper in self._sleepers if sleeper[0] > self.at]
        for waiting in due:
            if not waiting.done():
                waiting.set_result(None)


class WrittenChannel(Channel):
    """``fates`` are what each receiving (or logging in) ends with, in order; after them it
    receives for good."""

    def __init__(self, capabilities: object = ANY, *fates: Exception) -> None:
        self.capabilities = ONE if capabilities is ONE else ANY
        self.fates = list(fates)
        self.login: list[Exception] = []
        self.probes: list[Exception] = []
        self.receiving = 0
        self.begun: int = 0

    async def __aenter__(self) -> Self:
        if self.login:
            raise self.login.pop(0)
        return self

    async def receive(self, intake: Intake) -> None:
        self.begun += 1
        self.receiving += 1
        try:
            if self.fates:
                raise self.fates.pop(0)
            await asyncio.Event().wait()
        finally:
            self.receiving -= 1

    async def probe(self) -> None:
        if self.probes:
            raise self.probes.pop(0)

    async def send(self, message: OutboundMessage) -> Receipt:
        raise NotImplementedError


async def eventually(store: Store, check: Callable[[], bool], what: str = "") -> None:
    """Until it is so; each look is a round trip through the writer, behind what waits there."""
    for _ in range(3_000):
        if check():
            return
        await store.write(lambda _unit: None)
    raise AssertionError(what or "it never came to be")
