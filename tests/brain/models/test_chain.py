"""Models asked in order, over the wire, while their providers fail in every way: each question ends
in a whole answer or in nobody's, within its time, and every call is paid for."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import cast

import pytest
from pydantic import SecretStr

from brain.chat import ChatRequest, Line, NobodyAnswered, SystemPart, Wanted, spent
from brain.models.anthropic import AnthropicModel
from brain.models.breaker import Breaker
from brain.models.building import links_of
from brain.models.chain import RETRY_AFTER_CAP, TRIES, Answered, Asking, Chain
from brain.models.openai import OpenAIModel
from brain.models.pricing import listed
from brain.models.purse import Purse
from brain.models.streams import Patience
from brain.settings import ModelPrice, ModelSettings
from brain.spending import BudgetSpent, Spender
from tests.platforms.models import Call, Drips, Fails, Move, Providers, Raw, Says, Stops, Wire

WANTED = Wanted(
    "reply",
    {
        "type": "object",
        "properties": {"answer": {"type": "string"}},
        "required": ["answer"],
        "additionalProperties": False,
    },
)
REQUEST = ChatRequest(
    (SystemPart("You answer customers.", cached=True),),
    (Line("user", "How long does it take?"),),
    WANTED,
    most_tokens=200,
)
WELL = json.dumps({"answer": "Three to five days."})
WHO = Spender("main", "web", "c1")
WIRES: dict[str, Wire] = {"first": "anthropic", "second": "openai"}
NAMES = tuple(WIRES)
PRICES = listed()


class Skipping:
    """A clock on which pauses take no time but are counted; the rest of it is the true one."""

    def __init__(self) -> None:
        self.skipped = 0.0
        self.pauses: list[float] = []

    def now(self) -> float:
        return time.time() + self.skipped

    def monotonic(self) -> float:
        return time.monotonic() + self.skipped

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.skipped += seconds
        await asyncio.sleep(0)


class Scene:
    """A chain over one server; ``purse`` has what its calls cost."""

    def __init__(self, providers: Providers, chain: Chain, purse: Purse, clock: Skipping) -> None:
        self.providers = providers
        self.chain = chain
        self.purse = purse
        self.clock = clock

    def asking(self) -> Asking:
        return self.chain.asking("t1", WHO)

    def calls(self, name: str) -> int:
        return sum(call.model == name for call in self.providers.calls)


@asynccontextmanager
async def scene(
    *names: str, patience: Patience | None = None, cap: int | None = None
) -> AsyncGenerator[Scene]:
    patience = patience or Patience(idle=10.0, total=90.0)
    clock, purse = Skipping(), Purse(cap)
    async with Providers(lambda _: Says(WELL)) as providers:
        models = {
            name: ModelSettings(
                provider=WIRES[name],
                model=name,
                api_key=SecretStr("sk-secret"),
                api_base=providers.base(WIRES[name]),
                price=ModelPrice(input=1.0, cached=0.1, cache_write=1.25, output=5.0),
            )
            for name in names or NAMES
        }
        links = await asyncio.to_thread(links_of, models, PRICES, clock, patience)
        chain = Chain(links, purse, clock, random.Random(7).random, patience)
        try:
            yield Scene(providers, chain, purse, clock)
        finally:
            for link in links.values():
                assert isinstance(link.model, AnthropicModel | OpenAIModel)
                await link.model.close()


def outcomes(asking: Asking) -> list[tuple[str, str]]:
    return [(one.model, one.outcome) for one in asking.tried]


# --- F11: refused, overloaded, unreachable -------------------------------------------------------


async def test_the_first_model_answers_and_no_other_is_asked() -> None:
    async with scene() as on:
        asking = on.asking()
        answered = await asking.ask(NAMES, REQUEST)
        assert answered.model == "first"
        assert outcomes(asking) == [("first", "answered")]
        # 100 tokens read at 1 dollar and 20 written at 5 dollars for a million.
        assert on.purse.spent.micros == spent(asking.tried) == 100 + 20 * 5
        assert on.purse.reserved == 0


@pytest.mark.parametrize("status", [429, 500, 503, 529])
async def test_an_overloaded_model_is_tried_twice_and_then_the_next(status: int) -> None:
    async with scene() as on:
        on.providers.script = lambda call: Fails(status) if call.model == "first" else Says(WELL)
        asking = on.asking()
        assert (await asking.ask(NAMES, REQUEST)).model == "second"
        assert on.calls("first") == 2
        assert len(on.clock.pauses) == 1


async def test_the_last_model_is_tried_five_times_with_growing_pauses() -> None:
    async with scene("second") as on:
        on.providers.script = lambda _: Fails(529)
        asking = on.asking()
        with pytest.raises(NobodyAnswered, match="529"):
            await asking.ask(("second",), REQUEST)
        assert on.calls("second") == TRIES
        assert on.clock.pauses == sorted(on.clock.pauses)
        assert on.clock.skipped < 90.0
        assert on.purse.spent.micros == 0, "what was turned away costs nothing"


async def test_the_last_model_recovers() -> None:
    async with scene("second") as on:
        on.providers.script = lambda call: Fails(500) if call.number < 4 else Says(WELL)
        assert (await on.asking().ask(("second",), REQUEST)).model == "second"
        assert on.calls("second") == 4


async def test_a_pause_that_is_asked_for_is_kept_up_to_a_minute() -> None:
    async with scene("second") as on:
        on.providers.script = lambda _: Fails(429, retry_after="600")
        asking = on.asking()
        with pytest.raises(NobodyAnswered):
            await asking.ask(("second",), REQUEST)
        assert len(on.clock.pauses) == 1, "a second minute would be beyond the deadline"
        assert RETRY_AFTER_CAP <= on.clock.pauses[0] <= RETRY_AFTER_CAP * 1.5


async def test_nobody_waits_a_minute_while_another_model_is_there() -> None:
    async with scene() as on:
        on.providers.script = lambda call: (
            Fails(429, retry_after="60") if call.model == "first" else Says(WELL)
        )
        assert (await on.asking().ask(NAMES, REQUEST)).model == "second"
        assert on.clock.pauses == []


async def test_a_key_that_is_not_taken_is_not_tried_again() -> None:
    async with scene() as on:
        on.providers.script = lambda call: Fails(401) if call.model == "first" else Says(WELL)
        asking = on.asking()
        await asking.ask(NAMES, REQUEST)
        assert outcomes(asking) == [("first", "misconfigured"), ("second", "answered")]


async def test_at_every_rate_of_errors_each_question_is_answered_or_nobodys() -> None:
    for rate in (0.0, 0.3, 0.6, 1.0):
        draw = random.Random(rate)
        async with scene() as on:

            def script(_: Call, rate: float = rate, draw: random.Random = draw) -> Move:
                moves = (Fails(429), Fails(500), Fails(529), Stops("cuts"))
                return draw.choice(moves) if draw.random() < rate else Says(WELL)

            on.providers.script = script
            ended = await asyncio.gather(*(_end(on) for _ in range(40)))
            assert all(end in ("answered", "nobody") for end in ended)
            if rate in (0.0, 1.0):
                assert set(ended) == {"answered" if rate == 0.0 else "nobody"}
            assert on.purse.reserved == 0


async def _end(on: Scene) -> str:
    asking = on.asking()
    try:
        answered = await asking.ask(NAMES, REQUEST)
    except NobodyAnswered:
        return "nobody"
    assert answered.completion.data == {"answer": "Three to five days."}
    assert sum(one.model == "second" for one in asking.tried) <= TRIES + 1
    return "answered"


# --- The breaker ---------------------------------------------------------------------------------


async def test_a_model_that_fails_half_the_time_rests_and_one_call_finds_it_well_again() -> None:
    async with scene() as on:
        down = True
        on.providers.script = lambda call: (
            Fails(500) if down and call.model == "first" else Says(WELL)
        )
        for _ in range(12):
            await on.asking().ask(NAMES, REQUEST)
        assert on.calls("first") == 10, "ten of twenty open it"
        down = False
        on.clock.skipped += 31.0
        asked = [on.asking() for _ in range(20)]
        await asyncio.gather(*(one.ask(NAMES, REQUEST) for one in asked))
        assert on.calls("first") == 11, "one call of those waiting looks whether it is back"
        assert (await on.asking().ask(NAMES, REQUEST)).model == "first"


def test_a_lost_probe_is_followed_by_another() -> None:
    clock = Skipping()
    breaker = Breaker(clock)
    for _ in range(10):
        breaker.failed()
    assert not breaker.allows()
    clock.skipped += 30.0
    assert breaker.allows()
    assert not breaker.allows()
    clock.skipped += 30.0
    assert breaker.allows()


# --- F12: silent, slow, cut ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "move", [Stops("hangs"), Stops("hangs", pieces=0), Stops("cuts"), Stops("ends"), Drips()]
)
@pytest.mark.parametrize("broken", NAMES)
async def test_a_part_of_an_answer_is_never_given(move: Move, broken: str) -> None:
    names = (broken, *(name for name in NAMES if name != broken))
    async with scene(patience=Patience(idle=1.0, total=20.0)) as on:
        on.providers.script = lambda call: move if call.model == broken else Says(WELL)
        asking = on.asking()
        answered = await asking.ask(names, REQUEST)
        assert answered.completion.data == {"answer": "Three to five days."}
        assert outcomes(asking)[0] == (broken, "broken_off")
        # Nobody knows what the broken call cost, so the most that it can have cost counts.
        worst = on.chain.links[broken].tariff.worst(REQUEST)
        assert asking.tried[0].micros == worst.micros


async def test_all_silent_is_nobodys_answer_within_the_time_of_the_turn() -> None:
    async with scene(patience=Patience(idle=5.0, total=2.0)) as on:
        on.providers.script = lambda _: Stops("hangs")
        began = time.monotonic()
        with pytest.raises(NobodyAnswered):
            await on.asking().ask(NAMES, REQUEST)
        assert time.monotonic() - began < 3.0


# --- F13: nonsense -------------------------------------------------------------------------------


async def test_an_answer_in_a_wrong_form_is_asked_for_once_more_with_what_was_wrong() -> None:
    async with scene() as on:
        on.providers.script = lambda call: Says("3 days" if call.number == 1 else WELL)
        asking = on.asking()
        assert (await asking.ask(NAMES, REQUEST)).model == "first"
        assert outcomes(asking) == [("first", "malformed"), ("first", "answered")]
        assert on.providers.calls[1].said[1] == "3 days"
        assert "no JSON" in on.providers.calls[1].said[2]
        assert on.purse.spent.micros == 2 * (100 + 20 * 5)


def bad_answers() -> list[Move]:
    """Two hundred, of every kind."""
    draw = random.Random(13)
    texts = [
        "", " ", "null", "[]", "3", '"text"', "{", WELL[:-1], WELL + WELL, "```\n" + WELL,
        '{"answer": null}', '{"answer": ["a"]}', '{"reply": "a"}', '{"answer": "a", "b": 1}',
        json.dumps({"answer": "a\0b"}), '{"answer": "\\udc00"}', '{"answer": "\\ud800x"}',
        '{"answer": Infinity}', "[" * 3000, "{" * 3000, '{"answer": "' + "a" * 70_000 + '"}',
        "I'm sorry, I can't help with that.", "<tool_call>refund</tool_call>", "\x00" * 9,
    ]  # fmt: skip
    moves: list[Move] = [Says(text, size=5000) for text in texts]
    moves += [Says(WELL, finish="length"), Says(WELL, refusal=True), Says(WELL, finish="odd")]
    moves += [Raw(b"data: x\n\n"), Raw(b"data: []\n\n"), Raw(b"data: {}\n\n"), Raw(b"\xff\xfe\n\n")]
    while len(moves) < 200:
        keep = bytearray(WELL.encode())
        for _ in range(draw.randrange(1, 4)):
            keep[draw.randrange(len(keep))] = draw.choice(b'{}[]",:\\')
        text = keep.decode()
        try:
            data = json.loads(text)
        except ValueError:
            moves.append(Says(text))
        else:
            if not (isinstance(data, dict) and list(cast("dict[str, object]", data)) == ["answer"]):
                moves.append(Says(text))
    return moves


async def test_two_hundred_bad_answers_are_never_given_on() -> None:
    bad = bad_answers()
    async with scene() as on:
        for move in bad:
            on.chain.links["first"].breaker.answered()
            on.providers.script = lambda call, move=move: (
                move if call.model == "first" else Says(WELL)
            )
            asking = on.asking()
            answered = await asking.ask(NAMES, REQUEST)
            assert answered.completion.data == {"answer": "Three to five days."}
            first = [outcome for model, outcome in outcomes(asking) if model == "first"]
            assert len(first) <= 2
            assert "answered" not in first, move
    assert len(bad) == 200


# --- Budgets -------------------------------------------------------------------------------------


async def test_at_the_limit_no_model_is_asked() -> None:
    async with scene(cap=500) as on:
        with pytest.raises(BudgetSpent):
            await on.asking().ask(NAMES, REQUEST)
        assert on.providers.calls == []


async def test_under_many_turns_spend_and_reservations_stay_below_the_cap() -> None:
    async with scene() as on:
        worst = on.chain.links["first"].tariff.worst(REQUEST).micros
        on.chain.budget = purse = Purse(10 * worst)

        async def one() -> Answered | BaseException:
            try:
                return await on.asking().ask(NAMES, REQUEST)
            except BudgetSpent as error:
                return error
            finally:
                assert purse.spent.micros + purse.reserved <= 10 * worst

        ended = await asyncio.gather(*(one() for _ in range(60)))
        assert any(isinstance(end, Answered) for end in ended)
        assert any(isinstance(end, BudgetSpent) for end in ended)
        assert purse.reserved == 0


async def test_a_turn_that_is_called_off_pays_the_most_that_its_call_can_cost() -> None:
    async with scene() as on:
        on.providers.script = lambda _: Stops("hangs")
        task = asyncio.create_task(on.asking().ask(NAMES, REQUEST))
        await on.providers.asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert on.purse.spent.micros == on.chain.links["first"].tariff.worst(REQUEST).micros
        assert on.purse.reserved == 0
