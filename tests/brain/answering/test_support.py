"""Sentences held against the passage that they name: what is borne, and what is not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from brain.answering.support import Claim, Support
from brain.contract import Passage
from brain.knowledge.embedding import NgramEmbedder
from brain.triage.classifier import shipped

RETURNS = Passage(
    "r1", "returns", "main", "Returns", ("Returns", "How long"),
    "You can return anything within 60 days of delivery. Items must be unworn and in their original"
    " packaging. Sale items cannot be returned, except when they arrive damaged. We refund the"
    " original payment method within 5 working days of receiving the parcel.\n\nReturn shipping is"
    " free in Germany and costs £4.95 from the UK. Members get five percent off.",
)  # fmt: skip
CARD = Passage("c1", "card", "main", "Card", ("Card",), "The loyalty card costs £10 a year.")
SUPPORT = Support(shipped().content, NgramEmbedder())


def fault(text: str, *passages: str, language: str = "en") -> str | None:
    claim = Claim(text, passages or ("r1",))
    (checked,) = SUPPORT.check([claim], [RETURNS, CARD], language)
    return checked.fault


@pytest.mark.parametrize(
    "text",
    [
        "You can return anything within 60 days of delivery.",
        "You can return anything within **60 days** of delivery.",
        "You can return anything within sixty days of delivery.",
        "Items must be unworn and in the original packaging.",
        "Sale items can't be returned, except when they arrive damaged.",
        "We refund the original payment method within 5 working days.",
        "From the UK return shipping costs £4.95.",
        "Members get 5% off.",
    ],
)
def test_what_the_passage_says_in_other_words_is_borne(text: str) -> None:
    assert fault(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "You can return anything within 90 days of delivery.",
        "You can return anything within ninety days of delivery.",
        "You can return anything within three months of delivery.",
        "You can return anything within half of the 60 days of delivery.",
        "We refund the original payment method within 5 days.",
        "Return shipping from the UK costs £5.95.",
        "Return shipping from the UK costs €4.95.",
        "Members get fifty percent off.",
        "Return shipping is free in France.",
        "Sale items can be returned.",
        "Sale items cannot be returned.",
        "You cannot return anything within 60 days of delivery.",
        "Return anything at https://evil.example within 60 days of delivery.",
        "Write to help@evil.example to return anything within 60 days of delivery.",
        "[Return](/anything) within 60 days of delivery.",
        "![](x) You can return anything within 60 days of delivery.",
        "Your refund has been issued.",
        "Our team calls you tomorrow.",
    ],
)
def test_what_the_passage_does_not_say_is_not_borne(text: str) -> None:
    assert fault(text) is not None


def test_another_passage_than_the_one_that_is_named_bears_nothing() -> None:
    said = "The loyalty card costs £10 a year."
    assert fault(said, "c1") is None
    assert fault(said, "r1") is not None
    assert fault(said, "r1", "c1") is None
    assert fault(said, "x9") == "it names no passage that was given"


def test_without_claims_nothing_is_embedded() -> None:
    assert SUPPORT.check([], [RETURNS], "en") == ()


def test_the_passage_and_the_words_that_bear_it_are_told() -> None:
    claim = Claim("Items must be unworn.", ("r1",))
    (checked,) = SUPPORT.check([claim], [RETURNS], "en")
    assert checked.bearer == "r1"
    assert "unworn" in checked.quote


def test_german_nouns_are_no_names() -> None:
    passage = Passage(
        "d1", "d", "main", "Rückgabe", ("Rückgabe",),
        "Sie können Artikel innerhalb von 60 Tagen nach Lieferung zurückgeben.", language="de",
    )  # fmt: skip
    said = "Artikel können Sie innerhalb von 60 Tagen nach der Lieferung zurückgeben."
    (checked,) = SUPPORT.check([Claim(said, ("d1",))], [passage], "de")
    assert checked.fault is None


class Silent:
    """An embedder that nobody may ask."""

    name, dimensions = "silent", 1

    def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        raise AssertionError(f"compared {texts}")


def test_what_is_quoted_word_by_word_is_not_compared() -> None:
    quoted = "Items must be unworn and in their original packaging."
    support = Support(shipped().content, Silent())
    (checked,) = support.check([Claim(quoted, ("x9", "r1"))], [RETURNS, CARD], "en")
    assert (checked.fault, checked.bearer, checked.quote) == (None, "r1", quoted)
    for other in ("Sale items cannot be returned", "[Items](x) must be unworn."):
        with pytest.raises(AssertionError, match="compared"):
            support.check([Claim(other, ("r1",))], [RETURNS], "en")


def test_words_in_another_language_than_the_answer_are_no_quote() -> None:
    said = replace(RETURNS, language="en")
    (checked,) = SUPPORT.check([Claim("Members get five percent off.", ("r1",))], [said], "de")
    assert checked.fault == "the words that it is said to translate do not stand there"
