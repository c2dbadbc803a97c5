"""A platform is away for half an hour while customers go on writing."""

from __future__ import annotations

import pytest

from channels.contract import OutboundMessage
from channels.errors import ChannelDisconnected, ChannelError, RetryableSendError
from tests.gateway.pipeline.rig import Rig

OUTAGE_SECONDS, EVERY_SECONDS, CUSTOMERS = 1_800, 180, 4


class Away:
    """Raises for as long as the platform is away."""

    def __init__(self, rig: Rig, error: ChannelError) -> None:
        self._rig = rig
        self._error = error
        self._until = rig.clock.now() + OUTAGE_SECONDS

    def __call__(self, _message: OutboundMessage) -> None:
        if self._rig.clock.now() < self._until:
            raise self._error


@pytest.mark.parametrize(
    "error",
    [
        ChannelDisconnected("no route to the platform"),
        RetryableSendError("503: try again later", retry_after=20.0),
    ],
)
async def test_half_an_hours_outage_under_load_loses_nothing(rig: Rig, error: ChannelError) -> None:
    rig.channel.before_send = Away(rig, error)
    asked = 0
    for _ in range(OUTAGE_SECONDS // EVERY_SECONDS - 1):
        for customer in range(CUSTOMERS):
            asked += 1
            await rig.say(f"question {asked}.", chat=f"c{customer}")
        await rig.settle(EVERY_SECONDS)
    assert rig.channel.sent == []

    for _ in range(20):
        await rig.settle(60)
    said = " ".join(rig.channel.texts)
    waiting = {
        f"c{customer}"
        for customer in range(CUSTOMERS)
        if (await rig.conversation(f"c{customer}"))["owner"] == "queue"
    }
    answered = {number for number in range(1, asked + 1) if f"question {number}." in said}
    lost = [
        number
        for number in range(1, asked + 1)
        if number not in answered and f"c{(number - 1) % CUSTOMERS}" not in waiting
    ]
    assert lost == []
    # What the platform had said, once each, in the order in which each customer asked.
    for customer in range(CUSTOMERS):
        texts = [sent.plain for sent in rig.channel.sent if sent.address.chat == f"c{customer}"]
        assert len(texts) == len(set(texts))
    states = [row["state"] for n in range(CUSTOMERS) for row in await rig.deliveries(f"c{n}")]
    assert not {"queued", "sending"} & set(states)
