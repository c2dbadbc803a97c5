"""Calls of models and of business systems as spans: OpenTelemetry's names, in the trace of the
message, and no words unless an operator asked for them."""

from __future__ import annotations

import asyncio
import json

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.semconv._incubating.attributes import gen_ai_attributes as theirs
from opentelemetry.semconv.attributes import error_attributes

from brain.acts import ActionRequest, Answered
from gateway.actions.watched import WatchedActions
from gateway.bootstrap.tracing import traced
from gateway.telemetry import gen_ai
from gateway.telemetry.context import begin
from gateway.telemetry.facts import Fact, Facts, ModelCalled, ToolCalled
from gateway.telemetry.spans import span_id, trace_id
from tests.gateway.conftest import ManualClock

CALL = ModelCalled(
    call="r1",
    model="haiku",
    provider="anthropic",
    requested="claude-haiku-5-5",
    outcome="answered",
    conversation="c1",
    turn="t1",
    began=1_800_000_000.0,
    seconds=0.5,
    read=150,
    cached=40,
    written=10,
    output=20,
    micros=321,
    most_tokens=800,
    answered_by="claude-haiku-5-5-20261001",
    finish="end",
    message="m1",
)
PROMPT = json.dumps({"system": ["Answer."], "messages": [{"speaker": "user", "text": "Hello"}]})


def told(*facts: Fact) -> list[ReadableSpan]:
    exporter = InMemorySpanExporter()
    listener = traced(1.0, SimpleSpanProcessor(exporter)).listener
    for fact in facts:
        listener(fact)
    return list(exporter.get_finished_spans())


async def spans(*facts: Fact) -> list[ReadableSpan]:
    return await asyncio.to_thread(told, *facts)


async def test_a_call_of_a_model_is_a_child_of_its_turn_in_the_messages_trace() -> None:
    (span,) = await spans(CALL)
    assert span.name == "chat claude-haiku-5-5"
    assert span.context is not None
    assert span.parent is not None
    assert (span.context.trace_id, span.context.span_id) == (trace_id("m1"), span_id("r1"))
    assert span.parent.span_id == span_id("t1")
    found = dict(span.attributes or {})
    assert found == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "anthropic",
        "gen_ai.system": "anthropic",
        "gen_ai.request.model": "claude-haiku-5-5",
        "gen_ai.request.max_tokens": 800,
        "gen_ai.response.model": "claude-haiku-5-5-20261001",
        "gen_ai.response.finish_reasons": ("stop",),
        "gen_ai.usage.input_tokens": 150,
        "gen_ai.usage.output_tokens": 20,
        "gen_ai.usage.cache_read.input_tokens": 40,
        "gen_ai.usage.cache_creation.input_tokens": 10,
        "gen_ai.conversation.id": "c1",
        "frontdesk.model": "haiku",
        "frontdesk.turn": "t1",
        "frontdesk.cost_usd": 0.000321,
    }


async def test_a_call_that_failed_says_with_what() -> None:
    (span,) = await spans(CALL._replace(outcome="broken_off", finish=None, answered_by=""))
    assert not span.status.is_ok
    assert (span.attributes or {})["error.type"] == "broken_off"


async def test_words_are_there_only_where_they_were_asked_for() -> None:
    (span,) = await spans(CALL._replace(prompt=PROMPT, answer="Hi"))
    found = dict(span.attributes or {})
    part = {"type": "text", "content": "Hello"}
    assert json.loads(str(found[gen_ai.INPUT_MESSAGES])) == [{"role": "user", "parts": [part]}]
    (said,) = json.loads(str(found[gen_ai.OUTPUT_MESSAGES]))
    assert (said["role"], said["finish_reason"]) == ("assistant", "stop")
    assert json.loads(str(found[gen_ai.INSTRUCTIONS])) == [{"type": "text", "content": "Answer."}]


def test_the_names_are_those_of_the_conventions() -> None:
    ours = {
        gen_ai.OPERATION: theirs.GEN_AI_OPERATION_NAME,
        gen_ai.PROVIDER: theirs.GEN_AI_PROVIDER_NAME,
        gen_ai.SYSTEM: theirs.GEN_AI_SYSTEM,
        gen_ai.REQUEST_MODEL: theirs.GEN_AI_REQUEST_MODEL,
        gen_ai.RESPONSE_MODEL: theirs.GEN_AI_RESPONSE_MODEL,
        gen_ai.MAX_TOKENS: theirs.GEN_AI_REQUEST_MAX_TOKENS,
        gen_ai.FINISH_REASONS: theirs.GEN_AI_RESPONSE_FINISH_REASONS,
        gen_ai.INPUT_TOKENS: theirs.GEN_AI_USAGE_INPUT_TOKENS,
        gen_ai.OUTPUT_TOKENS: theirs.GEN_AI_USAGE_OUTPUT_TOKENS,
        gen_ai.CACHE_READ: theirs.GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS,
        gen_ai.CACHE_CREATION: theirs.GEN_AI_USAGE_CACHE_CREATION_INPUT_TOKENS,
        gen_ai.CONVERSATION: theirs.GEN_AI_CONVERSATION_ID,
        gen_ai.DATA_SOURCE: theirs.GEN_AI_DATA_SOURCE_ID,
        gen_ai.TOOL_NAME: theirs.GEN_AI_TOOL_NAME,
        gen_ai.TOOL_TYPE: theirs.GEN_AI_TOOL_TYPE,
        gen_ai.INSTRUCTIONS: theirs.GEN_AI_SYSTEM_INSTRUCTIONS,
        gen_ai.INPUT_MESSAGES: theirs.GEN_AI_INPUT_MESSAGES,
        gen_ai.OUTPUT_MESSAGES: theirs.GEN_AI_OUTPUT_MESSAGES,
        gen_ai.ERROR: error_attributes.ERROR_TYPE,
    }
    assert all(mine == other for mine, other in ours.items())


class Shop:
    """Implements ``Actions``: knows one order."""

    async def look_up(self, request: ActionRequest, customer: str | None) -> Answered:
        return Answered("done")

    async def read(self, request: ActionRequest, customer: str | None) -> Answered:
        return Answered("done" if customer == "ada" else "refused")

    async def write(self, request: ActionRequest, customer: str | None, key: str) -> Answered:
        raise asyncio.CancelledError

    async def read_back(self, request: ActionRequest, customer: str | None, key: str) -> Answered:
        return Answered("unknown")

    async def send_code(self, request: ActionRequest, code: str) -> Answered:
        return Answered("failed")


async def test_a_business_system_that_is_asked_is_a_tool_of_the_turn() -> None:
    facts, heard = Facts(), list[Fact]()
    facts.listen(heard.append)
    shop = WatchedActions(Shop(), facts, ManualClock())
    order = ActionRequest("order_status", {"order": "A1"})
    begin(["m1"], turn="t1")
    assert (await shop.read(order, "ada")).state == "done"
    await shop.look_up(order, None)
    await shop.read(order, "ben")
    await shop.read_back(order, None, "k")
    await shop.send_code(order, "123456")
    with_end = asyncio.ensure_future(shop.write(order, None, "k"))
    assert (await asyncio.gather(with_end, return_exceptions=True))[0] is not None
    tools = [one for one in heard if isinstance(one, ToolCalled)]
    assert [(one.does, one.outcome) for one in tools] == [
        ("read", "done"), ("look_up", "done"), ("read", "refused"), ("read_back", "unknown"),
        ("send_code", "failed"), ("write", "called_off"),
    ]  # fmt: skip
    first, *_ = found = await spans(*tools)
    assert first.name == "execute_tool order_status"
    assert first.parent is not None
    assert first.parent.span_id == span_id("t1")
    assert (first.attributes or {})["gen_ai.tool.name"] == "order_status"
    assert [span.status.is_ok for span in found] == [True, True, False, False, False, False]
    assert "A1" not in "".join(span.to_json() for span in found)
