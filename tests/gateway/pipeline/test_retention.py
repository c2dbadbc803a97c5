"""Records that nobody needs for ever go by the hourly sweep; what was said stays."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import Table, func, select

from gateway.store.schema.safety import (
    budget_sums,
    model_calls,
    model_texts,
    reservations,
    switch_events,
    watches,
)
from gateway.store.store import Store
from gateway.store.unit import Unit
from gateway.timers.effects import effects, plan_sweep
from gateway.timers.loop import TimerLoop
from gateway.timers.retention import DAY, Retention
from tests.gateway.conftest import ManualClock

AGES = (0, 20, 33, 100, 300, 500)


def aged(unit: Unit, days: int) -> None:
    """One row of each sort, so many days old."""
    at, name = unit.now - days * DAY, f"d{days}"
    day = datetime.fromtimestamp(at, UTC).date().isoformat()
    unit.insert(
        reservations, id=name, tenant_id="main", day=day, turn_id="t", department="web",
        conversation_id="c", micros=1, tokens=1, at=at,
    )  # fmt: skip
    for scope in ("tenant", "conversation"):
        unit.insert(budget_sums, tenant_id="main", day=day, scope=scope, name=name)
    unit.insert(
        model_calls, id=name, tenant_id="main", turn_id="t", conversation_id="c", model="m",
        provider="openai", requested="m", outcome="answered", began_at=at, seconds=1.0,
    )  # fmt: skip
    unit.insert(model_texts, call_id=name, tenant_id="main", conversation_id="c", at=at)
    unit.insert(switch_events, id=name, channel="web", state="paused", by="Ada", at=at)
    unit.insert(
        watches, conversation_id=name, tenant_id="main", channel="web", at=at,
        read_at=at if days < 300 else None,
    )  # fmt: skip


async def left(store: Store, table: Table) -> int:
    return int(await store.read(lambda r: r.scalar(select(func.count()).select_from(table))))


@pytest.mark.parametrize("prompts", [30, 0])
async def test_each_sort_goes_in_its_time(store: Store, clock: ManualClock, prompts: int) -> None:
    for days in AGES:
        await store.write(lambda unit, days=days: aged(unit, days))
    await store.write(plan_sweep)
    clock.pass_(3_600.0)
    loop = TimerLoop(store, effects(retention=Retention(prompts=prompts)))
    assert await loop.fire_next()
    found = {
        table.name: await left(store, table)
        for table in (reservations, budget_sums, model_calls, model_texts, switch_events, watches)
    }
    assert found == {
        "reservations": 3,  # 0, 20, 33 days
        "budget_sums": 3 + 5,  # of conversations as reservations, of tenants up to 300 days
        "model_calls": 5,
        "model_texts": 2 if prompts else 0,
        "switch_events": 5,
        "watches": 2,  # read 0 and 20 days ago
    }
