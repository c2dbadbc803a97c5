"""Tells a question that is not about the business at all from one that the knowledge merely does
not answer. In doubt it is about the business."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from brain.answering.finding import Found
from brain.contract import Hit
from brain.triage.classifier import Question

Content = Callable[[str], frozenset[str]]

# Likeness in meaning below which nothing found has to do with the question.
_FAR = 0.33
# With a word of the world in it, somewhat more.
_WORLDLY = 0.45
# Where no vectors could be compared, words must do.
_FAR_IN_WORDS = 0.25
_UNSURE = 0.5


def off_topic(found: Found, question: Question, language: str | None, content: Content) -> bool:
    hits, sure = found.hits, found.answer.confidence
    matter = question.matter
    if matter.ours or question.leans == "bare":
        return False
    if matter.task:
        # However near an article on tents is to a poem about tents.
        return True
    if sure >= _UNSURE:
        return False
    near = max((hit.dense for hit in hits), default=0.0)
    if matter.worldly:
        return near < _WORLDLY
    if matter.us or not _is_in(language, hits):
        return False
    return _is_far(near, hits) and not _is_known(question.text, hits, content)


def _is_in(language: str | None, hits: Sequence[Hit]) -> bool:
    """What stands in another language only is far from any question."""
    return any(hit.passage.language in (language, None) for hit in hits)


def _is_far(near: float, hits: Sequence[Hit]) -> bool:
    if near > 0.0:
        return near < _FAR
    return max((hit.lexical for hit in hits), default=0.0) < _FAR_IN_WORDS


def _is_known(text: str, hits: Sequence[Hit], content: Content) -> bool:
    """Whether titles of what was found have a word of the question: they name the business's
    things."""
    titles = frozenset[str]().union(*(content(" ".join(h.passage.title_path)) for h in hits))
    return bool(content(text) & titles)
