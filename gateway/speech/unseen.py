"""Characters that people do not see and models read: gone before a model and behind one. Pure."""

from __future__ import annotations

import re
import unicodedata

_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\ud800-\udfff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_ASCII_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_LINE_ENDS = re.compile("\r\n?|[\x85\u2028\u2029]")
_JOINED = frozenset({"Lo", "Mn", "Mc", "So", "Sk", "Sm"})
_JOINERS = re.compile("[\u200c\u200d]+")
# One chooses how a sign looks; a row of them is a message of its own.
_VARIANTS = re.compile("([\ufe00-\ufe0f])[\ufe00-\ufe0f]+")
_MARKS = re.compile(
    "([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]{4})"
    "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]+"
)


def visible(text: str) -> str:
    """The text as people see it: no tags, controls, direction marks and zero widths; a joiner only
    where it joins (emoji, Persian, Indic scripts), marks on a letter at most four."""
    if text.isascii() and not _ASCII_UNSEEN.search(text):
        return text
    text = _UNSEEN.sub("", _LINE_ENDS.sub("\n", text))
    text = _MARKS.sub(r"\1", _VARIANTS.sub(r"\1", text))
    return _JOINERS.sub(lambda found: found[0][0] if _joins(text, found) else "", text)


def _joins(text: str, found: re.Match[str]) -> bool:
    before, after = text[found.start() - 1 : found.start()], text[found.end() : found.end() + 1]
    return _is_joined(before) and _is_joined(after)


def _is_joined(letter: str) -> bool:
    return letter > "\u05ff" and unicodedata.category(letter) in _JOINED
