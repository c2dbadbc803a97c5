"""The web and mail addresses that stand in texts, word for word. Pure; it judges none of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_WORD = re.compile(r"[^\s<>()\[\]\"'`|*\\]+")
_TRAILING = ".,;:!?…_~"


def addresses(texts: Iterable[str]) -> tuple[str, ...]:
    """Each once, in the order in which they stand there. Rather too many than too few: a word with
    a point in it counts."""
    return tuple(dict.fromkeys(found for text in texts for found in _in(text)))


def _in(text: str) -> Iterator[str]:
    for word in _WORD.findall(text):
        bare = word.rstrip(_TRAILING)
        if "://" in bare or "@" in bare or "." in bare:
            yield bare
