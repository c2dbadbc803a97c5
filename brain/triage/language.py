"""Tells which of the shipped languages a text is in. A few words prove nothing: then the
conversation's language stands."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import Protocol, cast

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from brain.triage.vocabulary import LANGUAGES

_ENOUGH_WORDS = 3
_LEAST_SURE = 0.5
_CHARS = 1000
# How much one function word weighs against the model's log-probability.
_WORD_WEIGHT = 1.2
_FLOOR = 1e-6


class Ranking(Protocol):
    def rank(self, text: str) -> list[tuple[str, float]]: ...


class _Model(Ranking, Protocol):
    def set_languages(self, langs: Sequence[str]) -> None: ...


class Languages:
    """Loads its model at the first text, once, whichever thread comes first."""

    def __init__(self, function_words: Mapping[str, frozenset[str]]) -> None:
        self._function_words = function_words
        self._lock = Lock()
        self._model: Ranking | None = None

    def of(self, text: str, words: tuple[str, ...], known: str | None) -> str | None:
        """The text's language, or ``known`` where the text is too short or fits none well."""
        hints = self._hints(words)
        if not words or (len(words) < _ENOUGH_WORDS and known is not None):
            return known
        scores = {
            language: math.log(max(chance, _FLOOR)) + _WORD_WEIGHT * hints[language]
            for language, chance in self._chances(text[:_CHARS]).items()
        }
        best = max(scores, key=lambda language: scores[language])
        share = 1 / sum(math.exp(score - scores[best]) for score in scores.values())
        if share >= _LEAST_SURE and (hints[best] or len(words) >= _ENOUGH_WORDS):
            return best
        return known

    def _hints(self, words: tuple[str, ...]) -> dict[str, int]:
        seen = set(words[:_CHARS])
        return {name: len(seen & known) for name, known in self._function_words.items()}

    def _chances(self, text: str) -> dict[str, float]:
        with self._lock:
            if self._model is None:
                self._model = _load()
            return dict(self._model.rank(text))


def _load() -> Ranking:
    read = cast("Callable[..., _Model]", LanguageIdentifier.from_model_file)  # pyright: ignore[reportUnknownMemberType]  py3langid ships no types
    model = read(MODEL_FILE, norm_probs=True)
    model.set_languages(LANGUAGES)
    return model
