"""What a thread shows of a customer who writes on while they are being handed over."""

from __future__ import annotations

from pathlib import Path

from brain.contract import TurnInput
from gateway.store.store import Store
from gateway.turns.loop import SUPERSEDE_WITHIN_SECONDS
from tests.gateway.conftest import ManualClock
from tests.gateway.desk.office import open_office


async def test_words_that_came_while_it_was_thought_follow_in_the_thread(
    store: Store, clock: ManualClock, tmp_path: Path
) -> None:
    async with open_office(store, clock, tmp_path) as office:

        async def interrupt(turn: TurnInput) -> None:
            office.rig.brain.before = None
            # Too late to be thought about in the same turn.
            clock.pass_(SUPERSEDE_WITHIN_SECONDS)
            await office.rig.say("It is order 4711.")

        office.rig.brain.before = interrupt
        head = await office.hand_over("A person, please.")
        copies = [said for said in office.thread(head) if "4711" in said]
        assert copies == ["*Ada:*\nIt is order 4711."]
        await office.rig.say("Are you there?")
        await office.settle()
        assert "Are you there?" in office.thread(head)[-1]
        assert [said for said in office.thread(head) if "4711" in said] == copies
