"""Spans of a message's way, made of facts once they are certain, for whoever collects traces.

The ids are derived from those of the rows: a message's trace is found by its id, and every node,
and every life of one, continues it without anything being stored. A span has ids, outcomes and
times; words only where an operator asked for those of models. Only what sets tracing up imports it.
"""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Mapping, Sequence

from opentelemetry.context import Context
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    Tracer,
    set_span_in_context,
)

from gateway.telemetry import gen_ai
from gateway.telemetry.facts import (
    DeliveryMoved,
    EventTaken,
    Fact,
    ModelCalled,
    ToolCalled,
    TurnEnded,
)
from gateway.telemetry.gen_ai import Attributes, Described

FAILED = frozenset({"failed", "uncertain"})
SENT = frozenset({"sent", "failed", "uncertain"})
_Attributes = Mapping[str, str | Sequence[str]]
_OURS = "frontdesk."


def trace_id(message: str) -> int:
    """Of the customer's message with this id; never 0, which stands for none."""
    return int.from_bytes(hashlib.sha256(message.encode()).digest()[:16], "big") or 1


def span_id(row: str) -> int:
    """Of the span about the row with this id."""
    return int.from_bytes(hashlib.sha256(b"span " + row.encode()).digest()[:8], "big") or 1


class RowIds(IdGenerator):
    """Gives the ids that were asked for next, else random ones; one thread uses it."""

    def __init__(self) -> None:
        self.trace: int | None = None
        self.span: int | None = None

    def generate_trace_id(self) -> int:
        given, self.trace = self.trace, None
        return given or random.getrandbits(128) or 1  # protects nothing

    def generate_span_id(self) -> int:
        given, self.span = self.span, None
        return given or random.getrandbits(64) or 1  # protects nothing


class Spans:
    """A listener of facts, deliveries with their origin. ``ids`` is the generator that the tracer's
    provider was built with."""

    def __init__(self, tracer: Tracer, ids: RowIds) -> None:
        self._tracer = tracer
        self._ids = ids

    def __call__(self, fact: Fact) -> None:
        match fact:
            case EventTaken(message=str(message), outcome="accepted"):
                self._accepted(fact, message)
            case TurnEnded() if fact.asked:
                self._turn(fact)
            case DeliveryMoved() if fact.delivery is not None and fact.state in SENT:
                self._sent(fact, fact.delivery)
            case ModelCalled():
                self._ids.span = span_id(fact.call)
                times = (fact.began, fact.began + fact.seconds)
                self._about(gen_ai.chat(fact), times, fact.turn, fact.message)
            case ToolCalled():
                times = (fact.began, fact.began + fact.seconds)
                self._about(gen_ai.tool(fact), times, fact.turn, fact.message)
            case _:
                pass

    def _accepted(self, fact: EventTaken, message: str) -> None:
        ended = time.time()
        self._ids.trace, self._ids.span = trace_id(message), span_id(message)
        self._span(
            "frontdesk.accept",
            None,
            (ended - (fact.seconds or 0.0), ended),
            {"message": message, "channel": fact.channel, "kind": fact.kind},
            kind=SpanKind.SERVER,
        )

    def _turn(self, fact: TurnEnded) -> None:
        self._ids.span = span_id(fact.turn)
        self._span(
            "frontdesk.turn",
            _within(fact.asked[0], fact.asked[0]),
            (fact.began, fact.ended),
            {
                "turn": fact.turn,
                "conversation": fact.conversation,
                "channel": fact.channel,
                "outcome": fact.outcome,
                "decision": fact.decision or "",
                "reasons": fact.reasons,
                "messages": fact.asked,
            },
            links=fact.asked,
            failed=fact.outcome in FAILED,
        )
        self._stages(fact)

    def _stages(self, fact: TurnEnded) -> None:
        """The brain's steps, one after the other, as its trace has them."""
        began = fact.began
        for stage, seconds in (fact.stages or {}).items():
            within = _within(fact.asked[0], fact.turn)
            times = (began, began + seconds)
            attributes = {"turn": fact.turn}
            also = gen_ai.stage(stage)
            self._span(f"frontdesk.brain.{stage}", within, times, attributes, also=also)
            began += seconds

    def _about(
        self,
        found: Described,
        times: tuple[float, float],
        turn: str | None,
        message: str | None,
    ) -> None:
        """What was asked of others, within the turn that did, else within its message."""
        within = None if message is None else _within(message, turn or message)
        self._span(
            found.name,
            within,
            times,
            {},
            failed=found.failed,
            kind=SpanKind.CLIENT,
            also=found.attributes,
        )

    def _sent(self, fact: DeliveryMoved, delivery: str) -> None:
        origin = fact.origin
        ended = time.time() if fact.at is None else fact.at
        asked = origin.asked if origin is not None else ()
        self._ids.span = span_id(delivery)
        self._span(
            "frontdesk.send",
            _within(asked[0], origin.turn) if origin is not None and asked else None,
            (ended if fact.began is None else min(fact.began, ended), ended),
            {
                "delivery": delivery,
                "conversation": fact.conversation,
                "channel": fact.channel,
                "state": fact.state,
                "messages": asked,
            },
            links=asked,
            failed=fact.state in FAILED,
            kind=SpanKind.CLIENT,
        )

    def _span(  # noqa: PLR0913  # what a span consists of
        self,
        name: str,
        within: Context | None,
        times: tuple[float, float],
        attributes: _Attributes,
        *,
        links: Sequence[str] = (),
        failed: bool = False,
        kind: SpanKind = SpanKind.INTERNAL,
        also: Attributes | None = None,
    ) -> None:
        span = self._tracer.start_span(
            name,
            Context() if within is None else within,
            kind,
            {**{f"{_OURS}{key}": value for key, value in attributes.items()}, **(also or {})},
            [Link(_context(message, message)) for message in links],
            start_time=int(times[0] * 1e9),
        )
        if failed:
            span.set_status(Status(StatusCode.ERROR))
        span.end(int(times[1] * 1e9))
        # Where a sampler left the span out, they were not asked for.
        self._ids.trace = self._ids.span = None


def _within(message: str, row: str) -> Context:
    return set_span_in_context(NonRecordingSpan(_context(message, row)), Context())


def _context(message: str, row: str) -> SpanContext:
    sampled = TraceFlags(TraceFlags.SAMPLED)
    return SpanContext(trace_id(message), span_id(row), is_remote=True, trace_flags=sampled)
