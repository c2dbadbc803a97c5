"""Adds up what cases came to, by who solved them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import get_args

from gateway.report.cases import Case, Solver

PATHS: tuple[Solver, ...] = get_args(Solver)
ALL = "all"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One row of the report. ``share`` is of all cases; seconds are medians, None where there is
    nothing to tell; ``usd_per_resolved`` is what models cost for each case that was resolved."""

    path: str
    cases: int
    share: float
    resolved: int
    first_answer_seconds: float | None
    human_wait_seconds: float | None
    usd: float
    usd_per_resolved: float | None


def outcomes(found: Sequence[Case]) -> list[Outcome]:
    """A row for each way, whether a case went it or not, and one for all."""
    rows = [_row(path, [one for one in found if one.path == path], len(found)) for path in PATHS]
    return [*rows, _row(ALL, found, len(found))]


def _row(path: str, found: Sequence[Case], total: int) -> Outcome:
    resolved = sum(one.outcome is not None for one in found)
    usd = sum(one.micros for one in found) / 1e6
    return Outcome(
        path=path,
        cases=len(found),
        share=round(len(found) / total, 4) if total else 0.0,
        resolved=resolved,
        first_answer_seconds=_median(one.answered_after for one in found),
        human_wait_seconds=_median(one.waited for one in found),
        usd=round(usd, 6),
        usd_per_resolved=round(usd / resolved, 6) if resolved else None,
    )


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(median(known), 1) if known else None
