"""Numbers with units come into one form, with the bound that they set."""

from __future__ import annotations

import pytest

from brain.knowledge.lint.values import may_have_values, values

HOURS = 24.0


@pytest.mark.parametrize(
    ("text", "kind", "low", "high", "bound"),
    [
        ("two weeks", "duration", 14 * HOURS, 14 * HOURS, "exact"),
        ("a 30-day period", "duration", 30 * HOURS, 30 * HOURS, "exact"),
        ("within 14 days of delivery", "duration", 14 * HOURS, 14 * HOURS, "most"),
        ("in 2–4 Tagen", "duration", 2 * HOURS, 4 * HOURS, "exact"),
        ("5 working days", "duration", 7 * HOURS, 7 * HOURS, "exact"),
        ("5 Arbeitstage", "duration", 7 * HOURS, 7 * HOURS, "exact"),
        ("10 jours ouvrés", "duration", 14 * HOURS, 14 * HOURS, "exact"),
        ("innerhalb von 30 Tagen", "duration", 30 * HOURS, 30 * HOURS, "most"),
        ("costs €5", "money eur", 5, 5, "exact"),
        ("costs 5 EUR", "money eur", 5, 5, "exact"),
        ("1.000,50 €", "money eur", 1000.5, 1000.5, "exact"),
        ("£1,000", "money gbp", 1000, 1000, "exact"),
        ("orders of £50 or more", "money gbp", 50, 50, "least"),
        ("more than $20", "money usd", 20, 20, "least"),
        ("10 percent", "share", 10, 10, "exact"),
        ("weighs 2.1 kg", "weight", 2100, 2100, "exact"),
        ("before 2 pm", "clock", 14, 14, "exact"),
        ("on December 31", "date", 403, 403, "exact"),
        ("am 3. Oktober", "date", 313, 313, "exact"),
        ("it is free of charge", "free", 0, 0, "exact"),
        ("at least 12 characters", "count chara", 12, 12, "least"),
    ],
)
def test_a_value_is_read(text: str, kind: str, low: float, high: float, bound: str) -> None:
    [value] = values(text)
    assert (value.kind, value.bound) == (kind, bound)
    assert (value.low, value.high) == (pytest.approx(low), pytest.approx(high))
    assert may_have_values(text)


@pytest.mark.parametrize(
    "text", ["The Trail 200 weighs little.", "free shipping label", "winds of 60 km/h", "v2.1.3"]
)
def test_what_is_no_value_is_left_alone(text: str) -> None:
    assert values(text) == []


def test_values_differ_where_they_cannot_both_be_true() -> None:
    def differ(left: str, right: str) -> bool:
        [one], [two] = values(left), values(right)
        assert one.differs(two) == two.differs(one)
        return one.differs(two)

    assert differ("14 days", "30 days")
    assert not differ("two weeks", "14 days")
    assert not differ("12 months", "one year")
    assert not differ("2 to 4 days", "3 days")
    assert not differ("at least 8 characters", "at most 64 characters")
    assert not differ("5 days", "5 kg")
