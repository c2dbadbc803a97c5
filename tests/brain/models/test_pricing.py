"""What calls cost by the list, and that no call can cost more than was set aside for it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from brain.chat import ChatRequest, Line, SystemPart, Usage
from brain.models.pricing import Tariff, Tier, listed, most_tokens_of
from brain.settings import ModelPrice, ModelSettings
from brain.spending import Cost

PRICES = listed()


def priced(model: str, price: ModelPrice | None = None) -> Tariff | None:
    return PRICES.of(ModelSettings(provider="openai", model=model, price=price))


def test_the_list_says_of_which_day_it_is() -> None:
    assert PRICES.as_of.isoformat() == "2026-11-21"
    for tariff in PRICES.tariffs.values():
        most = [tier.up_to for tier in tariff.tiers]
        assert most[-1] is None
        assert sorted(filter(None, most)) == most[:-1]


def test_a_million_tokens_cost_what_the_list_says() -> None:
    sonnet = PRICES.tariffs["claude-sonnet-5-5"]
    million = 1_000_000
    assert sonnet.cost(Usage(input=million)) == Cost(2_000_000, million)
    assert sonnet.cost(Usage(cached_input=million)).micros == 100_000
    assert sonnet.cost(Usage(cache_write=million)).micros == 2_500_000
    assert sonnet.cost(Usage(output=million)).micros == 10_000_000


def test_a_longer_prompt_is_charged_by_its_tier_as_a_whole() -> None:
    haiku = PRICES.tariffs["claude-haiku-5-5"]
    assert haiku.cost(Usage(input=100_000)).micros == 10_000
    assert haiku.cost(Usage(input=60_000, cached_input=40_001)).micros == 30_000 + 2_001


def test_a_part_of_a_millionth_counts_as_one() -> None:
    assert PRICES.tariffs["claude-haiku-5-5"].cost(Usage(input=1)).micros == 1


def test_a_configured_price_comes_first_and_a_dated_name_costs_what_the_plain_one_does() -> None:
    own = priced("claude-sonnet-5-5", ModelPrice(input=1.0, output=3.0))
    assert own == Tariff((Tier(1.0, 1.0, 1.0, 3.0),))
    assert priced("claude-haiku-5-5-20261001") == PRICES.tariffs["claude-haiku-5-5"]
    assert priced("some-open-model") is None


@given(
    text=st.text(max_size=400),
    shares=st.lists(st.integers(0, 100), min_size=3, max_size=3),
    output=st.integers(0, 500),
    model=st.sampled_from(sorted(PRICES.tariffs)),
)
def test_no_call_costs_more_than_its_worst(
    text: str, shares: list[int], output: int, model: str
) -> None:
    request = ChatRequest((SystemPart(text),), (Line("user", text),), most_tokens=500)
    most = most_tokens_of(request)
    new, cached, written = (share * most // (sum(shares) or 1) for share in shares)
    tariff = PRICES.tariffs[model]
    cost = tariff.cost(Usage(new, cached, written, output))
    worst = tariff.worst(request)
    assert cost.micros <= worst.micros
    assert cost.tokens <= worst.tokens


def test_the_worst_of_a_long_prompt_is_that_of_its_dearest_tier() -> None:
    request = ChatRequest((), (Line("user", "a" * 100_000),), most_tokens=1000)
    haiku = PRICES.tariffs["claude-haiku-5-5"]
    assert haiku.worst(request).micros >= haiku.cost(Usage(cache_write=100_800)).micros
