"""Makes the document of figures out of labelled rows and what came of them. Pure; what could not be
graded, for want of rows or labels, is left out rather than called zero."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from gateway.grading import metrics
from gateway.grading.answering import Answered
from gateway.grading.metrics import Labelled, Weighed
from gateway.grading.rows import RetrievalRow, ScopeRow, TriageRow

Figures: TypeAlias = dict[str, Any]
# Questions that the knowledge answers, and others, as customers bring them: four to one.
MIX: Mapping[bool, float] = {True: 4.0, False: 1.0}
WISH = "human_request"
ROUTINE = "routine"
_DIGITS = 4
# Fewer rows of a source say nothing of it.
_SOURCE = 20


@dataclass(frozen=True, slots=True)
class Results:
    """Every row with what came of it, file by file."""

    retrieval: Sequence[tuple[RetrievalRow, Answered]] = ()
    oos: Sequence[tuple[ScopeRow, Answered]] = ()
    triage: Sequence[tuple[TriageRow, Answered]] = ()

    def answers(self) -> list[Answered]:
        return [answer for part in (self.retrieval, self.oos, self.triage) for _, answer in part]


def figures(results: Results) -> Figures:
    """``right`` and ``coverage`` are of a mix of four questions that the knowledge answers to one
    that it does not, made by weights: all of the former count 4 together, all of the latter 1."""
    weighed = _weighed(results)
    sections = {
        "retrieval": _retrieval(results.retrieval),
        "oos": _oos(results.oos),
        "triage": _triage(results.triage),
        "human": _human(results.triage),
        "triage_reliability": _reliability(results.triage),
        "sent_without_person": _sent(weighed),
        "calibration": _calibration(weighed),
    }
    return {name: section for name, section in sections.items() if section is not None}


def _retrieval(rows: Sequence[tuple[RetrievalRow, Answered]]) -> Figures | None:
    ranks: dict[str, list[int | None]] = {}
    for row, answer in rows:
        if row.gold is not None:
            ranks.setdefault(row.kb, []).append(metrics.rank_of(answer.ranked or (), row.gold))
    if not ranks:
        return None
    found = {kb: _ranking(ranks[kb]) for kb in sorted(ranks)}
    names = ("hit1", "hit5", "mrr10")
    macro = {name: metrics.mean(one[name] for one in found.values()) for name in names}
    every = {**found, "macro": {**macro, "n": sum(map(len, ranks.values()))}}
    return {kb: _rounded(one) for kb, one in every.items()}


def _ranking(ranks: Sequence[int | None]) -> Figures:
    return {
        "hit1": metrics.hit_at(1, ranks),
        "hit5": metrics.hit_at(5, ranks),
        "mrr10": metrics.reciprocal_at(10, ranks),
        "n": len(ranks),
    }


def _oos(rows: Sequence[tuple[ScopeRow, Answered]]) -> Figures | None:
    inside = [_sure(answer) for row, answer in rows if row.in_scope is True]
    kinds: dict[str, list[float]] = {}
    for row, answer in rows:
        if row.in_scope is False:
            kinds.setdefault(row.kind, []).append(_sure(answer))
    outside = [sure for kind in kinds.values() for sure in kind]
    least = metrics.keeping(inside)
    if least is None or not outside:
        return None
    by_kind = {
        kind: _rounded(_apart(inside, kinds[kind], least) | {"n": len(kinds[kind])})
        for kind in sorted(kinds)
    }
    return {**_rounded(_apart(inside, outside, least)), "by_kind": by_kind}


def _apart(inside: Sequence[float], outside: Sequence[float], least: float) -> Figures:
    return {
        "auroc": metrics.auroc(inside, outside),
        "rejected_at_90": metrics.rejected(outside, least),
    }


def _triage(rows: Sequence[tuple[TriageRow, Answered]]) -> Figures | None:
    labelled = [
        metrics.credited(row.label, answer.label or "", row.also_ok)
        for row, answer in rows
        if row.label is not None
    ]
    escalated = [
        Labelled(str(row.escalate), str(answer.escalate))
        for row, answer in rows
        if row.escalate is not None
    ]
    if not labelled and not escalated:
        return None
    whole: Figures = {
        "accuracy": metrics.accuracy(labelled),
        "accuracy_mistyped": _mistyped(rows),
        "macro_f1": metrics.macro_f1(labelled),
        "escalation_recall": metrics.recall_of(str(True), escalated),
        "escalation_precision": metrics.precision_of(str(True), escalated),
    }
    labels = sorted({row.truth for row in labelled})
    return {
        **_rounded(whole),
        "by_label": {label: _by_label(label, labelled) for label in labels},
        "by_source": _by_source(rows),
    }


def _by_source(rows: Sequence[tuple[TriageRow, Answered]]) -> dict[str, Figures]:
    """Of every source with enough rows to say something."""
    of: dict[str, list[Labelled]] = {}
    for row, answer in rows:
        if row.source is not None and row.label is not None:
            given = metrics.credited(row.label, answer.label or "", row.also_ok)
            of.setdefault(row.source, []).append(given)
    return {
        source: _rounded({"accuracy": metrics.accuracy(of[source]), "n": len(of[source])})
        for source in sorted(of)
        if len(of[source]) >= _SOURCE
    }


def _mistyped(rows: Sequence[tuple[TriageRow, Answered]]) -> float | None:
    """How often the label is right where 6 of 100 letters are wrong."""
    return metrics.accuracy(
        [
            metrics.credited(row.label, answer.mistyped, row.also_ok)
            for row, answer in rows
            if row.label is not None and answer.mistyped is not None
        ]
    )


def _reliability(rows: Sequence[tuple[TriageRow, Answered]]) -> list[Figures] | None:
    """How often the label is right where the triage was so sure; without wishes, which are told by
    words alone."""
    weighed = [
        Weighed(_sure(answer), answer.label in {row.label, *row.also_ok}, sent=False, inside=True)
        for row, answer in rows
        if row.label is not None and answer.confidence is not None
    ]
    return _binned(weighed) if weighed else None


def _by_label(label: str, rows: Sequence[Labelled]) -> Figures:
    return _rounded(
        {
            "recall": metrics.recall_of(label, rows),
            "precision": metrics.precision_of(label, rows),
            "n": sum(row.truth == label for row in rows),
        }
    )


def _human(rows: Sequence[tuple[TriageRow, Answered]]) -> Figures | None:
    wanted = [answer.label for row, answer in rows if row.label == WISH]
    routine = [
        answer.label for row, answer in rows if row.label == ROUTINE and WISH not in row.also_ok
    ]
    if not wanted and not routine:
        return None
    return _rounded(
        {
            "recall": metrics.share(wanted.count(WISH), len(wanted)),
            "false_on_routine": metrics.share(routine.count(WISH), len(routine)),
            "n": len(wanted),
        }
    )


def _weighed(results: Results) -> list[Weighed]:
    """Each question once, with the gold that retrieval.jsonl has for it. One that the knowledge
    answers cannot be judged without gold and is left out."""
    gold = {(row.kb, row.query): row.gold for row, _ in results.retrieval if row.gold is not None}
    answers = {(row.kb, row.query): answer for row, answer in results.oos if row.in_scope is False}
    outside = {asked: _judged(answer, (), inside=False) for asked, answer in answers.items()}
    inside = {
        (row.kb, row.query): _judged(answer, gold[row.kb, row.query], inside=True)
        for row, answer in results.retrieval
        if (row.kb, row.query) in gold
    }
    return metrics.mixed([*inside.values(), *outside.values()], MIX)


def _judged(answer: Answered, gold: Iterable[str], *, inside: bool) -> Weighed:
    # What is not sent cites nothing: then the document that stands first is what it would rest on.
    first = answer.cited if answer.sent else next(iter(answer.ranked or ()), None)
    return Weighed(_sure(answer), first in set(gold), answer.sent, inside)


def _sent(rows: Sequence[Weighed]) -> Figures | None:
    if not any(row.inside for row in rows):
        return None
    right = metrics.right_of(row for row in rows if row.sent)
    return _rounded({"right": right, "coverage": metrics.coverage(rows), "n": len(rows)})


def _calibration(rows: Sequence[Weighed]) -> list[Figures] | None:
    return _binned(rows) if any(row.inside for row in rows) else None


def _binned(rows: Sequence[Weighed]) -> list[Figures]:
    return [
        _rounded(
            {
                "from": one.since,
                "to": one.until,
                "n": len(one.rows),
                "mean_confidence": one.mean_confidence,
                "right": metrics.right_of(one.rows),
            }
        )
        for one in metrics.bins(rows)
    ]


def _sure(answer: Answered) -> float:
    return answer.confidence or 0.0


def _rounded(section: Mapping[str, Any]) -> Figures:
    return {
        name: round(value, _DIGITS) if isinstance(value, float) else value
        for name, value in section.items()
    }
