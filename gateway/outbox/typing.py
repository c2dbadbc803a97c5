"""Shows on the platform that an answer is being prepared, from the customer's words on until they
are answered. It decides nothing, and nothing waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import structlog
from sqlalchemy import RowMapping, select

from channels.contract import Channel, Clock
from channels.errors import ChannelError
from channels.events import Address
from gateway.errors import StoreUnavailable
from gateway.store.schema.conversation import conversations
from gateway.store.store import Store
from gateway.store.unit import loads_object
from gateway.telemetry.facts import AnswerAwaited, Fact

# The platforms let it fade after 5 to 25 s; none minds being told more often.
AGAIN_SECONDS = 4.0
LONGEST_SECONDS = 90.0
CALL_SECONDS = 3.0
AT_ONCE = 200
log = structlog.get_logger()


class Typing:
    """Listens to facts. ``channels`` gives those that are up right now."""

    def __init__(
        self, store: Store, channels: Callable[[], Mapping[str, Channel]], clock: Clock
    ) -> None:
        self._store = store
        self._channels = channels
        self._clock = clock
        self._shown: dict[str, asyncio.Task[None]] = {}

    def __call__(self, fact: Fact) -> None:
        """Begin where an answer is awaited on a channel that can show it."""
        if not isinstance(fact, AnswerAwaited) or fact.conversation in self._shown:
            return
        channel = self._channels().get(fact.channel)
        if channel is None or not channel.capabilities.typing or channel.capabilities.pulled:
            return
        if len(self._shown) < AT_ONCE:
            task = asyncio.create_task(self._show(fact.conversation, channel), name="typing")
            self._shown[fact.conversation] = task
            task.add_done_callback(lambda _: self._shown.pop(fact.conversation, None))

    async def _show(self, conversation: str, channel: Channel) -> None:
        until = self._clock.monotonic() + LONGEST_SECONDS
        try:
            while self._clock.monotonic() < until:
                row = await self._store.read(
                    lambda reading: reading.one(
                        select(conversations).where(conversations.c.id == conversation)
                    )
                )
                if row is None or not _awaited(row):
                    return
                async with asyncio.timeout(CALL_SECONDS):
                    place = Address.parse(row["address"])
                    await channel.typing(place, loads_object(row["reply_context"]))
                await self._clock.sleep(AGAIN_SECONDS)
        except (ChannelError, StoreUnavailable, TimeoutError) as error:
            log.debug("typing.not_shown", channel=channel, error=str(error))
        except Exception:  # an adapter's bug costs the sign, and nothing else
            log.exception("typing.failed", conversation=conversation)


def _awaited(row: RowMapping) -> bool:
    """Whether the assistant still owes an answer."""
    unanswered: bool = row["customer_seq"] > row["answered_seq"]
    return unanswered and row["owner"] == "assistant"
