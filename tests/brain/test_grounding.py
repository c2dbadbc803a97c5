"""Claims without a source do not reach the customer."""

from __future__ import annotations

from brain.contract import Citation, Passage
from brain.grounding import ground

PASSAGE = Passage(
    id="p1",
    document="returns",
    tenant="main",
    title="Returns",
    title_path=("Returns",),
    text="You can return **anything** within 60 days.\nSale items too.\n\n1. Open it.\n2. Send it.",
)
OTHER = Passage("p2", "gifts", "main", "Gifts", ("Gifts",), "Gift cards last 3 years.")
CITED = (Citation("p1", "Returns", None, "You can return anything within 60 days."),)


def test_what_the_passage_says_stays_as_it_is() -> None:
    text = "You can return anything within 60 days. Sale items too.\n\n1. Open it.\n2. Send it."
    grounded = ground(text, CITED, [PASSAGE, OTHER])
    assert (grounded.text, grounded.citations, grounded.cut) == (text, CITED, ())


def test_a_claim_without_a_source_is_cut() -> None:
    text = "You can return anything within 90 days. Sale items too."
    grounded = ground(text, CITED, [PASSAGE])
    assert grounded.text == "Sale items too."
    assert grounded.cut == ("You can return anything within 90 days.",)


def test_a_source_that_is_not_cited_bears_nothing() -> None:
    grounded = ground("Gift cards last 3 years.", CITED, [PASSAGE, OTHER])
    assert (grounded.text, grounded.citations) == ("", ())


def test_half_a_word_or_number_is_no_source() -> None:
    assert ground("Sale items to.", CITED, [PASSAGE]).text == ""
    assert ground("within 6", CITED, [PASSAGE]).text == ""


def test_a_citation_that_bears_nothing_goes() -> None:
    both = (*CITED, Citation("p2", "Gifts", None, "Gift cards last 3 years."))
    grounded = ground("Sale items too.", both, [PASSAGE, OTHER])
    assert [citation.passage for citation in grounded.citations] == ["p1"]


def test_nothing_grounds_nothing() -> None:
    assert ground("", (), []).text == ""


def test_lists_of_two_passages_are_borne_step_by_step() -> None:
    second = Passage("p2", "x", "main", "X", ("X",), "1. Sign in.\n2. Wait.")
    both = (*CITED, Citation("p2", "X", None, "1. Sign in."))
    text = "1. Open it.\n2. Send it.\n\n1. Sign in.\n2. Wait."
    grounded = ground(text, both, [PASSAGE, second])
    assert (grounded.text, grounded.citations) == (text, both)
    assert ground(f"{text}\n3. Pay.", both, [PASSAGE, second]).text == ""
