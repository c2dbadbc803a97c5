"""Spans lead along a message's way, on every node the same ids, and nothing leaves unasked."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from brain.contract import Decision, Trace, TurnInput
from channels.errors import RejectedSendError
from gateway.bootstrap.tracing import Tracing, traced, tracing_of, wanted
from gateway.config.settings import TelemetrySettings
from gateway.store.store import Store
from gateway.telemetry.facts import Facts
from gateway.telemetry.origins import Origins
from gateway.telemetry.spans import span_id, trace_id
from gateway.turns.origin import StoredOrigins
from tests.gateway.conftest import ManualClock
from tests.gateway.pipeline.rig import Rig

REPOSITORY = Path(__file__).parents[3]
OFF = TelemetrySettings()


class Collected:
    """What a collector would have got of one rig."""

    def __init__(self, store: Store, ratio: float = 1.0) -> None:
        self._exporter = InMemorySpanExporter()
        self.tracing: Tracing = traced(ratio, SimpleSpanProcessor(self._exporter))
        told = Facts()
        told.listen(self.tracing.listener)
        store.facts.listen(Origins(StoredOrigins(store).of, told))

    def spans(self) -> Sequence[ReadableSpan]:
        return self._exporter.get_finished_spans()

    def named(self, name: str) -> ReadableSpan:
        return next(span for span in self.spans() if span.name == name)


@pytest.fixture
def rig(sqlite_store: Store, clock: ManualClock, tmp_path: Path) -> Rig:
    return Rig(sqlite_store, clock, tmp_path)


def thoughtful(_turn: TurnInput) -> Decision:
    trace = Trace("scripted", {"triage": 0.25, "search": 0.5})
    return Decision(kind="reply", text="Here it is", confidence=1.0, trace=trace)


def ids(span: ReadableSpan) -> tuple[int, int]:
    assert span.context is not None
    return span.context.trace_id, span.context.span_id


async def test_the_spans_of_a_message_are_one_trace_that_its_id_gives(rig: Rig) -> None:
    collected = await asyncio.to_thread(Collected, rig.store)
    rig.brain.answer = thoughtful
    message = (await rig.say("Where is it? says Ada")).message
    await rig.settle()
    assert message is not None
    accept, turn, send = (
        collected.named(f"frontdesk.{name}") for name in ("accept", "turn", "send")
    )
    assert {ids(span)[0] for span in collected.spans()} == {trace_id(message)}
    assert ids(accept) == (trace_id(message), span_id(message))
    assert (accept.parent, turn.parent and turn.parent.span_id) == (None, ids(accept)[1])
    assert send.parent is not None
    assert send.parent.span_id == ids(turn)[1]
    assert "Ada" not in "".join(span.to_json() for span in collected.spans())
    triage, search = (collected.named(f"frontdesk.brain.{name}") for name in ("triage", "search"))
    assert triage.end_time == search.start_time
    assert (search.parent and search.parent.span_id) == ids(turn)[1]


async def test_a_turn_over_several_messages_is_linked_to_each(rig: Rig) -> None:
    collected = await asyncio.to_thread(Collected, rig.store)
    said = [(await rig.say(text)).message for text in ("one", "two")]
    await rig.settle()
    linked = [link.context.trace_id for link in collected.named("frontdesk.turn").links]
    assert linked == [trace_id(message) for message in said if message is not None]


async def test_a_send_that_fails_is_an_error(rig: Rig) -> None:
    collected = await asyncio.to_thread(Collected, rig.store)
    rig.channel.outcomes = [RejectedSendError("blocked")]
    await rig.say("one")
    await rig.settle()
    assert not collected.named("frontdesk.send").status.is_ok


async def test_none_of_the_messages_are_kept_where_none_are_wanted(rig: Rig) -> None:
    collected = await asyncio.to_thread(Collected, rig.store, 0.0)
    await rig.say("one")
    await rig.settle()
    assert collected.spans() == ()
    collected.tracing.close()


@pytest.mark.parametrize(
    ("endpoint", "environ", "expected"),
    [
        (None, {}, False),
        (None, {"OTEL_SERVICE_NAME": "x"}, False),
        (None, {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4317"}, True),
        ("http://127.0.0.1:4317", {}, True),
        ("http://127.0.0.1:4317", {"OTEL_SDK_DISABLED": "true"}, False),
    ],
)
def test_spans_are_sent_only_where_an_operator_says_to_whom(
    endpoint: str | None, environ: Mapping[str, str], expected: bool
) -> None:
    assert wanted(TelemetrySettings(endpoint=endpoint), environ) is expected


def test_nothing_of_it_is_loaded_where_nobody_wants_spans() -> None:
    assert tracing_of(OFF, {}) is None
    code = (
        "import sys, gateway.bootstrap.serving, gateway.bootstrap.tracing as t;"
        "from gateway.config.settings import TelemetrySettings;"
        "assert t.tracing_of(TelemetrySettings(), {}) is None;"
        "print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
