"""How a moment to come is said: a time alone today, the day with it this week, else the date. It
knows no hours and never reads a clock."""

from __future__ import annotations

from datetime import datetime

from gateway.notices import wording
from gateway.notices.shipped import Opening

_WEEK = 7


def said(words: Opening, now: datetime, then: datetime) -> str:
    """Both are on the business's wall clock."""
    ahead = (then.date() - now.date()).days
    form = words.later
    if ahead < _WEEK:
        form = {0: words.today, 1: words.tomorrow}.get(ahead, words.weekday)
    values = {
        "time": f"{then:%H:%M}",
        "day": words.days[then.weekday()],
        "date": words.first if then.day == 1 else str(then.day),
        "month": words.months[then.month - 1],
    }
    return wording.fill(form, values)
