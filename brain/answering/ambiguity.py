"""Where a question fits two near-identical things: which two, whether their answers differ, and
what the customer's reply to being asked means. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from brain.contract import Hit
from brain.models.twins import Content, Twins, labels, named, twins
from brain.triage.classifier import Pointer
from brain.triage.conversation import Clarified

# How near to the best a sister's passage must come for the question to fit it as well.
_AS_NEAR = 0.9
_LOOKED_AT = 6
OPTION_A, OPTION_B, SOMETHING_ELSE = "option_a", "option_b", "something_else"


@dataclass(frozen=True, slots=True)
class Ambiguity:
    """Two readings, in the order of their names; the hits of each are those without its sister."""

    pair: Twins
    first: tuple[Hit, ...]
    second: tuple[Hit, ...]

    @property
    def slots(self) -> dict[str, str]:
        a, b = labels(self.pair)
        return {"a": a, "b": b}


def ambiguity(question: str, hits: Sequence[Hit]) -> Ambiguity | None:
    """None where only one thing is meant."""
    for other in hits[1:_LOOKED_AT]:
        if other.score < _AS_NEAR * hits[0].score:
            return None
        pair = twins(hits[0].passage, other.passage)
        if pair is not None and not named(question, pair):
            return _ordered(pair, hits, hits[0], other)
    return None


def compared(question: str, hits: Sequence[Hit]) -> Ambiguity | None:
    """Two near-identical things that the question names both."""
    for other in hits[1:_LOOKED_AT]:
        pair = twins(hits[0].passage, other.passage)
        if pair is not None and len(named(question, pair)) > 1:
            return _ordered(pair, hits, hits[0], other)
    return None


def sister(about: Sequence[Hit]) -> Twins | None:
    """The thing that the first passage is about, and its near-identical one among the others."""
    others = (hit for hit in about[1:])
    return next((pair for hit in others if (pair := twins(about[0].passage, hit.passage))), None)


def differ(one: str, other: str, pair: Twins, content: Content) -> bool:
    """Whether the two answers say more than their names apart."""
    names = content(pair.first) | content(pair.second)
    return content(one) - names != content(other) - names


def chosen(said: Clarified, pointer: Pointer | None, pair: Twins) -> tuple[str, ...] | None:
    """The names that the reply means; none for something else, None where it says neither."""
    by_button = {OPTION_A: (pair.first,), OPTION_B: (pair.second,), SOMETHING_ELSE: ()}
    if said.choice in by_button:
        return by_button[said.choice]
    both = (pair.first, pair.second)
    by_name = tuple(name for name in both if name in named(said.reply, pair))
    if by_name:
        return by_name
    pointed = {"first": both[:1], "second": both[1:], "both": both, "neither": ()}
    return pointed[pointer] if pointer is not None else None


def was_offered(said: Clarified, pair: Twins) -> bool:
    """Whether these two are what the customer was asked to choose from, and no other pair."""
    return all(label in said.offered for label in labels(pair))


def without_name(question: str, name: str, pair: Twins) -> str:
    """The question without the words that tell this name from its sister."""
    telling = pair.only_first if name == pair.first else pair.only_second
    for word in telling:
        question = re.sub(rf"\b{re.escape(word)}\b", " ", question, flags=re.IGNORECASE)
    return question.strip()


def _ordered(pair: Twins, hits: Sequence[Hit], one: Hit, other: Hit) -> Ambiguity:
    mine, sisters = _of(hits, one, other), _of(hits, other, one)
    if pair.first <= pair.second:
        return Ambiguity(pair, mine, sisters)
    turned = Twins(pair.second, pair.first, pair.only_second, pair.only_first)
    return Ambiguity(turned, sisters, mine)


def _of(hits: Sequence[Hit], wanted: Hit, sister_hit: Hit) -> tuple[Hit, ...]:
    """Without what is the sister's: her document, or her section of the same one."""
    return tuple(hit for hit in hits if not _belongs(hit, sister_hit, wanted))


def _belongs(hit: Hit, to: Hit, not_to: Hit) -> bool:
    if to.passage.document != not_to.passage.document:
        return hit.passage.document == to.passage.document
    paths = zip(to.passage.title_path, not_to.passage.title_path, strict=False)
    depth = next((at for at, (left, right) in enumerate(paths) if left != right), 0)
    return hit.passage.title_path[: depth + 1] == to.passage.title_path[: depth + 1]
