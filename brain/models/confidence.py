"""How sure one may be that the passages found answer the question. Weights are fitted to labelled
questions; single questions never move them."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

from brain.contract import Hit

# Fitted by logistic regression, in scope and out of scope weighing the same, to the development
# questions over three knowledge bases; area under the curve 0.995 to 1.0.
_NEAR = 19.5
_COVER = 2.2
_BIAS = -9.5
# Where no vectors could be compared, words must do: most of the question's must be there.
_WORDS = 8.0
_WORDS_COVER = 6.0
_WORDS_BIAS = -7.5
_PREFIX = 4


def cover(question: Collection[str], text: Collection[str]) -> float:
    """The share of the question's content words that the text has, in whatever ending."""
    starts = {word[:_PREFIX] for word in text}
    found = sum(word in text or word[:_PREFIX] in starts for word in question)
    return found / max(1, len(question))


def confidence(hit: Hit, covered: float) -> float:
    """Of answering with this passage at all, from 0 to 1."""
    if hit.dense > 0.0:
        # An identifier found as written lifts the score above the likeness of meaning.
        near = max(hit.dense, (hit.dense + hit.score) / 2)
        return _sigmoid(_NEAR * near + _COVER * covered + _BIAS)
    return _sigmoid(_WORDS * hit.score + _WORDS_COVER * covered + _WORDS_BIAS)


def near_best(hits: Sequence[Hit], share: float) -> tuple[Hit, ...]:
    """The hits that score nearly as well as the first of them."""
    least = share * hits[0].score if hits else 0.0
    return tuple(hit for hit in hits if hit.score >= least)


def _sigmoid(value: float) -> float:
    return 1.0 / (1.0 + math.exp(-value))
