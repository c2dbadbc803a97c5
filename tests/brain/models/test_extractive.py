"""The answer without a model: faithful, cited, short, and never twice the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brain.contract import Hit, Passage
from brain.models.extractive import Asked, Extractive
from brain.triage.words import clauses

COMMON = frozenset({"how", "can", "i", "the", "to", "is", "it", "what", "do", "a"})


def content(text: str) -> frozenset[str]:
    return frozenset(w[:5] for part in clauses(text) for w in part if w not in COMMON)


def passage(name: str, heading: str, text: str) -> Passage:
    return Passage(
        id=name,
        document=name.partition("#")[0],
        tenant="main",
        title="Returns",
        title_path=("Returns", heading),
        text=text,
        url="https://fernhill.example/help/returns",
    )


LONG = passage(
    "returns#1",
    "How long you have",
    "You can return anything within 60 days of delivery. The day of delivery counts as day one. "
    + "Our warehouse opens early and the team sorts parcels by hand in the old mill. " * 6,
)
STEPS = passage(
    "returns#2",
    "How to send something back",
    "Do this in your account:\n\n1. Open the order.\n2. Choose the items to return.\n"
    "3. Print the label.\n\nKeep the receipt.",
)
OTHER = passage("shipping#1", "Costs", "Standard shipping costs £3.95. It takes 2 working days.")


def hits(*found: tuple[Passage, float]) -> list[Hit]:
    return [Hit(one, score, dense=score) for one, score in found]


EXTRACTIVE = Extractive(content)


def bare(text: str) -> str:
    return " ".join(text.split())


def test_it_quotes_the_sentences_that_answer_and_cites_them() -> None:
    answer = EXTRACTIVE.answer(Asked("how long can I return it"), hits((LONG, 0.7)))
    assert answer.text.startswith("You can return anything within 60 days of delivery.")
    assert len(answer.text.split()) <= 90
    (citation,) = answer.citations
    assert citation.passage == "returns#1"
    assert citation.title == "Returns"
    assert citation.url == "https://fernhill.example/help/returns"
    assert citation.quote == "You can return anything within 60 days of delivery."


def test_steps_stay_together_and_in_order() -> None:
    answer = EXTRACTIVE.answer(Asked("how do I send something back"), hits((STEPS, 0.7)))
    assert "1. Open the order.\n2. Choose the items to return.\n3. Print the label." in answer.text


def test_a_passage_far_behind_is_not_quoted() -> None:
    answer = EXTRACTIVE.answer(Asked("send it back"), hits((STEPS, 0.8), (OTHER, 0.3)))
    assert {citation.passage for citation in answer.citations} == {"returns#2"}


def test_nothing_found_says_nothing() -> None:
    answer = EXTRACTIVE.answer(Asked("how long"), [])
    assert (answer.text, answer.citations, answer.confidence) == ("", (), 0.0)


def test_after_an_answer_that_did_not_help_another_passage_comes_first() -> None:
    first = EXTRACTIVE.answer(Asked("return something"), hits((LONG, 0.7), (STEPS, 0.5)))
    asked = Asked("return something", (first.text,), ("returns#1",), differently=True)
    second = EXTRACTIVE.answer(asked, hits((LONG, 0.7), (STEPS, 0.5)))
    assert [citation.passage for citation in second.citations] == ["returns#2"]
    # It is the less sure one, and says so.
    assert second.confidence < first.confidence


def test_no_text_is_said_twice_until_nothing_is_left() -> None:
    told: list[str] = []
    found = hits((LONG, 0.7), (STEPS, 0.65), (OTHER, 0.6))
    for _ in range(12):
        answer = EXTRACTIVE.answer(Asked("return something", tuple(told)), found)
        if not answer.text:
            break
        assert all(bare(answer.text) not in bare(text) for text in told)
        told.append(answer.text)
    else:
        pytest.fail("it never ran out of new things to say")
    assert len(told) >= 3


class Near:
    """An embedder for which all that speaks of the mill is alike."""

    name = "near"
    dimensions = 2

    def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        return [(1.0, 0.0) if "mill" in text else (0.0, 1.0) for text in texts]


def test_with_an_embedder_meaning_chooses_the_sentence() -> None:
    answer = Extractive(content, Near()).answer(Asked("the mill?"), hits((LONG, 0.7)))
    assert answer.text.startswith("Our warehouse opens early")


WORDS = st.sampled_from(["return", "tent", "boots", "days", "label", "order", "free"])
SENTENCE = st.lists(WORDS, min_size=1, max_size=8).map(lambda words: " ".join(words).title() + ".")
PARAGRAPH = st.lists(SENTENCE, min_size=1, max_size=8).map(" ".join)
ITEMS = st.lists(SENTENCE, min_size=1, max_size=5).map(lambda s: "\n".join(f"- {i}" for i in s))
TEXT = st.lists(PARAGRAPH | ITEMS, min_size=1, max_size=4).map("\n\n".join)


@given(
    st.lists(st.tuples(TEXT, st.floats(0.01, 1.0)), max_size=6),
    st.lists(WORDS, max_size=5).map(" ".join),
    st.booleans(),
)
def test_every_sentence_is_verbatim_in_a_cited_passage(
    texts: list[tuple[str, float]], question: str, again: bool
) -> None:
    found = [(passage(f"d#{i}", "h", text), score) for i, (text, score) in enumerate(texts)]
    by_id = {one.id: one for one, _ in found}
    answer = EXTRACTIVE.answer(Asked(question, differently=again), hits(*found))
    assert bool(answer.text) == bool(found)
    assert 0.0 <= answer.confidence <= 1.0
    sources = [bare(by_id[citation.passage].text) for citation in answer.citations]
    for block in answer.text.split("\n\n") if answer.text else ():
        assert any(bare(block) in source for source in sources)


LAMP_200 = Passage(
    "lamp-200#1", "lamp-200", "main", "Trail Lamp 200", ("Trail Lamp 200", "Battery"),
    "Its battery lasts 8 hours.", None,
)  # fmt: skip
LAMP_400 = Passage(
    "lamp-400#1", "lamp-400", "main", "Trail Lamp 400", ("Trail Lamp 400", "Battery"),
    "Its battery lasts 14 hours.", None,
)  # fmt: skip


def test_of_two_sisters_only_the_one_that_is_named_is_quoted() -> None:
    found = hits((LAMP_200, 0.7), (LAMP_400, 0.69))
    answer = EXTRACTIVE.answer(Asked("battery of the trail lamp 400"), found)
    assert answer.text == LAMP_400.text


def test_two_sisters_are_never_mixed_in_one_answer() -> None:
    answer = EXTRACTIVE.answer(Asked("lamp battery"), hits((LAMP_200, 0.7), (LAMP_400, 0.69)))
    assert len(answer.citations) == 1


def test_a_passage_past_its_review_loses_against_a_fresh_one_nearly_as_good() -> None:
    old = replace(OTHER, id="old", document="old", review_by="2026-01-01")
    fresh = replace(OTHER, id="new", document="new", text="Standard shipping costs £4.95.")
    found = hits((old, 0.72), (fresh, 0.7))
    then = EXTRACTIVE.answer(Asked("standard shipping", today="2025-06-01"), found)
    assert (then.citations[0].passage, then.out_of_date) == ("old", None)
    now = EXTRACTIVE.answer(Asked("standard shipping", today="2026-06-01"), found)
    assert (now.citations[0].passage, now.out_of_date) == ("new", None)


def test_figures_that_nobody_vouches_for_any_more_are_told_as_such() -> None:
    old = replace(OTHER, review_by="2026-01-01")
    answer = EXTRACTIVE.answer(Asked("shipping", today="2026-06-01"), hits((old, 0.7)))
    assert answer.out_of_date == "2026-01-01"
    wordy = replace(old, text="Parcels are left with a neighbour.")
    assert EXTRACTIVE.answer(Asked("x", today="2026-06-01"), hits((wordy, 0.7))).out_of_date is None


def test_a_passage_found_only_for_what_was_asked_before_is_not_trusted() -> None:
    found = hits((LONG, 0.7))
    alone = EXTRACTIVE.answer(Asked("how long returns\nreturn"), found)
    dragged = EXTRACTIVE.answer(Asked("how long returns\nvegan?", own="vegan?"), found)
    assert dragged.confidence < alone.confidence / 2


def test_a_few_words_of_a_longer_answer_may_answer_another_question() -> None:
    text = "The lamp weighs 92 grams with its battery and its strap. It is rated for water."
    lamp = replace(LAMP_400, text=text)
    asked = Asked("is it rated for water", (text,), (lamp.id,), own="is it rated for water")
    assert EXTRACTIVE.answer(asked, hits((lamp, 0.7))).text == "It is rated for water."
    again = replace(asked, differently=True)
    assert EXTRACTIVE.answer(again, hits((lamp, 0.7))).text == ""


def test_an_answer_joined_of_two_passages_is_not_said_again_to_a_follow_up() -> None:
    first = replace(OTHER, id="a", text="Tents have a warranty of five years.")
    second = replace(OTHER, id="b", text="Wear is not covered by the warranty.")
    found = hits((first, 0.7), (second, 0.7))
    answer = EXTRACTIVE.answer(Asked("the warranty"), found)
    assert len(answer.citations) == 2
    later = Asked("warranty\nand tents?", (answer.text,), ("a", "b"), own="and tents?")
    assert EXTRACTIVE.answer(later, found).text == ""
