"""Every call of a model is given to the budget with what it was asked and what came of it, also the
one that nobody waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from brain.chat import (
    BrokenOff,
    Called,
    ChatError,
    ChatRequest,
    Completion,
    Line,
    Malformed,
    Refused,
    SystemPart,
    TryAgain,
    Usage,
)
from brain.models.breaker import Breaker
from brain.models.chain import Asking, Chain, Link
from brain.models.pricing import Tariff, Tier
from brain.spending import Cost, Spender
from tests.gateway.conftest import ManualClock

REQUEST = ChatRequest((SystemPart("Answer."),), (Line("user", "How long?"),), most_tokens=100)
WELL = Completion("Three days.", Usage(100, 0, 0, 20), model="first-2026")
WHO = Spender("main", "web", "c1")


@dataclass
class Scripted:
    """Implements ``ChatModel``: gives or raises what it was told, in order."""

    name: str
    moves: list[Completion | ChatError] = field(default_factory=list[Completion | ChatError])
    hangs: bool = False

    async def complete(self, request: ChatRequest) -> Completion:
        if self.hangs:
            await asyncio.Event().wait()
        move = self.moves.pop(0)
        if isinstance(move, ChatError):
            raise move
        return move


@dataclass
class Noted:
    """Implements ``Budget``: lets everything pass and keeps what it is told."""

    calls: list[Called] = field(default_factory=list[Called])
    used: list[Cost] = field(default_factory=list[Cost])

    async def reserve(self, turn: str, spender: Spender, worst: Cost) -> str:
        return "r"

    async def left(self, spender: Spender) -> float | None:
        del spender
        return None

    async def settle(self, reservation: str, used: Cost, called: Called | None = None) -> None:
        assert called is not None
        self.calls.append(called)
        self.used.append(used)


def asking(budget: Noted, *models: Scripted) -> Asking:
    clock = ManualClock()
    tariff = Tariff((Tier(1.0, 0.1, 1.25, 5.0),))
    links = {
        model.name: Link(
            model, tariff, Breaker(clock), 100_000, provider="openai", requested=f"{model.name}-x"
        )
        for model in models
    }
    return Chain(links, budget, clock, lambda: 0.0).asking("t1", WHO)


async def asked(budget: Noted, *models: Scripted) -> None:
    await asking(budget, *models).ask([model.name for model in models], REQUEST)


async def test_a_call_is_told_with_who_answered_as_what() -> None:
    budget = Noted()
    await asked(budget, Scripted("first", [WELL]))
    (call,) = budget.calls
    assert (call.model, call.provider, call.requested) == ("first", "openai", "first-x")
    assert (call.answered_by, call.outcome, call.finish) == ("first-2026", "answered", "end")
    assert (call.micros, call.usage.read, call.answer) == (200, 100, "Three days.")
    assert call.request is REQUEST
    assert budget.used == [Cost(200, 120)]


@pytest.mark.parametrize(
    ("error", "outcome", "answer"),
    [
        (Refused("no", usage=Usage(100, 0, 0, 2)), "refused", ""),
        (BrokenOff("cut"), "broken_off", ""),
    ],
)
async def test_what_fails_is_told_and_so_is_who_was_asked_instead(
    error: ChatError, outcome: str, answer: str
) -> None:
    budget = Noted()
    await asked(budget, Scripted("first", [error]), Scripted("second", [WELL]))
    assert [(one.model, one.outcome, one.instead_of) for one in budget.calls] == [
        ("first", outcome, None), ("second", "answered", "first"),
    ]  # fmt: skip
    assert (budget.calls[0].error, budget.calls[0].answer) == (str(error), answer)


async def test_a_second_try_and_a_repair_are_calls_of_their_own() -> None:
    moves: list[Completion | ChatError] = [
        TryAgain("busy"), Malformed("no JSON", text="Of course!"), WELL,
    ]  # fmt: skip
    budget = Noted()
    await asked(budget, Scripted("first", moves))
    outcomes = [one.outcome for one in budget.calls]
    assert outcomes == ["try_again", "malformed", "answered"]
    assert budget.calls[1].answer == "Of course!"
    assert all(one.instead_of is None for one in budget.calls)


async def test_a_call_that_is_called_off_is_told_at_the_most_it_can_cost() -> None:
    budget = Noted()
    task = asyncio.create_task(asked(budget, Scripted("first", hangs=True)))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    (call,) = budget.calls
    assert (call.outcome, call.usage) == ("called_off", Usage())
    assert call.micros == budget.used[0].micros > 0


async def test_the_call_that_opens_the_breaker_says_so() -> None:
    budget = Noted()
    broken: Sequence[Completion | ChatError] = [BrokenOff("cut") for _ in range(10)]
    ask = asking(budget, Scripted("first", list(broken)), Scripted("second", [WELL] * 10))
    for _ in range(10):
        await ask.ask(["first", "second"], REQUEST)
    rests = [one.rests for one in budget.calls if one.model == "first"]
    assert rests == [False] * 9 + [True]
    assert not any(one.rests for one in budget.calls if one.model == "second")
