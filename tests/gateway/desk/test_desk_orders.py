"""What lines in a thread mean, what a brief says, and what becomes of a message: the tables."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.desk.orders import LONGEST_SNOOZE, Order, order_of, seconds_of
from gateway.desk.posts import Facts, brief, clipped

LINES = {
    "It leaves today.": Order("plain", "It leaves today."),
    "// hard case": Order("note", "hard case"),
    "\u200b// hard case": Order("note", "hard case"),
    "!take": Order("take"),
    "!TAKE": Order("take"),
    "\uff01take": Order("take"),
    "\u200b!take": Order("take"),
    "!send  On Friday.\nAt noon.": Order("send", "On Friday.\nAt noon."),
    "!send": Order("send"),
    "!note he is upset": Order("note", "he is upset"),
    "!assign @U0CLEO": Order("assign", "@U0CLEO"),
    "!snooze 2h": Order("snooze", "2h"),
    "!ask how long?": Order("ask", "how long?"),
    "!reslove": Order("unknown", "reslove"),
    "!sendit to them": Order("unknown", "sendit"),
    "! that was loud": Order("plain", "! that was loud"),
    "!!": Order("plain", "!!"),
    ">> quoted": Order("plain", ">> quoted"),
    "take !take": Order("plain", "take !take"),
    "": Order("plain"),
}
MARKED = {
    "let me look": Order("note", "let me look"),
    ">> On Friday.": Order("send", "On Friday."),
    ">>": Order("send"),
    "// a note": Order("note", "a note"),
    "!take": Order("take"),
    "look: >> On Friday": Order("note", "look: >> On Friday"),
}
SPANS = {
    "30m": 1_800.0,
    "2h": 7_200.0,
    " 3 d ": 259_200.0,
    "90 min": 5_400.0,
    "30d": LONGEST_SNOOZE,
}


@pytest.mark.parametrize(("typed", "order"), LINES.items(), ids=map(repr, LINES))
def test_the_owner_s_plain_lines_are_the_customer_s(typed: str, order: Order) -> None:
    assert order_of(typed, marked_only=False) == order


@pytest.mark.parametrize(("typed", "order"), MARKED.items(), ids=map(repr, MARKED))
def test_where_only_marked_lines_are(typed: str, order: Order) -> None:
    assert order_of(typed, marked_only=True) == order


@pytest.mark.parametrize(("typed", "seconds"), SPANS.items(), ids=SPANS)
def test_spans(typed: str, seconds: float) -> None:
    assert seconds_of(typed) == seconds


@pytest.mark.parametrize("typed", ["", "soon", "0m", "-1h", "31d", "1h 30m", "9999999h", "h"])
def test_what_is_no_span(typed: str) -> None:
    assert seconds_of(typed) is None


WHOLE: dict[str, Any] = {
    "question": "Where is my parcel?\nIt was due on Monday.",
    "identity": "site",
    "reason": "contact_again",
    "rule": "contact 3 on the same matter",
    "tried": ["Parcels take three days."],
    "concluded": "the parcel is late",
    "sources": [{"title": "Shipping", "url": "https://help.example/shipping", "passage": "p"}],
    "steps": ["Look at the label"],
    "suggested": "It is on its way.",
}


def facts(**changes: Any) -> Facts:
    given: dict[str, Any] = {
        "brief": WHOLE,
        "customer": "Ada",
        "accounts": ["T1/U1"],
        "contact": 3,
        "actions": ["Refund (done)"],
        "mood": "frustrated",
        "limits": "55 min left",
        "tier": "3",
    }
    return Facts(**{**given, **changes})


def test_a_whole_brief_has_eight_lines_and_all_of_it() -> None:
    lines = brief(facts()).splitlines()
    assert len(lines) == 8
    told = brief(facts())
    for each in ("parcel", "contact again", "Ada", "contact no. 3", "three days", "Shipping"):
        assert each in told
    for each in ("Refund", "frustrated", "55 min", "on its way", "site", "tier 3"):
        assert each in told


@pytest.mark.parametrize("length", [0, 1, 300, 20_000])
def test_a_brief_is_never_longer_than_eight_lines(length: int) -> None:
    long = "word\n" * length
    told = {**WHOLE, "question": long, "suggested": long, "concluded": long, "tried": [long]}
    shown = brief(facts(brief=told, actions=[long], accounts=[long[:400]]))
    assert len(shown.splitlines()) <= 8


def test_what_is_empty_is_left_out() -> None:
    told = {"question": "Hello?", "reason": "asked_for_person"}
    shown = brief(facts(brief=told, actions=[], mood="", limits="", tier="", contact=1))
    assert [line.split(":")[0] for line in shown.splitlines()] == ["- **Asks", "- **Why", "- **Who"]


def test_what_is_clipped_says_so() -> None:
    assert clipped("x" * 10, 5) == "xxxx…"
    assert clipped("a\n b", 5) == "a b"
