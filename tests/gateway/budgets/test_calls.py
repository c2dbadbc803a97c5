"""A call of a model is on record once, with what it cost, and with its words as long as somebody
wants them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import RowMapping, Table, select

from brain.chat import Called, ChatRequest, Line, SystemPart, Usage
from brain.settings import BudgetSettings
from brain.spending import BudgetSpent, Cost, Spender
from gateway.budgets.budget import StoredBudget
from gateway.budgets.calls import Keeping, words_of
from gateway.budgets.caps import Limits
from gateway.privacy.masking import STANDING
from gateway.store.schema.safety import model_calls, model_texts
from gateway.store.store import Store
from gateway.telemetry.context import begin
from gateway.telemetry.facts import CallRefused, Fact, ModelCalled
from tests.gateway.pipeline.losing import LostCommits

ADA = Spender("main", "web", "c-ada")
CARD = "4111 1111 1111 1111"
REQUEST = ChatRequest(
    (SystemPart("You answer customers.", cached=True),),
    (Line("user", f"My card is {CARD}, why was it refused?"),),
    most_tokens=200,
)
CALLED = Called(
    model="haiku",
    provider="anthropic",
    requested="claude-haiku-5-5",
    outcome="answered",
    began=1_800_000_000.0,
    seconds=0.75,
    request=REQUEST,
    answer=f"The card {CARD} has expired.",
    answered_by="claude-haiku-5-5-20261001",
    finish="end",
    usage=Usage(100, 40, 10, 20),
    micros=321,
    instead_of="open",
)


def budget_of(store: Store, keep: Keeping | None = None, **caps: object) -> StoredBudget:
    limits = Limits(BudgetSettings.model_validate(caps), ZoneInfo("UTC"))
    return StoredBudget(store, lambda: limits, keep)


async def rows(store: Store, table: Table) -> Sequence[RowMapping]:
    return await store.read(lambda reading: reading.all(select(table)))


def heard(store: Store) -> list[Fact]:
    told: list[Fact] = []
    store.facts.listen(told.append)
    return told


async def test_a_call_is_recorded_once_with_what_was_said_masked(store: Store) -> None:
    budget, told = budget_of(store), heard(store)
    reservation = await budget.reserve("t1", ADA, Cost(500, 500))
    begin(["m1", "m2"], turn="t1")
    await budget.settle(reservation, Cost(321, 170), CALLED)
    await budget.settle(reservation, Cost(321, 170), CALLED)
    (call,), (text,) = await rows(store, model_calls), await rows(store, model_texts)
    assert (call["id"], call["turn_id"], call["conversation_id"]) == (reservation, "t1", "c-ada")
    assert (call["input_tokens"], call["cached_tokens"], call["written_tokens"]) == (100, 40, 10)
    assert (call["micros"], call["instead_of"], call["finish"]) == (321, "open", "end")
    assert CARD not in text["prompt"] + text["answer"]
    assert text["answer"] == "The card [card …1111] has expired."
    (fact,) = [one for one in told if isinstance(one, ModelCalled)]
    assert (fact.message, fact.turn, fact.read, fact.prompt) == ("m1", "t1", 150, None)


async def test_an_unknown_commit_records_no_second_one(
    losing_store: Store, lost: LostCommits
) -> None:
    budget, told = budget_of(losing_store), heard(losing_store)
    reservation = await budget.reserve("t1", ADA, Cost(500, 500))
    lost.lose()
    await budget.settle(reservation, Cost(321, 170), CALLED)
    assert len(await rows(losing_store, model_calls)) == 1
    assert len([one for one in told if isinstance(one, ModelCalled)]) <= 1


@pytest.mark.parametrize(
    ("keep", "stored", "told_prompt"),
    [
        (Keeping(stored=False), 0, False),
        (Keeping(stored=False, told=True), 0, True),
        (Keeping(told=True), 1, True),
    ],
)
async def test_words_are_kept_and_told_only_where_somebody_asked(
    sqlite_store: Store, keep: Keeping, stored: int, told_prompt: bool
) -> None:
    told = heard(sqlite_store)
    budget = budget_of(sqlite_store, keep)
    reservation = await budget.reserve("t1", ADA, Cost(500, 500))
    await budget.settle(reservation, Cost(321, 170), CALLED)
    assert len(await rows(sqlite_store, model_texts)) == stored
    (fact,) = [one for one in told if isinstance(one, ModelCalled)]
    assert (fact.prompt is not None) is told_prompt
    assert CARD not in (fact.prompt or "") + (fact.answer or "")


async def test_what_no_database_takes_is_recorded_all_the_same(store: Store) -> None:
    budget = budget_of(store)
    reservation = await budget.reserve("t1", ADA, Cost(500, 500))
    hostile = replace(
        CALLED, answer="a\0b\ud800c", error="x\0" * 3_000, answered_by="m\0" * 200, outcome="failed"
    )
    await budget.settle(reservation, Cost(1, 1), hostile)
    (text,) = await rows(store, model_texts)
    assert text["answer"] == "a\ufffdb?c"


async def test_a_refusal_is_told_each_time(sqlite_store: Store) -> None:
    budget, told = budget_of(sqlite_store, tenant={"tokens": 10}), heard(sqlite_store)
    for _ in range(2):
        with pytest.raises(BudgetSpent):
            await budget.reserve("t1", ADA, Cost(5, 11))
    assert [one for one in told if isinstance(one, CallRefused)] == [CallRefused("tenant")] * 2


async def test_of_a_very_long_text_the_middle_is_left_out() -> None:
    long = "\n".join(f"line {number}" for number in range(10_000))
    request = replace(REQUEST, messages=(Line("user", long),))
    words = await asyncio.to_thread(words_of, replace(CALLED, request=request), STANDING)
    assert len(words.prompt) < 20_000
    assert "letters are left out" in words.prompt
    assert "line 0" in words.prompt
    assert "line 9999" in words.prompt
