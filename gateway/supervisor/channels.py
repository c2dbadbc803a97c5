"""One channel's life: logged in for sending, receiving where it is this node's turn, restarted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass

import structlog

from channels.contract import Channel, Clock
from channels.errors import (
    ChannelDisconnected,
    ChannelError,
    ChannelMisconfigured,
    IntakeClosed,
)
from gateway.errors import StoreUnavailable
from gateway.intake.door import Door
from gateway.records import ChannelState, Node
from gateway.store.store import Store
from gateway.supervisor.heartbeat import claim_receiver, keep_receiver, release_receiver
from gateway.telemetry.facts import LeaseLost, Restarted

RENEW_SECONDS = 8.0
STANDBY_SECONDS = 5.0
CLOSED_SECONDS = 1.0
PROBE_EVERY_SECONDS = 45.0
PROBE_SECONDS = 20.0
BACKOFF_SECONDS = (1.0, 2.0, 5.0, 15.0, 60.0)
# A channel that stayed up this long starts its back-off anew.
STEADY_SECONDS = 120.0
log = structlog.get_logger()


class _LeaseLost(Exception):
    pass


@dataclass(frozen=True, slots=True)
class ChannelTools:
    store: Store
    node: Node
    clock: Clock
    jitter: Callable[[], float]


class ChannelLife:
    """Keeps one channel up; only this restarts it."""

    def __init__(self, name: str, channel: Channel, door: Door, tools: ChannelTools) -> None:
        self.name = name
        self.channel = channel
        self.state: ChannelState = "down"
        self.why: str | None = "starting"
        self.retries = True
        self._door = door
        self._tools = tools

    @property
    def can_send(self) -> bool:
        return self.state in {"up", "standby"}

    async def run(self) -> None:
        """Until cancelled, or until the configuration shows itself to be wrong."""
        failures = 0
        while True:
            began = self._tools.clock.monotonic()
            try:
                async with self.channel:
                    await self._probed(self._receive())
            except ChannelMisconfigured as error:
                self._down(str(error))
                self.retries = False
                log.error("channel.misconfigured", channel=self.name, error=str(error))  # noqa: TRY400  # the sentence says it all
                return
            except (ChannelError, _LeaseLost, StoreUnavailable, OSError, TimeoutError) as error:
                self._down(str(error) or type(error).__name__)
            except Exception as error:  # the supervisor outlives any one channel
                log.exception("channel.failed", channel=self.name)
                self._down(f"{type(error).__name__}: {error}")
            if self._tools.clock.monotonic() - began > STEADY_SECONDS:
                failures = 0
            pause = BACKOFF_SECONDS[min(failures, len(BACKOFF_SECONDS) - 1)]
            failures += 1
            log.warning("channel.restarts", channel=self.name, why=self.why, seconds=pause)
            self._tools.store.facts.tell(Restarted("channel", self.name))
            await self._tools.clock.sleep(pause * self._tools.jitter())

    async def _probed(self, receiving: Coroutine[None, None, None]) -> None:
        """A connection can be open and dead: the platform is asked now and then as well."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._probe())
                await receiving
        except ExceptionGroup as failed:
            # What run() looks for is the error itself, not the group that the tasks made of it.
            raise failed.exceptions[0] from failed

    async def _probe(self) -> None:
        while True:
            await self._tools.clock.sleep(PROBE_EVERY_SECONDS)
            try:
                async with asyncio.timeout(PROBE_SECONDS):
                    await self.channel.probe()
            except TimeoutError as error:
                silent = f"the platform has not answered for {PROBE_SECONDS:.0f} s"
                raise ChannelDisconnected(silent) from error

    async def _receive(self) -> None:
        if self.channel.capabilities.receivers == "any":
            self._up("up")
            await self._listen()
            # All that arrives comes over routes: there is nothing to wait for but the end.
            await asyncio.Event().wait()
        while True:
            claim = await self._tools.store.write(
                lambda unit: claim_receiver(unit, self._tools.node, self.name)
            )
            if claim is None:
                self._up("standby")
                await self._tools.clock.sleep(STANDBY_SECONDS)
            else:
                await self._receive_under(claim)

    async def _receive_under(self, claim: int) -> None:
        """Receiving ends before the lease runs out."""
        self._up("up")
        self._door.claim = claim
        try:
            async with asyncio.TaskGroup() as group:
                # Where receive returns at once, the lease is kept all the same.
                group.create_task(self._keep(claim))
                await self._listen()
        except ExceptionGroup as failed:
            # What run() looks for is the error itself, not the group that the tasks made of it.
            raise failed.exceptions[0] from failed
        finally:
            await asyncio.shield(self._give_up(claim))
            self._door.claim = None

    async def _listen(self) -> None:
        """Receive; while the gateway takes nothing in, stay logged in so that it can still send."""
        while True:
            try:
                await self.channel.receive(self._door)
            except IntakeClosed as error:
                self.why = str(error)
                await self._tools.clock.sleep(CLOSED_SECONDS)
                self.why = None
            else:
                return

    async def _keep(self, claim: int) -> None:
        while True:
            await self._tools.clock.sleep(RENEW_SECONDS)
            if not await self._tools.store.write(
                lambda unit: keep_receiver(unit, self.name, claim)
            ):
                self._tools.store.facts.tell(LeaseLost("receiver"))
                raise _LeaseLost("another node receives on this channel")

    async def _give_up(self, claim: int) -> None:
        try:
            await self._tools.store.write(lambda unit: release_receiver(unit, self.name, claim))
        except StoreUnavailable:
            log.warning("channel.lease_left", channel=self.name)

    def _up(self, state: ChannelState) -> None:
        self.state = state
        self.why = None

    def _down(self, why: str) -> None:
        self.state = "down"
        self.why = why
