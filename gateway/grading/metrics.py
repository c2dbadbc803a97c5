"""The figures that grading reports, as pure functions of numbers and labels. It knows nothing of
brains, files or tables."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

KEPT = 0.9
_BINS = 10


def share(found: int, of: int) -> float | None:
    """None where there is nothing to have a share of."""
    return found / of if of else None


def mean(values: Iterable[float]) -> float | None:
    kept = list(values)
    return sum(kept) / len(kept) if kept else None


def rank_of(ranked: Sequence[str], gold: Iterable[str]) -> int | None:
    """The place of the first right document, from 1; None where none is among them."""
    right = frozenset(gold)
    return next((place for place, one in enumerate(ranked, 1) if one in right), None)


def hit_at(most: int, ranks: Sequence[int | None]) -> float | None:
    return share(sum(rank is not None and rank <= most for rank in ranks), len(ranks))


def reciprocal_at(most: int, ranks: Iterable[int | None]) -> float | None:
    """The mean of 1/rank, where a rank below ``most`` counts nothing."""
    return mean(1 / rank if rank is not None and rank <= most else 0.0 for rank in ranks)


def auroc(inside: Sequence[float], outside: Sequence[float]) -> float | None:
    """The chance that one of ``inside`` lies above one of ``outside``; a tie is half a chance."""
    if not inside or not outside:
        return None
    below = sorted(outside)
    wins = sum((bisect_left(below, one) + bisect_right(below, one)) / 2 for one in inside)
    return wins / (len(inside) * len(outside))


def keeping(inside: Sequence[float], kept: float = KEPT) -> float | None:
    """The highest confidence at which at least the share ``kept`` of ``inside`` still passes."""
    if not inside:
        return None
    # Counted in whole rows: 0.9 of 10 is 9, whatever the floats say.
    needed = min(len(inside), max(1, -int(-(kept * len(inside) - 1e-9) // 1)))
    return sorted(inside, reverse=True)[needed - 1]


def rejected(outside: Sequence[float], least: float) -> float | None:
    return share(sum(one < least for one in outside), len(outside))


@dataclass(frozen=True, slots=True)
class Labelled:
    """What was said of one row against what it is."""

    truth: str
    said: str


def credited(truth: str, said: str, also_right: Iterable[str]) -> Labelled:
    """A label that would be right as well counts as the truth."""
    return Labelled(truth, truth if said in set(also_right) else said)


def accuracy(rows: Sequence[Labelled]) -> float | None:
    return share(sum(row.truth == row.said for row in rows), len(rows))


def recall_of(label: str, rows: Iterable[Labelled]) -> float | None:
    said = [row.said for row in rows if row.truth == label]
    return share(said.count(label), len(said))


def precision_of(label: str, rows: Iterable[Labelled]) -> float | None:
    """None where the label was never said."""
    truth = [row.truth for row in rows if row.said == label]
    return share(truth.count(label), len(truth))


def macro_f1(rows: Sequence[Labelled]) -> float | None:
    """The mean over the labels that rows have; one that is never found counts 0."""
    return mean(_f1(label, rows) for label in sorted({row.truth for row in rows}))


def _f1(label: str, rows: Sequence[Labelled]) -> float:
    recall, precision = recall_of(label, rows) or 0.0, precision_of(label, rows) or 0.0
    return 2 * recall * precision / (recall + precision) if recall + precision else 0.0


@dataclass(frozen=True, slots=True)
class Weighed:
    """One question: how sure the brain was, whether what it found first is right, whether it was
    sent without a person. ``weight`` makes a mix of rows that are not there in its shares."""

    confidence: float
    right: bool
    sent: bool
    inside: bool
    weight: float = 1.0


def mixed(rows: Sequence[Weighed], parts: Mapping[bool, float]) -> list[Weighed]:
    """The rows weighed so that those ``inside`` and those outside count ``parts`` in all."""
    counts = {inside: sum(row.inside == inside for row in rows) for inside in (True, False)}
    return [
        Weighed(
            row.confidence, row.right, row.sent, row.inside, parts[row.inside] / counts[row.inside]
        )
        for row in rows
    ]


def right_of(rows: Iterable[Weighed]) -> float | None:
    """The weighed share of right ones; None where there are none."""
    kept = list(rows)
    total = sum(row.weight for row in kept)
    return sum(row.weight for row in kept if row.right) / total if total else None


def coverage(rows: Iterable[Weighed]) -> float | None:
    """Of what the knowledge can answer, the share that was sent."""
    inside = [row for row in rows if row.inside]
    total = sum(row.weight for row in inside)
    return sum(row.weight for row in inside if row.sent) / total if total else None


@dataclass(frozen=True, slots=True)
class Bin:
    """``since`` <= confidence < ``until``; the last bin has its end too."""

    since: float
    until: float
    rows: tuple[Weighed, ...]

    @property
    def mean_confidence(self) -> float:
        total = sum(row.weight for row in self.rows)
        return sum(row.weight * row.confidence for row in self.rows) / total


def bins(rows: Iterable[Weighed]) -> list[Bin]:
    """Tenths of confidence, those without a row left out."""
    kept: dict[int, list[Weighed]] = {}
    for row in rows:
        kept.setdefault(max(0, min(int(row.confidence * _BINS), _BINS - 1)), []).append(row)
    return [Bin(at / _BINS, (at + 1) / _BINS, tuple(kept[at])) for at in sorted(kept)]
