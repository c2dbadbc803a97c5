"""Two passages that answer the same question differently are found, near-identical ones are not."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from brain.contract import Passage
from brain.knowledge.chunking import passages
from brain.knowledge.lint.conflicts import MOST_CONFLICTS, Conflict, find
from brain.knowledge.loaders.folder import load_folder
from brain.knowledge.loaders.reading import Readings
from tests.brain.knowledge.lint.shelf import LIBRARY, passage

DEMO = Path(__file__).parents[4] / "gateway" / "demo" / "kb"


def between(left: str, right: str, titles: str = "Help|Help", language: str = "en") -> list[str]:
    """What differs between two passages of two articles, in words."""
    first, second = titles.split("|")
    new = passage("a", left, first, language=language)
    other = passage("b", right, second, language=language)
    return [conflict.about for conflict in find([new], [other, *LIBRARY], None)]


@pytest.mark.parametrize(
    ("left", "right", "titles", "language", "about"),
    [
        ("Refunds take 5 working days.", "A refund takes three weeks.", "Refunds|Money back", "en",
         "5 working days or three weeks"),
        ("Standard shipping costs £3.95.", "Standard shipping costs £4.50.", "Shipping|Prices",
         "en", "£3.95 or £4.50"),
        ("Standard shipping costs £3.95.", "Standard shipping is free.", "Shipping|Prices", "en",
         "£3.95 or free"),
        ("The discount is 10 %.", "The discount is 15 percent.", "Discounts|Discounts", "en",
         "10 % or 15 percent"),
        ("Passwords need at least 12 characters.", "Passwords need at least 8 characters.",
         "Account|Password", "en", "12 characters or 8 characters"),
        ("Orders over £50 ship free.", "Orders above £75 ship free.", "Shipping|Costs", "en",
         "£50 or £75"),
        ("Our support is open until 18:00.", "Support is open until 5 pm.", "Contact|Hours", "en",
         "18:00 or 5 pm"),
        ("The sale ends on 31 December.", "The sale ends on January 6.", "Sale|Sale dates", "en",
         "31 December or January 6"),
        ("We ship to Norway.", "We do not ship to Norway.", "Shipping|Countries", "en",
         "one says yes, the other no"),
        ("You can pay with Klarna.", "You cannot pay with Klarna.", "Payment|Ways to pay", "en",
         "one says yes, the other no"),
        ("Sie können Artikel innerhalb von 30 Tagen zurückgeben.",
         "Artikel können Sie innerhalb von 14 Tagen zurückgeben.", "Rückgabe|Rückgaberecht", "de",
         "30 Tagen or 14 Tagen"),
        ("Le retour est possible sous 30 jours.", "Le retour est possible sous 14 jours.",
         "Retours|Retour", "fr", "30 jours or 14 jours"),
    ],
)  # fmt: skip
def test_what_cannot_both_be_true_is_found(
    left: str, right: str, titles: str, language: str, about: str
) -> None:
    assert between(left, right, titles, language) == [about]


@pytest.mark.parametrize(
    ("left", "right", "titles"),
    [
        ("You can return it within two weeks.", "You can return it within 14 days.", "A|B"),
        ("Refunds take 5 working days.", "A refund takes 7 days.", "Refunds|Refunds"),
        ("Delivery takes 2 to 4 days.", "Delivery takes 3 days.", "Delivery|Delivery"),
        ("The lamp costs €5.", "The lamp costs 5 EUR.", "Lamp|Lamp"),
        ("Shipping costs $5.", "Shipping costs £4.", "Shipping|Shipping"),
    ],
)
def test_the_same_value_said_differently_is_no_conflict(left: str, right: str, titles: str) -> None:
    assert between(left, right, titles) == []


@pytest.mark.parametrize(
    ("left", "right", "titles"),
    [
        ("The Trail 200 weighs 90 g.", "The Trail 400 weighs 120 g.", "Lamps|Lamps"),
        ("It weighs 90 g.", "It weighs 120 g.", "Trail 200|Trail 400"),
        ("Its warranty is 2 years.", "Its warranty is 3 years.", "The lamp|The tent"),
        ("Delivery to Germany takes 5 days.", "Delivery to France takes 7 days.", "A|B"),
        ("Delivery takes 5 days.", "Delivery to Germany takes 7 days.", "A|B"),
        ("Standard shipping costs £3.95.", "Express shipping costs £7.95.", "A|B"),
        ("Sale items can be returned within 14 days.", "Boots can be returned within 30 days.",
         "A|B"),
        ("The tent costs £249.", "The groundsheet of the tent costs £29.", "Tent|Tent"),
        ("The lamp weighs 90 g with all its batteries inside.",
         "The lamp weighs 120 g with all its batteries inside.", "Trail 200|Trail 400"),
        ("Heavy parcels on wooden pallets to the UK take 5 days.",
         "Heavy parcels on wooden pallets take 9 days.", "A|A"),
        ("Upload files of up to 10 MB.", "Download files of up to 50 MB.", "Files|Files"),
        ("A monthly plan costs $10.", "A yearly plan costs $100.", "Plans|Plans"),
        ("The free plan has 3 users.", "The pro plan has 50 users.", "Plans|Plans"),
        ("You can return boots.", "You cannot return opened boots.", "Returns|Returns"),
        ("If it is lost, we do not charge shipping.", "We charge shipping.", "A|B"),
        ("Passwords need at least 8 characters.", "Passwords have at most 64 characters.", "A|A"),
    ],
)  # fmt: skip
def test_near_identical_things_do_not_contradict_each_other(
    left: str, right: str, titles: str
) -> None:
    assert between(left, right, titles) == []


def test_a_question_says_nothing_that_could_be_wrong() -> None:
    assert between("Does delivery cost £9?", "Delivery costs £4.") == []


def test_tables_and_code_are_left_alone() -> None:
    table = "| Plan | Price |\n|---|---|\n| Small | £5 |\n"
    assert between(table, "| Plan | Price |\n|---|---|\n| Small | £9 |\n") == []


def test_articles_in_two_languages_are_not_compared() -> None:
    one = passage("a", "Standard shipping costs £3.95.")
    two = passage("b", "Standard shipping costs £4.95.", language="de")
    assert find([one], [two, *LIBRARY], None) == ()


def test_sections_of_one_article_speak_of_different_things() -> None:
    one = passage("a", "Storage: 20 GB.", "Servers", heading="Small", document="servers")
    two = passage("b", "Storage: 50 GB.", "Servers", heading="Large", document="servers")
    assert find([one, two], LIBRARY, None) == ()


def test_both_sides_are_quoted_and_the_smaller_id_is_left() -> None:
    new = passage("b", "Hello. Standard shipping costs £3.95, and it is quick.")
    old = passage("a", "Standard shipping costs £4.95.", audience="internal")
    [found] = find([new], [old, *LIBRARY], None)
    assert (found.left, found.right) == (old, new)
    assert found.left_quote == "Standard shipping costs £4.95."
    assert found.right_quote == "Standard shipping costs £3.95, and it is quick."
    assert found.about == "£4.95 or £3.95 (internal and public article)"


def test_only_what_is_new_is_looked_at() -> None:
    old = [
        passage("a", "Standard shipping costs £3.95."),
        passage("b", "Standard shipping costs £4.95."),
    ]
    assert find([LIBRARY[0]], [*old, *LIBRARY], None) == ()
    assert len(find(old, [*old, *LIBRARY], None)) == 1


def test_the_result_does_not_depend_on_the_order_of_the_passages() -> None:
    many = [passage(f"p{n}", f"Standard shipping costs £{n}.") for n in range(2, 9)]
    shuffled = [*many, *LIBRARY]
    random.Random(7).shuffle(shuffled)
    assert keys(find(many, LIBRARY, None)) == keys(find(shuffled, shuffled, None))


def test_there_is_an_end_to_what_is_listed() -> None:
    many = [passage(f"p{n}", f"Standard shipping costs £{n}.") for n in range(2, 40)]
    assert len(find(many, LIBRARY, None)) == MOST_CONFLICTS


class Meaning:
    """Says of every text that it means the same, or of no two."""

    dimensions = 2

    def __init__(self, name: str, *, same: bool) -> None:
        self.name = name
        self._same = same

    def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        return [(1.0, 0.0) if self._same or n % 2 else (0.0, 1.0) for n, _ in enumerate(texts)]


@pytest.mark.parametrize(
    ("name", "same", "count"),
    [("sentences", True, 1), ("sentences", False, 0), ("ngram-1-512", False, 1)],
)
def test_sentences_that_mean_different_things_are_left_out(
    name: str, *, same: bool, count: int
) -> None:
    one = passage("a", "Standard shipping costs £3.95.")
    two = passage("b", "Standard shipping costs £4.95.")
    assert len(find([one], [two, *LIBRARY], Meaning(name, same=same))) == count


def test_of_the_demo_articles_only_the_two_that_disagree_are_found() -> None:
    found = find(demo(), demo(), None)
    assert [(c.left.document, c.right.document, c.about) for c in found] in (
        [("exchanges", "sale-items", "60 days or 30 days")],
        [("sale-items", "exchanges", "30 days or 60 days")],
    )


def demo() -> list[Passage]:
    loaded = load_folder(DEMO, Readings(), demo=True)
    return [p for d in loaded.documents if not d.draft for p in passages(d, "main")]


def keys(found: Sequence[Conflict]) -> list[tuple[str, str, str]]:
    return [(c.left.id, c.right.id, c.about) for c in found]
