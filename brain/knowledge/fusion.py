"""Owns how nearness in meaning and matching words become one score, and who wins a near tie. Pure
arithmetic; the weights are measured, never tuned to single questions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from brain.contract import Hit
from brain.knowledge.dense import Nearness
from brain.knowledge.lexical import COMMON, Found

# Paraphrases share few words with their answer: more weight than this costs them their place.
_LEXICAL = 0.03
# What an identifier of one passage alone adds; one that many share adds less.
_IDENTIFIER = 0.5
# A name in the title parts near-identical products; it does not say that the question is answered.
_NAME = 0.1
# What nobody vouches for any more loses to what comes this close.
_OVERDUE = 0.03
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
    return _ordered(_scored(i, near.get(i), found) for i in {*near, *found.ids()})


def words_only(found: Found) -> list[Scored]:
    """The same where no vectors can be compared."""
    return _ordered(_by_words(i, found) for i in found.ids())


def _ordered(scored: Iterable[Scored]) -> list[Scored]:
    # Beyond 1 all would be the same; what lies further there still comes first.
    ordered = sorted((s for s in scored if s.score > 0), key=lambda s: (-s.score, s.id))
    return [replace(s, score=min(1.0, s.score), dense=min(1.0, s.dense)) for s in ordered]


def by_vouching(hits: Iterable[Hit], today: str) -> Sequence[Hit]:
    """By falling score, where a passage whose day of review is past ``today`` (ISO) scores less."""
    aged = (
        replace(hit, score=max(0.0, hit.score - _OVERDUE)) if _overdue(hit, today) else hit
        for hit in hits
    )
    return sorted(aged, key=lambda hit: -hit.score)


def _overdue(hit: Hit, today: str) -> bool:
    review_by = hit.passage.review_by
    return review_by is not None and review_by < today


def dense_score(near: Nearness) -> float:
    """A fitting title lifts a text; one that does not fit takes nothing away."""
    return max(0.0, near.text, (near.text + near.title) / 2)


def _scored(id_: str, near: Nearness | None, found: Found) -> Scored:
    dense = dense_score(near) if near else 0.0
    lexical = found.scores.get(id_, 0.0)
    score = (1 - _LEXICAL) * dense + _LEXICAL * lexical + _bonus(id_, found)
    return Scored(id_, score, dense, lexical)


def _by_words(id_: str, found: Found) -> Scored:
    lexical = found.scores.get(id_, 0.0)
    return Scored(id_, _WORDS_ONLY * lexical + _bonus(id_, found), 0.0, lexical)


def _bonus(id_: str, found: Found) -> float:
    return _IDENTIFIER * _share(id_, found.exact) + _NAME * _share(id_, found.named)


def _share(id_: str, found: Mapping[str, frozenset[str]]) -> float:
    """Of what was looked for as written, the part that this passage has."""
    return sum(_telling(len(ids)) for ids in found.values() if id_ in ids) / max(1, len(found))


def _telling(count: int) -> float:
    return 1.0 - math.log(count) / math.log(COMMON + 1)
