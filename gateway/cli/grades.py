"""The figures of ``frontdesk eval`` as tables for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gateway.cli.showing import table

_RANKING = ("hit1", "hit5", "mrr10", "n")
_SCOPE = ("auroc", "rejected_at_90", "n")
_LABEL = ("recall", "precision", "n")
_TRIAGE = (
    "accuracy",
    "accuracy_mistyped",
    "macro_f1",
    "escalation_recall",
    "escalation_precision",
)
_SOURCE = ("accuracy", "n")
_HUMAN = ("recall", "false_on_routine", "n")
_SENT = ("right", "coverage", "n")
_BIN = ("from", "to", "n", "mean_confidence", "right")


def shown(figures: Mapping[str, Any]) -> str:
    """The document of figures as text; parts that are not in it are left out."""
    parts = [
        _named("Retrieval", "KNOWLEDGE BASE", _RANKING, figures.get("retrieval")),
        _named("Out of scope", "KIND", _SCOPE, _kinds(figures.get("oos"))),
        _single("Triage", _TRIAGE, figures.get("triage")),
        _named("Triage by label", "LABEL", _LABEL, _part(figures.get("triage"), "by_label")),
        _named("Triage by source", "SOURCE", _SOURCE, _part(figures.get("triage"), "by_source")),
        _rows(
            "Chance of the label against what was right", _BIN, figures.get("triage_reliability")
        ),
        _single("Wish for a person", _HUMAN, figures.get("human")),
        _single("Sent without a person", _SENT, figures.get("sent_without_person")),
        _rows("Confidence against what was right", _BIN, figures.get("calibration")),
    ]
    return "\n\n".join(part for part in parts if part) or "No row has its answer: nothing to grade."


def _kinds(oos: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    return None if oos is None else {"all": oos, **oos["by_kind"]}


def _part(triage: Mapping[str, Any] | None, name: str) -> Mapping[str, Any] | None:
    return None if triage is None else triage[name]


def _named(
    title: str, first: str, names: Sequence[str], rows: Mapping[str, Mapping[str, Any]] | None
) -> str:
    if not rows:
        return ""
    lines = [[name, *_cells(names, row)] for name, row in rows.items()]
    return f"{title}\n{table([first, *_headings(names)], lines)}"


def _single(title: str, names: Sequence[str], row: Mapping[str, Any] | None) -> str:
    return _rows(title, names, [row] if row else [])


def _rows(title: str, names: Sequence[str], rows: Iterable[Mapping[str, Any]] | None) -> str:
    lines = [_cells(names, row) for row in rows or ()]
    return f"{title}\n{table(_headings(names), lines)}" if lines else ""


def _headings(names: Iterable[str]) -> list[str]:
    return [name.replace("_", " ").upper() for name in names]


def _cells(names: Iterable[str], row: Mapping[str, Any]) -> list[str]:
    return [_cell(row.get(name)) for name in names]


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" if isinstance(value, float) else str(value)
