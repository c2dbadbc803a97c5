"""Logs and figures: one line of JSON an event, and what Prometheus reads.

It never lets a secret or a control character through to a log, and never counts by anything that
strangers can make up, so that its memory stays bounded.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any, TextIO, cast

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from structlog.typing import EventDict, WrappedLogger

_SECRET_KEY = re.compile(
    r"password|passwd|secret|token|authorization|cookie|api_?key|credential", re.IGNORECASE
)
_SECRET_SHAPES = re.compile(
    r"fdt_[A-Za-z0-9_-]{10,}"
    r"|(?<=/bot)\d+:[A-Za-z0-9_-]{20,}"
    r"|xox[a-z]-[A-Za-z0-9-]{10,}|xapp-[A-Za-z0-9-]{10,}"
    r"|sk-[A-Za-z0-9_-]{16,}"
    r"|(?<=/files/)[A-Za-z0-9_.-]{20,}"
    r"|(?<=://)[^/\s:@]{0,100}:[^/\s@]{1,200}(?=@)"
)
# Control characters, and those that turn a line around: a log is read in terminals.
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_MASK = "[hidden]"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_DEPTH = 6
_LONGEST = 20_000


def log_to(stream: TextIO, *, as_json: bool, level: str = "info") -> None:
    """Set structlog up for this process; the standard library's loggers go the same way."""
    renderer: structlog.typing.Processor
    if as_json:
        renderer = structlog.processors.JSONRenderer(ensure_ascii=False)
    else:
        renderer = structlog.dev.ConsoleRenderer(colors=stream.isatty())
    number = logging.getLevelNamesMapping()[level.upper()]
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            foreign_pre_chain=shared,
        )
    )
    logging.basicConfig(handlers=[handler], level=max(number, logging.WARNING), force=True)


def log_to_stderr(*, level: str = "info") -> None:
    """Lines of JSON, or lines for people where stderr is a terminal."""
    log_to(sys.stderr, as_json=not sys.stderr.isatty(), level=level)


def redact(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """A structlog processor: secrets are masked by their key and by their shape."""
    return {key: _clean(key, value, _DEPTH) for key, value in event.items()}


def _clean(key: str, value: object, depth: int) -> object:
    if _SECRET_KEY.search(key) and isinstance(value, str | bytes):
        return _MASK
    if isinstance(value, str):
        # A stack has lines of its own.
        lines = value.split("\n") if key == "exception" else [value]
        return "\n".join(map(_clean_text, lines))
    if value is None or isinstance(value, bool | int | float):
        return value
    if depth == 0:
        return _clean_text(str(value))
    if isinstance(value, Mapping):
        pairs = cast("Mapping[Any, Any]", value).items()
        return {str(name): _clean(str(name), inner, depth - 1) for name, inner in pairs}
    if isinstance(value, Sequence | set | frozenset) and not isinstance(value, bytes):
        return [_clean("", inner, depth - 1) for inner in cast("Sequence[Any]", value)]
    return _clean_text(str(value))


def _clean_text(text: str) -> str:
    hidden = _SECRET_SHAPES.sub(_MASK, text[:_LONGEST])
    return _UNPRINTABLE.sub(lambda found: found[0].encode("unicode_escape").decode(), hidden)


class Metrics:
    """Every figure of one process, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
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
        self._streams = self._gauge("frontdesk_desk_streams", "Open event streams of the desk")
        self._ready = self._gauge("frontdesk_ready", "1 while this node is ready")
        self._oldest = self._gauge(
            "frontdesk_oldest_unfinished_seconds", "Age of the oldest work not yet done"
        )
        self._channels = self._gauge(
            "frontdesk_channel_up", "1 while a channel is up or standing by", "channel"
        )
        self._loops_down = self._gauge("frontdesk_loops_down", "Loops that do not run")
        self._deliveries = self._gauge(
            "frontdesk_deliveries", "Deliveries that wait or that a person must look at", "state"
        )
        self._waiting = self._gauge("frontdesk_conversations_waiting", "Conversations in the queue")

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

    def node(
        self,
        *,
        ready: bool,
        oldest: float | None,
        loops_down: int,
        channels: Mapping[str, bool],
    ) -> None:
        """How this node is, as of now."""
        self._ready.set(int(ready))
        self._oldest.set(oldest or 0.0)
        self._loops_down.set(loops_down)
        for channel, is_up in channels.items():
            self._channels.labels(channel).set(int(is_up))

    def work(self, deliveries: Mapping[str, int], waiting: int) -> None:
        for state, count in deliveries.items():
            self._deliveries.labels(state).set(count)
        self._waiting.set(waiting)

    def store_unseen(self) -> None:
        """The store did not answer; its figures are those of the last look."""
        self._unseen.inc()

    def render(self) -> bytes:
        """The text that Prometheus scrapes."""
        return generate_latest(self.registry)
