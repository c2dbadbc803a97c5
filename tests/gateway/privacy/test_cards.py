"""Cards are found and nothing else is taken for one."""

from __future__ import annotations

import random

import pytest

from gateway.privacy.cards import cards
from gateway.privacy.masking import Masking
from tests.gateway.privacy.made import card, negatives, positives, written

MASKING = Masking()


def test_of_5000_cards_nearly_all_are_masked() -> None:
    missed = [
        said for said, number in positives(random.Random(7), 5_000) if number in MASKING.text(said)
    ]
    assert len(missed) <= 50, missed[:20]


def test_of_20000_other_numbers_nearly_none_is() -> None:
    taken = [said for said in negatives(random.Random(8), 20_000) if any(cards(said))]
    # Precision of 99 % beside the 5,000 that are found.
    assert len(taken) <= 50, taken[:20]


def test_only_the_last_four_stay() -> None:
    assert MASKING.text("use 4111 1111 1111 1111, please") == "use [card …1111], please"


@pytest.mark.parametrize(
    "said",
    [
        "2024-01-15 4111 1111 1111 1111",
        "15 4111 1111 1111 1111 12/27 123",
        "4111 1111 1111 1111 1227",
        "4111\u200b1111\u200b1111\u200b1111",
        "\uff14111111111111111",
        "4111111111111111 and 5500-0000-0000-0004",
        "my card for the order: 4111111111111111",
    ],
)
def test_however_it_stands(said: str) -> None:
    shown = MASKING.text(said)
    assert "…1111]" in shown
    assert "1111 11" not in shown
    assert "0000-0004" not in shown


@pytest.mark.parametrize(
    "said",
    [
        "4111 1111 1111 1112",
        "order 4111111111111111",
        "9400 5112 0620 4567 8901 23",
        "+4111111111111111",
        "A4111111111111111",
    ],
)
def test_what_only_looks_like_one_stays(said: str) -> None:
    assert MASKING.text(said) == said


def test_a_wrong_digit_makes_it_no_card() -> None:
    rng = random.Random(9)
    for _ in range(500):
        number = card(rng)
        place = rng.randrange(6, len(number))
        wrong = number[:place] + str((int(number[place]) + 1) % 10) + number[place + 1 :]
        assert any(cards(written(rng, number)))
        assert not any(cards(wrong))
