"""Answers in another language than their source: a sentence is borne by words that are copied from
it. Pure; what the words mean in both languages it cannot judge."""

from __future__ import annotations

import re

from brain.contract import Passage

# A shorter quote is found anywhere.
_SHORTEST = 12
# Translations differ in length, but not by so much.
_LONGER = 2.0
_ROOM = 40
_MARKS = re.compile(r"[\s*_`#>|\\\"“”„«»'’]+")


def is_foreign(passage: Passage, language: str | None) -> bool:
    """Whether the passage is known to be in another language than the answer."""
    spoken = _spoken(passage.language)
    return bool(spoken and language and spoken != _spoken(language))


def found_in(quote: str, passage: Passage) -> bool:
    """Whether the words stand in the passage just so."""
    words = _bare(quote)
    return len(words) >= _SHORTEST and words in _bare(passage.text)


def says_more(claim: str, quote: str) -> bool:
    """Whether a sentence is too long to be only what its quote says."""
    return len(claim) > _LONGER * len(quote) + _ROOM


def _bare(text: str) -> str:
    return _MARKS.sub(" ", text).strip().casefold()


def _spoken(language: str | None) -> str:
    return (language or "").lower().replace("_", "-").partition("-")[0]
