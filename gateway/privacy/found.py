"""What a look through a text finds, and what stands in its place. Pure; it looks for nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

Kind: TypeAlias = Literal["cards", "ibans", "ids", "secrets", "emails", "phones"]
KINDS: tuple[Kind, ...] = get_args(Kind)
# How far from a number a word may stand that says what the number is.
BEFORE, AFTER = 48, 24


@dataclass(frozen=True, slots=True)
class Found:
    """``text[start:end]`` is what was found; ``shown`` takes its place."""

    start: int
    end: int
    shown: str


def replaced(text: str, found: Iterable[Found]) -> str:
    """The text with each place replaced; of two that overlap the one that begins first, then the
    longer one."""
    out: list[str] = []
    at = 0
    for one in sorted(found, key=lambda one: (one.start, -one.end)):
        if one.start < at:
            continue
        out += (text[at : one.start], one.shown)
        at = one.end
    return "".join((*out, text[at:]))


def is_near(words: re.Pattern[str], text: str, start: int, end: int) -> bool:
    """Whether one of the words stands close to a place."""
    return bool(words.search(text, max(0, start - BEFORE), start)) or bool(
        words.search(text, end, end + AFTER)
    )


def digits_of(text: str) -> str:
    """Its digits in ASCII, whatever script they were typed in."""
    return "".join(str(int(letter)) for letter in text if letter.isdecimal())
