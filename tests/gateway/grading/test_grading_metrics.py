"""The figures, on cases small enough to count by hand."""

from __future__ import annotations

import pytest

from gateway.grading import metrics
from gateway.grading.metrics import Labelled, Weighed


def test_the_rank_is_that_of_the_first_right_document() -> None:
    assert metrics.rank_of(["a", "b", "c"], ["c", "b"]) == 2
    assert metrics.rank_of(["a"], ["z"]) is None


def test_hits_and_reciprocal_ranks() -> None:
    ranks = [1, 2, 6, None]
    assert metrics.hit_at(1, ranks) == 0.25
    assert metrics.hit_at(5, ranks) == 0.5
    assert metrics.reciprocal_at(10, ranks) == pytest.approx((1 + 1 / 2 + 1 / 6) / 4)
    assert metrics.reciprocal_at(5, ranks) == pytest.approx((1 + 1 / 2) / 4)
    assert metrics.hit_at(1, []) is None


def test_the_area_counts_pairs_and_half_of_each_tie() -> None:
    # Of the six pairs: 0.9 wins two, 0.5 wins one and ties one, 0.1 wins none and loses two.
    assert metrics.auroc([0.9, 0.5, 0.1], [0.5, 0.2]) == pytest.approx(3.5 / 6)
    assert metrics.auroc([1.0], [0.0]) == 1.0
    assert metrics.auroc([0.0, 0.0], [0.0]) == 0.5
    assert metrics.auroc([], [0.0]) is None


def test_the_least_confidence_that_keeps_nine_tenths() -> None:
    ten = [number / 10 for number in range(10)]
    assert metrics.keeping(ten) == 0.1
    assert metrics.keeping([0.2, 0.8]) == 0.2
    assert metrics.keeping([]) is None


def test_rejected_is_what_lies_below() -> None:
    assert metrics.rejected([0.1, 0.5, 0.6], 0.5) == pytest.approx(1 / 3)


def test_a_label_that_would_be_right_as_well_counts() -> None:
    assert metrics.credited("a", "b", ["b"]) == Labelled("a", "a")
    assert metrics.credited("a", "c", ["b"]) == Labelled("a", "c")


def test_accuracy_recall_precision_and_macro_f1() -> None:
    rows = [Labelled("a", "a"), Labelled("a", "b"), Labelled("b", "b"), Labelled("c", "b")]
    assert metrics.accuracy(rows) == 0.5
    assert metrics.recall_of("a", rows) == 0.5
    assert metrics.precision_of("a", rows) == 1.0
    assert metrics.precision_of("b", rows) == pytest.approx(1 / 3)
    assert metrics.precision_of("c", rows) is None
    # a: 2/3, b: 1/2, c is never found.
    assert metrics.macro_f1(rows) == pytest.approx((2 / 3 + 1 / 2 + 0) / 3)


def test_rows_are_weighed_into_their_mix_whatever_their_numbers() -> None:
    inside = [Weighed(0.9, right=True, sent=True, inside=True)] * 2
    outside = [Weighed(0.8, right=False, sent=True, inside=False)] * 5
    rows = metrics.mixed([*inside, *outside], {True: 4.0, False: 1.0})
    assert [row.weight for row in rows] == pytest.approx([2, 2] + [0.2] * 5)
    assert metrics.right_of(rows) == pytest.approx(4 / 5)


def test_coverage_is_of_what_can_be_answered() -> None:
    rows = [
        Weighed(0.9, right=True, sent=True, inside=True),
        Weighed(0.1, right=True, sent=False, inside=True),
        Weighed(0.9, right=False, sent=True, inside=False),
    ]
    assert metrics.coverage(rows) == 0.5
    assert metrics.coverage(rows[2:]) is None
    assert metrics.right_of([]) is None


def test_bins_are_tenths_and_the_last_has_its_end() -> None:
    rows = [Weighed(sure, right=True, sent=True, inside=True) for sure in (0.0, 0.05, 0.1, 1.0)]
    found = metrics.bins(rows)
    assert [(one.since, one.until, len(one.rows)) for one in found] == [
        (0.0, 0.1, 2),
        (0.1, 0.2, 1),
        (0.9, 1.0, 1),
    ]
    assert found[0].mean_confidence == pytest.approx(0.025)
