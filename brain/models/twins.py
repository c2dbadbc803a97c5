"""Tells when two passages speak of near-identical things, a product and its sister, and which of
them a question names. Pure; it prefers neither."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from brain.contract import Passage
from brain.triage.words import clauses

Content = Callable[[str], frozenset[str]]

# Of the words of the shorter name, how many both must have; less where numbers tell them apart.
_SHARED = 0.6
_SHARED_NUMBERED = 0.5
_MOST_APART = 2
LABEL = 20


@dataclass(frozen=True, slots=True)
class Twins:
    """Two names and the words that tell one from the other; one of the two may have none."""

    first: str
    second: str
    only_first: frozenset[str]
    only_second: frozenset[str]


def twins(one: Passage, other: Passage) -> Twins | None:
    """None where the passages speak of the same thing, or of things nobody would mix up."""
    for first, second in _names(one, other):
        left, right = _words(first), _words(second)
        shared, apart = left & right, (left - right, right - left)
        if not shared or max(map(len, apart)) > _MOST_APART or left == right:
            return None
        numbered = any(any(c.isdigit() for c in word) for side in apart for word in side)
        if not numbered and one.document == other.document:
            # "Buying a gift card" and "Using a gift card" are two sections, not two things.
            return None
        least = _SHARED_NUMBERED if numbered else _SHARED
        if len(shared) / min(len(left), len(right)) >= least:
            return Twins(first, second, *apart)
    return None


def named(question: str, pair: Twins) -> frozenset[str]:
    """Those of the two names that the question says."""
    asked = _words(question)
    # A sister without a word of its own is named by the words of its whole name.
    says = {
        pair.first: bool(pair.only_first & asked)
        or (not pair.only_first and _words(pair.first) <= asked),
        pair.second: bool(pair.only_second & asked)
        or (not pair.only_second and _words(pair.second) <= asked),
    }
    if all(says.values()) and not (pair.only_first and pair.only_second):
        # "Trail 200 Pro" says "Trail 200" too, and means itself.
        return frozenset({pair.first if pair.only_first else pair.second})
    return frozenset(name for name, said in says.items() if said)


def labels(pair: Twins) -> tuple[str, str]:
    """Both names short enough for a button, on word boundaries, and still told apart."""
    first = _label(pair.first, pair.only_first)
    second = _label(pair.second, pair.only_second)
    return first, second


def _label(name: str, telling: frozenset[str]) -> str:
    """A long name from its start to the telling words, else these with what fits before them."""
    if len(name) <= LABEL:
        return name
    words = name.split()
    at = [i for i, word in enumerate(words) if _words(word) & telling] or [0]
    start, end = min(at), max(at) + 1
    while start > 0 and len(" ".join(words[start - 1 : end])) <= LABEL:
        start -= 1
    return " ".join(words[start:end])[:LABEL].rstrip()


def _names(one: Passage, other: Passage) -> Iterable[tuple[str, str]]:
    """The titles; within one document, the first headings that differ."""
    if one.document != other.document:
        yield one.title, other.title
        return
    for left, right in zip(one.title_path, other.title_path, strict=False):
        if left != right:
            yield left, right
            return


def _words(text: str) -> frozenset[str]:
    return frozenset(word for part in clauses(text) for word in part)
