"""The claim loop that fetches attachments after the acknowledgement."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import structlog
from sqlalchemy import RowMapping, or_, select, update

from channels.contract import Channel
from channels.errors import ChannelError, RejectedSendError
from gateway.conversations.attaching import FILE_LIMIT, MEDIA, TOO_LARGE
from gateway.conversations.messages import topic
from gateway.records import Node
from gateway.store.files import Files, FileTooLarge, StoredFile
from gateway.store.schema.conversation import attachments
from gateway.store.store import Store
from gateway.store.unit import Unit, loads_object
from gateway.telemetry.facts import LeaseLost

POLL_SECONDS = 1.0
LEASE_SECONDS = 60.0
FETCH_SECONDS = 30.0
TRIES = 5
# Of one channel.
AT_ONCE = 4
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class MediaTools:
    store: Store
    node: Node
    channels: Callable[[], Mapping[str, Channel]]
    files: Files


class MediaLoop:
    def __init__(self, tools: MediaTools) -> None:
        self._tools = tools
        self._store = tools.store
        self._running: dict[asyncio.Task[None], str] = {}
        self.rounds = 0

    async def run(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                await self._fetch_all(group)
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from failed

    async def _fetch_all(self, group: asyncio.TaskGroup) -> None:
        with self._store.signals.listen(MEDIA) as listener:
            while True:
                while await self._begin(group):
                    pass
                await listener.wait(POLL_SECONDS)

    async def fetch_next(self) -> bool:
        """Fetch one pending attachment; False when none is due."""
        row = await self._claimed()
        if row is not None:
            await self._deal(row)
        return row is not None

    async def _begin(self, group: asyncio.TaskGroup) -> bool:
        """Begin to fetch one; whether there may be another."""
        row = await self._claimed()
        if row is None:
            return False
        task = group.create_task(self._deal(row), name=f"media {row['id']}")
        self._running[task] = row["channel"]
        task.add_done_callback(self._ended)
        return True

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._running[task]
        self._store.signals.notify((MEDIA,))

    async def _claimed(self) -> RowMapping | None:
        """An attachment that is due, of a channel that is not busy enough already: one that hangs
        holds up its own files only."""
        self.rounds += 1
        busy = Counter(self._running.values())
        channels = [name for name in self._tools.channels() if busy[name] < AT_ONCE]
        return await self._store.write(lambda unit: self._claim(unit, channels))

    async def _deal(self, row: RowMapping) -> None:
        try:
            stored = await self._fetch(row)
        except (RejectedSendError, FileTooLarge) as error:
            state = "refused" if isinstance(error, FileTooLarge) else "gone"
            reason = TOO_LARGE if state == "refused" else str(error)
            await self._settle(row, state=state, reason=reason, due_at=None)
        except (ChannelError, TimeoutError, OSError) as error:
            await self._try_later(row, str(error) or type(error).__name__)
        except Exception as error:  # an adapter's bug costs its own attachment its tries, no more
            log.exception("media.failed", attachment=row["id"])
            await self._try_later(row, f"{type(error).__name__}: {error}")
        else:
            await self._settle(
                row, state="stored", sha256=stored.sha256, size=stored.size, due_at=None
            )

    async def _fetch(self, row: RowMapping) -> StoredFile:
        channel = self._tools.channels().get(row["channel"])
        if channel is None:
            raise ChannelError("the channel is not up")
        async with asyncio.timeout(FETCH_SECONDS):
            return await self._tools.files.keep_stream(
                channel.open(loads_object(row["ref"])), FILE_LIMIT
            )

    async def _try_later(self, row: RowMapping, reason: str) -> None:
        tries = row["tries"] + 1
        log.warning("media.fetch_failed", attachment=row["id"], tries=tries, reason=reason)
        if tries >= TRIES:
            await self._settle(row, state="gone", reason=reason, tries=tries, due_at=None)
            return

        def unit(unit: Unit) -> None:
            self._change(unit, row, tries=tries, due_at=unit.now + 2.0**tries)

        await self._store.write(unit, tenant=row["tenant_id"])

    async def _settle(self, row: RowMapping, **values: object) -> None:
        await self._store.write(
            lambda unit: self._change(unit, row, **values), tenant=row["tenant_id"]
        )

    def _change(self, unit: Unit, row: RowMapping, **values: object) -> None:
        changed = unit.changed(
            update(attachments)
            .where(attachments.c.id == row["id"], attachments.c.claim == row["claim"])
            .values(claimed_by=None, claimed_until=None, **values)
        )
        if not changed:
            unit.tell(LeaseLost("attachment"))
        if row["conversation_id"] is not None:
            unit.emit(topic(row["conversation_id"]))

    def _claim(self, unit: Unit, channels: Collection[str]) -> RowMapping | None:
        found = unit.scalar(
            select(attachments.c.id)
            .where(
                attachments.c.state == "pending",
                # Those of a channel that is down wait for it and spend no tries.
                attachments.c.channel.in_(sorted(channels)),
                attachments.c.due_at <= unit.now,
                or_(attachments.c.claimed_until.is_(None), attachments.c.claimed_until < unit.now),
            )
            .order_by(attachments.c.due_at)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if found is None:
            return None
        return unit.one(
            update(attachments)
            .where(attachments.c.id == found)
            .values(
                claim=attachments.c.claim + 1,
                claimed_by=self._tools.node.holder,
                claimed_until=unit.now + LEASE_SECONDS,
            )
            .returning(*attachments.c)
        )
