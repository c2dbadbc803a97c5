"""Answers without a model: picks and joins what the passages say, word for word. It writes no word
of its own and never says the same text twice in a case."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from brain.contract import Citation, Embedder, Hit, Passage
from brain.models import conditions, figures
from brain.models.confidence import confidence, cover, near_best
from brain.models.picking import Piece, focused, picked, pieces_of, untold
from brain.models.twins import named, twins
from brain.models.units import Unit, headed, joined

MOST_WORDS = 90
# How close a second passage must come to be quoted too, and any to be preferred for its sentences.
_SECOND = 0.95
_NO_LESS = 0.98
_PREFERRED = 0.9
_UNIT_WEIGHT = 0.5
# What a passage that nobody vouches for any more must be better by.
_OUT_OF_DATE = 0.06
# After an answer that did not help, another passage must be so sure against the best one.
_OTHERWISE = 0.6
# What share of an earlier answer may answer another question.
_AGAIN = 0.8
# By how much a sentence with a figure of the kind that is asked for leads over its neighbours.
_STATES = 0.25
_MOST_COMPARED = 24
_MOST_PASSAGES = 3
# A passage found only for what was asked before answers nothing new.
_DRAGGED_ALONG = 0.3
_OWN_WORDS = 0.34
_OWN_MEANING = 0.45
# "How much is it?" has no word of its own, but a meaning.
_BARE_MEANING = 0.25

Content = Callable[[str], frozenset[str]]


@dataclass(frozen=True, slots=True)
class Answer:
    """``text`` is empty where nothing new can be said. ``out_of_date`` is the day until which
    somebody vouched for the figures that it quotes, where that day is over. ``said_before`` is how
    surely the answer is one that was given already."""

    text: str = ""
    citations: tuple[Citation, ...] = ()
    confidence: float = 0.0
    out_of_date: str | None = None
    said_before: float = 0.0


@dataclass(frozen=True, slots=True)
class Asked:
    """``told`` are the answers of this case, ``earlier`` the passages that they cited;
    ``differently`` says that they did not help. ``own`` are the words of a follow-up without the
    context that ``question`` gives it; ``room`` is in words; ``today`` an ISO day. With
    ``single`` one passage answers: what is held against another answer says no more than it."""

    question: str
    told: tuple[str, ...] = ()
    earlier: tuple[str, ...] = ()
    differently: bool = False
    own: str | None = None
    room: int = MOST_WORDS
    single: bool = False
    today: str | None = None


@dataclass(frozen=True, slots=True)
class _Candidate:
    """``fit`` orders candidates of one question; ``sure`` holds between questions."""

    passage: Passage
    pieces: tuple[Piece, ...]
    score: float
    fit: float
    sure: float

    @property
    def peak(self) -> float:
        return max((piece.relevance for piece in self.pieces), default=0.0)


class Extractive:
    """Blocking: with an embedder it compares sentences by meaning, without one by words."""

    name = "extractive"

    def __init__(self, content: Content, embedder: Embedder | None = None) -> None:
        self._content = content
        self._embedder = embedder

    def answer(self, asked: Asked, hits: Sequence[Hit]) -> Answer:
        candidates = self._candidates(asked, hits)
        # Whole answers, and what of each passage they were joined of.
        told = {_bare(one) for text in asked.told for one in (text, *text.split("\n\n"))}
        before = 0.0
        for picks in _ways(asked, candidates):
            texts = [joined(chosen) for _, chosen in picks]
            text = "\n\n".join(texts)
            if not text:
                continue
            if not any(_is_told(_bare(part), told, asked) for part in (text, *texts)):
                cited = tuple(_citation(candidate.passage, chosen) for candidate, chosen in picks)
                stale = _outdated(asked.today, picks)
                return Answer(text, cited, picks[0][0].sure, stale, before)
            before = max(before, picks[0][0].sure)
        return Answer(said_before=before)

    def _candidates(self, asked: Asked, hits: Sequence[Hit]) -> list[_Candidate]:
        hits = _not_the_sister(asked.question, hits)
        question = self._content(asked.question)
        near = near_best(hits, _PREFERRED)
        pieces = self._pieces(asked, hits, len(near))
        name = self._embedder.name if self._embedder is not None else ""
        read = [self._content(_read(hit.passage)) for hit in hits]
        sure = [
            confidence(hit, cover(question, words), hits, name)
            for hit, words in zip(hits, read, strict=True)
        ]
        found = [
            _Candidate(hit.passage, said, hit.score, hit.score, likely)
            for hit, said, likely in zip(hits, pieces, sure, strict=True)
        ]
        weighed = [
            self._weighed(asked, candidate, words, near=hit in near)
            for candidate, words, hit in zip(found, read, hits, strict=True)
        ]
        return sorted(weighed, key=lambda candidate: -candidate.fit)

    def _weighed(
        self, asked: Asked, candidate: _Candidate, words: frozenset[str], *, near: bool
    ) -> _Candidate:
        sure = candidate.sure
        fit = candidate.score + (_UNIT_WEIGHT * candidate.peak if near else 0.0)
        if _is_over(candidate.passage.review_by, asked.today):
            fit -= _OUT_OF_DATE
        if self._is_dragged_along(asked, candidate, words):
            sure, fit = sure * _DRAGGED_ALONG, fit * _DRAGGED_ALONG
        return replace(candidate, fit=fit, sure=sure)

    def _is_dragged_along(self, asked: Asked, candidate: _Candidate, words: frozenset[str]) -> bool:
        """Of a follow-up's own words the passage has none, nor their meaning."""
        if asked.own is None:
            return False
        own = self._content(asked.own)
        if not own and len(asked.own.split()) == 1:
            # "Why?" asks for more of what was said, and for nothing else.
            return candidate.passage.id not in asked.earlier
        if own and cover(own, words) >= _OWN_WORDS:
            return False
        least = _OWN_MEANING if own else _BARE_MEANING
        return self._embedder is None or candidate.peak < least

    def _pieces(self, asked: Asked, hits: Sequence[Hit], near: int) -> list[tuple[Piece, ...]]:
        """Of every hit; what they say on the question by meaning only where the answer may come
        from."""
        question = asked.own or asked.question
        wanted, figure = self._content(question), figures.asked_for(question)
        cut = [pieces_of(hit.passage.text, wanted, self._content) for hit in hits]
        if self._embedder is None:
            return [
                tuple(
                    _nearer(p, cover(wanted, self._content(_headed(hit, p.unit))), figure)
                    for p in pieces
                )
                for hit, pieces in zip(hits, cut, strict=True)
            ]
        texts = [
            [_headed(hit, p.unit) for p in pieces] for hit, pieces in zip(hits, cut, strict=True)
        ]
        compared = _affordable(texts[:near])
        vector, *others = self._embedder.embed([question, *(t for part in compared for t in part)])
        alike = iter([_dot(vector, other) for other in others])
        return [
            tuple(
                _nearer(piece, next(alike), figure) if at < limit else piece
                for at, piece in enumerate(pieces)
            )
            for pieces, limit in zip(cut, _limits(compared, len(cut)), strict=True)
        ]


_Pick = tuple[_Candidate, tuple[Unit, ...]]


def _ways(asked: Asked, candidates: Sequence[_Candidate]) -> Iterator[list[_Pick]]:
    """Answers to try, the best first; after one that did not help, another passage first, then
    what the same one says beside it."""
    if not candidates:
        return
    best = max(candidate.sure for candidate in candidates)
    fresh = [c for c in candidates if c.passage.id not in asked.earlier]
    if asked.differently:
        sure = [c for c in fresh if c.sure >= _OTHERWISE * best]
        yield from (_alone(candidate, asked.room) for candidate in sure)
    else:
        yield _alone(candidates[0], asked.room) if asked.single else _joined(asked, candidates)
        yield [_focused(asked, candidates[0])]
        yield from (_alone(candidate, asked.room) for candidate in candidates)
    for candidate in candidates:
        rest = untold(candidate.pieces, asked.told, asked.room)
        if rest:
            yield [(candidate, rest)]
    yield from (_alone(candidate, asked.room) for candidate in fresh)


def _alone(candidate: _Candidate, room: int) -> list[_Pick]:
    return [(candidate, picked(candidate.pieces, room))]


def _focused(asked: Asked, candidate: _Candidate) -> _Pick:
    # What was quoted before in this case needs no second introduction.
    known = asked.own is not None or candidate.passage.id in asked.earlier
    return candidate, focused(candidate.pieces, asked.room, follows=known)


def _joined(asked: Asked, pool: Sequence[_Candidate]) -> list[_Pick]:
    """The best passage, and what the next one adds if it comes close and there is room."""
    best, *rest = pool
    picks = _alone(best, asked.room)
    room = asked.room - _words(picks[0][1])
    for other in rest[:2]:
        close = other.score >= _SECOND * best.score and other.peak >= _NO_LESS * best.peak
        if not close or not _goes_with(asked, best.passage, other.passage):
            continue
        chosen = picked(other.pieces, room)
        if chosen and _words(chosen) <= room:
            picks.append((other, chosen))
            break
    return picks


def _is_told(text: str, told: Iterable[str], asked: Asked) -> bool:
    """To another question, a few words of a longer answer may be said again."""
    if asked.differently:
        return any(text in before for before in told)
    return any(text in before and len(text) > _AGAIN * len(before) for before in told)


def _goes_with(asked: Asked, best: Passage, other: Passage) -> bool:
    """Two products' facts side by side would not say which is whose."""
    stale = _is_over(other.review_by, asked.today) and not _is_over(best.review_by, asked.today)
    return not stale and twins(best, other) is None


def _not_the_sister(question: str, hits: Sequence[Hit]) -> list[Hit]:
    """Without those whose near-identical sister the question names."""
    unwanted: set[str] = set()
    for at, hit in enumerate(hits):
        for other in hits[at + 1 :]:
            pair = twins(hit.passage, other.passage)
            said = named(question, pair) if pair else frozenset[str]()
            if pair and len(said) == 1:
                unwanted.add(other.passage.id if pair.first in said else hit.passage.id)
    kept = [hit for hit in hits if hit.passage.id not in unwanted]
    return kept or list(hits)


def _outdated(today: str | None, picks: Sequence[_Pick]) -> str | None:
    for candidate, chosen in picks:
        quoted = any(conditions.has_figures(unit.text) for unit in chosen)
        if quoted and _is_over(candidate.passage.review_by, today):
            return candidate.passage.review_by
    return None


def _is_over(review_by: str | None, today: str | None) -> bool:
    return review_by is not None and today is not None and review_by < today


def _nearer(piece: Piece, alike: float, wanted: frozenset[figures.Figure]) -> Piece:
    stated = alike > 0.0 and figures.states(piece.unit.text, wanted)
    return replace(piece, relevance=alike, lead=_STATES if stated else 0.0)


def _headed(hit: Hit, unit: Unit) -> str:
    return headed(hit.passage.title_path, unit.text)


def _affordable(pieces: Sequence[Sequence[str]]) -> list[Sequence[str]]:
    """The first passages, as far as comparing their sentences stays quick."""
    taken: list[Sequence[str]] = []
    for piece in pieces[:_MOST_PASSAGES]:
        if taken and sum(map(len, taken)) + len(piece) > _MOST_COMPARED:
            break
        taken.append(piece[:_MOST_COMPARED])
    return taken


def _limits(compared: Sequence[Sequence[str]], count: int) -> list[int]:
    return [len(part) for part in compared] + [0] * (count - len(compared))


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
