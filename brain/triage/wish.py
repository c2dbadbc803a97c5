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
    readings = [_Reading(spoken, parts) for spoken in _spoken(vocabularies, parts)] if parts else []
    for reading in readings:
        if reading.is_whole():
            return Wish(reading.language, " ".join(reading.said))
    # "Don't transfer me" is English; that it resembles a French wish changes nothing.
    refused = frozenset[int]().union(*(reading.refused for reading in readings))
    for reading in readings:
        for at, words in reading.wished.items():
            if at not in refused:
                return Wish(reading.language, words)
    return None


def _spoken(vocabularies: Iterable[Vocabulary], parts: Sequence[Sequence[str]]) -> list[Vocabulary]:
    """Without the languages that a longer message is plainly not in: read as Spanish, what an
    English sentence says of an "agent" may look like a wish for an "agente"."""
    words = {word for part in parts for word in part}
    hints = [(len(words & one.function_words), one) for one in vocabularies]
    most = max((hint for hint, _ in hints), default=0)
    return [one for hint, one in hints if most < _PLAINLY or 2 * hint >= most]


class _Reading:
    """The clauses as one language reads them: which ask for a person, which refuse one."""

    def __init__(self, vocabulary: Vocabulary, parts: Sequence[Sequence[str]]) -> None:
        self.language = vocabulary.language
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
