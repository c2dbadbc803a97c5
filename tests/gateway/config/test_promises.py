"""What desks promise: how it is written, what is refused, and clocks that count in hours only."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gateway.config.hours import Hours, parse_hours
from gateway.config.promises import DAY, HOUR, MINUTE, DeskPromises, Promises, parse_span
from gateway.config.promising import problems, promises_of
from gateway.config.settings import Settings

BERLIN = ZoneInfo("Europe/Berlin")
# Monday to Friday, with a pause; Thursday the 24th is a holiday.
WEEKDAYS = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "09:00-12:00, 13:00-17:00")
TEAM = parse_hours(WEEKDAYS, BERLIN, [date(2026, 12, 24)])
SECRET = "x" * 32


def at(text: str, zone: ZoneInfo = BERLIN) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()


def said(moment: float) -> str:
    return datetime.fromtimestamp(moment, BERLIN).strftime("%Y-%m-%d %H:%M")


# from, for how long, until
CLOCKS = {
    "within a span": ("2026-12-21 09:30", 15 * MINUTE, "2026-12-21 09:45"),
    "to the very end of one": ("2026-12-21 11:30", 30 * MINUTE, "2026-12-21 12:00"),
    "over the pause": ("2026-12-21 11:50", 20 * MINUTE, "2026-12-21 13:10"),
    "from before the opening": ("2026-12-21 06:00", 15 * MINUTE, "2026-12-21 09:15"),
    "over night": ("2026-12-21 16:50", HOUR, "2026-12-22 09:50"),
    "over a holiday": ("2026-12-23 16:50", HOUR, "2026-12-25 09:50"),
    "over the weekend": ("2026-12-25 16:30", HOUR, "2026-12-28 09:30"),
    "from the weekend": ("2026-12-26 12:00", HOUR, "2026-12-28 10:00"),
    "for days": ("2026-12-21 09:00", 15 * HOUR, "2026-12-23 10:00"),
}


@pytest.mark.parametrize(("begins", "seconds", "ends"), CLOCKS.values(), ids=CLOCKS)
def test_a_clock_stands_still_while_the_team_is_away(
    begins: str, seconds: float, ends: str
) -> None:
    assert said(TEAM.after(at(begins), seconds)) == ends


def test_spans_that_overlap_count_once() -> None:
    hours = Hours(week=(((540, 720), (600, 780)),) * 7, zone=BERLIN)
    assert said(hours.after(at("2026-12-21 09:00"), 4 * HOUR)) == "2026-12-21 13:00"


@pytest.mark.parametrize("hours", [None, parse_hours("always", BERLIN), Hours(((),) * 7, BERLIN)])
def test_without_hours_every_hour_counts(hours: Hours | None) -> None:
    assert Promises(hours=hours).after(1_000.0, 900.0) == 1_900.0


def test_the_clock_change_takes_nothing_from_a_promise() -> None:
    night = parse_hours({"sun": "00:00-06:00"}, BERLIN)
    # At two it is three: the night has five hours.
    begins = at("2027-03-28 00:00")
    assert night.after(begins, 5 * HOUR) == datetime(2027, 3, 28, 4, 0, tzinfo=UTC).timestamp()


SPANS = {"15m": 900.0, "2h": 7200.0, "1d": 86_400.0, "90 m": 5400.0, "14d": 14 * DAY}


@pytest.mark.parametrize(("text", "seconds"), SPANS.items())
def test_a_time_is_written_with_its_unit(text: str, seconds: float) -> None:
    assert parse_span(text) == seconds


@pytest.mark.parametrize(
    "text", ["15", "", "0m", "m", "-5m", "15d", "1w", "1.5h", 15, None, "1e9h"]
)
def test_what_is_no_time_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="like 15m"):
        parse_span(text)


def configured(desks: dict[str, Any], **business: Any) -> Settings:
    class Entry:
        kind, as_, demo, desk, quiet_seconds = "email", None, False, "support", None

    made = Settings.model_validate({"desks": desks, "business": business})
    return made.model_copy(update={"channels": {"mail": Entry(), "web": _Web()}})


class _Web:
    kind, as_, demo, desk, quiet_seconds = "web", None, True, "web", None


WRONG: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "no such desk": (
        {"support": {"first_answer": "15m", "escalate_to": "second"}},
        ("desks", "support", "escalate_to"),
    ),
    "itself": (
        {"support": {"first_answer": "15m", "escalate_to": "support"}},
        ("desks", "support", "escalate_to"),
    ),
    "escalates never": (
        {"support": {"escalate_to": "web"}},
        ("desks", "support", "escalate_to"),
    ),
    "pages never": (
        {"support": {"page": {"url": "https://pager.example/", "secret": SECRET}}},
        ("desks", "support", "page"),
    ),
    "no such channel": (
        {"support": {"digest": {"to": "a@b.example", "channel": "post"}}},
        ("desks", "support", "digest", "channel"),
    ),
    "no mailbox": (
        {"support": {"digest": {"to": "a@b.example", "channel": "web"}}},
        ("desks", "support", "digest", "channel"),
    ),
}


@pytest.mark.parametrize(("desks", "path"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_kept_is_a_problem(desks: dict[str, Any], path: tuple[str, ...]) -> None:
    found = [problem.path for problem in problems(configured(desks))]
    assert found == [path]


def test_a_whole_desk_is_no_problem() -> None:
    desk = {
        "first_answer": "15m",
        "escalate_to": "web",
        "digest": {"to": "Team@Shop.example", "channel": "mail", "every": "hour"},
        "page": {"url": "https://pager.example/x", "secret": SECRET},
    }
    settings = configured({"support": desk}, timezone="Europe/Berlin", hours=WEEKDAYS)
    assert list(problems(settings)) == []
    promises = promises_of(settings)
    assert promises.desk("mail") == "support"
    assert promises.desk("mail", "web") == "web"
    # A desk or a channel that is gone falls back to where somebody looks.
    assert promises.desk("mail", "gone") == "support"
    assert promises.desk("gone") == "web"
    assert said(promises.due("mail", at("2026-12-21 16:50")) or 0) == "2026-12-22 09:05"
    assert promises.due("mail", None) is None
    assert promises.due("web", at("2026-12-21 16:50")) is None


def test_parts_of_the_day_are_the_businesss() -> None:
    promises = Promises({"web": DeskPromises()}, zone=BERLIN)
    bands = [promises.band(at(f"2026-12-21 {hour:02}:59")) for hour in range(24)]
    assert bands == [hour // 4 for hour in range(24)]
