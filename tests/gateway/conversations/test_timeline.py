"""What a visitor sees, in the order in which it became visible, and how soon they hear of it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from channels.events import Address
from channels.kinds import CAPABILITIES
from gateway.conversations.timeline import NOTHING, StoredTimeline
from gateway.store.store import Store
from tests.gateway.conftest import ManualClock
from tests.gateway.pipeline.rig import CHANNEL, Rig


def timeline(store: Store) -> StoredTimeline:
    return StoredTimeline(store, CHANNEL, lambda id: f"/files/{id}")


def web_rig(store: Store, clock: ManualClock, folder: Path) -> Rig:
    return Rig(store, clock, folder, capabilities=CAPABILITIES["web"])


async def test_a_stream_opened_before_the_first_message_hears_of_it_at_once(
    store: Store, clock: ManualClock, tmp_path: Path
) -> None:
    rig = web_rig(store, clock, tmp_path)
    waiting = asyncio.create_task(timeline(store).wait(Address("c1"), NOTHING, 20.0))
    await asyncio.sleep(0.05)
    await rig.say("hello", id="c1:one")
    async with asyncio.timeout(5):  # Far less than any poll.
        state = await waiting
    assert state.seq == 1


async def test_questions_and_answers_come_in_the_order_in_which_they_became_visible(
    store: Store, clock: ManualClock, tmp_path: Path
) -> None:
    rig = web_rig(store, clock, tmp_path)
    await rig.say("one", id="c1:a")
    clock.pass_(6)
    await rig.turns.once()
    await rig.say("two", id="c1:b")  # Before the first answer was sent.
    await rig.settle()
    items = await timeline(store).after(Address("c1"), 0)
    assert [item.seq for item in items] == [1, 2, 3, 4]
    assert [item.author for item in items] == ["customer", "customer", "assistant", "assistant"]
    assert [item.id for item in items[:2]] == ["a", "b"]
    resumed = await timeline(store).after(Address("c1"), 2)
    assert [item.seq for item in resumed] == [3, 4]


async def test_a_withdrawn_answer_was_never_visible(
    store: Store, clock: ManualClock, tmp_path: Path
) -> None:
    from gateway.conversations.ownership import expect, take

    rig = web_rig(store, clock, tmp_path)
    await rig.say("one", id="c1:a")
    clock.pass_(6)
    await rig.turns.once()
    row = await rig.conversation()
    await store.write(lambda unit: take(unit, expect(unit, row["id"], None), "staff-1"))
    await rig.settle()
    items = await timeline(store).after(Address("c1"), 0)
    assert [item.author for item in items] == ["customer"]


async def test_nobody_sees_another_visitors_conversation(
    store: Store, clock: ManualClock, tmp_path: Path
) -> None:
    rig = web_rig(store, clock, tmp_path)
    await rig.say("mine", id="c1:a")
    await rig.settle()
    assert await timeline(store).after(Address("c2"), 0) == ()
    assert await timeline(store).state(Address("c2")) == NOTHING
