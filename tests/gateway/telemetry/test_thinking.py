"""What models, answers and actions add up to."""

from __future__ import annotations

from pathlib import Path

import pytest

from brain.contract import Decision, Trace, TurnInput
from gateway.store.store import Store
from gateway.telemetry.facts import ActionMoved, CallRefused, Facts, ModelCalled, ToolCalled
from gateway.telemetry.labels import MOST_WORDS, Labels
from gateway.telemetry.metrics import Metrics
from tests.gateway.actions.shop import ActingRig
from tests.gateway.conftest import ManualClock
from tests.gateway.pipeline.rig import Rig

CALL = ModelCalled(
    "r1", "haiku", "anthropic", "claude", "answered", "c1", "t1", 0.0, 1.5,
    read=150, cached=40, written=10, output=20, micros=321,
)  # fmt: skip


class Figures:
    """What Prometheus would read of what was told."""

    def __init__(self, facts: Facts | None = None) -> None:
        self._metrics = Metrics()
        self.told = facts or Facts()
        self.told.listen(self._metrics.pipeline)

    def of(self, name: str, **labels: str) -> float:
        found = self._metrics.registry.get_sample_value(f"frontdesk_{name}", labels)
        return 0.0 if found is None else found


def test_a_call_adds_to_every_figure_of_its_model() -> None:
    figures = Figures()
    figures.told.tell(CALL, CALL._replace(outcome="broken_off", instead_of="open", rests=True))
    assert figures.of("model_calls_total", model="haiku", outcome="answered") == 1
    assert figures.of("model_calls_total", model="haiku", outcome="broken_off") == 1
    kinds = ("input", "cached", "written", "output")
    tokens = [figures.of("model_tokens_total", model="haiku", kind=kind) for kind in kinds]
    assert tokens == [200, 80, 20, 40]
    assert figures.of("model_cost_usd_total", model="haiku") == pytest.approx(0.000642)
    assert figures.of("model_seconds_count", model="haiku") == 2
    assert figures.of("model_resting", model="haiku") == 1
    assert figures.of("model_fallovers_total", model="haiku", instead_of="open") == 1
    figures.told.tell(CALL)
    assert figures.of("model_resting", model="haiku") == 0


def test_refusals_steps_and_tools_are_counted() -> None:
    figures = Figures()
    figures.told.tell(
        CallRefused("conversation"),
        ActionMoved("refund", "proposed", "c1", "a1"),
        ActionMoved("refund", "done", "c1", "a1"),
        ToolCalled("refund", "write", "done", 0.0, 0.2),
    )
    assert figures.of("model_refused_total", scope="conversation") == 1
    assert figures.of("actions_total", action="refund", event="done") == 1
    assert figures.of("tool_seconds_count", action="refund", outcome="done") == 1


def test_names_have_a_bound_of_their_own() -> None:
    labels = Labels([])
    models = {labels.name("model", f"m-{number}") for number in range(MOST_WORDS * 2)}
    assert len(models) == MOST_WORDS + 1
    assert labels.name("action", "refund") == "refund"
    assert labels.name("action", "no name!") == "other"


def about_shipping(_turn: TurnInput) -> Decision:
    detail = {"triage": {"intent": "shipping"}, "tier": 1, "cut": ["one", "two"]}
    return Decision(kind="reply", text="Here.", confidence=1.0, trace=Trace("m", detail=detail))


async def test_a_turn_is_counted_by_what_it_was_about(
    sqlite_store: Store, clock: ManualClock, tmp_path: Path
) -> None:
    rig, figures = Rig(sqlite_store, clock, tmp_path), Figures(sqlite_store.facts)
    await rig.say("hello")
    await rig.settle()
    rig.brain.answer = about_shipping
    await rig.say("where is it?")
    await rig.settle()
    assert figures.of("intents_total", intent="shipping") == 1
    assert figures.of("tiers_total", tier="1") == 1
    assert figures.of("sentences_cut_total") == 2
    assert figures.of("intents_total", intent="unknown") == 1


async def test_an_action_is_counted_at_each_step(
    sqlite_store: Store, clock: ManualClock, tmp_path: Path
) -> None:
    rig, figures = ActingRig(sqlite_store, clock, tmp_path), Figures(sqlite_store.facts)
    await rig.say_and_settle("refund order A1", "yes")
    steps = ("proposed", "confirmed", "approved", "calling", "done", "declined")
    counted = [figures.of("actions_total", action="refund", event=step) for step in steps]
    assert counted == [1, 1, 1, 1, 1, 0]
