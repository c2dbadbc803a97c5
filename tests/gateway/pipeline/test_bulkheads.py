"""A platform that hangs holds up its own customers and nobody else's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from uuid import uuid4

import pytest

from channels.contract import Channel, OutboundMessage, Receipt
from channels.errors import ChannelDisconnected, ChannelError, RetryableSendError
from channels.events import Address, Json, Sender
from gateway.conversations import opening
from gateway.conversations.deliveries import enqueue
from gateway.conversations.messages import append_prepared
from gateway.media.loop import MediaLoop, MediaTools
from gateway.outbox.loop import OutboxLoop, OutboxTools
from gateway.outbox.shares import KEPT, rooms
from gateway.records import Piece, Prepared
from gateway.store.schema.conversation import attachments
from gateway.store.unit import Unit, dumps
from tests.gateway.pipeline.rig import LedgerChannel, Rig

SICK, WELL = "sick", "well"
MANY, FEW = 130, 20
PATIENCE = 20.0


class Sick(LedgerChannel):
    """Hangs in every call, or fails each in the same way."""

    def __init__(self, rig: Rig, error: ChannelError | None = None) -> None:
        super().__init__(rig.capabilities, rig.clock)
        self.error = error

    async def send(self, message: OutboundMessage) -> Receipt:
        await self._hang()
        raise AssertionError

    async def open(self, ref: Json) -> AsyncIterator[bytes]:
        await self._hang()
        yield b""

    async def _hang(self) -> None:
        if self.error is not None:
            raise self.error
        await asyncio.Event().wait()


class Well(LedgerChannel):
    """Counts what it was asked for."""

    def __init__(self, rig: Rig, wanted: int) -> None:
        super().__init__(rig.capabilities, rig.clock)
        self.wanted, self.done = wanted, asyncio.Event()
        self.opened = 0

    async def send(self, message: OutboundMessage) -> Receipt:
        receipt = await super().send(message)
        if len(self.sent) == self.wanted:
            self.done.set()
        return receipt

    async def open(self, ref: Json) -> AsyncIterator[bytes]:
        self.opened += 1
        if self.opened == self.wanted:
            self.done.set()
        yield b"png"


def queue(unit: Unit, channel: str, many: int) -> None:
    """So many customers wait for an answer there."""
    for number in range(many):
        address = Address(f"{channel}-{number}")
        row = opening.find_or_open(unit, channel, address, Sender((f"{channel}-{number}",)))
        said = Prepared("system", "Hello", (Piece("Hello", "Hello"),), notice="greeting")
        message = append_prepared(unit, row["id"], said, None)
        enqueue(unit, row, message, said, row["epoch"])


def attach(unit: Unit, channel: str, many: int) -> None:
    """So many files wait to be fetched there."""
    for number in range(many):
        unit.insert(
            attachments,
            id=uuid4().hex,
            tenant_id=unit.tenant,
            channel=channel,
            address=f"{channel}-{number}",
            name="a.png",
            content_type="image/png",
            state="pending",
            ref=dumps({"file": "a"}),
            due_at=unit.now,
            created_at=unit.now,
        )


def outbox_of(rig: Rig, channels: Mapping[str, Channel]) -> OutboxLoop:
    return OutboxLoop(
        OutboxTools(rig.store, rig.node, lambda: channels, rig.clock, lambda: 1.0, lambda _: None)
    )


@pytest.mark.parametrize(
    "error",
    [None, RetryableSendError("429", retry_after=60), ChannelDisconnected("it is down")],
    ids=["hangs", "rate-limited", "down"],
)
async def test_one_channel_in_trouble_holds_up_no_other(
    rig: Rig, error: ChannelError | None
) -> None:
    well = Well(rig, FEW)
    outbox = outbox_of(rig, {SICK: Sick(rig, error), WELL: well})
    # The sick one's customers came first.
    await rig.store.write(lambda unit: queue(unit, SICK, MANY))
    rig.clock.pass_(1.0)
    await rig.store.write(lambda unit: queue(unit, WELL, FEW))
    running = asyncio.create_task(outbox.run())
    async with asyncio.timeout(PATIENCE):
        await well.done.wait()
    await outbox.drain(0.0)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert len(well.sent) == FEW


async def test_files_of_one_channel_hold_up_no_others(rig: Rig) -> None:
    well = Well(rig, FEW)
    channels: Mapping[str, Channel] = {SICK: Sick(rig), WELL: well}
    media = MediaLoop(MediaTools(rig.store, rig.node, lambda: channels, rig.files))
    await rig.store.write(lambda unit: attach(unit, SICK, FEW))
    rig.clock.pass_(1.0)
    await rig.store.write(lambda unit: attach(unit, WELL, FEW))
    running = asyncio.create_task(media.run())
    async with asyncio.timeout(PATIENCE):
        await well.done.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert well.opened == FEW


def test_one_channel_alone_has_all_the_room() -> None:
    assert rooms(["one"], {}, 100) == {"one": 100}
    assert rooms(["one"], {"one": 100}, 100) == {}


def test_some_places_are_kept_for_every_channel() -> None:
    seven = [f"c{number}" for number in range(7)]
    assert rooms(seven, {}, 100)["c0"] == 100 - 6 * KEPT
    filled = {"c0": 40}
    assert "c0" not in rooms(seven, filled, 100)
    assert min(rooms(seven, filled, 100).values()) == KEPT


@pytest.mark.parametrize("capacity", [1, 3, 7, 100])
def test_however_full_it_is_nobody_is_let_in_beyond_the_room(capacity: int) -> None:
    channels = ["a", "b", "c"]
    busy: dict[str, int] = {}
    while free := rooms(channels, busy, capacity):
        first = max(free)
        busy[first] = busy.get(first, 0) + 1
        assert sum(busy.values()) <= capacity
    assert sum(busy.values()) == capacity


def test_a_channel_that_went_away_while_it_was_busy_counts() -> None:
    assert rooms(["a"], {"gone": 95}, 100) == {"a": 5}
