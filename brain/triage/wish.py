"""Recognises the wish for a person, in every shipped language at once and without a model. It
decides nothing: what follows from the wish is policy."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from brain.triage.vocabulary import Vocabulary
from brain.triage.words import clauses

_SHORT = 8
# So many function words tell a language.
_PLAINLY = 3


@dataclass(frozen=True, slots=True)
class Wish:
    """The words that say it, and in which language they do."""

    language: str
    words: str


def find(text: str, vocabularies: Iterable[Vocabulary]) -> Wish | None:
    parts = clauses(text)
    spoken = _spoken(vocabularies, parts) if parts else ()
    readings = [_Reading(vocabulary, parts, hints) for hints, vocabulary in spoken]
    for reading in readings:
        if reading.is_whole():
            return Wish(reading.language, " ".join(reading.said))
    # "Don't transfer me" is English; that it resembles a French wish changes nothing.
    # No language refuses for one that the message is likelier in.
    for reading in readings:
        refused = _refused(readings, reading.hints)
        for at, words in reading.wished.items():
            if at not in refused:
                return Wish(reading.language, words)
    return None


def _refused(readings: Iterable[_Reading], hints: int) -> frozenset[int]:
    """The clauses in which a language at least as likely refuses a person."""
    return frozenset[int]().union(*(one.refused for one in readings if one.hints >= hints))


def _spoken(
    vocabularies: Iterable[Vocabulary], parts: Sequence[Sequence[str]]
) -> list[tuple[int, Vocabulary]]:
    """With how many of its function words the message has, and without the languages that a longer
    message is plainly not in: read as Spanish, what an English sentence says of an "agent" may look
    like a wish for an "agente"."""
    words = {word for part in parts for word in part}
    hints = [(len(words & one.function_words), one) for one in vocabularies]
    most = max((hint for hint, _ in hints), default=0)
    return [(hint, one) for hint, one in hints if most < _PLAINLY or 2 * hint >= most]


class _Reading:
    """The clauses as one language reads them: which ask for a person, which refuse one."""

    def __init__(self, vocabulary: Vocabulary, parts: Sequence[Sequence[str]], hints: int) -> None:
        self.language = vocabulary.language
        self.hints = hints
        self.said = [vocabulary.clause(part) for part in parts]
        self.wished: dict[int, str] = {}
        self.refused: set[int] = set()
        self._vocabulary = vocabulary
        for at, clause in enumerate(self.said):
            self._read(at, clause)

    def is_whole(self) -> bool:
        """No more than "Agent, please!", or "human" after whatever came before."""
        if self._vocabulary.whole_strong.match(self.said[-1]):
            return True
        message = " ".join(self.said[:_SHORT])
        return len(self.said) <= _SHORT and self._vocabulary.whole.match(message) is not None

    def _read(self, at: int, clause: str) -> None:
        asked = _spans(clause, self._vocabulary.wish)
        if not asked:
            return
        taken_back = _spans(clause, (*self._vocabulary.cancel, *self._vocabulary.bot_question))
        for start, end in asked:
            if not any(start < until and end > since for since, until in taken_back):
                self.wished[at] = clause[start:end]
                return
        self.refused.add(at)


def _spans(clause: str, patterns: Iterable[re.Pattern[str]]) -> list[tuple[int, int]]:
    return [match.span() for pattern in patterns for match in pattern.finditer(clause)]
