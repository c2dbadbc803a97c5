"""The words that a text is found by: without case and accents, cut where they get long. Pure."""

from __future__ import annotations

import re
import unicodedata

SHORTEST, LONGEST = 2, 40
_WORDS = re.compile(r"[^\W_]+")


def words(text: str) -> set[str]:
    plain = unicodedata.normalize("NFKD", text).casefold()
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return {word[:LONGEST] for word in _WORDS.findall(bare) if len(word) >= SHORTEST}
