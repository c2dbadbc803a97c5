"""What is due later: fired once by whoever comes first, and visible when it fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import RowMapping, Table, func, select

from gateway.conversations.opening import lock
from gateway.conversations.ownership import expect, hand_over, take
from gateway.conversations.timers import cancel_timer, set_timer
from gateway.desk.actions import Asked, Desk
from gateway.people.records import Actor
from gateway.records import Brief
from gateway.store.opening import open_store
from gateway.store.schema.conversation import attachments
from gateway.store.schema.people import sessions, sign_in_links
from gateway.store.schema.pipeline import early_updates, requests, timers
from gateway.store.store import Options, Store
from gateway.store.unit import Unit
from gateway.timers.effects import DAY, SWEEP_SECONDS, effects, plan_sweep
from gateway.timers.loop import TimerLoop
from tests.gateway.conftest import ManualClock
from tests.gateway.pipeline.rig import Rig

HOUR = 3600.0
ADA = Actor("staff-ada", "Ada", "agent")


async def count(store: Store, table: Table) -> int:
    return int(await store.read(lambda r: r.scalar(select(func.count()).select_from(table))))


async def the_timer(store: Store) -> RowMapping:
    row = await store.read(lambda r: r.one(select(timers)))
    assert row is not None
    return row


def ring(unit: Unit, row: RowMapping) -> None:
    unit.insert(requests, id=unit.new_id(), conversation_id=row["id"], verb="ring", at=unit.now)


def break_(unit: Unit, row: RowMapping) -> None:
    ring(unit, row)
    raise ZeroDivisionError("the effect is broken")


@pytest.fixture
async def second(store: Store, store_url: str, clock: ManualClock) -> AsyncIterator[Store]:
    """Another node's connection to the same rows."""
    opened = await asyncio.to_thread(open_store, store_url, Options(now=clock.now))
    yield opened
    await asyncio.to_thread(opened.close)


async def set_(store: Store, *, conversation: str = "c", kind: str = "ring", due: float) -> None:
    await store.write(lambda unit: set_timer(unit, conversation, kind, due))


async def test_two_nodes_fire_a_due_timer_once(
    store: Store, second: Store, clock: ManualClock
) -> None:
    for number in range(40):
        await set_(store, conversation=f"c{number}", due=clock.now() + 10)
    loops = [TimerLoop(node, {"ring": ring}) for node in (store, second) for _ in range(2)]
    assert not any(await asyncio.gather(*(loop.fire_next() for loop in loops)))
    clock.pass_(10)
    while any(await asyncio.gather(*(loop.fire_next() for loop in loops))):
        pass
    rung = await store.read(
        lambda r: [row["conversation_id"] for row in r.all(select(requests.c.conversation_id))]
    )
    assert len(rung) == len(set(rung)) == 40


async def test_a_timer_that_is_moved_or_cancelled_does_not_fire(
    store: Store, clock: ManualClock
) -> None:
    loop = TimerLoop(store, {"ring": ring})
    await set_(store, due=clock.now() + 10)
    await set_(store, due=clock.now() + 20)
    clock.pass_(10)
    assert not await loop.fire_next()
    await store.write(lambda unit: cancel_timer(unit, "c", "ring"))
    clock.pass_(10)
    assert not await loop.fire_next()
    assert await count(store, requests) == 0


async def test_an_effect_that_fails_is_tried_again_and_then_rests_with_its_error(
    store: Store, clock: ManualClock
) -> None:
    loop = TimerLoop(store, {"ring": break_})
    await set_(store, due=clock.now())
    for pause in (30, 60):
        assert await loop.fire_next()
        row = await the_timer(store)
        assert (row["fired_at"], row["error"]) == (
            None,
            "ZeroDivisionError: the effect is broken",
        )
        clock.pass_(pause - 1)
        assert not await loop.fire_next()
        clock.pass_(1)
    assert await loop.fire_next()
    row = await the_timer(store)
    assert row["fired_at"] is not None
    assert (row["tries"], row["error"]) == (3, "ZeroDivisionError: the effect is broken")
    clock.pass_(HOUR)
    assert not await loop.fire_next()
    # What the broken effect had written before it failed was never committed.
    assert await count(store, requests) == 0


async def test_a_kind_that_nobody_knows_does_not_hold_up_the_others(
    store: Store, clock: ManualClock
) -> None:
    loop = TimerLoop(store, {"ring": ring})
    await set_(store, kind="of a later version", due=clock.now() - 1)
    await set_(store, due=clock.now())
    while await loop.fire_next():
        pass
    assert await count(store, requests) == 1


# --- Forgotten ---------------------------------------------------------------------------------


async def taken(rig: Rig) -> str:
    """A conversation that Ada has taken out of the queue; its id."""
    await rig.say("where is my tent?")
    row = await rig.conversation()

    def to_the_queue(unit: Unit) -> None:
        hand_over(unit, expect(unit, row["id"], None), "asked_for_person", Brief())

    await rig.store.write(to_the_queue)
    await desk_of(rig).take(asked(row["id"], "take"))
    return str(row["id"])


def desk_of(rig: Rig) -> Desk:
    return Desk(rig.store, rig.rendering, lambda: rig.notices)


def asked(conversation: str, verb: str) -> Asked:
    return Asked(ADA, conversation, f"request-{verb}", verb)


async def test_who_is_forgotten_for_an_hour_is_back_in_the_queue_in_front(rig: Rig) -> None:
    await taken(rig)
    epoch = (await rig.conversation())["epoch"]
    rig.clock.pass_(HOUR - 1)
    await rig.fire()
    assert (await rig.conversation())["epoch"] == epoch
    rig.clock.pass_(1)
    await rig.fire()
    row = await rig.conversation()
    assert (row["owner"], row["reason"], row["epoch"]) == ("queue", "forgotten", epoch + 1)
    assert row["waiting_since"] is not None


async def test_writing_again_does_not_make_the_customer_wait_longer(rig: Rig) -> None:
    id = await taken(rig)
    await desk_of(rig).say(asked(id, "say"), "I am looking into it")
    await rig.say("and?")
    for _ in range(4):
        rig.clock.pass_(HOUR / 5)
        await rig.say("hello?")
        await rig.fire()
        assert (await rig.conversation())["owner"] == "staff"
    rig.clock.pass_(HOUR / 5)
    await rig.fire()
    assert (await rig.conversation())["owner"] == "queue"


@pytest.mark.parametrize("verb", ["say", "return", "resolve"])
async def test_an_answer_a_return_and_a_resolution_end_the_waiting(rig: Rig, verb: str) -> None:
    id = await taken(rig)
    await rig.say("hello?")
    desk = desk_of(rig)
    acts = {
        "say": lambda: desk.say(asked(id, "say"), "It is on its way"),
        "return": lambda: desk.return_(asked(id, "return")),
        "resolve": lambda: desk.resolve(asked(id, "resolve")),
    }
    await acts[verb]()
    owner = (await rig.conversation())["owner"]
    rig.clock.pass_(2 * HOUR)
    assert not await rig.timers.fire_next()
    assert (await rig.conversation())["owner"] == owner != "queue"


async def test_a_timer_left_over_from_an_earlier_owner_changes_nothing(rig: Rig) -> None:
    await rig.say("hello")
    row = await rig.conversation()
    await set_(rig.store, conversation=row["id"], kind="forgotten", due=rig.clock.now())
    assert await rig.timers.fire_next()
    after = await rig.conversation()
    assert (after["owner"], after["epoch"]) == ("assistant", row["epoch"])


# --- Sweeping ----------------------------------------------------------------------------------


def leftovers(unit: Unit, mark: str, at: float) -> None:
    unit.insert(early_updates, id=mark, channel="line", external_id="x", state="delivered", at=at)
    unit.insert(
        sessions, token_hash=mark, staff_id="s", created_at=at, seen_at=at, expires_at=at + HOUR
    )
    unit.insert(sign_in_links, token_hash=mark, created_at=at, expires_at=at + HOUR)
    unit.insert(requests, id=mark, conversation_id="c", verb="take", at=at - 29 * DAY)
    for sent in (None, "m1"):
        unit.insert(
            attachments,
            id=f"{mark}{sent or ''}",
            tenant_id=unit.tenant,
            message_id=sent,
            channel="line",
            name="a",
            content_type="image/png",
            state="stored",
            created_at=at,
        )


async def test_a_sweep_removes_what_has_served_and_nothing_else(rig: Rig) -> None:
    now = rig.clock.now()
    await rig.store.write(plan_sweep)
    await rig.store.write(lambda unit: leftovers(unit, "old", now - DAY - 1))
    await rig.store.write(lambda unit: leftovers(unit, "new", now + HOUR))
    rig.clock.pass_(SWEEP_SECONDS)
    assert await rig.timers.fire_next()
    for table in (early_updates, sessions, sign_in_links, requests):
        key = table.primary_key.columns[0]
        left = await rig.store.read(
            lambda r, key=key: [row[key.name] for row in r.all(select(key))]
        )
        assert left == ["new"], table.name
    files = await rig.store.read(lambda r: {row["id"] for row in r.all(select(attachments.c.id))})
    assert files == {"new", "newm1", "oldm1"}


async def test_a_sweep_plans_the_next_one(rig: Rig) -> None:
    await rig.store.write(plan_sweep)
    for _ in range(3):
        assert not await rig.timers.fire_next()
        rig.clock.pass_(SWEEP_SECONDS)
        assert await rig.timers.fire_next()
    row = await the_timer(rig.store)
    assert (row["due_at"], row["fired_at"]) == (rig.clock.now() + SWEEP_SECONDS, None)


def test_every_kind_of_timer_has_its_effect() -> None:
    assert set(effects()) == {
        "forgotten",
        "sweep",
        "draft",
        "desk_unseen",
        "desk_call",
        "desk_snooze",
    }


async def test_the_owner_is_kept_from_changing_twice_by_two_nodes(rig: Rig, second: Store) -> None:
    id = await taken(rig)
    epoch = (await rig.conversation())["epoch"]
    rig.clock.pass_(HOUR)
    other = TimerLoop(second, effects())
    await asyncio.gather(rig.timers.fire_next(), other.fire_next())
    row = await rig.conversation()
    assert (row["owner"], row["epoch"]) == ("queue", epoch + 1)

    def again(unit: Unit) -> None:
        found = lock(unit, id)
        assert found is not None
        take(unit, found, ADA.id)

    await rig.store.write(again)
    assert not await rig.timers.fire_next()
