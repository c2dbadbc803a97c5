"""How the next opening is said, and what is said when there is none."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config.hours import DAYS, parse_hours
from gateway.notices.catalogue import LANGUAGES, Notices

ZONE = ZoneInfo("Europe/Berlin")
WEEK = {day: ["09:00-12:30", "13:30-17:00"] for day in DAYS[:5]}
OFFICE = parse_hours(WEEK, ZONE)
NOTICES = Notices("Fernhill Outdoor")


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp()


@pytest.mark.parametrize(
    ("when", "language", "said"),
    [
        ("2030-01-07 07:00", "en", "09:00"),
        ("2030-01-07 18:00", "en", "tomorrow 09:00"),
        ("2030-01-04 18:00", "en", "Monday 09:00"),
        ("2030-01-04 18:00", "de", "am Montag um 09:00 Uhr"),
        ("2030-01-04 18:00", "fr-CA", "lundi à 09:00"),
        ("2030-01-04 18:00", "es", "el lunes a las 09:00"),
        ("2030-01-04 18:00", "it", "lunedì alle 09:00"),
        ("2030-01-04 18:00", "pt_BR", "segunda-feira às 09:00"),
        ("2030-01-04 18:00", "nl", "maandag om 09:00 uur"),
        ("2030-01-04 18:00", "ja", "Monday 09:00"),
        ("2030-01-07 18:00", "de", "morgen um 09:00 Uhr"),
        ("2030-01-07 18:00", "es", "mañana a las 09:00"),
    ],
)
def test_how_the_next_opening_is_said(when: str, language: str, said: str) -> None:
    assert NOTICES.opens_text(OFFICE, at(when), language) == said


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Thursday 1 August 09:00"),
        ("de", "am Donnerstag, dem 1. August, um 09:00 Uhr"),
        ("fr", "jeudi 1er août à 09:00"),
        ("pt", "quinta-feira, 1º de agosto, às 09:00"),
    ],
)
def test_a_week_ahead_needs_a_date(language: str, said: str) -> None:
    closed = [date(2030, 7, day) for day in range(19, 32)]
    hours = parse_hours(WEEK, ZONE, closed)
    assert NOTICES.opens_text(hours, at("2030-07-19 10:00"), language) == said


def test_none_to_wait_for_is_said_by_nothing() -> None:
    assert NOTICES.opens_text(parse_hours("always", ZONE), at("2030-01-07 10:00"), "en") == ""


def test_while_open_it_is_this_very_moment() -> None:
    assert NOTICES.opens_text(OFFICE, at("2030-01-07 10:20"), "en") == "10:20"


def test_the_moment_of_a_clock_change() -> None:
    hours = parse_hours({"sun": "02:30-04:00"}, ZONE)
    assert NOTICES.opens_text(hours, at("2030-03-31 00:00"), "en") == "03:00"


def test_the_business_s_own_language_where_none_is_known() -> None:
    german = Notices("Fernhill Outdoor", fallback="de")
    assert german.opens_text(OFFICE, at("2030-01-07 18:00")) == "morgen um 09:00 Uhr"


@given(st.integers(int(at("2011-01-01 00:00")), int(at("2035-01-01 00:00"))))
def test_it_can_always_be_said(now: int) -> None:
    for language in LANGUAGES:
        text = NOTICES.opens_text(OFFICE, now, language)
        assert text
        assert "{" not in text
