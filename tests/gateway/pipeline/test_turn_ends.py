"""How a turn ends when something comes in between: a clock, a drain, newer words, another owner."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

from sqlalchemy import select

from brain.contract import TurnInput
from gateway.store.schema.pipeline import turns
from gateway.store.store import Store
from gateway.turns.commit import supersede
from gateway.turns.leases import claim_due
from gateway.turns.opened import open_turn
from tests.gateway.conftest import ManualClock
from tests.gateway.pipeline.rig import Rig


async def test_a_clock_set_back_delays_nobody(rig: Rig) -> None:
    await rig.say("hello")
    rig.clock.pass_(-3600)
    await rig.settle(60)
    assert len(rig.channel.sent) == 1


async def test_a_drain_during_the_commit_leaves_the_turn_done(
    store: Store, clock: ManualClock, tmp_path: Path
) -> None:
    inside, going_on = threading.Event(), threading.Event()

    def hold(name: str) -> None:
        if name == "turns.inside_commit":
            inside.set()
            going_on.wait(10)

    rig = Rig(store, clock, tmp_path, failpoint=hold)
    await rig.say("hello")
    clock.pass_(6)
    working = asyncio.create_task(rig.turns.once())
    await asyncio.to_thread(inside.wait, 10)
    draining = asyncio.create_task(rig.turns.drain(0.0))
    for _ in range(20):
        await asyncio.sleep(0)
    going_on.set()
    _, ended = await asyncio.gather(draining, working, return_exceptions=True)
    assert isinstance(ended, asyncio.CancelledError)
    row = await store.read(lambda r: r.one(select(turns)))
    assert row is not None
    assert (row["state"], row["error"], row["decision"]) == ("done", None, "reply")
    assert (await rig.conversation())["ready_at"] is None


async def test_an_answer_goes_how_the_words_it_answers_came(rig: Rig) -> None:
    async def write_on(_turn: TurnInput) -> None:
        if len(rig.brain.asked) == 1:
            rig.clock.pass_(30)
            await rig.say("second")

    rig.brain.before = write_on
    await rig.say("first")
    await rig.settle()
    await rig.settle()
    assert [message.reply_context for message in rig.channel.sent] == [
        {"for": "first"},
        {"for": "second"},
    ]


async def test_newer_words_are_answered_though_owners_changed_before_they_ended_the_turn(
    rig: Rig,
) -> None:
    await rig.say("one")
    rig.clock.pass_(6)
    ((held, _),) = await rig.store.write(lambda unit: claim_due(unit, rig.node, 5))
    opened = await rig.store.write(lambda unit: open_turn(unit, held, rig.node, 1))
    assert opened is not None
    await rig.say("two")
    await rig.staff("take")
    await rig.staff("return")
    await rig.store.write(lambda unit: supersede(unit, opened))
    await rig.settle(10)
    assert [said.text for said in rig.brain.asked[-1].new] == ["one", "two"]
    assert rig.channel.texts[-1].endswith("one / two")
