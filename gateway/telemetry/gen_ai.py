"""OpenTelemetry's words for models, searches and tools: the attributes of their spans. It is the
one place that knows them; they are still called experimental, and a test holds them against the
package's own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from gateway.telemetry.facts import ModelCalled, ToolCalled

OPERATION = "gen_ai.operation.name"
PROVIDER = "gen_ai.provider.name"
# What the provider's name was called before; many that read spans still look for it.
SYSTEM = "gen_ai.system"
REQUEST_MODEL = "gen_ai.request.model"
RESPONSE_MODEL = "gen_ai.response.model"
MAX_TOKENS = "gen_ai.request.max_tokens"
FINISH_REASONS = "gen_ai.response.finish_reasons"
INPUT_TOKENS = "gen_ai.usage.input_tokens"
OUTPUT_TOKENS = "gen_ai.usage.output_tokens"
CACHE_READ = "gen_ai.usage.cache_read.input_tokens"
CACHE_CREATION = "gen_ai.usage.cache_creation.input_tokens"
CONVERSATION = "gen_ai.conversation.id"
DATA_SOURCE = "gen_ai.data_source.id"
TOOL_NAME = "gen_ai.tool.name"
TOOL_TYPE = "gen_ai.tool.type"
INSTRUCTIONS = "gen_ai.system_instructions"
INPUT_MESSAGES = "gen_ai.input.messages"
OUTPUT_MESSAGES = "gen_ai.output.messages"
ERROR = "error.type"
CHAT, RETRIEVAL, EXECUTE_TOOL = "chat", "retrieval", "execute_tool"
# The stage of a turn in which passages are searched.
SEARCHING = "knowledge"
Attributes: TypeAlias = Mapping[str, str | int | float | Sequence[str]]
_FINISH = {"end": "stop", "length": "length", "tools": "tool_call"}
_WELL = frozenset({"answered", "done"})


class Described(NamedTuple):
    """A span's name and attributes, and whether what it is about failed."""

    name: str
    attributes: Attributes
    failed: bool


def chat(fact: ModelCalled) -> Described:
    found: dict[str, str | int | float | Sequence[str]] = {
        OPERATION: CHAT,
        PROVIDER: fact.provider,
        SYSTEM: fact.provider,
        REQUEST_MODEL: fact.requested,
        MAX_TOKENS: fact.most_tokens,
        INPUT_TOKENS: fact.read,
        OUTPUT_TOKENS: fact.output,
        CACHE_READ: fact.cached,
        CACHE_CREATION: fact.written,
        CONVERSATION: fact.conversation,
        "frontdesk.model": fact.model,
        "frontdesk.turn": fact.turn,
        "frontdesk.cost_usd": fact.micros / 1e6,
    }
    if fact.answered_by:
        found[RESPONSE_MODEL] = fact.answered_by
    if fact.finish is not None:
        found[FINISH_REASONS] = [_FINISH.get(fact.finish, fact.finish)]
    if fact.instead_of is not None:
        found["frontdesk.instead_of"] = fact.instead_of
    failed = fact.outcome not in _WELL
    if failed:
        found[ERROR] = fact.outcome
    return Described(f"{CHAT} {fact.requested}", found | _content(fact), failed)


def tool(fact: ToolCalled) -> Described:
    found: dict[str, str | int | float | Sequence[str]] = {
        OPERATION: EXECUTE_TOOL,
        TOOL_NAME: fact.name,
        TOOL_TYPE: "extension",
        "frontdesk.does": fact.does,
        "frontdesk.outcome": fact.outcome,
    }
    failed = fact.outcome not in _WELL
    if failed:
        found[ERROR] = fact.outcome
    return Described(f"{EXECUTE_TOOL} {fact.name}", found, failed)


def stage(name: str) -> Attributes:
    """Of a stage of the brain: what models know it as, where they do."""
    return {OPERATION: RETRIEVAL, DATA_SOURCE: "articles"} if name == SEARCHING else {}


def _content(fact: ModelCalled) -> dict[str, str]:
    """What was said, where somebody asked for it; it was masked before it got here."""
    if fact.prompt is None:
        return {}
    asked: Mapping[str, Any] = json.loads(fact.prompt)
    said = [_message(_role(line["speaker"]), line["text"]) for line in asked["messages"]]
    answer = _message("assistant", fact.answer or "")
    return {
        INSTRUCTIONS: _json([_part(text) for text in asked["system"]]),
        INPUT_MESSAGES: _json(said),
        OUTPUT_MESSAGES: _json([{**answer, "finish_reason": _FINISH.get(fact.finish or "", "")}]),
    }


def _role(speaker: str) -> str:
    return "assistant" if speaker == "assistant" else "user"


def _message(role: str, text: str) -> dict[str, object]:
    return {"role": role, "parts": [_part(text)]}


def _part(text: str) -> dict[str, str]:
    return {"type": "text", "content": text}


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
