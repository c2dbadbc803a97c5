"""The demo shop's help pages agree with each other: what several of them say is the same
everywhere, but for the two slips that are there to be found."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from brain.knowledge.documents import Document
from brain.knowledge.loaders.folder import load_folder
from brain.knowledge.loaders.process import Readings

FOLDER = Path(__file__).parents[2] / "gateway" / "demo" / "kb"
FAMILIES = (
    ("trail-lamp-200", "trail-lamp-400"),
    ("ridge-2", "ridge-3"),
    ("cascade-lite", "cascade-pro"),
    ("ember-solo", "ember-duo"),
)
_WEIGHT = re.compile(r"weighs ([\d.]+ k?g)")
_PRICE = re.compile(r"costs £([\d.]+\d)")
_WARRANTY = re.compile(r"Its warranty is (\d) years")


@dataclass(frozen=True)
class Fact:
    """What every article says wherever ``pattern`` matches: the group that took part, with a
    decimal point. ``slips`` are the articles that are meant to say otherwise."""

    name: str
    pattern: str
    value: str
    slips: Mapping[str, str] = field(default_factory=dict[str, str])


FACTS = (
    Fact(
        "standard shipping",
        r"Standard shipping in the UK costs £([\d.]+\d)|Standardversand kostet ([\d,]+) £"
        r"|Shipping back to you is £([\d.]+\d)",
        "3.95",
    ),
    Fact(
        "express shipping",
        r"Express shipping in the UK(?: costs|,) £([\d.]+\d)|Express kostet ([\d,]+) £"
        r"|express parcel [^.]+ refund the £([\d.]+\d)",
        "7.95",
        {"christmas-dates": "6.95"},
    ),
    Fact(
        "the limit of free shipping in the UK",
        r"not free above £(\d+)|limit of £(\d+)|in the UK[^.]*\.95[^.]*\. It is free for orders of"
        r" £(\d+)|ab (\d+) £ ist er kostenlos",
        "50",
    ),
    Fact("shipping to the EU", r"EU countries costs £([\d.]+\d)|EU-Länder kostet ([\d,]+)", "9.95"),
    Fact(
        "the limit of free shipping to the EU",
        r"free for orders of £(1\d+)|Ab (\d+) £ Bestellwert",
        "150",
    ),
    Fact(
        "shipping to Switzerland",
        r"Switzerland and Norway costs £([\d.]+\d)|Liechtenstein kostet der Versand ([\d,]+)",
        "14.95",
    ),
    Fact(
        "the time to return something",
        r"(?:return anything|exchange anything|return them|be returned) within (\d+) days"
        r"|time for returning is over, after (\d+) days|The (\d+) days count from the delivery"
        r"|innerhalb von (\d+) Tagen nach der Lieferung zurückgeben|outside the (\d+) days",
        "60",
        {"sale-items": "30"},
    ),
    Fact("a return from the EU", r"from the EU we take £(\d+)|aus der EU ziehen wir (\d+) £", "8"),
    Fact(
        "the time of a refund",
        r"refund (?:you|the difference) within (\d+) working days"
        r"|is refunded within (\d+) working days|erstatten innerhalb von (\d+) Werktagen",
        "5",
    ),
    Fact(
        "the time to change or cancel an order",
        r"(?:ancel the order|order yourself|in your account) within (\d+) minutes"
        r"|Within (\d+) minutes you can cancel",
        "60",
    ),
    Fact("a new zip", r"new zip costs £(\d+)|neuer Reißverschluss (\d+) £", "15"),
    Fact("a pole section", r"pole sections?(?: are)? £(\d+)|Gestängeteil (\d+) £", "12"),
    Fact(
        "the time of a repair",
        r"A repair takes about (\d+) working|Die Reparatur dauert etwa (\d+) Werk",
        "10",
    ),
    Fact(
        "how long invoices are kept",
        r"invoices are kept for (\d+) years|stays in your account for (\d+) years"
        r"|bleibt (\d+) Jahre",
        "10",
    ),
    Fact("how much earlier the club sees a sale", r"(?:prices|sales) (\d+) hours earlier", "24"),
    Fact(
        "the warranty of tents",
        r"[Tt]ents and backpacks [^.]+ warranty of (\d) years|Zelte und Rucksäcke [^.]+? (\d) Jahre"
        r"|The Ridge \d costs [^.]+\. Its warranty is (\d)",
        "5",
    ),
)


@pytest.fixture(scope="module")
def articles() -> dict[str, Document]:
    loaded = load_folder(FOLDER, Readings(), demo=True)
    return {article.id: article for article in loaded.documents}


def says(article: Document, fact: Fact) -> Iterator[str]:
    body = " ".join(article.body.split())
    for match in re.finditer(fact.pattern, body):
        yield next(group for group in match.groups() if group).replace(",", ".")


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.name)
def test_a_fact_is_the_same_in_every_article(articles: dict[str, Document], fact: Fact) -> None:
    said = {id_: set(says(article, fact)) for id_, article in articles.items()}
    told = {id_: values for id_, values in said.items() if values}
    assert len(told) >= 2, "one article alone cannot disagree"
    assert told == {id_: {fact.slips.get(id_, fact.value)} for id_ in told}
    assert fact.slips.keys() <= told.keys()


def test_the_slip_contradicts_an_article_that_names_the_same_things(
    articles: dict[str, Document],
) -> None:
    slip = "Sale items can be exchanged for another size within 60 days"
    assert slip in articles["exchanges"].body
    assert "sale items can be exchanged within 30 days" in articles["sale-items"].body


def found(pattern: re.Pattern[str], article: Document) -> str:
    match = pattern.search(article.body)
    assert match is not None, (article.id, pattern.pattern)
    return match[1]


@pytest.mark.parametrize("family", FAMILIES, ids=" and ".join)
def test_near_identical_products_differ_where_it_matters(
    articles: dict[str, Document], family: tuple[str, str]
) -> None:
    first, second = (articles[id_] for id_ in family)
    assert found(_WEIGHT, first) != found(_WEIGHT, second)
    assert found(_PRICE, first) != found(_PRICE, second)


def test_the_warranty_of_each_product_is_the_one_that_the_warranty_names(
    articles: dict[str, Document],
) -> None:
    years = {id_: found(_WARRANTY, articles[id_]) for family in FAMILIES for id_ in family}
    tents = {id_ for id_ in years if id_.startswith("ridge")}
    assert {id_ for id_, value in years.items() if value == "5"} == tents
    longer = re.search(
        r"The (.+) and the (.+) jacket have a warranty of 3 years", articles["warranty"].body
    )
    assert longer is not None
    named = {name.lower().replace(" ", "-") for name in longer.groups()}
    assert {id_ for id_, value in years.items() if value == "3"} == named


def test_a_shop_sells_above_what_it_pays(articles: dict[str, Document]) -> None:
    wholesale = dict(
        re.findall(r"([A-Z][a-z]+(?: \w+)+): £([\d.]+\d)", articles["internal-wholesale"].body)
    )
    for family in FAMILIES:
        for id_ in family:
            name = articles[id_].title
            paid = next(price for product, price in wholesale.items() if name.startswith(product))
            assert float(paid) < float(found(_PRICE, articles[id_])), name
