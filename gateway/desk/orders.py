"""What a line that staff write in a thread asks for. What begins like an order and is none goes to
nobody. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

from gateway.desk.commands import bare, parse

Verb: TypeAlias = Literal[
    "plain",
    "note",
    "send",
    "take",
    "assign",
    "return",
    "snooze",
    "resolve",
    "block",
    "unblock",
    "ask",
    "edit",
    "reject",
    "unknown",
]
WORDS: dict[str, Verb] = {
    "take": "take",
    "send": "send",
    "note": "note",
    "assign": "assign",
    "return": "return",
    "snooze": "snooze",
    "resolve": "resolve",
    "block": "block",
    "unblock": "unblock",
    "ask": "ask",
    "edit": "edit",
    "reject": "reject",
}
# How each is written that wants words of its own.
WANTED: dict[Verb, str] = {
    "send": "!send what the customer is to read",
    "note": "!note what colleagues are to read",
    "assign": "!assign @colleague",
    "snooze": "!snooze 2h",
    "ask": "!ask what the assistant is to look up",
    "edit": "!edit what the customer is to read instead of the draft",
    "reject": "!reject why",
}
MARK = ">>"
# Some keyboards type the exclamation mark of another script.
_ORDER = re.compile("[!\uff01]([^\\W\\d_]+)\\s*(.*)", re.DOTALL)
_SPAN = re.compile(r"(\d{1,4})\s*(m|min|h|d)")
_SECONDS = {"m": 60.0, "min": 60.0, "h": 3_600.0, "d": 86_400.0}
LONGEST_SNOOZE = 30 * 86_400.0


@dataclass(frozen=True, slots=True)
class Order:
    verb: Verb
    text: str = ""


def order_of(typed: str, *, marked_only: bool) -> Order:
    """``marked_only`` says that only what begins with ``>>`` is for the customer."""
    text = bare(typed)
    found = _ORDER.match(text)
    if found is not None:
        verb = WORDS.get(found[1].casefold(), "unknown")
        return Order(verb, found[1] if verb == "unknown" else bare(found[2]))
    if marked_only and text.startswith(MARK):
        return Order("send", bare(text.removeprefix(MARK)))
    line = parse(text)
    return Order("note" if marked_only or line.kind == "note" else "plain", line.text)


def seconds_of(text: str) -> float | None:
    """How long ``2h`` is, at most 30 days; None for what is no time."""
    found = _SPAN.fullmatch(text.strip().casefold())
    if found is None:
        return None
    seconds = float(found[1]) * _SECONDS[found[2]]
    return seconds if 0 < seconds <= LONGEST_SNOOZE else None
