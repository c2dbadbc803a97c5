"""The big off switch and actions: from the pause on nothing is proposed and no yes is taken; what a
customer had confirmed before runs on, and they hear what came of it."""

from __future__ import annotations

from gateway.conversations import pauses
from gateway.turns.acting import Acts
from gateway.turns.commit import commit_turn
from gateway.turns.leases import claim_due
from gateway.turns.opened import open_turn
from gateway.turns.plan import Planner
from tests.gateway.actions.shop import CHANNEL, ActingRig


async def _pause(rig: ActingRig) -> None:
    await rig.store.write(lambda unit: pauses.pause(unit, CHANNEL, "Ada"))


async def test_nothing_is_proposed_while_paused(rig: ActingRig) -> None:
    await _pause(rig)
    await rig.say_and_settle("refund order A1")
    assert await rig.rows() == []
    assert (await rig.conversation())["reason"] == "paused"


async def test_a_yes_after_the_pause_goes_to_people(rig: ActingRig) -> None:
    await rig.say_and_settle("refund order A1")
    await _pause(rig)
    await rig.say_and_settle("yes")
    assert rig.ledger.asked == {}
    assert await rig.states() == ["withdrawn"]
    assert (await rig.conversation())["owner"] == "queue"


async def test_a_button_pressed_after_the_pause_goes_to_people(rig: ActingRig) -> None:
    await rig.say_and_settle("refund order A1")
    await _pause(rig)
    await rig.push("yes:")
    await rig.work()
    assert rig.ledger.asked == {}
    assert await rig.states() == ["withdrawn"]


async def test_a_yes_that_is_being_committed_at_the_pause_goes_to_people(rig: ActingRig) -> None:
    await rig.say_and_settle("refund order A1")
    await rig.write("yes")
    rig.clock.pass_(6.0)
    ((held, _),) = await rig.store.write(lambda unit: claim_due(unit, rig.node, 1))
    opened = await rig.store.write(lambda unit: open_turn(unit, held, rig.node, 1))
    assert opened is not None
    setup = rig.setup()
    plan = Acts(setup, Planner(setup, rig.rendering, opened), opened).plan(rig.clock.now())
    assert plan is not None
    await _pause(rig)
    ending = await rig.store.write(lambda unit: commit_turn(unit, opened, plan, lambda _name: None))
    assert ending == "fenced"
    await rig.work()
    assert rig.ledger.asked == {}
    assert await rig.states() == ["withdrawn"]


async def test_what_was_confirmed_before_runs_on_and_is_told(rig: ActingRig) -> None:
    await rig.say_and_settle("refund order A1")
    await rig.write("yes")
    await rig.answer()
    await _pause(rig)
    await rig.work()
    assert len(rig.ledger.effects) == 1
    assert await rig.states() == ["done"]
    assert (await rig.said())[-1] == "done"
    assert rig.channel.sent[-1].plain.startswith("Done")


async def test_staff_may_approve_while_paused(rig: ActingRig) -> None:
    rig.ledger.orders["A1"] = ("ada", 149.0)
    await rig.say_and_settle("refund order A1", "yes")
    await _pause(rig)
    assert await rig.approve()
    await rig.work()
    assert len(rig.ledger.effects) == 1


async def test_a_free_action_is_not_begun_while_paused(rig: ActingRig) -> None:
    await _pause(rig)
    await rig.say_and_settle("add a note")
    assert rig.ledger.effects == []
