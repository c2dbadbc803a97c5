"""What becomes of a call, whatever the business's system does: an effect happens at most once, an
unknown outcome is looked at by a person, and "done" is said of what is known to be done."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from gateway.actions.rows import claim
from gateway.conversations.ownership import cover, expect
from gateway.store.store import Store
from tests.gateway.actions.shop import ActingRig, Ledger, catalogue
from tests.gateway.conftest import ManualClock
from tests.gateway.kills.points import AROUND_A_CALL

# What the promise is about under CI; fewer while developing.
KILLS = 400 if os.environ.get("CI") else 100


async def _confirmed(rig: ActingRig) -> None:
    await rig.say_and_settle("refund order A1")
    await rig.write("yes")
    await rig.answer()


async def test_no_answer_is_never_repeated_and_goes_to_a_person(rig: ActingRig) -> None:
    rig.ledger.answers = ["lost"]
    await rig.say_and_settle("refund order A1", "yes")
    await rig.work(600.0)
    assert len(rig.ledger.effects) == 1
    assert sum(rig.ledger.asked.values()) == 1
    assert await rig.states() == ["unknown"]
    assert (await rig.said())[-1] == "not_sure_done"
    assert (await rig.conversation())["owner"] == "queue"
    assert (await rig.conversation())["reason"] == "action_unknown"


async def test_a_system_that_does_a_key_once_is_asked_again(rig: ActingRig) -> None:
    rig.offered = catalogue(idempotent=True)
    rig.ledger.idempotent = True
    rig.ledger.answers = ["lost", "vanished"]
    await rig.say_and_settle("refund order A1", "yes")
    await rig.work(60.0)
    await rig.work(60.0)
    assert len(rig.ledger.effects) == 1
    assert await rig.states() == ["done"]


async def test_a_look_may_tell_what_the_answer_did_not(rig: ActingRig) -> None:
    rig.offered = catalogue(read_back=True)
    rig.ledger.answers = ["lost"]
    await rig.say_and_settle("refund order A1", "yes")
    assert await rig.states() == ["done"]
    assert sum(rig.ledger.asked.values()) == 1


async def test_done_is_not_said_of_what_cannot_be_read_back(rig: ActingRig) -> None:
    rig.offered = catalogue(read_back=True)
    rig.ledger.answers = ["vanished"]
    await rig.say_and_settle("refund order A1", "yes")
    assert await rig.states() == ["unknown"]
    assert "done" not in await rig.said()


async def test_a_refusal_ends_with_a_person(rig: ActingRig) -> None:
    rig.ledger.answers = ["refused"]
    await rig.say_and_settle("refund order A1", "yes")
    assert await rig.states() == ["refused"]
    assert (await rig.said())[-1] == "handoff_by_us"
    assert (await rig.conversation())["owner"] == "queue"


async def test_a_second_refusal_in_a_case_is_said_as_the_first_was(rig: ActingRig) -> None:
    """It is no word that people are awaited, and counts as none."""
    rig.ledger.answers = ["refused"] * 2
    for _ in range(2):
        await rig.say_and_settle("refund order A1", "yes")
        id = (await rig.conversation())["id"]
        await rig.store.write(lambda unit, id=id: cover(unit, expect(unit, id, None)))
    assert await rig.states() == ["refused", "refused"]
    assert [said for said in await rig.said() if said != "confirm"][-2:] == ["handoff_by_us"] * 2


async def test_what_surely_was_not_done_is_tried_again_and_then_left_to_people(
    rig: ActingRig,
) -> None:
    rig.ledger.answers = ["cannot be reached"] * 2
    await rig.say_and_settle("refund order A1", "yes")
    for _ in range(4):
        await rig.work(60.0)
    assert await rig.states() == ["done"]
    rig.ledger.answers = ["cannot be reached"] * 9
    await rig.say_and_settle("refund order A1", "yes")
    for _ in range(6):
        await rig.work(60.0)
    assert await rig.states() == ["done", "failed"]
    assert len(rig.ledger.effects) == 1
    assert (await rig.said())[-1] == "trouble"


async def test_a_dry_run_calls_nothing(rig: ActingRig) -> None:
    rig.offered.dry_run = True
    await rig.say_and_settle("refund order A1", "yes")
    assert rig.ledger.asked == {}
    assert await rig.states() == ["refused"]


class Killed(BaseException):
    """The process ends here, and nothing that it meant to do happens."""


class Kill:
    """Ends the process at the next hit of a point; lives on in the next process without effect."""

    def __init__(self) -> None:
        self.at = ""

    def __call__(self, name: str) -> None:
        if name == self.at:
            self.at = ""
            raise Killed(name)


async def _until_killed(rig: ActingRig) -> bool:
    try:
        await rig.actions.once()
    except Killed:
        return True
    return False


@pytest.mark.parametrize("idempotent", [False, True])
@pytest.mark.timeout(600)
async def test_killed_around_the_call_an_effect_happens_at_most_once(
    store: Store, clock: ManualClock, tmp_path: Path, *, idempotent: bool
) -> None:
    """F15. Every action also ends in a state that somebody sees: done, or unknown in the queue."""
    chance, kill, ledger = random.Random(15), Kill(), Ledger()
    ledger.idempotent = idempotent
    offered = catalogue(idempotent=idempotent)
    kills = 0
    rounds = KILLS // 10 if "postgresql" in store.url else KILLS
    for number in range(rounds):
        rig = ActingRig(
            store, clock, tmp_path, ledger=ledger, offered=offered, failpoint=kill,
            user=f"user{number}",
        )  # fmt: skip
        chat, order = f"chat{number}", f"O{number}"
        ledger.orders[order] = (f"user{number}", 10.0)
        await rig.write(f"refund order {order}", chat)
        await rig.work()
        await rig.push("yes:", chat)
        await rig.answer()
        kill.at = chance.choice(AROUND_A_CALL)
        ledger.answers = [chance.choice(["done", "lost", "vanished"])]
        while await _until_killed(rig):
            kills += 1
            clock.pass_(61.0)
        clock.pass_(61.0)
        await rig.work(61.0)
        await rig.work(61.0)
    assert kills >= rounds
    per_key = [ledger.times(key) for key in ledger.asked]
    assert max(per_key) <= 1
    last = ActingRig(store, clock, tmp_path)
    states = await last.states()
    assert len(states) == rounds
    assert set(states) <= {"done", "unknown"}
    if idempotent:
        assert set(states) == {"done"}
        assert per_key == [1] * rounds
    else:
        done = [row["id"] for row in await last.rows() if row["state"] == "done"]
        assert all(ledger.times(key) == 1 for key in done)


async def test_a_call_that_was_begun_is_not_begun_again_by_another_node(
    rig: ActingRig, store: Store, clock: ManualClock, tmp_path: Path
) -> None:
    """A node that was only slow finds that its lease is gone, and changes nothing."""
    await _confirmed(rig)
    other = ActingRig(store, clock, tmp_path, ledger=rig.ledger, name="other")
    claimed = await store.write(lambda unit: claim(unit, rig.node))
    assert claimed is not None
    clock.pass_(61.0)
    await other.actions.once()
    await rig.actions.deal(claimed)  # It wakes late.
    assert len(rig.ledger.effects) == 1
    assert await rig.states() == ["done"]
