"""How far what was found vouches for an answer that a model wrote. A model is as sure of the wrong
article as of the right one, so its own word counts only so much."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from brain.answering.finding import Found
from brain.answering.inquiry import Result
from brain.answering.quoting import is_foreign
from brain.contract import Citation, Hit
from brain.models.confidence import confidence, cover

Content = Callable[[str], frozenset[str]]

# By so much a model's word raises what the search is sure of. Over questions whose articles are
# known, with models that quote the first passage or the likeliest sentences and are always sure,
# 95 of 100 answers that were sent rested on the right article from half a chance on.
MODELS_WORD = 0.15


class Vouching:
    """``embedder`` names what makes the vectors that passages are found by."""

    def __init__(self, content: Content, embedder: str) -> None:
        self._content = content
        self._embedder = embedder

    def most(
        self, citations: Sequence[Citation], result: Result, language: str | None
    ) -> float | None:
        """The confidence that an answer with these citations may have: that of the article which
        bears most of it, and of the question that all of them answer least surely. None where that
        cannot be judged: they were not searched for, or are in another language."""
        first = self._best(citations[:1], result, language)
        parts = self._best(citations, result, language)
        if not first:
            return None
        return min(1.0, max(first) + MODELS_WORD, min(parts) + MODELS_WORD)

    def _best(
        self, citations: Sequence[Citation], result: Result, language: str | None
    ) -> Sequence[float]:
        """For each question, how surely the likeliest of these passages answers it."""
        cited = {citation.passage for citation in citations}
        found = [
            [self._hit(hit, part) for hit in part.hits if _is_own(hit, cited, language)]
            for part in result.parts
        ]
        return [max(sure) for sure in found if sure]

    def _hit(self, hit: Hit, part: Found) -> float:
        words = self._content(part.query)
        said = self._content("\n".join((*hit.passage.title_path, hit.passage.text)))
        return confidence(hit, cover(words, said), part.hits, self._embedder)


def _is_own(hit: Hit, cited: Collection[str], language: str | None) -> bool:
    return hit.passage.id in cited and not is_foreign(hit.passage, language)
