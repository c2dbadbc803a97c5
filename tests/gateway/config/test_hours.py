"""Opening hours: over clock changes, holidays and midnight, and what cannot be understood."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.config.hours import DAYS, Hours, parse_holiday, parse_hours, parse_zone
from gateway.config.settings import BusinessSettings
from gateway.errors import ConfigurationError

ZONE = "Europe/Berlin"
OFFICE = {day: ["09:00-12:30", "13:30-17:00"] for day in DAYS[:5]}


def at(text: str, zone: str = ZONE, fold: int = 0) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp()


def hours_of(hours: object, zone: str = ZONE, *holidays: str) -> Hours:
    return parse_hours(hours, ZoneInfo(zone), [date.fromisoformat(day) for day in holidays])


@pytest.fixture(scope="module")
def office() -> Hours:
    return hours_of(OFFICE, ZONE, "2030-01-01", "2029-12-31")


@pytest.mark.parametrize(
    ("when", "is_open"),
    [
        ("2030-01-07 08:59:59", False),
        ("2030-01-07 09:00", True),
        ("2030-01-07 12:29:59", True),
        ("2030-01-07 12:30", False),
        ("2030-01-07 16:59", True),
        ("2030-01-05 10:00", False),  # a Saturday
        ("2030-01-01 10:00", False),  # a holiday
        ("2030-07-01 09:00", True),  # the same wall clock in summer
    ],
)
def test_open_on_the_wall_clock(office: Hours, when: str, *, is_open: bool) -> None:
    assert office.is_open(at(when)) is is_open


@pytest.mark.parametrize(
    ("when", "opens"),
    [
        ("2030-01-07 07:00", "2030-01-07 09:00"),
        ("2030-01-07 12:45", "2030-01-07 13:30"),
        ("2030-01-04 17:00", "2030-01-07 09:00"),  # Friday evening
        ("2029-12-28 18:00", "2030-01-02 09:00"),  # a week-end and two holidays
        ("2030-03-29 17:00", "2030-04-01 09:00"),  # the clock goes forward on Sunday
        ("2030-10-25 17:00", "2030-10-28 09:00"),  # and back
        ("2030-01-07 10:00", "2030-01-07 10:00"),  # open already
    ],
)
def test_the_next_opening(office: Hours, when: str, opens: str) -> None:
    assert office.opens(at(when)) == at(opens)


def test_always_has_no_next_opening() -> None:
    always = hours_of("always")
    assert always.is_open(at("2030-03-31 02:30"))
    assert always.opens(at("2030-03-31 02:30")) is None
    assert hours_of({day: ["00:00-24:00"] for day in DAYS}, ZONE).opens(0) is None


def test_always_but_for_holidays() -> None:
    hours = hours_of("always", ZONE, "2030-12-25")
    assert not hours.is_open(at("2030-12-25 12:00"))
    assert hours.opens(at("2030-12-25 12:00")) == at("2030-12-26 00:00")


def test_never_has_no_next_opening() -> None:
    never = Hours(((),) * 7, ZoneInfo(ZONE))
    assert not never.is_open(at("2030-01-07 10:00"))
    assert never.opens(at("2030-01-07 10:00")) is None


def test_a_night_goes_on_after_midnight() -> None:
    hours = hours_of({"sun": ["22:00-06:00"]})
    assert hours.is_open(at("2030-01-06 23:00"))
    assert hours.is_open(at("2030-01-07 05:59"))
    assert not hours.is_open(at("2030-01-07 06:00"))
    assert hours.opens(at("2030-01-07 06:00")) == at("2030-01-13 22:00")


def test_a_span_begins_when_the_skipped_hour_ends() -> None:
    hours = hours_of({"sun": ["02:30-04:00"]})
    change = at("2030-03-31 03:00")
    assert not hours.is_open(change - 1)
    assert hours.is_open(change)
    assert hours.opens(at("2030-03-31 00:00")) == change


def test_a_span_within_the_skipped_hour_waits_a_week() -> None:
    hours = hours_of({"sun": ["02:15-02:45"]})
    assert hours.opens(at("2030-03-30 12:00")) == at("2030-04-07 02:15")


def test_a_repeated_hour_opens_once() -> None:
    hours = hours_of({"sun": ["02:00-02:30"]})
    assert hours.is_open(at("2030-10-27 02:15"))
    assert not hours.is_open(at("2030-10-27 02:15", fold=1))
    assert hours.opens(at("2030-10-27 02:30")) == at("2030-11-03 02:00")


def test_a_midnight_that_the_clock_skips() -> None:
    zone = "America/Santiago"  # 2030-09-08 begins at 01:00
    hours = hours_of({"sat": ["20:00-24:00"], "sun": ["00:00-02:00"]}, zone)
    first = at("2030-09-08 01:00", zone)
    assert hours.is_open(first - 1)
    assert hours.is_open(first)
    assert not hours.is_open(at("2030-09-08 02:00", zone))


@pytest.mark.parametrize(
    ("hours", "path", "mend"),
    [
        ({"monday": ["09:00-17:00"]}, ("monday",), 'did you mean "mon"?'),
        ({"mon": ["9-17"]}, ("mon", 0), "09:00-12:30"),
        ({"mon": "9-17"}, ("mon",), "09:00-12:30"),
        ({"mon": "09:00-17:00-18:00"}, ("mon",), "09:00-12:30"),
        ({"mon": "nine to five"}, ("mon",), "09:00-12:30"),
        ({"mon": ["09:00-12:00", "25:00-26:00"]}, ("mon", 1), "00:00 to 24:00"),
        ({"mon": ["09:60-12:00"]}, ("mon", 0), "00:00 to 24:00"),
        ({"mon": ["24:00-02:00"]}, ("mon", 0), "00:00 to 24:00"),
        ({"mon": ["09:00-24:01"]}, ("mon", 0), "00:00 to 24:00"),
        ({"mon": ["09:00-09:00"]}, ("mon", 0), "00:00-24:00"),
        ({"mon": [900]}, ("mon", 0), "09:00-12:30"),
        ({"mon": ["09:00-10:00"] * 25}, ("mon",), "join some"),
        ({"mon": {"from": 9}}, ("mon",), "09:00-12:30"),
        ({"mon": None}, ("mon",), "09:00-12:30"),
        ({}, (), "always"),
        ({"mon": []}, (), "always"),
        ({"mon": "closed"}, (), "always"),
        ("sometimes", (), "always"),
        (None, (), "always"),
        (7, (), "always"),
    ],
)
def test_hours_that_cannot_be_understood(
    hours: object, path: tuple[str | int, ...], mend: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        hours_of(hours)
    (problem,) = caught.value.problems
    assert problem.path == path
    assert mend in problem.mend


def test_every_problem_of_the_hours_at_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        hours_of({"mon": "x, 09:00-12:00", "tue": ["y", "10:00-11:00", 3], "funday": "closed"})
    places = [problem.path for problem in caught.value.problems]
    assert places == [("mon",), ("tue", 0), ("tue", 2), ("funday",)]


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../etc/passwd", "", "Europe", "Europe/Ber\0lin"])
def test_unknown_time_zones(zone: str) -> None:
    with pytest.raises(ValueError, match="must be a time zone like Europe/Berlin"):
        parse_zone(zone)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("25.12.2030", "must be a date"),
        ("20301225", "must be a date"),
        ("2030-12-25T00:00", "must be a date"),
        ("2030-02-30", "no calendar has"),
        (20301225, "must be a date"),
        (datetime(2030, 12, 25, tzinfo=ZoneInfo("UTC")), "must be a date"),
        (None, "must be a date"),
    ],
)
def test_holidays_must_be_dates(value: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_holiday(value)


def test_a_day_may_be_one_line_of_text() -> None:
    written = hours_of({"mon": "09:00-12:30, 13:30-17:00", "sun": "closed"})
    assert written.week == hours_of({"mon": OFFICE["mon"]}).week


def test_until_midnight_is_not_past_it() -> None:
    until = hours_of({"fri": "20:00-24:00"})
    assert until == hours_of({"fri": "20:00-00:00"})
    assert not until.is_open(at("2030-01-05 00:00"))


def business(**keys: object) -> BusinessSettings:
    return BusinessSettings.model_validate(keys)


def test_the_business_has_its_hours_in_its_own_zone() -> None:
    found = business(hours={"mon": "09:00-17:00"}, timezone="Asia/Tokyo", holidays=["2030-01-14"])
    assert found.hours == hours_of({"mon": ["09:00-17:00"]}, "Asia/Tokyo", "2030-01-14")
    assert found.hours is not None
    assert found.hours.is_open(at("2030-01-07 09:00", "Asia/Tokyo"))
    assert not found.hours.is_open(at("2030-01-14 09:00", "Asia/Tokyo"))


def test_the_order_of_the_keys_does_not_matter() -> None:
    keys = {"hours": "always", "holidays": ["2030-12-25"], "timezone": ZONE}
    assert business(**keys) == business(**dict(reversed(keys.items())))


def test_without_hours_people_are_always_there_but_on_holidays() -> None:
    assert business().hours is None
    assert business(hours=None).hours is None
    assert business(holidays=["2030-12-25"], timezone=ZONE).hours == hours_of(
        "always", ZONE, "2030-12-25"
    )


def test_parsed_hours_may_be_given_as_they_are(office: Hours) -> None:
    assert BusinessSettings(hours=office).hours is office


MINUTES = st.integers(0, 24 * 60 - 1).map(lambda minute: f"{minute // 60:02}:{minute % 60:02}")
SPANS = (
    st.tuples(MINUTES, MINUTES)
    .filter(lambda ends: ends[0] != ends[1])
    .map(lambda ends: f"{ends[0]}-{ends[1]}")
)
WEEKS = st.dictionaries(st.sampled_from(DAYS), st.lists(SPANS, min_size=1, max_size=3), min_size=1)
ZONES = st.sampled_from(
    [
        *(ZONE, "America/New_York", "America/St_Johns", "America/Santiago", "Australia/Lord_Howe"),
        *("Asia/Kathmandu", "Africa/Cairo", "Pacific/Apia", "UTC"),
    ]
)
MOMENTS = st.one_of(
    st.integers(int(at("2011-01-01 00:00")), int(at("2035-01-01 00:00"))).map(float),
    # Around a change of the clock, where hours go missing or come twice.
    st.integers(-90_000, 90_000).map(lambda seconds: at("2030-03-31 03:00") + seconds),
    st.integers(-90_000, 90_000).map(lambda seconds: at("2030-10-27 03:00") + seconds),
)


@settings(deadline=None, max_examples=150)
@given(WEEKS, ZONES, MOMENTS, st.sets(st.integers(0, 20), max_size=5), st.data())
def test_the_next_opening_is_open_and_nothing_before_it_is(
    week: dict[str, list[str]], zone: str, now: float, ahead: set[int], data: st.DataObject
) -> None:
    day = datetime.fromtimestamp(now, ZoneInfo(zone)).date().toordinal()
    hours = parse_hours(week, ZoneInfo(zone), [date.fromordinal(day + days) for days in ahead])
    opening = hours.opens(now)
    if hours.always:
        assert opening is None
        return
    assert opening is not None
    assert opening >= now
    assert hours.is_open(opening)
    assert (opening == now) is hours.is_open(now)
    if opening > now:
        assert not hours.is_open(opening - 0.001)
        between = data.draw(st.floats(now, opening, exclude_max=True))
        assert not hours.is_open(between)


@settings(deadline=None, max_examples=150)
@given(MOMENTS)
def test_office_hours_follow_the_wall_clock(now: float) -> None:
    hours = hours_of(OFFICE)
    here = datetime.fromtimestamp(now, ZoneInfo(ZONE))
    minute = here.hour * 60 + here.minute
    staffed = 540 <= minute < 750 or 810 <= minute < 1020
    assert hours.is_open(now) is (here.weekday() < 5 and staffed)
