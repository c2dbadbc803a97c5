"""Answers without a model: picks and joins what the passages say, word for word. It writes no word
of its own and never says the same text twice in a case."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from brain.contract import Citation, Embedder, Hit, Passage
from brain.models.confidence import confidence, cover, near_best
from brain.models.units import Unit, joined, units

MOST_WORDS = 90
# A section so short reads best as it was written.
_WHOLE_PASSAGE = 70
_WINDOW = 60
_RELEVANT = 0.6
_RETRY_WORDS = 150
# How close a second passage must come to be quoted too, and any to be preferred for its sentences.
_SECOND = 0.92
_PREFERRED = 0.9
_UNIT_WEIGHT = 0.5
_MOST_UNITS = 24
_MOST_COMPARED = 24
_MOST_PASSAGES = 3

Content = Callable[[str], frozenset[str]]


@dataclass(frozen=True, slots=True)
class Answer:
    """``text`` is empty where nothing new can be said."""

    text: str = ""
    citations: tuple[Citation, ...] = ()
    confidence: float = 0.0


@dataclass(frozen=True, slots=True)
class Asked:
    """``told`` are the answers of this case, ``earlier`` the passages that they cited;
    ``differently`` says that they did not help."""

    question: str
    told: tuple[str, ...] = ()
    earlier: tuple[str, ...] = ()
    differently: bool = False


@dataclass(frozen=True, slots=True)
class _Candidate:
    """``fit`` orders candidates of one question; ``sure`` holds between questions."""

    passage: Passage
    units: tuple[Unit, ...]
    relevance: tuple[float, ...]
    score: float
    fit: float
    sure: float


class Extractive:
    """Blocking: with an embedder it compares sentences by meaning, without one by words."""

    name = "extractive"

    def __init__(self, content: Content, embedder: Embedder | None = None) -> None:
        self._content = content
        self._embedder = embedder

    def answer(self, asked: Asked, hits: Sequence[Hit]) -> Answer:
        candidates = self._candidates(asked, hits)
        told = {_bare(text) for text in asked.told}
        for picks in _ways(asked, candidates):
            text = "\n\n".join(joined(chosen) for _, chosen in picks)
            if text and not any(_bare(text) in before for before in told):
                cited = tuple(_citation(candidate.passage, chosen) for candidate, chosen in picks)
                return Answer(text, cited, picks[0][0].sure)
        return Answer()

    def _candidates(self, asked: Asked, hits: Sequence[Hit]) -> list[_Candidate]:
        question = self._content(asked.question)
        near = near_best(hits, _PREFERRED)
        relevance = self._relevance(asked.question, question, hits, near)
        found = [
            _Candidate(
                passage=hit.passage,
                units=_pieces(hit),
                relevance=relevant,
                score=hit.score,
                fit=hit.score + (_UNIT_WEIGHT * max(relevant, default=0.0) if hit in near else 0.0),
                sure=confidence(hit, cover(question, self._content(_read(hit.passage)))),
            )
            for hit, relevant in zip(hits, relevance, strict=True)
        ]
        return sorted(found, key=lambda candidate: -candidate.fit)

    def _relevance(
        self, asked: str, question: frozenset[str], hits: Sequence[Hit], near: Sequence[Hit]
    ) -> list[tuple[float, ...]]:
        """Of every piece of every hit; by meaning only where the answer may come from."""
        pieces = [[_headed(hit, unit) for unit in _pieces(hit)] for hit in hits]
        if self._embedder is None:
            return [tuple(cover(question, self._content(text)) for text in p) for p in pieces]
        compared = _affordable(pieces[: len(near)])
        vector, *others = self._embedder.embed([asked, *(text for p in compared for text in p)])
        alike = iter([_dot(vector, other) for other in others])
        found = [tuple(next(alike) for _ in piece) for piece in compared]
        return [*found, *(tuple(0.0 for _ in piece) for piece in pieces[len(compared) :])]


_Pick = tuple[_Candidate, tuple[Unit, ...]]


def _ways(asked: Asked, candidates: Sequence[_Candidate]) -> Iterator[list[_Pick]]:
    """Answers to try, the best first; after one that did not help, another passage first."""
    fresh = [c for c in candidates if c.passage.id not in asked.earlier]
    pool = fresh if asked.differently and fresh else candidates
    if pool:
        yield _joined(pool)
    for candidate in pool:
        yield [(candidate, _chosen(candidate, MOST_WORDS))]
    for candidate in candidates:
        yield [(candidate, _first(candidate.units, _RETRY_WORDS))]


def _joined(pool: Sequence[_Candidate]) -> list[_Pick]:
    """The best passage, and what the next one adds if it comes close and there is room."""
    best, *rest = pool
    picks = [(best, _chosen(best, MOST_WORDS))]
    room = MOST_WORDS - _words(picks[0][1])
    for other in rest[:2]:
        chosen = _chosen(other, room)
        close = other.score >= _SECOND * best.score and _peak(other) >= _PREFERRED * _peak(best)
        if close and chosen and _words(chosen) <= room:
            picks.append((other, chosen))
            break
    return picks


def _peak(candidate: _Candidate) -> float:
    return max(candidate.relevance, default=0.0)


def _chosen(candidate: _Candidate, room: int) -> tuple[Unit, ...]:
    everything = candidate.units
    if not everything or _words(everything) <= min(_WHOLE_PASSAGE, room):
        return everything
    best = max(range(len(everything)), key=lambda at: candidate.relevance[at])
    least = _RELEVANT * candidate.relevance[best]
    first = last = best
    while last + 1 < len(everything) and (
        everything[last].leads or candidate.relevance[last + 1] >= least
    ):
        if _words(everything[first : last + 2]) > min(_WINDOW, room) and not everything[last].leads:
            break
        last += 1
    # What announces a list belongs to it.
    if first > 0 and everything[first].kind != "sentence" and everything[first - 1].leads:
        first -= 1
    return everything[first : last + 1]


def _pieces(hit: Hit) -> tuple[Unit, ...]:
    return units(hit.passage.text)[:_MOST_UNITS]


def _headed(hit: Hit, unit: Unit) -> str:
    """Under its heading a short sentence says what it is about."""
    path = hit.passage.title_path
    return f"{path[-1]}: {unit.text}" if path else unit.text


def _affordable(pieces: Sequence[Sequence[str]]) -> list[Sequence[str]]:
    """The first passages, as far as comparing their sentences stays quick."""
    taken: list[Sequence[str]] = []
    for piece in pieces[:_MOST_PASSAGES]:
        if taken and sum(map(len, taken)) + len(piece) > _MOST_COMPARED:
            break
        taken.append(piece[:_MOST_COMPARED])
    return taken


def _first(pieces: Sequence[Unit], room: int) -> tuple[Unit, ...]:
    kept: list[Unit] = []
    for unit in pieces:
        if kept and _words([*kept, unit]) > room:
            break
        kept.append(unit)
    return tuple(kept)


def _words(pieces: Iterable[Unit]) -> int:
    return sum(unit.words for unit in pieces)


def _citation(passage: Passage, chosen: Sequence[Unit]) -> Citation:
    return Citation(passage.id, passage.title, passage.url, chosen[0].text)


def _read(passage: Passage) -> str:
    return "\n".join((*passage.title_path, passage.text))


def _bare(text: str) -> str:
    return " ".join(text.split())


def _dot(left: Sequence[float], right: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(left, right, strict=True))
