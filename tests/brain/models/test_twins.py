"""Near-identical things are told apart by the words that differ; nothing else is taken for one."""

from __future__ import annotations

import pytest

from brain.contract import Passage
from brain.models.twins import LABEL, Twins, labels, named, twins


def about(title: str, document: str = "", path: tuple[str, ...] = ()) -> Passage:
    return Passage(title, document or title, "main", title, path or (title, "Battery"), "text")


def pair(one: str, other: str) -> Twins:
    found = twins(about(one), about(other))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("one", "other"),
    [("Trail Lamp 200", "Trail Lamp 400"), ("Ridge 2", "Ridge 3"),
     ("Cascade Lite rain jacket", "Cascade Pro rain jacket"), ("Trail 200", "Trail 200 Pro")],
)  # fmt: skip
def test_sister_products(one: str, other: str) -> None:
    assert {pair(one, other).first, pair(one, other).second} == {one, other}


@pytest.mark.parametrize(
    ("one", "other"),
    [("Returns", "Shipping"), ("Gift cards", "Gift returns"), ("Returns", "Returns"),
     ("Shipping costs", "Shipping times"), ("Payment", "Payment was declined by your bank")],
)  # fmt: skip
def test_other_things(one: str, other: str) -> None:
    assert twins(about(one), about(other, document="other")) is None


def test_sections_of_one_document_are_told_apart_by_their_headings() -> None:
    one = about("Lamps", "lamps", ("Lamps", "Trail Lamp 200"))
    other = about("Lamps", "lamps", ("Lamps", "Trail Lamp 400"))
    found = twins(one, other)
    assert found is not None
    assert (found.first, found.second) == ("Trail Lamp 200", "Trail Lamp 400")


def test_sections_on_one_thing_are_not_two_things() -> None:
    one = about("Gift cards", "gift", ("Gift cards", "Buying a gift card"))
    other = about("Gift cards", "gift", ("Gift cards", "Using a gift card"))
    assert twins(one, other) is None


def test_a_question_names_one_by_the_word_that_differs() -> None:
    lamps = pair("Trail Lamp 200", "Trail Lamp 400")
    assert named("how long does the 400 burn", lamps) == {"Trail Lamp 400"}
    assert named("how long does the trail lamp burn", lamps) == frozenset()
    assert named("200 or 400?", lamps) == {"Trail Lamp 200", "Trail Lamp 400"}
    pro = pair("Trail 200", "Trail 200 Pro")
    assert named("is the trail 200 heavy", pro) == {"Trail 200"}
    assert named("is the trail 200 pro heavy", pro) == {"Trail 200 Pro"}


@pytest.mark.parametrize(
    ("one", "other", "shown"),
    [("Trail Lamp 200", "Trail Lamp 400", ("Trail Lamp 200", "Trail Lamp 400")),
     ("Trail Lamp 200 headlamp", "Trail Lamp 400 headlamp", ("Trail Lamp 200", "Trail Lamp 400")),
     ("Fernhill expedition tent Ridge 2", "Fernhill expedition tent Ridge 3",
      ("tent Ridge 2", "tent Ridge 3"))],
)  # fmt: skip
def test_labels_fit_a_button_and_still_differ(one: str, other: str, shown: tuple[str, str]) -> None:
    assert labels(pair(one, other)) == shown
    assert all(len(label) <= LABEL for label in shown)
