"""Anthropic's Messages API, and whatever else speaks it behind ``api_base``. One request is one
call: the SDK retries nothing, and what is not whole is not given on."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, cast

import anthropic
import httpx2

from brain.chat import (
    BrokenOff,
    ChatError,
    ChatRequest,
    Completion,
    Finish,
    Line,
    Misconfigured,
    ToolCall,
    TooLong,
    TryAgain,
    Usage,
)
from brain.models.failures import complains_of_form, refused, unreachable
from brain.models.hearing import Faults, Said, completed, count, cut, heard
from brain.models.streams import Gathered, Patience
from brain.models.structured import described
from brain.settings import ModelSettings

ADDRESS = "https://api.anthropic.com"
_FINISH: dict[str, Finish] = {
    "end_turn": "end",
    "stop_sequence": "end",
    "max_tokens": "length",
    "tool_use": "tools",
}
_OVERLOADED = ("overloaded_error", "rate_limit_error", "api_error")
# What happens to a stream under way, the SDK gives on as its HTTP client raised it.
_BROKEN = (anthropic.AnthropicError, httpx2.HTTPError)


class AnthropicModel:
    """Implements ``ChatModel``. Made in a thread: the SDK loads much of itself meanwhile."""

    def __init__(self, name: str, settings: ModelSettings, patience: Patience) -> None:
        key = settings.api_key.get_secret_value() if settings.api_key is not None else "none"
        self.name = name
        self._settings = settings
        self._patience = patience
        self._schema = settings.parameters.structured == "schema"
        self._client = anthropic.AsyncAnthropic(
            api_key=key,
            base_url=settings.api_base or ADDRESS,
            max_retries=0,
            timeout=patience.total,
        )
        self._messages = cast("Any", self._client.messages)

    async def complete(self, request: ChatRequest) -> Completion:
        try:
            return await self._asked(request)
        except _NoSchema:
            self._schema = False
            return await self._asked(request)

    async def close(self) -> None:
        await self._client.close()

    async def _asked(self, request: ChatRequest) -> Completion:
        body = self._body(request if self._schema else described(request))
        ear = _Heard(Gathered(request.hears))
        faults = Faults((anthropic.AnthropicError,), _BROKEN, self._unopened, _in_stream)
        await heard(self._messages.create(**body), ear, self._patience, faults)
        return ear.completion(request)

    def _unopened(self, error: anthropic.AnthropicError) -> ChatError:
        if not isinstance(error, anthropic.APIStatusError):
            return _of(error)
        if self._schema and complains_of_form(error.status_code, error.message):
            return _NoSchema(error.message)
        return refused(error.status_code, error.message, error.response.headers)

    def _body(self, request: ChatRequest) -> dict[str, object]:
        parameters = self._settings.parameters
        body: dict[str, object] = {
            "model": self._settings.model,
            "max_tokens": request.most_tokens,
            "system": [_part(part.text, cached=part.cached) for part in request.system],
            "messages": [
                {"role": one.speaker, "content": _content(one)} for one in request.messages
            ],
            "stream": True,
        }
        if request.wanted is not None and self._schema:
            form = {"type": "json_schema", "schema": request.wanted.schema}
            body["output_config"] = {"format": form}
        if request.tools:
            body["tools"] = [
                {"name": tool.name, "description": tool.description, "input_schema": tool.schema}
                for tool in request.tools
            ]
        extra: dict[str, object] = dict(parameters.extra)
        if parameters.temperature is not None:
            extra["temperature"] = parameters.temperature
        if extra:
            body["extra_body"] = extra
        return body


class _NoSchema(Misconfigured):
    """The model takes no schema."""


def _part(text: str, *, cached: bool) -> dict[str, object]:
    part: dict[str, object] = {"type": "text", "text": text}
    return part | {"cache_control": {"type": "ephemeral"}} if cached else part


def _content(line: Line) -> str | list[dict[str, object]]:
    if not line.before:
        return line.text
    return [_part(line.before, cached=True), _part(line.text, cached=False)]


def _of(error: anthropic.AnthropicError) -> ChatError:
    if isinstance(error, anthropic.APITimeoutError):
        return BrokenOff(f"no answer began: {error}")
    if isinstance(error, anthropic.APIConnectionError):
        return unreachable(error)
    return Misconfigured(f"the SDK refused the request: {error}", asked=False)


def _in_stream(error: Exception) -> ChatError:
    """After a beginning that was well: an error event, or a line that broke."""
    if not isinstance(error, anthropic.APIStatusError):
        return cut(error)
    told = error.message[:200]
    if any(kind in told for kind in _OVERLOADED):
        return TryAgain(f"the answer was cut: {told}", asked=True)
    return BrokenOff(f"the answer was cut: {told}")


@dataclass
class _Heard:
    """What came, event by event. ``stop`` is None until the model said why it stopped."""

    said: Gathered
    calls: list[ToolCall] = field(default_factory=list[ToolCall])
    usage: Usage | None = None
    stop: str | None = None
    ended: bool = False
    model: str = ""

    def completion(self, request: ChatRequest) -> Completion:
        """
        Raises:
            ChatError: what came is no whole answer.
        """
        stop = self.stop if self.ended else None
        if stop == "model_context_window_exceeded":
            raise TooLong("the answer did not fit the model any more", usage=self.usage)
        said = Said(self.said.text, self.usage, stop, stop == "refusal", tuple(self.calls))
        return replace(completed(request, said, _FINISH), model=self.model)

    def take(self, event: Any) -> None:  # noqa: ANN401  # the SDK's events are read with care
        kind = event.type
        if kind == "message_start":
            self.model = str(getattr(event.message, "model", None) or "")
            self.usage = _usage(event.message.usage, self.usage)
        elif kind == "content_block_start" and event.content_block.type == "tool_use":
            self.calls.append(ToolCall(event.content_block.id, event.content_block.name, ""))
        elif kind == "content_block_delta":
            self._delta(event.delta)
        elif kind == "message_delta":
            self.stop = event.delta.stop_reason or self.stop
            self.usage = _usage(event.usage, self.usage)
        elif kind == "message_stop":
            self.ended = True

    def _delta(self, delta: Any) -> None:  # noqa: ANN401  # as above
        if delta.type == "text_delta":
            self.said.add(delta.text)
        elif delta.type == "input_json_delta" and self.calls:
            call = self.calls[-1]
            self.calls[-1] = replace(call, arguments=call.arguments + delta.partial_json)


def _usage(told: Any, before: Usage | None) -> Usage:  # noqa: ANN401  # as above
    """Figures are told at the start and, newer, at the end; some are missing at either."""
    known = before or Usage()
    return Usage(
        input=count(told.input_tokens, known.input),
        cached_input=count(told.cache_read_input_tokens, known.cached_input),
        cache_write=count(told.cache_creation_input_tokens, known.cache_write),
        output=count(told.output_tokens, known.output),
    )
