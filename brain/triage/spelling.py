"""Finds the known word that a mistyped one stands for, in constant time a word. It never guesses
for short words, nor for words that are right as they are."""

from __future__ import annotations

import re
from collections.abc import Iterable

LONGEST = 24
_SHORTEST = 4
_LOOSE = 5
_TWO_ERRORS = 9
_DOUBLED = re.compile(r"(.)\1")
_LEET = str.maketrans("013457", "oleast")
# Every reading of a message asks for its words many times.
_REMEMBERED = 4096


class Spelling:
    """``known`` words are never changed; those among them in ``targets`` may be meant."""

    def __init__(self, targets: Iterable[str], known: Iterable[str]) -> None:
        self._targets = frozenset(word for word in targets if len(word) >= _SHORTEST)
        self._known = frozenset(known) | self._targets
        self._near: dict[str, list[str]] = {}
        self._corrected: dict[str, str] = {}
        for word in sorted(self._targets):
            for shape in _shapes(word):
                self._near.setdefault(shape, []).append(word)

    def correct(self, word: str) -> str:
        found = self._corrected.get(word)
        if found is None:
            if len(self._corrected) >= _REMEMBERED:
                self._corrected.clear()
            found = self._corrected[word] = self._meant(word)
        return found

    def _meant(self, word: str) -> str:
        if word in self._known or not _SHORTEST - 1 <= len(word) <= LONGEST:
            return word
        plain = word.translate(_LEET) if not word.isdigit() else word
        if plain in self._known:
            return plain
        single = _DOUBLED.sub(r"\1", plain)
        if single in self._targets:
            return single
        return self._nearest(plain) or word

    def _nearest(self, word: str) -> str | None:
        candidates = {near for shape in _shapes(word) for near in self._near.get(shape, ())}
        ranked = sorted((distance(word, near), near) for near in candidates if _alike(word, near))
        if not ranked or ranked[0][0] > _allowed(ranked[0][1]):
            return None
        return ranked[0][1]


def _shapes(word: str) -> set[str]:
    """The word and what is left of it without one letter; without two where two may be wrong."""
    once = {word[:at] + word[at + 1 :] for at in range(len(word))}
    if len(word) < _TWO_ERRORS - 1:
        return {word} | once
    return {word} | once | {left[:at] + left[at + 1 :] for left in once for at in range(len(left))}


def _allowed(target: str) -> int:
    return 2 if len(target) >= _TWO_ERRORS else 1


def _alike(word: str, target: str) -> bool:
    # "tall" is no "talk": in a short word another letter makes another word.
    if len(target) >= _LOOSE:
        return (
            word[0] == target[0]
            or word[1:] == target[1:]
            or len(word) != len(target)
            or word[:2] == target[1::-1]
        )
    return word == target[1:] or (
        word[0] == target[0] and (len(word) != len(target) or sorted(word) == sorted(target))
    )


def distance(left: str, right: str) -> int:
    """Edits between two words; neighbouring letters that changed places count once."""
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, char in enumerate(left, 1):
        older, before, row = before, row, [i]
        for j, other in enumerate(right, 1):
            best = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (char != other))
            if i > 1 and j > 1 and char == right[j - 2] and left[i - 2] == other:
                best = min(best, older[j - 2] + 1)
            row.append(best)
    return row[-1]
