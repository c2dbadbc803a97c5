"""Finds passages that answer the same question with different numbers, dates, amounts or with yes
and no. It prefers to miss one rather than to call near-identical products a contradiction."""

from __future__ import annotations

import heapq
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from brain.contract import Embedder, Passage
from brain.knowledge.lint.statements import Cutter, Statement, generic
from brain.knowledge.lint.values import Value

MOST_CONFLICTS = 100
_MOST_COMPARED = 60
_GENERIC_WEIGHT = 0.15
_HEADING_WEIGHT = 0.2
# How much of what each says the other must say too, by weight.
_COVERED = 0.75
_COVERED_DENIAL = 0.9
_ENOUGH_WORDS = 2
_ALIKE = 0.5
# Character n-grams say how alike words are written, which is known already.
_NO_MEANING = "ngram-"
_MOST_QUOTED = 300
_DENIAL: Final = "one says yes, the other no"
_OPPOSITE = {"yes": "no", "no": "yes"}

Difference: TypeAlias = tuple[Value, Value] | Literal["one says yes, the other no"]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two passages, the one with the smaller id left, and the sentence of each; ``about`` says in
    words what differs."""

    left: Passage
    right: Passage
    left_quote: str
    right_quote: str
    about: str


def find(
    new: Sequence[Passage], others: Sequence[Passage], embedder: Embedder | None
) -> tuple[Conflict, ...]:
    """What contradicts the new passages, among themselves and in the others; the surest first, at
    most ``MOST_CONFLICTS``, one a pair. Blocking. With an embedder, pairs of sentences that mean
    different things are left out."""
    library = {passage.id: passage for passage in (*new, *others)}
    search = _Search(list(library.values()), {passage.id for passage in new})
    found = sorted(search.candidates(), key=lambda one: one.order)
    pairs: dict[tuple[str, str], _Candidate] = {}
    for candidate in found:
        pairs.setdefault(candidate.pair, candidate)
    best = list(pairs.values())[: 4 * MOST_CONFLICTS]
    if best and embedder is not None and not embedder.name.startswith(_NO_MEANING):
        best = _alike(best, embedder)
    return tuple(_conflict(candidate) for candidate in best[:MOST_CONFLICTS])


@dataclass(frozen=True, slots=True)
class _Candidate:
    left: Passage
    right: Passage
    left_said: Statement
    right_said: Statement
    covered: float
    about: Difference

    @property
    def pair(self) -> tuple[str, str]:
        return self.left.id, self.right.id

    @property
    def order(self) -> tuple[float, str, str, str, str]:
        quotes = self.left_said.quote, self.right_said.quote
        return -round(self.covered, 6), self.left.id, self.right.id, *quotes


class _Search:
    """Statements by what they could contradict and by their words; only those that share a telling
    word are compared."""

    def __init__(self, library: Sequence[Passage], new: set[str]) -> None:
        self._library = library
        self._new = new
        self._cutter = Cutter(library)
        self._said = [s for n, p in enumerate(library) for s in self._cutter.statements(n, p)]
        counts = Counter(word for said in self._said for word in said.words)
        self._weight = _weights(counts, len(self._said))
        self._by_word: dict[tuple[str, str], list[int]] = defaultdict(list)
        for at, said in enumerate(self._said):
            for group in _groups(said):
                for word in said.words - generic():
                    self._by_word[group, word].append(at)

    def candidates(self) -> Iterator[_Candidate]:
        for at, said in enumerate(self._said):
            if self._library[said.passage].id not in self._new:
                continue
            for other in self._near(at, said):
                candidate = self._compared(said, self._said[other])
                if candidate is not None:
                    yield candidate

    def _near(self, at: int, said: Statement) -> Iterable[int]:
        """The statements that share most with it, by the weight of the words."""
        shared: dict[int, float] = defaultdict(float)
        for group in _groups(said):
            for word in said.words - generic():
                weight = self._weight[word]
                for other in self._by_word.get((_OPPOSITE.get(group, group), word), ()):
                    shared[other] += weight
        shared.pop(at, None)
        return heapq.nsmallest(_MOST_COMPARED, shared, key=lambda n: (-round(shared[n], 6), n))

    def _compared(self, one: Statement, two: Statement) -> _Candidate | None:
        left, right = self._library[one.passage], self._library[two.passage]
        about = None if left is right or not _same_language(left, right) else _difference(one, two)
        if about is None or self._different_subjects(one, two):
            return None
        if left.document == right.document and _different_sections(one, two):
            return None
        covered = min(self._covers(one, two), self._covers(two, one))
        if covered < (_COVERED_DENIAL if about == _DENIAL else _COVERED):
            return None
        if right.id < left.id:
            one, two, left, right = two, one, right, left
        return _Candidate(left, right, one, two, covered, about)

    def _different_subjects(self, one: Statement, two: Statement) -> bool:
        """One names what the other does not, or they stand under different names: other products,
        countries or people."""
        names, heading = self._names(one)
        other_names, other_heading = self._names(two)
        if names - other_names - other_heading or other_names - names - heading:
            return True
        return bool(heading - other_heading - other_names and other_heading - heading - names)

    def _names(self, said: Statement) -> tuple[frozenset[str], frozenset[str]]:
        names = self._cutter.names
        return names(said.rest, said.language), names(said.title, said.language)

    def _covers(self, one: Statement, two: Statement) -> float:
        """How much of what the second says the first says, or stands under."""
        wanted = {word: self._weight[word] for word in two.words}
        if two.leans or len(two.words - generic()) < _ENOUGH_WORDS:
            share = 1.0 if two.leans else _HEADING_WEIGHT
            for word in two.heading - two.words:
                wanted[word] = share * self._weight.get(word, 1.0)
        there = one.words | one.heading
        said = sum(weight for word, weight in wanted.items() if word in there)
        return said / sum(wanted.values())


# --- What contradicts ------------------------------------------------------------------------


def _groups(said: Statement) -> Iterator[str]:
    """What the statement could contradict others in."""
    for kind in dict.fromkeys(value.kind for value in said.values):
        yield "price" if kind == "free" or kind.startswith("money") else kind
    if not said.values and not said.conditional:
        yield "no" if said.denies else "yes"


def _difference(one: Statement, two: Statement) -> Difference | None:
    """What both cannot be right about."""
    if not one.values and not two.values:
        said_apart = one.denies != two.denies and not (one.conditional or two.conditional)
        return _DENIAL if said_apart else None
    if one.denies != two.denies:
        return None
    if _is_free(one) != _is_free(two):
        return _price(one, two) or _price(two, one)
    for value in one.values:
        other = _alone(two.values, value.kind)
        if other is not None and _alone(one.values, value.kind) and value.differs(other):
            return value, other
    return None


def _is_free(said: Statement) -> bool:
    return any(value.kind == "free" for value in said.values)


def _alone(values: Iterable[Value], kind: str) -> Value | None:
    """The statement's value of that kind; None for several, which cannot be told apart."""
    found = [value for value in values if value.kind == kind]
    return found[0] if len(found) == 1 else None


def _price(one: Statement, two: Statement) -> Difference | None:
    """Free here, and a price there."""
    if one.conditional or two.conditional or one.denies or len(one.values) > 1:
        return None
    free = _alone(one.values, "free")
    prices = [value for value in two.values if value.kind.startswith("money")]
    if free is None or len(prices) != 1 or prices[0].bound != "exact" or len(two.values) > 1:
        return None
    return (free, prices[0]) if prices[0].low > 0 else None


def _different_sections(one: Statement, two: Statement) -> bool:
    """Of one article: what its sections say of different things is no contradiction."""
    return bool(one.heading - two.heading and two.heading - one.heading)


def _same_language(left: Passage, right: Passage) -> bool:
    return None in (left.language, right.language) or left.language == right.language


def _weights(counts: Mapping[str, int], total: int) -> dict[str, float]:
    weights = {word: math.log(1 + total / count) for word, count in counts.items()}
    return {
        word: weight * (_GENERIC_WEIGHT if word in generic() else 1.0)
        for word, weight in weights.items()
    }


def _alike(found: Sequence[_Candidate], embedder: Embedder) -> list[_Candidate]:
    """Those whose sentences mean much the same."""
    texts = [said.quote for one in found for said in (one.left_said, one.right_said)]
    different = list(dict.fromkeys(texts))
    vectors = dict(zip(different, embedder.embed(different), strict=True)) if different else {}

    def likeness(candidate: _Candidate) -> float:
        left, right = vectors[candidate.left_said.quote], vectors[candidate.right_said.quote]
        return sum(a * b for a, b in zip(left, right, strict=True))

    return [candidate for candidate in found if likeness(candidate) >= _ALIKE]


def _conflict(candidate: _Candidate) -> Conflict:
    left, right = candidate.left, candidate.right
    about = candidate.about
    words = about if isinstance(about, str) else _or(candidate, *about)
    if left.audience != right.audience:
        words += f" ({left.audience} and {right.audience} article)"
    return Conflict(
        left, right, _cut(candidate.left_said.quote), _cut(candidate.right_said.quote), words
    )


def _or(candidate: _Candidate, one: Value, two: Value) -> str:
    if one not in candidate.left_said.values:
        one, two = two, one
    return f"{one.said} or {two.said}"


def _cut(quote: str) -> str:
    return quote if len(quote) <= _MOST_QUOTED else f"{quote[: _MOST_QUOTED - 1]}…"
