"""While an answer is being prepared the platform is told so, and no longer."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from channels.contract import Channel
from channels.errors import ChannelDisconnected
from channels.events import Address, Json
from channels.kinds import CAPABILITIES
from gateway.outbox.typing import AGAIN_SECONDS, Typing
from gateway.telemetry.facts import AnswerAwaited
from tests.gateway.conftest import ManualClock
from tests.gateway.pipeline.rig import CHANNEL, LedgerChannel, Rig
from tests.gateway.pipeline.test_turns import take_over


class Sign(LedgerChannel):
    """Notes when it is told that an answer is being prepared."""

    def __init__(self, rig: Rig) -> None:
        super().__init__(rig.capabilities, rig.clock)
        self.told: list[tuple[Address, Json]] = []
        self.noted = asyncio.Event()
        self.fails = False

    async def typing(self, address: Address, reply_context: Json) -> None:
        self.told.append((address, reply_context))
        self.noted.set()
        if self.fails:
            raise ChannelDisconnected


class Turning(ManualClock):
    """Who sleeps says so, and sleeps until he is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.asleep, self.on = asyncio.Event(), asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        assert seconds == AGAIN_SECONDS
        self.asleep.set()
        await self.on.wait()
        self.on.clear()


def shown_on(rig: Rig, channel: Channel, clock: Turning) -> None:
    rig.store.facts.listen(Typing(rig.store, lambda: {CHANNEL: channel}, clock))


async def ended() -> None:
    """Until nothing of it runs any more."""
    await asyncio.gather(*(task for task in asyncio.all_tasks() if task.get_name() == "typing"))


async def test_it_is_shown_from_the_customers_words_on_until_they_are_answered(rig: Rig) -> None:
    sign, clock = Sign(rig), Turning()
    shown_on(rig, sign, clock)
    await rig.say("hello")
    await clock.asleep.wait()
    assert sign.told == [(Address("c1"), {"for": "hello"})]
    sign.noted.clear()
    clock.on.set()
    await sign.noted.wait()
    assert len(sign.told) == 2
    await rig.settle()
    clock.on.set()
    await ended()
    assert len(sign.told) == 2


async def test_where_people_answer_nothing_is_shown(rig: Rig) -> None:
    sign, clock = Sign(rig), Turning()
    await rig.say("hello")
    await rig.settle()
    await take_over(rig)
    shown_on(rig, sign, clock)
    await rig.say("are you there?")
    await ended()
    assert sign.told == []


async def test_a_platform_that_does_not_take_it_costs_nothing_else(rig: Rig) -> None:
    sign, clock = Sign(rig), Turning()
    sign.fails = True
    shown_on(rig, sign, clock)
    await rig.say("hello")
    await ended()
    assert len(sign.told) == 1
    await rig.settle()
    assert len(rig.channel.sent) == 1


async def test_a_kind_that_cannot_is_not_asked(rig: Rig) -> None:
    sign, clock = Sign(rig), Turning()
    sign.capabilities = replace(CAPABILITIES["email"])
    shown_on(rig, sign, clock)
    rig.store.facts.tell(AnswerAwaited(CHANNEL, "somebody's"))
    await ended()
    assert sign.told == []
