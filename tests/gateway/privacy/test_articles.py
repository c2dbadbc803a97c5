"""What is personal leaves a text before it may become an article."""

from __future__ import annotations

import pytest

from gateway.privacy.articles import masked


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("Write to ann.mu+shop@mail.example.co.uk!", "Write to […]!"),
        ("Call +44 (0)20 7946 0958 or 020-7946-0958.", "Call […] or […]."),
        ("My IBAN is DE89 3704 0044 0532 0130 00", "My IBAN is […]"),
        ("Order 12 and order number: 77 and #5", "Order […] and order number: […] and #[…]"),
        ("Bestellung Nr. 4 ist da", "Bestellung Nr. […] ist da"),
        ("It is FH-20231, or 20231", "It is […], or […]"),
        ("See https://shop.example/help/returns#how", "See https://shop.example/help/returns"),
        ("See https://shop.example/t?key=abc", "See https://shop.example/t"),
        ("See https://shop.example/orders/20231", "See […]"),
        ("ANN Müller's parcel, dear Ann", "[…] […]'s parcel, dear […]"),
    ],
)
def test_what_is_somebodys_goes(said: str, left: str) -> None:
    assert masked(said, ["Ann Müller"]) == left


@pytest.mark.parametrize(
    "said",
    [
        "Send it back within 60 days; it costs £4.50 for up to 20 kg.",
        "Annual cards open in 24 hours, from 9:30 to 17:00.",
        "Hold the button for 3 seconds, in order to reset it.",
    ],
)
def test_what_answers_stays(said: str) -> None:
    assert masked(said, ["Ann", "X"]) == said


@pytest.mark.parametrize("said", ["A" * 100_000, "1-" * 50_000, "a." * 50_000, "#" * 100_000])
def test_hostile_texts_are_masked_in_one_pass(said: str) -> None:
    assert masked(said, ["Ann"])
