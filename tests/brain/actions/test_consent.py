"""A yes is a whole message that can mean nothing else, in every shipped language."""

from __future__ import annotations

import pytest

from brain.actions.consent import asks, said


@pytest.mark.parametrize(
    "text",
    ["yes", "Yes.", " YES! ", "yes please", "go ahead", "ja", "Ja, bitte!", "oui", "Sí", "sì",
     "sim", "ja graag", "👍", "👍🏽", "yes, do it", "j\u200ba"],
)  # fmt: skip
def test_a_clear_yes(text: str) -> None:
    assert said(text) == "yes"


@pytest.mark.parametrize(
    "text", ["no", "No, thanks", "nein", "Non !", "nee", "não", "👎", "never mind", "lieber nicht"]
)
def test_a_clear_no(text: str) -> None:
    assert said(text) == "no"


@pytest.mark.parametrize(
    "text",
    ["yes but not today", "yes?", "yes, and also my other order", "ja aber erst morgen",
     "oui mais non", "yes no", "sí, pero otra dirección", "yes yes but no"],
)  # fmt: skip
def test_what_begins_like_a_yes_and_goes_on_is_none(text: str) -> None:
    assert said(text) == "unclear"


@pytest.mark.parametrize(
    "text",
    ["", "ok", "fine", "sure", "hm", "I said yes", "not yes", "okay then", "y" * 500, "👍👎"],
)
def test_what_may_mean_anything_is_neither(text: str) -> None:
    assert said(text) is None


@pytest.mark.parametrize("text", ["how long does a refund take", "Was kostet das", "can I return"])
def test_a_question_is_told_from_a_wish(text: str) -> None:
    assert asks(text)


@pytest.mark.parametrize("text", ["refund my order", "I want my money back", "please cancel"])
def test_a_wish_is_no_question(text: str) -> None:
    assert not asks(text)


@pytest.mark.parametrize(
    ("yes", "more"),
    [
        ("yes", "but only the second one"), ("ja", "aber erst morgen"), ("oui", "mais pas tout"),
        ("sí", "pero solo uno"), ("sì", "ma non oggi"), ("sim", "mas só amanhã"),
        ("ja", "maar niet vandaag"),
    ],
)  # fmt: skip
def test_a_yes_with_a_but_is_none_in_every_shipped_language(yes: str, more: str) -> None:
    assert said(yes) == "yes"
    for words in (f"{yes}, {more}", f"{yes} {more}", f"{yes}.\n{more}", f"{more}, {yes}"):
        assert said(words) != "yes", words
