"""What facts add up to. It is on the way of every message, so what it adds to is looked up once
and then held."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram

from gateway.telemetry.facts import (
    BatchWritten,
    BudgetMoved,
    CaseRated,
    DeliveryMoved,
    DeskAlarm,
    DraftStep,
    EventPosted,
    EventTaken,
    Fact,
    HandedOver,
    Late,
    LeaseLost,
    Restarted,
    Staged,
    TurnEnded,
)
from gateway.telemetry.labels import Labels
from gateway.telemetry.thinking import Thinking

STAGE_BUCKETS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0)
LAG_BUCKETS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)
COMMIT_BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)
UNIT_BUCKETS = (1, 2, 5, 10, 20, 40, 60)


class Counting:
    """A listener of facts."""

    def __init__(self, registry: CollectorRegistry, labels: Labels) -> None:
        self._registry = registry
        self._labels = labels
        self._held: dict[tuple[str, ...], Any] = {}
        self._pipeline_figures()
        self._people_figures()
        self._store_figures()
        self._hear: Mapping[type[Fact], Callable[[Any], None]] = {
            EventTaken: self._event,
            TurnEnded: self._turn,
            HandedOver: self._handed_over,
            DeliveryMoved: self._delivery,
            LeaseLost: self._lease,
            Restarted: self._restart,
            Staged: self._staged,
            BatchWritten: self._batch,
            BudgetMoved: self._budget,
            DraftStep: self._draft,
            CaseRated: self._rated,
            EventPosted: self._posted,
            DeskAlarm: self._desk_alarm,
            Late: self._was_late,
        }
        self._also = Thinking(registry, labels).hears

    def __call__(self, fact: Fact) -> None:
        hear = self._hear.get(type(fact))
        if hear is not None:
            hear(fact)
        also = self._also.get(type(fact))
        if also is not None:
            also(fact)

    def lag(self, seconds: float) -> None:
        """How much later than asked for the event loop came back."""
        self._lag.observe(seconds)

    def _pipeline_figures(self) -> None:
        self._events = self._counter(
            "frontdesk_events", "What channels brought", "channel", "kind", "outcome"
        )
        self._turns = self._counter(
            "frontdesk_turns",
            "How turns ended, by the conversation's channel",
            "channel",
            "outcome",
        )
        self._handoffs = self._counter(
            "frontdesk_handoffs", "Conversations handed to people, and why", "channel", "reason"
        )
        self._deliveries = self._counter(
            "frontdesk_deliveries", "Deliveries that reached a state", "channel", "state"
        )
        self._stages = Histogram(
            "frontdesk_stage_seconds",
            "How long the stages of a message's way took",
            ("stage", "channel"),
            buckets=STAGE_BUCKETS,
            registry=self._registry,
        )
        self._leases = self._counter("frontdesk_leases_lost", "Leases that ran out in use", "of")
        self._restarts = self._counter(
            "frontdesk_restarts", "Loops and channels that began anew", "what", "name"
        )

        self._budgets = self._counter(
            "frontdesk_budget_alarms",
            "Accounts that came near the end of a day's budget, or to it",
            "scope",
            "state",
        )

    def _people_figures(self) -> None:
        self._late = self._counter(
            "frontdesk_late",
            "Customers who waited too long for people, and for what",
            "channel",
            "what",
        )
        self._drafts = self._counter(
            "frontdesk_drafts", "What became of drafts that people look at", "channel", "step"
        )
        self._ratings = self._counter(
            "frontdesk_ratings", "Cases that customers rated, and who had answered", "path", "score"
        )
        self._outgoing = self._counter(
            "frontdesk_outgoing_events", "Events posted to other systems", "kind", "state"
        )

        self._desk_alarms = self._counter(
            "frontdesk_desk_alarms",
            "Conversations that staff did not see on their own platform",
            "channel",
        )

    def _store_figures(self) -> None:
        self._units = self._histogram(
            "frontdesk_store_batch_units", "Units committed together", UNIT_BUCKETS
        )
        self._commit = self._histogram(
            "frontdesk_store_batch_seconds", "From BEGIN to after COMMIT", COMMIT_BUCKETS
        )
        self._retries = self._counter("frontdesk_store_retries", "Units that were tried again")
        self._failures = self._counter("frontdesk_store_failures", "Units that were given up")
        self._lag = self._histogram(
            "frontdesk_loop_lag_seconds", "How late the event loop came back", LAG_BUCKETS
        )

    def _counter(self, name: str, says: str, *labels: str) -> Counter:
        return Counter(name, says, labels, registry=self._registry)

    def _histogram(self, name: str, says: str, buckets: tuple[float, ...]) -> Histogram:
        return Histogram(name, says, buckets=buckets, registry=self._registry)

    def _event(self, fact: EventTaken) -> None:
        self._add(self._events, "event", fact.channel, fact.kind, fact.outcome)
        if fact.seconds is not None:
            self._observe("accept", fact.channel, fact.seconds)

    def _turn(self, fact: TurnEnded) -> None:
        self._add(self._turns, "turn", fact.channel, fact.outcome)
        if fact.since is not None:
            self._observe("wait", fact.channel, max(0.0, fact.began - fact.since))

    def _handed_over(self, fact: HandedOver) -> None:
        self._add(self._handoffs, "handoff", fact.channel, fact.reason)

    def _delivery(self, fact: DeliveryMoved) -> None:
        self._add(self._deliveries, "delivery", fact.channel, fact.state, by=fact.many)
        origin = fact.origin
        first = fact.state == "sent" and fact.part == 0
        if first and fact.at is not None and origin is not None and origin.since is not None:
            self._observe("answer", fact.channel, max(0.0, fact.at - origin.since))

    def _lease(self, fact: LeaseLost) -> None:
        self._leases.labels(self._labels.word(fact.of)).inc()

    def _restart(self, fact: Restarted) -> None:
        of = self._labels.channel if fact.what == "channel" else self._labels.word
        self._restarts.labels(fact.what, of(fact.name)).inc()

    def _staged(self, fact: Staged) -> None:
        self._observe(fact.stage, fact.channel, fact.seconds)

    def _budget(self, fact: BudgetMoved) -> None:
        self._budgets.labels(self._labels.word(fact.scope), self._labels.word(fact.state)).inc()

    def _draft(self, fact: DraftStep) -> None:
        self._add(self._drafts, "draft", fact.channel, fact.step)

    def _rated(self, fact: CaseRated) -> None:
        if fact.comment is None:
            self._ratings.labels(self._labels.word(fact.path), str(fact.score)).inc()

    def _posted(self, fact: EventPosted) -> None:
        kind = self._labels.word(fact.kind.replace(".", "_"))
        self._outgoing.labels(kind, self._labels.word(fact.state)).inc()

    def _desk_alarm(self, fact: DeskAlarm) -> None:
        self._add(self._desk_alarms, "desk_alarm", fact.channel)

    def _was_late(self, fact: Late) -> None:
        self._add(self._late, "late", fact.channel, fact.what)

    def _batch(self, fact: BatchWritten) -> None:
        self._units.observe(fact.units)
        self._commit.observe(fact.seconds)
        if fact.retries:
            self._retries.inc(fact.retries)
        if fact.failed:
            self._failures.inc(fact.failed)

    def _add(self, counter: Counter, what: str, channel: str, *words: str, by: int = 1) -> None:
        key = (what, channel, *words)
        held = self._held.get(key)
        if held is None:
            named = (self._labels.channel(channel), *map(self._labels.word, words))
            held = counter.labels(*named)
            self._hold(key, named, held)
        held.inc(by)

    def _observe(self, stage: str, channel: str, seconds: float) -> None:
        key = ("stage", channel, stage)
        held = self._held.get(key)
        if held is None:
            named = (self._labels.channel(channel), self._labels.word(stage))
            held = self._stages.labels(named[1], named[0])
            self._hold(key, named, held)
        held.observe(seconds)

    def _hold(self, key: tuple[str, ...], named: tuple[str, ...], held: object) -> None:
        # What has no label of its own is looked up each time, or the table had no bound.
        if key[1:] == named:
            self._held[key] = held
