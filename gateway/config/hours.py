"""When the team is there: opening hours on the wall clock of a time zone, and the next opening. It
never reads a clock and never says a word to anybody."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import count
from typing import TypeAlias, cast
from zoneinfo import ZoneInfo

from gateway.config import keys
from gateway.errors import ConfigurationError, KeyPath, Problem

Span: TypeAlias = tuple[int, int]
"""Minutes since midnight on the wall clock, the end not included."""

Week: TypeAlias = tuple[tuple[Span, ...], ...]
"""The spans of each weekday, from Monday on."""

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ALWAYS = "always"
MIDNIGHT = 24 * 60
SPANS_A_DAY = 24
_WEEK = 7
_HOUR = 60
_FULL_DAY: Span = (0, MIDNIGHT)
_SPAN = re.compile(r"\s*([0-9]{1,2}):([0-9]{2})\s*[-\u2013]\s*([0-9]{1,2}):([0-9]{2})\s*")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_FORM = 'write hours like "09:00-12:30, 13:30-17:00" or "closed"'


@dataclass(frozen=True, slots=True)
class Hours:
    """A holiday is closed for its whole calendar day."""

    week: Week
    zone: ZoneInfo
    holidays: frozenset[date] = frozenset()

    @property
    def always(self) -> bool:
        return not self.holidays and all(_FULL_DAY in spans for spans in self.week)

    def is_open(self, at: float) -> bool:
        day = self.local(at).date()
        nearby = (day + timedelta(days=offset) for offset in (-1, 0, 1))
        return any(start <= at < end for start, end in self._spans(nearby))

    def opens(self, at: float) -> float | None:
        """The first moment from ``at`` on when the team is there, ``at`` itself while it is; None
        when it always is or never."""
        if self.always or not any(self.week):
            return None
        first = self.local(at).date() - timedelta(days=1)
        # Each holiday can close one day of the week at most once, so this always reaches an open
        # day; the clock change can swallow a short span, hence the weeks to spare.
        ahead = range(_WEEK * (len(self.holidays) + 4))
        days = (first + timedelta(days=offset) for offset in ahead)
        return next((max(start, at) for start, end in self._spans(days) if end > at), None)

    def after(self, at: float, seconds: float) -> float:
        """When the team has been there for so long since ``at``: a clock that stands still while it
        is away. A team that never comes is not waited for."""
        if self.always or not any(self.week):
            return at + seconds
        first, reached, left = self.local(at).date() - timedelta(days=1), at, seconds
        days = (first + timedelta(days=offset) for offset in count())
        for start, end in self._spans(days):
            begins = max(start, reached)
            if end - begins >= left:
                return begins + left
            if end > begins:
                left, reached = left - (end - begins), end
        return at + seconds

    def local(self, at: float) -> datetime:
        """Seconds since the epoch as the business's own wall clock."""
        return datetime.fromtimestamp(at, self.zone)

    def _spans(self, days: Iterable[date]) -> Iterator[tuple[float, float]]:
        for day in days:
            if day in self.holidays:
                continue
            for start, end in self.week[day.weekday()]:
                opens, closes = _instant(day, start, self.zone), _instant(day, end, self.zone)
                if opens < closes:
                    yield opens, closes


def _instant(day: date, minute: int, zone: ZoneInfo) -> float:
    """When the wall clock first shows this. A time that the clock change skips is the moment of
    the change, so that a span around it keeps its other end."""
    wall = datetime.combine(day, time()) + timedelta(minutes=minute)
    at = wall.replace(tzinfo=zone).timestamp()
    if datetime.fromtimestamp(at, zone).replace(tzinfo=None) == wall:
        return at
    before, after = int(wall.replace(tzinfo=zone, fold=1).timestamp()), int(at)
    later = datetime.fromtimestamp(after, zone).utcoffset()
    while after - before > 1:
        middle = (before + after) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == later:
            after = middle
        else:
            before = middle
    return float(after)


def parse_zone(name: str) -> ZoneInfo:
    """A zone by its name; anything that is none is a ValueError."""
    try:
        return ZoneInfo(name)
    # A name that is a folder of the database, or holds odd characters, fails in its own ways.
    except (KeyError, ValueError, OSError):
        raise ValueError("must be a time zone like Europe/Berlin") from None


def parse_holiday(value: object) -> date:
    """A calendar day; anything that is none is a ValueError."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        if isinstance(value, str) and _DATE.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        raise ValueError("is a day that no calendar has") from None
    raise ValueError("must be a date like 2030-12-25")


def parse_hours(hours: object, zone: ZoneInfo, holidays: Iterable[date] = ()) -> Hours:
    """``hours`` is ``always`` or maps weekdays to spans; a day not named is closed. A span whose
    end is not after its start goes on after midnight.

    Raises:
        ConfigurationError: with every problem, its path beginning below ``hours``.
    """
    problems: list[Problem] = []
    week = _week(hours, problems)
    if problems:
        raise ConfigurationError(problems)
    return Hours(week, zone, frozenset(holidays))


def _week(hours: object, problems: list[Problem]) -> Week:
    if hours == ALWAYS:
        return ((_FULL_DAY,),) * _WEEK
    if not isinstance(hours, Mapping):
        mend = f'like {{mon: "09:00-17:00"}}, or say "{ALWAYS}"'
        problems.append(Problem("must be weekdays with hours", (), mend))
        return ()
    week: list[set[Span]] = [set() for _ in DAYS]
    for name, value in cast("Mapping[object, object]", hours).items():
        if name not in DAYS:
            mend = keys.did_you_mean(str(name), DAYS, "weekday")
            problems.append(Problem("is not a weekday", (str(name),), mend))
            continue
        for start, end in _day(value, (name,), problems):
            _place(week, DAYS.index(name), start, end)
    if not any(week) and not problems:
        mend = f'name hours for at least one day, or say "{ALWAYS}"'
        problems.append(Problem("nobody would ever be there", (), mend))
    return tuple(tuple(sorted(spans)) for spans in week)


def _place(week: list[set[Span]], day: int, start: int, end: int) -> None:
    if start < end:
        week[day].add((start, end))
        return
    week[day].add((start, MIDNIGHT))
    if end > 0:
        week[(day + 1) % _WEEK].add((0, end))


def _day(value: object, path: KeyPath, problems: list[Problem]) -> Iterator[Span]:
    """A list's items have places of their own, the parts of one line do not."""
    if isinstance(value, str):
        parts = [] if value.strip() in {"", "closed"} else value.split(",")
        placed: list[tuple[object, KeyPath]] = [(part, path) for part in parts]
    elif isinstance(value, list | tuple):
        items = enumerate(cast("list[object]", value))
        placed = [(item, (*path, index)) for index, item in items]
    else:
        problems.append(Problem("must be hours", path, _FORM))
        return
    if len(placed) > SPANS_A_DAY:
        problems.append(Problem(f"has more than {SPANS_A_DAY} spans", path, "join some of them"))
        return
    for text, place in placed:
        yield from _span(text, place, problems)


def _span(text: object, path: KeyPath, problems: list[Problem]) -> Iterator[Span]:
    match = _SPAN.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        problems.append(Problem("must be pairs of times", path, _FORM))
        return
    hour, minute, to_hour, to_minute = (int(part) for part in match.groups())
    start, end = hour * _HOUR + minute, to_hour * _HOUR + to_minute
    if max(minute, to_minute) >= _HOUR or start >= MIDNIGHT or end > MIDNIGHT:
        problems.append(Problem("names a time that no clock shows", path, "use 00:00 to 24:00"))
    elif start == end:
        problems.append(Problem("ends as it begins", path, 'a whole day is "00:00-24:00"'))
    else:
        yield start, end
