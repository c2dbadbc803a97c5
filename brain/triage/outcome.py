"""Recognises that an exchange did not help: said so, asked again, or not to be understood."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from brain.triage.vocabulary import Vocabulary
from brain.triage.words import clauses, fold, has_digits, has_letters

_STEM = 5
_SAME = 0.75
_PASSABLE_VOWELS = 0.18
_LEAST_LETTERS = 5
_LONG_WORDS = 6
_KEYBOARD = re.compile(r"asdf|sdfg|dfgh|fghj|ghjk|hjkl|qwer|wert(?:y|z)u|zxcv|xcvb|yxcv")
_LATIN = re.compile(r"[a-z]+")


def says_not_helpful(text: str, vocabularies: Iterable[Vocabulary]) -> bool:
    parts = clauses(text)
    return any(
        pattern.search(clause)
        for vocabulary in vocabularies
        for clause in (vocabulary.clause(part) for part in parts)
        for pattern in vocabulary.not_helpful
    )


def content(text: str, function_words: Iterable[frozenset[str]]) -> frozenset[str]:
    """The stems of the words that carry the question."""
    common = frozenset[str]().union(*function_words)
    return frozenset(word[:_STEM] for part in clauses(text) for word in part if word not in common)


def asked_before(question: frozenset[str], earlier: Sequence[frozenset[str]]) -> bool:
    """True when nearly the same words were asked before."""
    if not question:
        return False
    return any(len(question & other) / len(question | other) >= _SAME for other in earlier)


def understandable(text: str) -> bool:
    """False for nothing, signs only, and keys hit at random."""
    if has_digits(text):
        return True
    if not has_letters(text):
        return False
    words = _LATIN.findall(fold(text[:500]))
    letters = "".join(words)
    if len(letters) < _LEAST_LETTERS or len(words) > _LONG_WORDS:
        return True
    vowels = sum(char in "aeiouy" for char in letters)
    return vowels / len(letters) >= _PASSABLE_VOWELS and not all(map(_KEYBOARD.search, words))
