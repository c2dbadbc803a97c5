"""Confidence rises with likeness, with a document's lead over the next one, and where words agree
with meaning; it stays careful where less is known."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brain.contract import Hit, Passage
from brain.models.confidence import confidence, cover, near_best

THRESHOLD = 0.7
RATIO = st.floats(0, 1)


def hit(document: str, score: float, dense: float = 0.0, lexical: float = 0.0) -> Hit:
    passage = Passage(f"{document}-{score}", document, "main", document, (document,), "text")
    return Hit(passage, score, dense, lexical)


CLEAR = hit("returns", 0.6, 0.6, 0.4)
FAR = hit("boots", 0.3, 0.3, 0.1)


def test_a_near_passage_that_leads_is_answered() -> None:
    assert confidence(CLEAR, 0.8, [CLEAR, FAR]) >= THRESHOLD


def test_a_far_passage_is_not_answered() -> None:
    assert confidence(FAR, 0.2, [FAR]) < THRESHOLD / 2


def test_two_documents_as_near_as_each_other_are_not_answered() -> None:
    twin = hit("exchanges", 0.6, 0.6, 0.45)
    assert confidence(CLEAR, 0.8, [CLEAR, twin]) < THRESHOLD


def test_another_passage_of_the_same_document_takes_nothing_away() -> None:
    sibling = replace(CLEAR, passage=replace(CLEAR.passage, id="more"))
    assert confidence(CLEAR, 0.8, [CLEAR, sibling, FAR]) == confidence(CLEAR, 0.8, [CLEAR, FAR])


def test_words_that_point_elsewhere_lower_it() -> None:
    worded = hit("exchanges", 0.5, 0.5, 0.9)
    agreeing = replace(worded, lexical=0.0)
    assert confidence(CLEAR, 0.8, [CLEAR, worded]) < confidence(CLEAR, 0.8, [CLEAR, agreeing])


def test_a_passage_that_does_not_lead_is_less_sure_than_the_one_that_does() -> None:
    second = hit("exchanges", 0.55, 0.55, 0.4)
    assert confidence(second, 0.8, [CLEAR, second]) < confidence(CLEAR, 0.8, [CLEAR, second])


def test_an_identifier_found_as_written_raises_it() -> None:
    coded = replace(CLEAR, dense=0.35, score=0.35)
    found = replace(coded, score=0.85)
    assert confidence(found, 0.5, [found]) > confidence(coded, 0.5, [coded]) + 0.2


def test_letters_alone_are_trusted_less_than_meaning() -> None:
    doubtful = replace(CLEAR, score=0.48, dense=0.48)
    hits = [doubtful, hit("boots", 0.42, 0.42, 0.1)]
    by_meaning = confidence(doubtful, 0.1, hits, "minilm-l6-v2")
    assert confidence(doubtful, 0.1, hits, "ngram-1-512") < THRESHOLD <= by_meaning


def test_words_alone_must_cover_the_question() -> None:
    worded = hit("returns", 0.55, 0.0, 0.7)
    hits = [worded, hit("boots", 0.2, 0.0, 0.2)]
    assert confidence(worded, 1.0, hits) >= THRESHOLD
    assert confidence(worded, 0.2, hits) < THRESHOLD


@given(RATIO, RATIO, RATIO, RATIO, RATIO, st.sampled_from(["", "ngram-1-512"]))
def test_it_is_a_probability_that_rises_with_likeness(
    score: float, dense: float, lexical: float, covered: float, other: float, embedder: str
) -> None:
    low = hit("a", score * 0.9, dense * 0.9, lexical)
    high = hit("a", score, dense, lexical)
    rival = hit("b", other, other, 0.0)
    below = confidence(low, covered, [low, rival], embedder)
    above = confidence(high, covered, [high, rival], embedder)
    assert 0 <= below <= 1
    assert 0 <= above <= 1
    if low.dense > 0:
        assert below <= above + 1e-9


@pytest.mark.parametrize(
    ("question", "text", "share"),
    [
        ({"return", "boots"}, {"returning", "boots"}, 1.0),
        ({"return", "boots"}, {"tent"}, 0.0),
        ({"return", "boots"}, {"boots"}, 0.5),
        (set[str](), {"boots"}, 0.0),
    ],
)
def test_cover(question: set[str], text: set[str], share: float) -> None:
    assert cover(question, text) == share


def test_near_best_keeps_what_comes_close() -> None:
    assert near_best([CLEAR, hit("b", 0.55), FAR], 0.9) == (CLEAR, hit("b", 0.55))
    assert near_best([], 0.9) == ()
