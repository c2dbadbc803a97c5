"""The document of figures: its shape, and what each figure is made of."""

from __future__ import annotations

import pytest

from gateway.grading.answering import Answered, named_by_file
from gateway.grading.figures import Results, figures
from gateway.grading.rows import RetrievalRow, ScopeRow, TriageRow


def asked(query: str, *gold: str, kb: str = "shop") -> RetrievalRow:
    return RetrievalRow(id=query, kb=kb, query=query, gold=gold or None)


def scoped(query: str, *, inside: bool | None, kind: str = "far") -> ScopeRow:
    return ScopeRow(id=query, kb="shop", query=query, in_scope=inside, kind=kind)


def came(*ranked: str, sure: float = 0.9, cited: str | None = None) -> Answered:
    return Answered("x", ranked, sure, None, cited is None, cited is not None, cited)


def told(
    label: str | None, said: str, *, escalate: bool, also: tuple[str, ...] = ()
) -> tuple[TriageRow, Answered]:
    row = TriageRow(id="t", text="t", label=label, also_ok=also, escalate=label == "human_request")
    return row, Answered("t", label=said, escalate=escalate)


def test_nothing_labelled_gives_no_figures() -> None:
    rows = Results(
        [(asked("q"), came("a"))],
        [(scoped("q", inside=None), came("a"))],
        [(TriageRow(id="t", text="t"), Answered("t", label="routine", escalate=False))],
    )
    assert figures(rows) == {}


def test_each_knowledge_base_counts_the_same_in_the_macro() -> None:
    rows = Results(
        [
            (asked("1", "a"), came("a", "b")),
            (asked("2", "a"), came("b", "a")),
            (asked("3", "z", kb="manual"), came("z")),
        ]
    )
    found = figures(rows)["retrieval"]
    assert found["shop"] == {"hit1": 0.5, "hit5": 1.0, "mrr10": 0.75, "n": 2}
    assert found["manual"]["hit1"] == 1.0
    assert found["macro"] == {"hit1": 0.75, "hit5": 1.0, "mrr10": 0.875, "n": 3}


def test_scope_is_graded_whole_and_by_kind() -> None:
    rows = Results(
        oos=[
            (scoped("1", inside=True, kind="in_scope"), came(sure=0.8)),
            (scoped("2", inside=False, kind="far"), came(sure=0.1)),
            (scoped("3", inside=False, kind="near"), came(sure=0.9)),
        ]
    )
    assert figures(rows)["oos"] == {
        "auroc": 0.5,
        "rejected_at_90": 0.5,
        "by_kind": {
            "far": {"auroc": 1.0, "rejected_at_90": 1.0, "n": 1},
            "near": {"auroc": 0.0, "rejected_at_90": 0.0, "n": 1},
        },
    }


def test_what_is_sent_is_judged_by_its_first_source() -> None:
    rows = Results(
        [
            (asked("1", "a"), came("a", cited="b")),
            (asked("2", "a"), came("b", cited="a")),
            (asked("3", "a"), came("a", sure=0.2)),
            (asked("4", "a"), came("a", cited="a")),
        ],
        [
            # The same question again, with another id: it is counted once.
            (scoped("1", inside=True), came("a", cited="b")),
            (scoped("5", inside=False), came("c", cited="c")),
            (scoped("6", inside=False), came("c", sure=0.1)),
        ],
    )
    found = figures(rows)
    # Each of the four weighs 1, each of the two outside a half: 2 of 3.5 are right.
    assert found["sent_without_person"] == {"right": 0.5714, "coverage": 0.75, "n": 6}
    assert [(one["from"], one["n"], one["right"]) for one in found["calibration"]] == [
        (0.1, 1, 0.0),
        (0.2, 1, 1.0),
        (0.9, 4, 0.5714),
    ]


def test_triage_counts_labels_escalations_and_wishes() -> None:
    rows = Results(
        triage=[
            told("human_request", "human_request", escalate=True),
            told("human_request", "routine", escalate=False),
            told("routine", "routine", escalate=False),
            told("routine", "human_request", escalate=True),
            told("complaint", "human_request", escalate=True, also=("human_request",)),
        ]
    )
    found = figures(rows)
    assert found["human"] == {"recall": 0.5, "false_on_routine": 0.5, "n": 2}
    assert found["triage"]["accuracy"] == 0.6
    assert found["triage"]["by_label"]["complaint"] == {"recall": 1.0, "precision": 1.0, "n": 1}
    assert found["triage"]["escalation_recall"] == 0.5
    assert found["triage"]["escalation_precision"] == pytest.approx(0.3333)


def test_a_document_within_a_file_is_named_by_its_file() -> None:
    files = {"faq", "faq2", "guides__lamp"}
    assert named_by_file("faq", files) == "faq"
    assert named_by_file("faq2__7", files) == "faq2"
    assert named_by_file("elsewhere", files) == "elsewhere"


def test_how_sure_the_triage_is_stands_against_how_often_it_is_right() -> None:
    def read(said: str, sure: float | None) -> tuple[TriageRow, Answered]:
        row = TriageRow(id="t", text="t", label="legal", also_ok=("complaint",))
        return row, Answered("t", confidence=sure, label=said, escalate=True)

    rows = [read("legal", 0.92), read("routine", 0.98), read("complaint", 0.51), read("x", None)]
    found = figures(Results(triage=rows))["triage_reliability"]
    assert [(one["from"], one["n"], one["right"]) for one in found] == [
        (0.5, 1, 1.0), (0.9, 2, 0.5),
    ]  # fmt: skip
    assert "triage_reliability" not in figures(Results(triage=[read("legal", None)]))


def test_typing_errors_and_sources_have_figures_of_their_own() -> None:
    def read(at: int, said: str, badly: str) -> tuple[TriageRow, Answered]:
        source = "ours" if at < 20 else "theirs"
        row = TriageRow(id=f"t{at}", text="t", label="legal", also_ok=("complaint",), source=source)
        return row, Answered("t", label=said, escalate=True, mistyped=badly)

    rows = [read(at, "legal" if at % 2 else "routine", "complaint") for at in range(24)]
    found = figures(Results(triage=rows))["triage"]
    assert found["by_source"] == {"ours": {"accuracy": 0.5, "n": 20}}
    assert found["accuracy_mistyped"] == 1.0
