"""Understands what a customer says to a step: one of its outcomes, or a wish about the steps
themselves. Pure; it guesses nothing, and what is no answer stays none."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from brain.contract import Step
from brain.guides.phrasebook import Hears, Words, folded
from brain.triage.spelling import Spelling
from brain.triage.words import clauses

Intent: TypeAlias = Literal["next", "stuck", "solved", "back", "restart", "where", "unsure"]
Meaning: TypeAlias = int | Intent
"""The place of an outcome in its step, or what the customer wants of the steps."""

_MOST_WORDS = 60
_SHORT_NEGATIVE = 4
_MOST_OTHER_WORDS = 3
_AROUND_A_PHRASE = 3
_HALF = 0.5
_STEM = 6
_SHORTEST_STEM = 3
_ENDINGS = ("ing", "ed", "en", "es", "et", "er", "s", "e", "t", "n")
_YES_SIGNS = frozenset("👍✅✔👌")
_NO_SIGNS = frozenset("👎❌✖")
_NUMBER = re.compile(r"(?:option|number|nr|no|nummer|numero|opcion|opzione|optie)? ?(\d{1,2})")
# What a customer may say to the steps at any time, in the order in which it is looked for.
_ANYTIME: tuple[Intent, ...] = ("restart", "where", "back")
_LAST: tuple[Intent, ...] = ("stuck", "next")


@dataclass(frozen=True, slots=True)
class _Part:
    """A clause: its words that carry meaning as stems, and whether it denies."""

    words: Words
    stems: frozenset[str]
    denies: bool


def understand(step: Step, text: str, hears: Hears) -> Meaning | None:
    """What ``text`` means as an answer to the step; None where it is none."""
    return _Understanding(step, hears).of(text)


def is_question(text: str, hears: Hears) -> bool:
    """Whether the text asks or wishes something instead of answering."""
    said = folded(text)
    asks = any(said[: len(phrase)] == phrase for phrase in hears.asks)
    return "?" in text or asks or hears.has("elsewhere", said)


class _Understanding:
    def __init__(self, step: Step, hears: Hears) -> None:
        self._hears = hears
        denying = hears.words("negations")
        self._labels = [self._part(folded(each.label), denying) for each in step.outcomes]
        label_words = {word for label in self._labels for word in label.words}
        self._question = self._part(folded(_question(step.text)), denying).stems
        self._own = label_words | set(folded(step.text))
        self._spelling = Spelling(label_words, self._own)

    def of(self, text: str) -> Meaning | None:
        parts = [self._part(self._corrected(c), self._hears.negations) for c in clauses(text)]
        said: Words = tuple(word for part in parts for word in part.words)
        if not said:
            return self._of_signs(text)
        if len(said) > _MOST_WORDS:
            return None
        exact = self._exact(folded(text), said)
        if exact is not None:
            return exact
        intent = self._intent(said, _ANYTIME) or self._plainly(said)
        if intent is not None:
            return intent
        if is_question(text, self._hears):
            return None
        if self._hears.has("unsure", said):
            return "unsure"
        return self._statement(said, parts)

    # --- Ways to answer ----------------------------------------------------------------------

    def _of_signs(self, text: str) -> Meaning | None:
        if _YES_SIGNS & set(text):
            return self._agreed(denied=False)
        return self._agreed(denied=True) if _NO_SIGNS & set(text) else None

    def _exact(self, typed: Words, said: Words) -> int | None:
        for form in (typed, said):
            for place, label in enumerate(self._labels):
                if form == label.words:
                    return place
        number = _NUMBER.fullmatch(" ".join(typed))
        return self._numbered(number[1]) if number else None

    def _numbered(self, digits: str) -> int | None:
        """A label that has the number itself is meant before the option at that place."""
        counted = [p for p, label in enumerate(self._labels) if digits in label.words]
        if counted:
            return counted[0] if len(counted) == 1 else None
        place = int(digits) - 1
        return place if 0 <= place < len(self._labels) else None

    def _statement(self, said: Words, parts: Sequence[_Part]) -> Meaning | None:
        label = self._overlapping(parts)
        if label is not None:
            return label
        if self._intent(said, ("solved",)) and not any(part.denies for part in parts):
            return "solved"
        agreed = self._yes_or_no(said, parts)
        if agreed is not None:
            return agreed
        return self._intent(said, _LAST) or self._reported(parts)

    def _reported(self, parts: Sequence[_Part]) -> Intent | None:
        """A step that leaves nothing to tell apart, told in its own words or said to be done."""
        if self._labels or any(part.denies for part in parts):
            return None
        own = _stems(self._own)
        done = any(part.words in self._hears.phrases["next"] for part in parts)
        told = any(part.stems and part.stems <= own for part in parts)
        return "next" if done or told else None

    def _plainly(self, said: Words) -> Intent | None:
        """A wish that is the whole message, even where it is asked ("what's next?")."""
        if said in self._hears.phrases["next"]:
            return "next"
        if self._labels:
            return None
        if said in self._hears.phrases["yes"]:
            return "next"
        return "unsure" if said in self._hears.phrases["no"] else None

    def _overlapping(self, parts: Sequence[_Part]) -> int | None:
        """The outcome whose words the customer uses, denying where it denies; None for two."""
        scores = [
            (max((_overlap(part, label) for part in parts), default=(0.0, 0)), place)
            for place, label in enumerate(self._labels)
        ]
        ranked = sorted((score for score in scores if score[0][0]), reverse=True)
        if not ranked or (len(ranked) > 1 and ranked[0][0] == ranked[1][0]):
            return None
        return ranked[0][1]

    def _yes_or_no(self, said: Words, parts: Sequence[_Part]) -> int | None:
        """Yes and no by name, and statements that repeat or deny what the step asks."""
        other = {w for p in parts for w in p.stems} - self._question - _stems(self._own)
        if len(other) <= _MOST_OTHER_WORDS:
            for name, denied in (("no", True), ("yes", False)):
                if any(said[: len(phrase)] == phrase for phrase in self._hears.phrases[name]):
                    return self._agreed(denied=denied)
        for part in parts:
            if part.stems and part.stems <= self._question:
                return self._agreed(denied=part.denies)
        if len(said) <= _SHORT_NEGATIVE and parts[0].denies and not self._stuck(said):
            return self._agreed(denied=True)
        return None

    def _agreed(self, *, denied: bool) -> int | None:
        """The outcome that stands for yes, or for no; None where none or several do."""
        places = [p for p, label in enumerate(self._labels) if label.denies == denied]
        named = [p for p in places if self._is_bare(self._labels[p], denied=denied)]
        asked = [p for p in places if self._labels[p].stems <= self._question and not denied]
        for fitting in (named, places, asked):
            if len(fitting) == 1:
                return fitting[0]
        return None

    def _is_bare(self, label: _Part, *, denied: bool) -> bool:
        """The label says yes or no and nothing else."""
        return not label.stems and (denied or label.words in self._hears.phrases["yes"])

    def _stuck(self, said: Words) -> bool:
        return not self._labels and self._intent(said, ("stuck",)) is not None

    # --- Words -------------------------------------------------------------------------------

    def _intent(self, said: Words, among: Iterable[Intent]) -> Intent | None:
        """A wish about the steps that is nearly the whole message."""
        for name in among:
            for phrase in self._hears.phrases[name]:
                around = len(said) - len(phrase)
                if 0 <= around <= _AROUND_A_PHRASE and self._is(name, phrase, said):
                    return name
        return None

    def _is(self, name: Intent, phrase: Words, said: Words) -> bool:
        """One word alone is a wish only alone, or among words that say nothing."""
        fillers = self._hears.words("fillers")
        rest = [word for word in said if word not in fillers and word not in phrase]
        if len(phrase) == 1 or name == "back":
            polite = self._hears.words("yes") | self._hears.words("next")
            return phrase[0] in said and all(word in polite for word in rest)
        width = len(phrase)
        return any(said[at : at + width] == phrase for at in range(len(said) - width + 1))

    def _part(self, words: Words, negations: frozenset[str]) -> _Part:
        idle = self._hears.words("fillers") | negations
        idle |= self._hears.words("yes") | self._hears.words("no")
        stems = _stems(word for word in words if word not in idle)
        return _Part(words, stems, any(word in negations for word in words))

    def _corrected(self, words: Words) -> Words:
        return tuple(self._correct(word) for word in words)

    def _correct(self, word: str) -> str:
        if word in self._own or word in self._hears.known:
            return word
        own = self._spelling.correct(word)
        return own if own != word else self._hears.spelling.correct(word)


def _overlap(part: _Part, label: _Part) -> tuple[float, int]:
    """How much of the label the clause says, and in how many words; nothing where one denies and
    the other does not, or where both have hardly a word in common."""
    common = len(part.stems & label.stems)
    if not common or part.denies != label.denies:
        return 0.0, 0
    share = common / len(label.stems)
    if share < 1 and (share < _HALF or common / len(part.stems) < _HALF):
        return 0.0, 0
    return share, common


def _question(text: str) -> str:
    """The last sentence of the step that asks something."""
    asked = [sentence for sentence in re.split(r"(?<=[.!?])\s+", text) if sentence.endswith("?")]
    return asked[-1] if asked else ""


def _stems(words: Iterable[str]) -> frozenset[str]:
    return frozenset(_stem(word) for word in words)


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            return word[: -len(ending)][:_STEM]
    return word[:_STEM]
