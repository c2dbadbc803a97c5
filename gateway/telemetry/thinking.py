"""What the brain, its models and its actions add up to. Models are called seldom enough that each
figure is looked up when it is needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from gateway.telemetry.facts import (
    ActionMoved,
    CallRefused,
    Fact,
    ModelCalled,
    ToolCalled,
    TurnEnded,
)
from gateway.telemetry.labels import Labels

MODEL_BUCKETS = (0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 8.0, 13.0, 20.0, 40.0, 90.0)
TOOL_BUCKETS = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
UNKNOWN = "unknown"


class Thinking:
    """What it ``hears`` of, by the sort of fact."""

    def __init__(self, registry: CollectorRegistry, labels: Labels) -> None:
        self._registry = registry
        self._labels = labels
        # Of what every turn adds to, so that it is looked up once.
        self._turns: dict[tuple[str | None, int | None], tuple[Counter, Counter]] = {}
        self._model_figures()
        self._answer_figures()
        self.hears: Mapping[type[Fact], Callable[[Any], None]] = {
            TurnEnded: self._turn,
            ModelCalled: self._model,
            CallRefused: self._not_allowed,
            ActionMoved: self._action,
            ToolCalled: self._tool,
        }

    def _model_figures(self) -> None:
        self._calls = self._counter(
            "frontdesk_model_calls", "Calls of models by what came of them", "model", "outcome"
        )
        self._tokens = self._counter(
            "frontdesk_model_tokens", "Tokens that models read and wrote", "model", "kind"
        )
        self._cost = self._counter(
            "frontdesk_model_cost_usd", "What models cost, in US dollars", "model"
        )
        self._seconds = Histogram(
            "frontdesk_model_seconds",
            "How long calls of models took",
            ("model",),
            buckets=MODEL_BUCKETS,
            registry=self._registry,
        )
        self._resting = Gauge(
            "frontdesk_model_resting",
            "1 while a model is not asked because it failed too often",
            ("model",),
            registry=self._registry,
        )
        self._fallovers = self._counter(
            "frontdesk_model_fallovers",
            "Calls of a model because another gave no answer",
            "model",
            "instead_of",
        )
        self._refused = self._counter(
            "frontdesk_model_refused", "Calls that a budget did not allow", "scope"
        )

    def _answer_figures(self) -> None:
        self._intents = self._counter("frontdesk_intents", "What turns were about", "intent")
        self._tiers = self._counter("frontdesk_tiers", "Turns by their tier", "tier")
        self._cuts = self._counter(
            "frontdesk_sentences_cut", "Sentences of answers that no source bore"
        )
        self._actions = self._counter("frontdesk_actions", "Steps of actions", "action", "event")
        self._tools = Histogram(
            "frontdesk_tool_seconds",
            "How long business systems took to answer",
            ("action", "outcome"),
            buckets=TOOL_BUCKETS,
            registry=self._registry,
        )

    def _counter(self, name: str, says: str, *labels: str) -> Counter:
        return Counter(name, says, labels, registry=self._registry)

    def _turn(self, fact: TurnEnded) -> None:
        if fact.decision is None:
            return
        key = (fact.intent, fact.tier)
        held = self._turns.get(key)
        if held is None:
            intent = self._labels.name("intent", fact.intent or UNKNOWN)
            tier = str(fact.tier) if fact.tier in {1, 2, 3} else UNKNOWN
            held = (self._intents.labels(intent), self._tiers.labels(tier))
            if intent in {fact.intent, UNKNOWN}:
                self._turns[key] = held
        held[0].inc()
        held[1].inc()
        if fact.cuts:
            self._cuts.inc(fact.cuts)

    def _model(self, fact: ModelCalled) -> None:
        model = self._labels.name("model", fact.model)
        self._calls.labels(model, self._labels.word(fact.outcome)).inc()
        new = max(0, fact.read - fact.cached - fact.written)
        kinds = {
            "input": new, "cached": fact.cached, "written": fact.written, "output": fact.output
        }  # fmt: skip
        for kind, count in kinds.items():
            if count:
                self._tokens.labels(model, kind).inc(count)
        self._cost.labels(model).inc(fact.micros / 1e6)
        self._seconds.labels(model).observe(fact.seconds)
        self._resting.labels(model).set(int(fact.rests))
        if fact.instead_of is not None:
            before = self._labels.name("model", fact.instead_of)
            self._fallovers.labels(model, before).inc()

    def _not_allowed(self, fact: CallRefused) -> None:
        self._refused.labels(self._labels.word(fact.scope)).inc()

    def _action(self, fact: ActionMoved) -> None:
        name = self._labels.name("action", fact.name)
        self._actions.labels(name, self._labels.word(fact.event)).inc()

    def _tool(self, fact: ToolCalled) -> None:
        name = self._labels.name("action", fact.name)
        self._tools.labels(name, self._labels.word(fact.outcome)).observe(fact.seconds)
