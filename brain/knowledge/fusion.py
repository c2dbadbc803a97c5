"""Owns how nearness in meaning and matching words become one score. Pure arithmetic; the weights
are measured, never tuned to single questions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from brain.knowledge.dense import Nearness
from brain.knowledge.lexical import COMMON, Found

# Paraphrases share few words with their answer: more weight than this costs them their place.
_LEXICAL = 0.03
# What an identifier of one passage alone adds; one that many share adds less.
_IDENTIFIER = 0.5
# Words alone are weaker evidence than words and meaning together.
_WORDS_ONLY = 0.8


@dataclass(frozen=True, slots=True)
class Scored:
    id: str
    score: float
    dense: float
    lexical: float


def fuse(near: Mapping[str, Nearness], found: Found) -> list[Scored]:
    """The passages by falling score, from 0 to 1."""
    ids = {*near, *found.scores, *(i for ids in found.exact.values() for i in ids)}
    return _ordered(_scored(i, near.get(i), found) for i in ids)


def words_only(found: Found) -> list[Scored]:
    """The same where no vectors can be compared."""
    ids = {*found.scores, *(i for ids in found.exact.values() for i in ids)}
    return _ordered(_by_words(i, found) for i in ids)


def _ordered(scored: Iterable[Scored]) -> list[Scored]:
    return sorted((s for s in scored if s.score > 0), key=lambda s: (-s.score, s.id))


def dense_score(near: Nearness) -> float:
    """A fitting title lifts a text; one that does not fit takes nothing away."""
    return max(0.0, near.text, (near.text + near.title) / 2)


def _scored(id_: str, near: Nearness | None, found: Found) -> Scored:
    dense = dense_score(near) if near else 0.0
    lexical = found.scores.get(id_, 0.0)
    score = (1 - _LEXICAL) * dense + _LEXICAL * lexical + _bonus(id_, found)
    return Scored(id_, min(1.0, score), dense, lexical)


def _by_words(id_: str, found: Found) -> Scored:
    lexical = found.scores.get(id_, 0.0)
    return Scored(id_, min(1.0, _WORDS_ONLY * lexical + _bonus(id_, found)), 0.0, lexical)


def _bonus(id_: str, found: Found) -> float:
    parts = [_telling(len(ids)) for ids in found.exact.values() if id_ in ids]
    return _IDENTIFIER * sum(parts) / max(1, len(found.exact))


def _telling(count: int) -> float:
    return 1.0 - math.log(count) / math.log(COMMON + 1)
