"""How sure one may be that a passage answers the question: that the knowledge has an answer at all,
times that this document is the one. Weights are fitted to labelled questions over several knowledge
bases; single questions never move them."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from brain.contract import Hit

_PREFIX = 4
# Beyond this a lead over the next document says nothing more.
_LEAD = 0.15


@dataclass(frozen=True, slots=True)
class Calibration:
    """Two logistic functions. The first reads how like the passage is to the question in meaning
    and words, and what share of the question it covers; the second how far its document leads
    over the next one, and whether meaning and words agree on it."""

    near: float
    lexical: float
    covered: float
    has_answer: float
    lead: float
    agreed: float
    is_this_one: float

    def sure(self, hit: Hit, covered: float, lead: float, *, agreed: bool) -> float:
        near = max(hit.dense, (hit.dense + hit.score) / 2)
        answerable = _sigmoid(
            self.near * near + self.lexical * hit.lexical + self.covered * covered + self.has_answer
        )
        return answerable * _sigmoid(self.lead * lead + self.agreed * agreed + self.is_this_one)


# Fitted to 316 questions over five knowledge bases, mixed with questions of other matters and with
# the same questions where their article was taken away; each base was held out in turn. At 0.7 at
# least 95 of 100 answers rest on the right article.
MEANING = Calibration(14.3, 1.4, 0.0, -5.8, 12.4, 1.8, 0.0)
CHARACTERS = Calibration(10.9, 0.0, 2.8, -4.1, 13.5, 1.7, -1.3)
# Where no vectors could be compared.
WORDS = Calibration(10.8, 0.0, 3.5, -1.9, 17.2, 0.0, -1.2)


def calibration(embedder: str, hit: Hit) -> Calibration:
    """That of what found the hit; ``embedder`` is the name of what makes the vectors."""
    if hit.dense <= 0.0:
        return WORDS
    return CHARACTERS if embedder.startswith("ngram-") else MEANING


def cover(question: Collection[str], text: Collection[str]) -> float:
    """The share of the question's content words that the text has, in whatever ending."""
    starts = {word[:_PREFIX] for word in text}
    found = sum(word in text or word[:_PREFIX] in starts for word in question)
    return found / max(1, len(question))


def confidence(hit: Hit, covered: float, hits: Sequence[Hit] = (), embedder: str = "") -> float:
    """Of answering with this passage, from 0 to 1: the share of such answers that are right.

    ``hits`` are all that the search found, ``covered`` is what ``cover`` says of the passage.
    """
    found = hits or (hit,)
    chosen = calibration(embedder, hit)
    return chosen.sure(hit, covered, _lead(hit, found), agreed=_agreed(hit, found))


def near_best(hits: Sequence[Hit], share: float) -> tuple[Hit, ...]:
    """The hits that score nearly as well as the first of them."""
    least = share * hits[0].score if hits else 0.0
    return tuple(hit for hit in hits if hit.score >= least)


def _lead(hit: Hit, hits: Sequence[Hit]) -> float:
    """Of the hit's document over the best of the others."""
    document = hit.passage.document
    own = max((h.score for h in hits if h.passage.document == document), default=hit.score)
    other = max((h.score for h in hits if h.passage.document != document), default=own - _LEAD)
    return max(-_LEAD, min(_LEAD, own - other))


def _agreed(hit: Hit, hits: Sequence[Hit]) -> bool:
    """Whether the passage that the words alone would choose is of the hit's document."""
    worded = max(hits, key=lambda h: h.lexical)
    return worded.lexical > 0.0 and worded.passage.document == hit.passage.document


def _sigmoid(value: float) -> float:
    return 1.0 / (1.0 + math.exp(-value))
