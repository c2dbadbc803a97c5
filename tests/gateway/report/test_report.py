"""Cases by who solved them, on rows that the pipeline wrote."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from brain.chat import Called, ChatRequest
from brain.settings import BudgetSettings
from brain.spending import Cost, Spender
from gateway.budgets.budget import StoredBudget
from gateway.budgets.caps import Limits
from gateway.config.hours import parse_zone
from gateway.report.cases import Case, opened_since
from gateway.report.outcomes import ALL, Outcome, outcomes
from gateway.store.schema.pipeline import turns
from gateway.store.store import Store
from tests.gateway.conftest import ManualClock
from tests.gateway.pipeline.rig import Rig, echo, to_a_person

REQUEST = ChatRequest((), ())


async def pay(rig: Rig, micros: int) -> None:
    """A call of a model within the latest turn."""
    turn = await rig.store.read(
        lambda r: r.scalar(select(turns.c.id).order_by(turns.c.started_at.desc()).limit(1))
    )
    limits = Limits(BudgetSettings(), parse_zone("UTC"))
    budget = StoredBudget(rig.store, lambda: limits)
    reservation = await budget.reserve(str(turn), Spender("main", "web", "c"), Cost(micros, 1))
    called = Called("m", "openai", "m", "answered", rig.clock.now(), 1.0, REQUEST, micros=micros)
    await budget.settle(reservation, Cost(micros, 1), called)


async def story(rig: Rig) -> None:
    """One case of each way: the assistant's, a person's, both, and one that nobody answered."""
    await rig.say("hello", "assistant")
    await rig.settle()
    await pay(rig, 3_000)
    rig.brain.answer = to_a_person
    await rig.say("a person please", "human")
    await rig.settle()
    rig.clock.pass_(600.0)
    await rig.staff("take", chat="human")
    await rig.staff("say", "Here I am", chat="human")
    await rig.staff("resolve", chat="human")
    rig.brain.answer = echo
    await rig.say("hello", "mixed")
    await rig.settle()
    rig.brain.answer = to_a_person
    await rig.say("and now a person", "mixed")
    await rig.settle()
    rig.clock.pass_(60.0)
    await rig.staff("take", chat="mixed")
    await rig.staff("say", "Yes?", chat="mixed")
    await rig.say("a person please", "silent")
    await rig.settle()


@pytest.fixture
def rig(store: Store, clock: ManualClock, tmp_path: Path) -> Rig:
    return Rig(store, clock, tmp_path)


async def test_each_case_is_counted_by_who_answered(rig: Rig) -> None:
    await story(rig)
    cases = await rig.store.read(lambda r: opened_since(r, r.now - 86_400.0))
    found = {one.path: one for one in outcomes(cases)}
    assert {path: one.cases for path, one in found.items()} == {
        "assistant": 1, "mixed": 1, "human": 1, "silent": 1, ALL: 4,
    }  # fmt: skip
    assert (found["human"].resolved, found["assistant"].resolved) == (1, 0)
    # Six seconds of quiet time before a turn.
    assert found["assistant"].first_answer_seconds == pytest.approx(6.0, abs=3.0)
    assert found["human"].human_wait_seconds == pytest.approx(600.0, abs=10.0)
    assert found["mixed"].human_wait_seconds == pytest.approx(60.0, abs=10.0)
    assert found["silent"].first_answer_seconds is None
    assert (found["assistant"].usd, found[ALL].usd_per_resolved) == (0.003, 0.003)


async def test_only_cases_of_the_time_count(rig: Rig) -> None:
    await rig.say("hello")
    await rig.settle()
    rig.clock.pass_(100_000.0)
    assert await rig.store.read(lambda r: opened_since(r, r.now - 86_400.0)) == []


def test_nothing_adds_up_to_nothing() -> None:
    assert outcomes([])[-1] == Outcome(ALL, 0, 0.0, 0, None, None, 0.0, None)
    case = Case("c", "web", "assistant", "resolved", 2.0, None, 500)
    assert outcomes([case])[0] == Outcome("assistant", 1, 1.0, 1, 2.0, None, 0.0005, 0.0005)
