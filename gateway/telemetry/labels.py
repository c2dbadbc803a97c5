"""The values by which figures may be told apart, kept to a number that is known beforehand."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection

OTHER = "other"
# Reasons, loops and stages are words of the program; no more of them than this are told apart.
MOST_WORDS = 64
_WORD = re.compile(r"[a-z][a-z_]{0,40}")
# Models, actions and intents are named in the configuration.
_NAME = re.compile(r"[A-Za-z][\w.-]{0,63}")


class Labels:
    """``channels`` are the names that the configuration has; rows may hold older ones."""

    def __init__(self, channels: Collection[str]) -> None:
        self._channels = frozenset(channels)
        self._words: set[str] = set()
        self._names: defaultdict[str, set[str]] = defaultdict(set)

    def channel(self, name: str) -> str:
        return name if name in self._channels else OTHER

    def word(self, value: str) -> str:
        if value in self._words:
            return value
        if len(self._words) >= MOST_WORDS or _WORD.fullmatch(value) is None:
            return OTHER
        self._words.add(value)
        return value

    def name(self, sort: str, value: str) -> str:
        """Of each sort (``model``, ``action``, ``intent``) as many are told apart as words."""
        known = self._names[sort]
        if value in known:
            return value
        if len(known) >= MOST_WORDS or _NAME.fullmatch(value) is None:
            return OTHER
        known.add(value)
        return value
