"""Texts that come again are not embedded again."""

from __future__ import annotations

from collections.abc import Sequence

from brain.knowledge.known_vectors import MOST_AT_ONCE, KnownVectors


class Counting:
    def __init__(self) -> None:
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        self.asked += texts
        return [[float(len(text)), 0.5] for text in texts]


def test_each_text_is_asked_for_once_and_given_in_its_place() -> None:
    counting, remembering = Counting(), KnownVectors()
    assert [list(one) for one in remembering.vectors(["a", "bb", "a"], counting.embed)] == [
        [1.0, 0.5],
        [2.0, 0.5],
        [1.0, 0.5],
    ]
    given = remembering.vectors(["bb", "ccc"], counting.embed)
    assert [list(one) for one in given] == [[2.0, 0.5], [3.0, 0.5]]
    assert counting.asked == ["a", "bb", "ccc"]


def test_what_was_used_longest_ago_is_forgotten() -> None:
    counting, remembering = Counting(), KnownVectors(most=2)
    for text in ("a", "b", "a", "c", "a", "b"):
        remembering.vectors([text], counting.embed)
    assert counting.asked == ["a", "b", "c", "b"]


def test_what_builds_an_index_leaves_nothing_behind() -> None:
    counting, remembering = Counting(), KnownVectors()
    many = [str(number) for number in range(MOST_AT_ONCE + 1)]
    for _ in range(2):
        remembering.vectors(many, counting.embed)
    assert len(counting.asked) == 2 * len(many)
