"""The claim loop of the outbox: one address at a time, its deliveries in order."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias, TypeVar

import structlog
from sqlalchemy import RowMapping

from channels.contract import Channel, Clock, OutboundMessage, Receipt
from channels.errors import (
    ChannelError,
    RejectedSendError,
    RetryableSendError,
    UncertainSendError,
)
from gateway.conversations.deliveries import OUTBOX
from gateway.errors import StoreUnavailable
from gateway.outbox import lines, rows
from gateway.outbox.changing import changing
from gateway.outbox.enclosing import nothing_enclosed
from gateway.outbox.shares import rooms
from gateway.outbox.windows import Templates, no_templates
from gateway.records import CLAIMS_KEY, Claimed, Node
from gateway.store.claims import POLL_SECONDS, ClaimLoop
from gateway.store.store import Store
from gateway.store.unit import Unit
from gateway.telemetry.facts import Staged

T = TypeVar("T")
R = TypeVar("R")
SEND_SECONDS = 20.0
# So many lines have their first delivery marked in the unit that claims them, so that none is long.
AT_ONCE = 4
CHANNEL_REST_SECONDS = 30.0
Compose: TypeAlias = Callable[[RowMapping, OutboundMessage], Awaitable[OutboundMessage]]
PAUSES = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
log = structlog.get_logger()


async def as_it_is(_row: RowMapping, message: OutboundMessage) -> OutboundMessage:
    return message


@dataclass(frozen=True, slots=True)
class OutboxTools:
    """What the loop is built with. ``channels`` gives those that are up right now; ``jitter``
    gives a factor around 1. ``templates`` gives the approved message of a channel that limits free
    text; ``enclose`` adds the bytes of a message's files, ``compose`` puts a post to staff into
    words."""

    store: Store
    node: Node
    channels: Callable[[], Mapping[str, Channel]]
    clock: Clock
    jitter: Callable[[], float]
    failpoint: Callable[[str], None]
    capacity: int = 100
    templates: Templates = no_templates
    enclose: Callable[[OutboundMessage], Awaitable[OutboundMessage]] = nothing_enclosed
    compose: Compose = as_it_is


class OutboxLoop(ClaimLoop):
    def __init__(self, tools: OutboxTools) -> None:
        super().__init__(tools.store.signals, OUTBOX)
        self._tools = tools
        self._store = tools.store

    async def _claim(self) -> float:
        channels = self._tools.channels()
        free = rooms(channels, Counter(self._running.values()), self._tools.capacity)
        self._full = len(free) < len(channels)
        if not free:
            return POLL_SECONDS

        try:
            begun, due_in = await self._claimed(channels, free, AT_ONCE)
        except StoreUnavailable:
            raise
        except Exception:  # one that cannot be marked fails in its own unit, and no other with it
            log.exception("outbox.not_marked_together")
            begun, due_in = await self._claimed(channels, free, 0)
        for held, marked in begun:
            line = self._line(held, marked, channels[held.channel])
            self._begin(line, f"outbox {held.id}", held.channel)
        return due_in

    async def _claimed(
        self, channels: Mapping[str, Channel], free: Mapping[str, int], at_once: int
    ) -> tuple[list[tuple[Claimed, rows.Marked]], float]:
        """What was claimed, each with its first delivery marked if it was among the first, and when
        to look again."""
        limit = min(*free.values(), 50)

        def unit(unit: Unit) -> tuple[list[tuple[Claimed, rows.Marked]], float]:
            begun: list[tuple[Claimed, rows.Marked]] = []
            held = lines.claim_lines(unit, self._tools.node, free, limit)
            for number, line in enumerate(held):
                if number >= at_once or line.tenant != unit.tenant:
                    begun.append((line, rows.Passed()))
                else:
                    way = self._way(channels[line.channel])
                    begun.append((line, rows.mark_claimed(unit, line, way)))
            due = lines.next_due(unit, free)
            return begun, POLL_SECONDS if due is None else due - unit.now

        return await self._store.write(unit, key=CLAIMS_KEY)

    async def _line(self, held: Claimed, marked: rows.Marked, channel: Channel) -> None:
        try:
            marked = await self._bring(held, marked, channel)
            while isinstance(marked, rows.Passed):
                marked = await self._work(held)
        except StoreUnavailable as error:
            log.warning("outbox.store_unavailable", address=held.id, error=str(error))
        except Exception:  # a claim loop outlives any one delivery
            log.exception("outbox.failed", address=held.id)

    async def _work(self, held: Claimed) -> rows.Marked:
        """Mark what is next, and send it; ``Passed`` says to look again."""
        channel = self._tools.channels().get(held.channel)
        if channel is None or self.stopping:
            return await self._write(held, lambda unit: lines.release(unit, held))
        marked = await self._write(
            held, lambda unit: rows.mark_next(unit, held, self._way(channel))
        )
        return await self._bring(held, marked, channel)

    async def _bring(self, held: Claimed, marked: rows.Marked, channel: Channel) -> rows.Marked:
        """Send as long as the next one is marked with the last."""
        while isinstance(marked, rows.Sending):
            self._tools.failpoint("outbox.after_mark")
            began = self._tools.clock.monotonic()
            _name(marked)
            marked = await self._deal(held, marked, channel)
            seconds = self._tools.clock.monotonic() - began
            self._store.facts.tell(Staged("send", held.channel, seconds))
        return marked

    async def _deal(self, held: Claimed, sending: rows.Sending, channel: Channel) -> rows.Marked:
        """Bring a marked delivery to its next state, and mark the one after it."""
        if sending.row["post"] is not None:
            composed = await self._tools.compose(sending.row, sending.message)
            sending = replace(sending, message=composed)
        if sending.target is not None:
            return await self._change(held, sending, channel, sending.target)
        if sending.found:
            return await self._reconcile(held, sending, channel)
        outcome = await self._attempt(channel.send, sending.message)
        if isinstance(outcome, Receipt):
            self._tools.failpoint("outbox.after_send")
        if isinstance(outcome, UncertainSendError):
            return await self._reconcile(held, sending, channel)
        return await self._settle(held, sending, outcome, channel)

    async def _change(
        self, held: Claimed, sending: rows.Sending, channel: Channel, target: str
    ) -> rows.Marked:
        takes_back = bool(sending.row["takes_back"])
        call = changing(channel, target, self._tools.clock, takes_back=takes_back)
        outcome = await self._attempt(call, sending.message)
        if isinstance(outcome, UncertainSendError):
            await self._retry(held, sending, str(outcome), None)
            return rows.Passed()
        return await self._settle(held, sending, outcome, channel)

    async def _settle(
        self,
        held: Claimed,
        sending: rows.Sending,
        outcome: Receipt | ChannelError,
        channel: Channel,
    ) -> rows.Marked:
        """Record what is certain: it was sent, it was not, or it never will be."""
        if isinstance(outcome, Receipt):
            return await self._sent(held, sending, outcome, channel)
        if isinstance(outcome, RejectedSendError):
            reason = outcome.reason
            await self._write(held, lambda unit: rows.reject(unit, held, sending, reason))
            log.warning("outbox.dead_letter", delivery=sending.row["id"], reason=reason)
        elif isinstance(outcome, RetryableSendError):
            await self._retry(held, sending, str(outcome), outcome.retry_after)
        else:
            await self._channel_failed(held, sending, str(outcome))
        return rows.Passed()

    async def _sent(
        self, held: Claimed, sending: rows.Sending, receipt: Receipt, channel: Channel
    ) -> rows.Marked:
        stopping = self.stopping

        def unit(unit: Unit) -> rows.Marked:
            if not rows.sent(unit, held, sending, receipt):
                return None
            if stopping:
                return lines.release(unit, held)
            return rows.mark_after(unit, held, sending, self._way(channel))

        marked = await self._write(held, unit)
        if marked is None:
            log.warning("outbox.lease_lost", delivery=sending.row["id"])
        return marked

    async def _retry(
        self, held: Claimed, sending: rows.Sending, error: str, retry_after: float | None
    ) -> None:
        pause = max(self._pause(sending), retry_after or 0.0)
        await self._write(held, lambda unit: rows.retry(unit, held, sending, error, pause))

    async def _channel_failed(self, held: Claimed, sending: rows.Sending, error: str) -> None:
        """The channel as a whole is in trouble: nothing was sent, and all its lines rest."""
        channel: str = sending.row["channel"]

        def unit(unit: Unit) -> None:
            rows.retry(unit, held, sending, error, CHANNEL_REST_SECONDS)
            lines.rest(unit, channel, CHANNEL_REST_SECONDS, error)

        await self._write(held, unit)
        log.warning("outbox.channel_rests", channel=channel, error=error)

    async def _reconcile(
        self, held: Claimed, sending: rows.Sending, channel: Channel
    ) -> rows.Marked:
        """An unknown outcome: ask the platform first, then do what the channel allows."""
        found = await self._attempt(channel.reconcile, sending.message)
        if isinstance(found, UncertainSendError):
            return await self._unknowable(held, sending, channel)
        if isinstance(found, ChannelError):
            error, pause = str(found), max(self._pause(sending), CHANNEL_REST_SECONDS)
            await self._write(held, lambda unit: rows.ask_later(unit, held, sending, error, pause))
            return None
        if found is not None:
            return await self._settle(held, sending, found, channel)
        await self._retry(held, sending, "it did not arrive", None)
        return rows.Passed()

    async def _unknowable(
        self, held: Claimed, sending: rows.Sending, channel: Channel
    ) -> rows.Marked:
        capabilities = channel.capabilities
        harmless = capabilities.idempotent_send or capabilities.reconcile_by_resend
        row = sending.row
        if not harmless and (not row["repeatable"] or row["possibly_duplicate"]):
            await self._doubt(held, sending, "the platform cannot say whether this arrived")
        elif await self._write(
            held, lambda unit: rows.mark_again(unit, held, sending, duplicate=not harmless)
        ):
            outcome = await self._attempt(channel.send, sending.message)
            if isinstance(outcome, UncertainSendError):
                await self._doubt(held, sending, "twice the platform did not say if this arrived")
            else:
                return await self._settle(held, sending, outcome, channel)
        return rows.Passed()

    async def _doubt(self, held: Claimed, sending: rows.Sending, reason: str) -> None:
        await self._write(held, lambda unit: rows.doubt(unit, held, sending, reason))
        log.error("outbox.uncertain", delivery=sending.row["id"], reason=reason)

    async def _attempt(
        self, call: Callable[[OutboundMessage], Awaitable[R]], message: OutboundMessage
    ) -> R | ChannelError:
        try:
            enclosed = await self._tools.enclose(message)
        except ChannelError as error:
            return error
        except OSError as error:
            return RetryableSendError(f"a file could not be read: {error}")
        return await _attempt(call, enclosed)

    def _way(self, channel: Channel) -> rows.Way:
        return rows.Way(channel.capabilities, self._tools.templates)

    def _pause(self, sending: rows.Sending) -> float:
        return PAUSES[min(sending.tries, len(PAUSES)) - 1] * self._tools.jitter()

    async def _write(self, held: Claimed, unit: Callable[[Unit], T]) -> T:
        return await self._store.write(unit, tenant=held.tenant, key=held.key)


def _name(sending: rows.Sending) -> None:
    """Every log line of this address' task says what is being sent."""
    row = sending.row
    structlog.contextvars.bind_contextvars(
        conversation=row["conversation_id"], reply=row["message_id"], delivery=row["id"]
    )


async def _attempt(
    call: Callable[[OutboundMessage], Awaitable[R]], message: OutboundMessage
) -> R | ChannelError:
    """What the channel gave, or its error; what it should not have raised leaves us in doubt."""
    try:
        async with asyncio.timeout(SEND_SECONDS):
            return await call(message)
    except ChannelError as error:
        return error
    except TimeoutError:
        return UncertainSendError("the platform did not answer in time")
    except Exception as error:  # an adapter's bug must not block its address for ever
        log.exception("outbox.adapter_failed")
        return UncertainSendError(f"{type(error).__name__}: {error}")
