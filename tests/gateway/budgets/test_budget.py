"""No budget is ever exceeded: whatever runs at once, on however many nodes, and whoever dies."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from brain.settings import BudgetSettings, LimitSettings
from brain.spending import BudgetSpent, Cost, Spender
from gateway.budgets import sums
from gateway.budgets.budget import StoredBudget
from gateway.budgets.caps import DEFAULT_USD, MICROS, UNLIMITED, Account, Cap, Limits, cap_of
from gateway.store.opening import open_store
from gateway.store.schema.safety import budget_sums
from gateway.store.store import Options, Store
from gateway.telemetry.facts import BudgetMoved, Fact
from tests.gateway.conftest import ManualClock
from tests.gateway.pipeline.losing import LostCommits

ADA = Spender("main", "web", "c-ada")
BEN = Spender("main", "web", "c-ben")
EVA = Spender("main", "sales", "c-eva")
CENT = MICROS // 100
BERLIN = ZoneInfo("Europe/Berlin")


def limits(**caps: object) -> Limits:
    return Limits(BudgetSettings.model_validate(caps), BERLIN)


def budget_of(store: Store, found: Limits) -> StoredBudget:
    return StoredBudget(store, lambda: found)


async def sum_of(store: Store, scope: str = "tenant", name: str = "main") -> tuple[Cost, Cost]:
    """What is spent and what is set aside, over all days."""
    rows = await store.read(
        lambda r: r.all(
            select(budget_sums).where(budget_sums.c.scope == scope, budget_sums.c.name == name)
        )
    )
    spent = sum((Cost(row["spent_micros"], row["spent_tokens"]) for row in rows), Cost())
    kept = sum((Cost(row["reserved_micros"], row["reserved_tokens"]) for row in rows), Cost())
    return spent, kept


async def call(budget: StoredBudget, spender: Spender, worst: Cost, used: Cost) -> bool:
    """A call of a model; False where it was not allowed."""
    try:
        reservation = await budget.reserve("turn", spender, worst)
    except BudgetSpent:
        return False
    await asyncio.sleep(0)
    await budget.settle(reservation, used)
    return True


async def test_what_is_left_is_that_of_the_tightest_limit(store: Store) -> None:
    assert await budget_of(store, limits()).left(ADA) == 1.0, "five dollars hold"
    budget = budget_of(store, limits(tenant={"usd": 1}, conversation={"tokens": 1000}))
    await budget.reserve("t1", ADA, Cost(10 * CENT, 900))
    assert await budget.left(ADA) == pytest.approx(0.1)
    assert await budget.left(BEN) == pytest.approx(0.9)
    assert await budget_of(store, limits(tenant={"usd": 0})).left(ADA) == 0.0


async def test_what_a_call_came_to_takes_the_place_of_what_was_set_aside(store: Store) -> None:
    budget = budget_of(store, limits(tenant={"usd": 1}))
    reservation = await budget.reserve("t1", ADA, Cost(30 * CENT, 900))
    assert await sum_of(store) == (Cost(), Cost(30 * CENT, 900))
    await budget.settle(reservation, Cost(CENT, 50))
    for scope, name in (("tenant", "main"), ("department", "web"), ("conversation", "c-ada")):
        assert await sum_of(store, scope, name) == (Cost(CENT, 50), Cost())
    await budget.settle(reservation, Cost(CENT, 50))
    assert await sum_of(store) == (Cost(CENT, 50), Cost())
    await budget.settle("unknown", Cost(CENT, 50))
    assert await sum_of(store) == (Cost(CENT, 50), Cost())


@pytest.mark.parametrize(
    ("caps", "refused"),
    [
        ({"tenant": {"usd": 0.02}}, "the tenant main"),
        ({"tenant": {"tokens": 250}}, "the tenant main"),
        ({"departments": {"web": {"usd": 0.02}}}, "the department web"),
        ({"conversation": {"tokens": 250}}, "the conversation c-ada"),
    ],
)
async def test_each_cap_holds_and_its_refusal_names_it(
    sqlite_store: Store, caps: dict[str, object], refused: str
) -> None:
    budget = budget_of(sqlite_store, limits(**caps))
    await budget.reserve("t1", ADA, Cost(CENT, 100))
    await budget.reserve("t2", ADA, Cost(CENT, 100))
    with pytest.raises(BudgetSpent, match=refused):
        await budget.reserve("t3", ADA, Cost(CENT, 100))


async def test_a_refusal_sets_nothing_aside_anywhere(store: Store) -> None:
    budget = budget_of(store, limits(conversation={"usd": 0.01}))
    await budget.reserve("t1", ADA, Cost(CENT, 1))
    before = await sum_of(store)
    with pytest.raises(BudgetSpent):
        await budget.reserve("t2", ADA, Cost(CENT, 1))
    assert await sum_of(store) == before
    assert await sum_of(store, "department", "web") == before
    # Others go on.
    await budget.reserve("t3", BEN, Cost(CENT, 1))


async def test_one_departments_end_is_not_anothers(sqlite_store: Store) -> None:
    budget = budget_of(sqlite_store, limits(departments={"web": {"usd": 0.01}}))
    await budget.reserve("t1", ADA, Cost(CENT, 1))
    with pytest.raises(BudgetSpent):
        await budget.reserve("t2", BEN, Cost(CENT, 1))
    await budget.reserve("t3", EVA, Cost(CENT, 1))


async def test_without_a_budget_five_dollars_hold(sqlite_store: Store) -> None:
    budget = budget_of(sqlite_store, limits())
    await budget.reserve("t1", ADA, Cost(round(DEFAULT_USD * MICROS), 10))
    with pytest.raises(BudgetSpent):
        await budget.reserve("t2", BEN, Cost(1, 1))
    # What costs nothing is not money.
    await budget.reserve("t3", BEN, Cost(0, 1))


async def test_a_day_is_the_business_day(sqlite_store: Store, clock: ManualClock) -> None:
    budget = budget_of(sqlite_store, limits(tenant={"usd": 0.01}))
    clock.at = 1_800_053_940.0  # 2027-01-15 23:59:00 in Berlin, 22:59 in UTC
    kept = await budget.reserve("t1", ADA, Cost(CENT, 1))
    with pytest.raises(BudgetSpent, match="2027-01-15"):
        await budget.reserve("t2", ADA, Cost(CENT, 1))
    clock.pass_(61)
    await budget.reserve("t3", ADA, Cost(CENT, 1))
    # What was set aside yesterday is yesterday's, also when it is settled today.
    await budget.settle(kept, Cost(CENT, 1))
    with pytest.raises(BudgetSpent, match="2027-01-16"):
        await budget.reserve("t4", ADA, Cost(1, 0))


async def test_what_a_dead_process_set_aside_stays_spent_until_its_day_ends(
    store: Store, clock: ManualClock
) -> None:
    found = limits(tenant={"usd": 0.02})
    await budget_of(store, found).reserve("died", ADA, Cost(CENT, 1))
    # Another life of the gateway finds it as it was left.
    again = budget_of(store, found)
    await again.reserve("t1", ADA, Cost(CENT, 1))
    with pytest.raises(BudgetSpent):
        await again.reserve("t2", ADA, Cost(CENT, 1))
    clock.pass_(24 * 3600)
    await again.reserve("t3", ADA, Cost(CENT, 1))


async def test_most_of_it_and_all_of_it_are_each_told_once(sqlite_store: Store) -> None:
    told: list[Fact] = []
    sqlite_store.facts.listen(told.append)
    budget = budget_of(sqlite_store, limits(tenant={"usd": 0.10}))
    for number in range(7):
        await budget.reserve(f"t{number}", Spender("main", "web", f"c{number}"), Cost(CENT, 1))
    moved = [fact for fact in told if isinstance(fact, BudgetMoved)]
    assert moved == []
    for number in range(7, 13):
        await call(budget, Spender("main", "web", f"c{number}"), Cost(CENT, 1), Cost(CENT, 1))
    moved = [fact for fact in told if isinstance(fact, BudgetMoved)]
    assert [(fact.state, fact.scope, fact.name) for fact in moved] == [
        ("near", "tenant", "main"),
        ("spent", "tenant", "main"),
    ]


async def test_a_commit_whose_outcome_is_unknown_sets_aside_once(
    losing_store: Store, lost: LostCommits
) -> None:
    budget = budget_of(losing_store, limits(tenant={"usd": 1}))
    lost.lose()
    reservation = await budget.reserve("t1", ADA, Cost(CENT, 5))
    assert await sum_of(losing_store) == (Cost(), Cost(CENT, 5))
    lost.lose()
    await budget.settle(reservation, Cost(CENT, 4))
    assert await sum_of(losing_store) == (Cost(CENT, 4), Cost())
    assert lost.lost == 2


async def test_five_hundred_at_once_stay_within_the_cap(store: Store) -> None:
    """Half of the calls cost less than what was set aside, and what they free may be used."""
    budget = budget_of(store, limits(tenant={"usd": 1, "tokens": 30_000}))
    spenders = [Spender("main", f"d{number % 7}", f"c{number % 90}") for number in range(500)]
    calls = (
        call(budget, spender, Cost(CENT, 100), Cost(CENT // (1 + number % 2), 100))
        for number, spender in enumerate(spenders)
    )
    allowed = sum(await asyncio.gather(*calls))
    spent, kept = await sum_of(store)
    assert kept == Cost()
    assert spent.micros <= MICROS
    assert spent.tokens <= 30_000
    assert spent.tokens == allowed * 100
    assert 100 <= allowed < 500


async def test_five_hundred_in_flight_set_aside_no_more_than_the_cap(store: Store) -> None:
    budget = budget_of(store, limits(tenant={"usd": 1}))
    reserving = (
        budget.reserve(f"t{number}", Spender("main", "web", f"c{number}"), Cost(CENT, 1))
        for number in range(500)
    )
    found = await asyncio.gather(*reserving, return_exceptions=True)
    assert sum(isinstance(one, str) for one in found) == 100
    assert {type(one) for one in found} == {str, BudgetSpent}
    assert await sum_of(store) == (Cost(), Cost(MICROS, 100))


@pytest.fixture
async def two_stores(
    migrated_postgres_url: str, clock: ManualClock
) -> AsyncIterator[tuple[Store, Store]]:
    options = Options(now=clock.now)
    one = await asyncio.to_thread(open_store, migrated_postgres_url, options)
    two = await asyncio.to_thread(open_store, migrated_postgres_url, options)
    yield one, two
    await asyncio.to_thread(one.close)
    await asyncio.to_thread(two.close)


async def test_two_nodes_share_one_cap(two_stores: tuple[Store, Store]) -> None:
    found = limits(tenant={"usd": 1})
    budgets = [budget_of(store, found) for store in two_stores]
    reserving = (
        budgets[number % 2].reserve(
            f"t{number}", Spender("main", f"d{number % 3}", f"c{number % 40}"), Cost(CENT, 1)
        )
        for number in range(500)
    )
    found_all = await asyncio.gather(*reserving, return_exceptions=True)
    kept = [one for one in found_all if isinstance(one, str)]
    assert len(kept) == 100
    # Each is settled by the other node.
    settling = (
        budgets[number % 2].settle(one, Cost(CENT // 2, 1)) for number, one in enumerate(kept)
    )
    await asyncio.gather(*settling)
    assert await sum_of(two_stores[0]) == (Cost(MICROS // 2, 100), Cost())


@pytest.mark.timeout(240)
async def test_a_flood_spends_no_more_than_the_day_allows(store: Store, clock: ManualClock) -> None:
    """A day of a hundred thousand messages, compressed: each call costs as much as twenty would,
    500 are in flight at a time, and the processes of some die before they settle."""
    seeded = random.Random(20261129)
    budget = budget_of(store, limits(tenant={"usd": 5}, conversation={"usd": 0.5}))

    async def message(number: int) -> None:
        spender = Spender("main", f"d{number % 4}", f"c{number % 1000}")
        worst = Cost(seeded.randrange(CENT // 2, 2 * CENT), seeded.randrange(500, 4000))
        try:
            kept = await budget.reserve(f"t{number}", spender, worst)
        except BudgetSpent:
            return
        if seeded.random() < 0.95:
            part = seeded.uniform(0.2, 1.0)
            await budget.settle(kept, Cost(int(worst.micros * part), int(worst.tokens * part)))

    for block in range(10):
        await asyncio.gather(*(message(block * 500 + number) for number in range(500)))
        spent, kept = await sum_of(store)
        assert (spent + kept).micros <= 5 * MICROS
    spent, kept = await sum_of(store)
    # It was not the flood's smallness that kept it within.
    assert (spent + kept).micros > 4.9 * MICROS


async def test_a_call_cannot_give_money_back(sqlite_store: Store) -> None:
    with pytest.raises(ValueError, match="less than nothing"):
        await budget_of(sqlite_store, limits()).reserve("t1", ADA, Cost(-1, 0))


def test_the_share_is_that_of_the_scarcer_measure() -> None:
    cap = Cap(micros=1000, tokens=100)
    assert cap.share(Cost(100, 50)) == 0.5
    assert cap.near(Cost(800, 0))
    assert not cap.near(Cost(799, 79))
    assert Cap().share(Cost(10**9, 10**9)) == 0.0
    assert Cap(micros=0).share(Cost(1, 0)) == 1.0
    assert Cap(micros=0).share(Cost()) == 0.0


def test_a_limit_becomes_a_cap() -> None:
    assert cap_of(LimitSettings(usd=0.1)) == Cap(100_000, UNLIMITED)
    assert cap_of(LimitSettings(tokens=5), 5.0) == Cap(5_000_000, 5)
    assert cap_of(LimitSettings(usd=0.0), 5.0) == Cap(0, UNLIMITED)


def test_every_node_locks_accounts_in_the_same_order() -> None:
    scopes = [account.scope for account in limits().accounts(ADA)]
    assert scopes == ["tenant", "department", "conversation"]
    assert sums.KEY == ""
    assert limits().account("tenant", "main") == Account("tenant", "main", Cap(5_000_000))
