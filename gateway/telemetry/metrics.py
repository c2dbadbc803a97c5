"""The figures that Prometheus reads, in a registry of their own.

It never counts by anything that strangers can make up: channels are those of the configuration,
reasons and routes those of the program, so that its memory stays bounded.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from gateway.telemetry.counting import Counting
from gateway.telemetry.labels import Labels

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
CHANNEL_STATES = ("up", "standby", "down")


class Waiting(NamedTuple):
    """What stands in a queue, and how many seconds the first of it has stood there."""

    depth: int
    oldest: float


class Metrics:
    """Every figure of one process. ``pipeline`` counts what it hears of facts; ``channels`` are
    the names that the configuration has."""

    def __init__(self, channels: Collection[str] = ()) -> None:
        self.registry = CollectorRegistry()
        labels = Labels(channels)
        self.pipeline = Counting(self.registry, labels)
        self._requests = self._counter(
            "frontdesk_http_requests",
            "HTTP requests by route and status",
            "method",
            "route",
            "status",
        )
        self._seconds = Histogram(
            "frontdesk_http_seconds",
            "How long requests took, streams left out",
            ("route",),
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0),
            registry=self.registry,
        )
        self._sign_ins = self._counter("frontdesk_sign_ins", "Sign-ins by outcome", "outcome")
        self._unseen = self._counter(
            "frontdesk_store_unseen", "Scrapes at which the store did not answer"
        )
        self._dropped = self._counter(
            "frontdesk_log_lines_dropped", "Log lines that nobody took in time"
        )
        self._streams = self._gauge("frontdesk_desk_streams", "Open event streams of the desk")
        self._node_figures()

    def _node_figures(self) -> None:
        self._ready = self._gauge("frontdesk_ready", "1 while this node is ready")
        self._oldest = self._gauge(
            "frontdesk_oldest_unfinished_age_seconds",
            "How long the customer has waited who has waited longest for the assistant",
        )
        self._channels = self._gauge(
            "frontdesk_channel_state", "1 for the state that a channel is in", "channel", "state"
        )
        self._paused = self._gauge(
            "frontdesk_assistant_paused", "1 while the assistant is paused on a channel", "channel"
        )
        self._budget = self._gauge(
            "frontdesk_budget_used_ratio",
            "How much of its budget of the day an account has used or set aside",
            "scope",
            "account",
        )
        self._loops_down = self._gauge("frontdesk_loops_down", "Loops that do not run")
        self._depth = self._gauge(
            "frontdesk_queue_depth", "What waits in each queue of the store", "queue"
        )
        self._age = self._gauge(
            "frontdesk_queue_oldest_age_seconds", "How long the first has waited there", "queue"
        )

    def _counter(self, name: str, says: str, *labels: str) -> Counter:
        return Counter(name, says, labels, registry=self.registry)

    def _gauge(self, name: str, says: str, *labels: str) -> Gauge:
        return Gauge(name, says, labels, registry=self.registry)

    def request(self, method: str, route: str, status: int, seconds: float | None) -> None:
        self._requests.labels(method if method in _METHODS else "other", route, str(status)).inc()
        if seconds is not None:
            self._seconds.labels(route).observe(seconds)

    def signed_in(self, outcome: str) -> None:
        self._sign_ins.labels(outcome).inc()

    def streams(self, change: int) -> None:
        self._streams.inc(change)

    def line_dropped(self) -> None:
        """From any thread."""
        self._dropped.inc()

    def node(
        self,
        *,
        ready: bool,
        oldest: float | None,
        loops_down: int,
        channels: Mapping[str, str],
        paused: Collection[str] = (),
    ) -> None:
        """How this node is, as of now; ``channels`` has the state of each, ``paused`` those on
        which the assistant is silent, ``*`` for all."""
        self._ready.set(int(ready))
        self._oldest.set(oldest or 0.0)
        self._loops_down.set(loops_down)
        for channel, current in channels.items():
            for state in CHANNEL_STATES:
                self._channels.labels(channel, state).set(int(state == current))
            silent = not {"*", channel}.isdisjoint(paused)
            self._paused.labels(channel).set(int(silent))

    def queues(self, waiting: Mapping[str, Waiting]) -> None:
        for queue, found in waiting.items():
            self._depth.labels(queue).set(found.depth)
            self._age.labels(queue).set(found.oldest)

    def budgets(self, shares: Mapping[tuple[str, str], float]) -> None:
        """``shares`` are of today, by scope and account."""
        self._budget.clear()
        for (scope, account), share in shares.items():
            self._budget.labels(scope, account).set(share)

    def store_unseen(self) -> None:
        """The store did not answer; its figures are those of the last look."""
        self._unseen.inc()

    def render(self) -> bytes:
        """The text that Prometheus scrapes."""
        return generate_latest(self.registry)
