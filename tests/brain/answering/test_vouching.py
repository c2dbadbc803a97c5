"""How sure a written answer may be, by what the search says of the articles that it rests on."""

from __future__ import annotations

import pytest

from brain.answering.finding import Found
from brain.answering.inquiry import Result
from brain.answering.vouching import MODELS_WORD, Vouching
from brain.contract import Citation, Hit, Passage
from brain.models.extractive import Answer
from brain.triage.words import clauses


def content(text: str) -> frozenset[str]:
    return frozenset(word for part in clauses(text) for word in part)


def hit(name: str, near: float, language: str = "en") -> Hit:
    passage = Passage(name, name, "main", name, (name,), f"about {name}", language=language)
    return Hit(passage, near, near, near)


def cites(*names: str) -> list[Citation]:
    return [Citation(name, name, None, f"about {name}") for name in names]


VOUCHING = Vouching(content, "minilm")
HITS = [hit("boots", 0.62), hit("tents", 0.5), hit("lamps", 0.2)]
ONE = Result((Found("boots?", "boots?", HITS, Answer("x", (), 0.9)),))


def sure(*names: str, result: Result = ONE, language: str | None = "en") -> float:
    most = VOUCHING.most(cites(*names), result, language)
    assert most is not None
    return most


def test_the_best_article_vouches_for_more_than_the_next() -> None:
    assert sure("boots") > 0.9
    assert MODELS_WORD < sure("tents") < 0.5
    assert sure("lamps") < MODELS_WORD + 0.1


def test_the_article_that_bears_most_decides() -> None:
    assert sure("boots", "lamps") == sure("boots")
    assert sure("lamps", "boots") == sure("lamps")


def test_of_several_questions_the_least_sure_decides() -> None:
    other = Found("lamps?", "lamps?", [hit("lamps", 0.3), hit("boots", 0.29)])
    both = Result((*ONE.parts, other))
    assert sure("boots", "lamps", result=both) < sure("boots")


@pytest.mark.parametrize(
    ("cited", "language"), [(("unsearched",), "en"), ((), "en"), (("boots",), "de")]
)
def test_what_was_not_searched_for_or_is_in_another_language_is_not_judged(
    cited: tuple[str, ...], language: str
) -> None:
    assert VOUCHING.most(cites(*cited), ONE, language) is None
