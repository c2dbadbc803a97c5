"""What a question's words say about how to look for them, and how scores are joined."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brain.knowledge.dense import Nearness
from brain.knowledge.fusion import dense_score, fuse, words_only
from brain.knowledge.lexical import Found
from brain.knowledge.query import distance, identifiers, names, nearest, terms


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("where is FH-2031-77", ("FH-2031-77",)),
        ("enable 2fa for agents", ("2fa",)),
        ("it says error 4031", ("4031",)),
        ("I bought 2 in 30 days", ()),
        ("does it support SSO?", ("SSO",)),
        ("WHERE IS MY PARCEL", ()),
        ('it says "no light found"', ("no light found",)),
        ("run `make run` now", ("make run",)),
        ("I am fine", ()),
    ],
)
def test_identifiers(text: str, found: tuple[str, ...]) -> None:
    assert identifiers(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("is the trail lamp 200 bright", ("trail lamp 200", "lamp 200")),
        ("the Ridge 2 leaks", ("Ridge 2",)),
        ("Cascade Pro or Lite", ("Cascade Pro",)),
        ("I bought 2 in 30 days", ("bought 2",)),
        ("WHERE IS MY PARCEL", ()),
        ("can I pay", ()),
        ("I am fine", ()),
    ],
)
def test_names(text: str, found: tuple[str, ...]) -> None:
    assert names(text) == found


def test_terms_are_folded_and_once() -> None:
    assert terms("Größe größe, CAFÉ! don't") == ("grosse", "cafe", "don", "t")


@pytest.mark.parametrize(
    ("a", "b", "steps"),
    [("return", "retrun", 1), ("tent", "tents", 1), ("tent", "boot", 3), ("same", "same", 0)],
)
def test_distance(a: str, b: str, steps: int) -> None:
    assert distance(a, b, 2) == steps
    assert distance(b, a, 2) == steps


def test_nearest_prefers_the_nearer() -> None:
    assert nearest("shiping", ["shopping", "shipping", "skipping"]) == ("shipping",)
    assert nearest("deliverry", ["delivery", "deliver", "recovery"]) == ("delivery", "deliver")


@given(st.text(), st.text())
def test_any_text_is_understood(a: str, b: str) -> None:
    identifiers(a)
    names(a)
    assert all(term for term in terms(a))
    assert distance(a, b, 2) <= 3


def found(scores: dict[str, float] | None = None, **exact: set[str]) -> Found:
    return Found(scores or {}, {i: frozenset(ids) for i, ids in exact.items()})


def test_meaning_weighs_more_than_words() -> None:
    near = {"meant": Nearness(0.6, 0.2), "worded": Nearness(0.5, 0.2)}
    assert [s.id for s in fuse(near, found({"worded": 0.9}))] == ["meant", "worded"]


def test_words_decide_between_equals() -> None:
    near = {"a": Nearness(0.6, 0.2), "b": Nearness(0.6, 0.2)}
    assert [s.id for s in fuse(near, found({"b": 0.9}))] == ["b", "a"]


def test_an_identifier_weighs_more_the_fewer_have_it() -> None:
    near = {"a": Nearness(0.6, 0.2), "b": Nearness(0.3, 0.2)}
    assert fuse(near, found(code={"b"}))[0].id == "b"
    assert fuse(near, found(code={"b", *(f"x{i}" for i in range(45))}))[0].id == "a"


def test_a_title_lifts_and_never_lowers() -> None:
    assert dense_score(Nearness(0.4, 0.8)) == pytest.approx(0.6)
    assert dense_score(Nearness(0.4, 0.1)) == pytest.approx(0.4)
    assert dense_score(Nearness(-0.2, -0.4)) == 0


def test_scores_stay_in_range() -> None:
    top = fuse({"a": Nearness(1.0, 1.0)}, found({"a": 1.0}, x={"a"}, y={"a"}))
    assert top[0].score == 1.0
    assert words_only(found({"a": 1.0}, x={"a"}))[0].score == 1.0
