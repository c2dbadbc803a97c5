"""Whether a message begins another matter, and the how-manieth contact about its matter it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from brain.circumstances import EarlierCase
from brain.contract import CaseState
from brain.matters import begun, placed
from brain.triage.classifier import Question, Triage
from brain.triage.intents import Understood

SURE = Understood("shipping", None, 0.9, 0.9)
LEFT = CaseState(unsuccessful=1, intent="returns")


def triage(understood: Understood = SURE, text: str = "where is my parcel", **more: Any) -> Triage:
    read = Triage("en", understood=understood, questions=(Question(text),))
    return replace(read, **more)


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


@pytest.mark.parametrize(
    ("read", "case", "intent"),
    [
        (triage(), CaseState(), "shipping"),
        (triage(), LEFT, "shipping"),
        (triage(), CaseState(intent="shipping"), None),
        (triage(replace(SURE, intent_sure=0.4)), LEFT, None),
        (triage(Understood()), LEFT, None),
        (triage(unsuccessful="not_helpful"), LEFT, None),
        (triage(wish="a person"), LEFT, None),
        (triage(small_talk="thanks"), LEFT, None),
        (triage(questions=(Question("and express?", "goes_on"),)), LEFT, None),
        (triage(questions=(Question("and express?", "goes_on"),)), CaseState(), "shipping"),
    ],
)
def test_where_another_matter_begins(read: Triage, case: CaseState, intent: str | None) -> None:
    assert begun(read, case) == intent
    kept = 0 if intent is not None and case.intent is not None else case.unsuccessful
    assert placed(read, case, words).unsuccessful == kept


@pytest.mark.parametrize(
    ("earlier", "contacts"),
    [
        ((), 1),
        ((EarlierCase("shipping", "x"),), 2),
        ((EarlierCase("shipping", "x"), EarlierCase("returns", "where is the parcel")), 3),
        ((EarlierCase("returns", "x"), EarlierCase(None, "y")), 1),
        ((EarlierCase(None, "where is my blue parcel"),), 2),
    ],
)
def test_contacts_are_counted_over_the_earlier_cases(
    earlier: tuple[EarlierCase, ...], contacts: int
) -> None:
    assert placed(triage(), CaseState(earlier=earlier), words).contacts == contacts


def test_a_broad_matter_is_the_same_only_where_its_words_are() -> None:
    read = triage(Understood("product", None, 0.9, 0.9), "is the tent dry")
    alike = EarlierCase("product", "is a tent dry")
    case = CaseState(earlier=(alike, EarlierCase("product", "which boots are warm")))
    assert placed(read, case, words).contacts == 2


def test_what_is_said_without_a_matter_is_about_the_one_at_hand() -> None:
    read = triage(Understood(), "still nothing")
    case = CaseState(intent="shipping", earlier=(EarlierCase("shipping", "x"),))
    assert placed(read, case, words).contacts == 2
