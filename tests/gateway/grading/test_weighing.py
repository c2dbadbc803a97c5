"""What replayed tickets add up to, what another configuration changes, and the gate."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gateway.grading.replaying import Replayed, Ticket
from gateway.grading.rows import NotGradable
from gateway.grading.weighing import Gate, changes, figures, missed, read_gate, sums

ANSWER = Replayed(
    "How long?", "reply", "Three days.", None, 0.9, "en", ("shipping",), (), "shipping", 1, 0.5, 900
)
PERSON = replace(ANSWER, decision="hand_over", answer="", notice="unknown", sources=(), micros=0)
TICKETS = [
    Ticket("a", (ANSWER,), True),
    Ticket("b", (ANSWER, PERSON), False),
    Ticket("c", (PERSON,), None),
    Ticket("d", (PERSON,), False),
]


def test_tickets_add_up() -> None:
    assert sums(TICKETS) == {
        "tickets": 4, "turns": 5, "answered": 2, "people": 3, "silent": 0, "graded": 3, "right": 1,
        "answered_wrongly": 1, "cost_usd": 0.0018, "median_seconds": 0.5,
    }  # fmt: skip


def test_what_another_configuration_changes_is_better_worse_or_other() -> None:
    other = [
        Ticket("a", (PERSON,), False),
        Ticket("b", (PERSON,), True),
        Ticket("c", (replace(PERSON, notice="handoff_by_us"),), None),
        replace(TICKETS[3], turns=(replace(PERSON, confidence=0.1, seconds=9.0),)),
    ]
    moved = changes(TICKETS, other)
    assert [(one.id, one.to) for one in moved] == [("a", "worse"), ("b", "better"), ("c", "other")]
    found = figures(sums(other), moved)
    assert (found["better"], found["worse"], found["answered"]) == (1, 1, 0.0)
    assert changes(TICKETS, TICKETS) == []


def test_a_grade_that_changes_in_the_same_words_is_a_change() -> None:
    (moved,) = changes([Ticket("a", (ANSWER,), True)], [Ticket("a", (ANSWER,), False)])
    assert moved.to == "worse"


@pytest.mark.parametrize(
    ("gate", "failing"),
    [
        ({"at_least": {"right": 0.3, "answered": 0.4}}, []),
        ({"at_least": {"right": 0.34}}, ["right"]),
        ({"at_most": {"answered_wrongly": 0}}, ["answered_wrongly"]),
        ({"at_most": {"cost_usd": 0.001, "people": 0.6}}, ["cost_usd"]),
        ({"at_most": {"worse": 0}}, ["worse"]),
        ({"at_least": {"answered": 0.5}, "at_most": {"median_seconds": 0.4}},
         ["answered", "median_seconds"]),
    ],
)  # fmt: skip
def test_a_gate_names_what_is_not_kept(gate: dict[str, object], failing: list[str]) -> None:
    found = missed(Gate.model_validate(gate), figures(sums(TICKETS), None))
    assert [one.figure for one in found] == failing


def test_what_nothing_tells_does_not_pass() -> None:
    (one,) = missed(Gate(at_least={"right": 0.0}), figures(sums([]), None))
    assert "nothing was there to tell it" in one.line()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "there is none"),
        ("at_least: {rihgt: 1}", "at_least.rihgt"),
        ("at_most: {right: much}", "at_most.right"),
        ("right: 1", "right"),
        ("[", "no YAML"),
        ("x" * 70_000, "longer than"),
    ],
)
def test_what_is_no_gate_is_said(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "gate.yaml"
    file.write_text(text)
    with pytest.raises(NotGradable, match=said):
        read_gate(file)
