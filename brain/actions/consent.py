"""What a whole message says to something that waits for a yes: a clear yes, a clear no, or neither.
Pure; it knows no model, and whoever asks decides what a yes is to."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeAlias

import yaml

Said: TypeAlias = Literal["yes", "no", "unclear"]
_WORDS = re.compile(r"[^\W_]+")
_YES_SIGNS = frozenset("👍✅✔")
_NO_SIGNS = frozenset("👎❌✖")
_INVISIBLE = re.compile(
    "[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe0f\ufeff\U0001f3fb-\U0001f3ff]"
)


def said(text: str) -> Said | None:
    """None where the message is about something else; ``unclear`` begins like an answer and goes
    on ("yes, but…")."""
    bare = _INVISIBLE.sub("", text).strip()
    if bare and set(bare) <= _YES_SIGNS:
        return "yes"
    if bare and set(bare) <= _NO_SIGNS:
        return "no"
    if "?" in bare:
        return "unclear" if _begins(folded(bare)) else None
    words = folded(bare)
    if words in _YES:
        return "yes"
    if words in _NO:
        return "no"
    return "unclear" if _begins(words) else None


def asks(text: str) -> bool:
    """Whether a message asks about something, so that it wants an answer and no action."""
    words = folded(text)
    return any(words[: len(phrase)] == phrase for phrase in _ASKS)


def folded(text: str) -> tuple[str, ...]:
    """The words of a text without case, accents and apostrophes."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("'", "").replace("’", ""))
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return tuple(_WORDS.findall(bare))


def _begins(words: tuple[str, ...]) -> bool:
    return bool(words) and (words[0],) in _YES


def _phrases(data: Mapping[str, Any], name: str) -> frozenset[tuple[str, ...]]:
    """Every language's: people answer in their own whatever the assistant speaks."""
    lists = [words[name] for language, words in data.items() if language != "asks"]
    return frozenset(folded(phrase) for phrases in lists for phrase in phrases)


# A small file of our own, read once with the module: a turn has no time to read one.
_DATA: Mapping[str, Any] = yaml.safe_load(
    Path(__file__).with_name("data").joinpath("consent.yaml").read_text(encoding="utf-8")
)
_NO = _phrases(_DATA, "no")
_YES = _phrases(_DATA, "yes") - _NO
_ASKS = frozenset(folded(phrase) for phrase in _DATA["asks"])
