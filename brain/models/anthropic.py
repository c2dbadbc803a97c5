"""Anthropic's Messages API, and whatever else speaks it behind ``api_base``. One request is one
call: the SDK retries nothing, and what is not whole is not given on."""

from __future__ import annotations

from collections.abc import AsyncIterator
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
    Malformed,
    Misconfigured,
    Refused,
    ToolCall,
    TooLong,
    TryAgain,
    Usage,
)
from brain.models.failures import complains_of_form, refused, unreachable
from brain.models.streams import Gathered, Patience, opened, paced
from brain.models.structured import described, whole
from brain.settings import ModelSettings

ADDRESS = "https://api.anthropic.com"
_FINISH: dict[str, Finish] = {
    "end_turn": "end",
    "stop_sequence": "end",
    "max_tokens": "length",
    "tool_use": "tools",
}
_OVERLOADED = ("overloaded_error", "rate_limit_error", "api_error")


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
        heard = _Heard()
        try:
            stream = await opened(self._messages.create(**body), self._patience.idle)
        except anthropic.APIStatusError as error:
            if self._schema and complains_of_form(error.status_code, error.message):
                raise _NoSchema(error.message) from error
            raise refused(error.status_code, error.message, error.response.headers) from error
        except anthropic.AnthropicError as error:
            raise _of(error) from error
        try:
            await heard.listen(paced(stream, self._patience.idle))
        except anthropic.APIStatusError as error:
            raise _in_stream(error) from error
        except (anthropic.AnthropicError, httpx2.HTTPError) as error:
            # What happens to a stream under way, the SDK gives on as its HTTP client raised it.
            raise BrokenOff(f"the answer was cut: {error}") from error
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            # The SDK does not check what an answer is made of.
            raise Malformed(f"the stream cannot be read: {error}") from error
        finally:
            await stream.close()
        return heard.completion(request)

    def _body(self, request: ChatRequest) -> dict[str, object]:
        parameters = self._settings.parameters
        body: dict[str, object] = {
            "model": self._settings.model,
            "max_tokens": request.most_tokens,
            "system": [_part(part.text, cached=part.cached) for part in request.system],
            "messages": [{"role": one.speaker, "content": one.text} for one in request.messages],
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


def _of(error: anthropic.AnthropicError) -> ChatError:
    if isinstance(error, anthropic.APITimeoutError):
        return BrokenOff(f"no answer began: {error}")
    if isinstance(error, anthropic.APIConnectionError):
        return unreachable(error)
    return Misconfigured(f"the SDK refused the request: {error}", asked=False)


def _in_stream(error: anthropic.APIStatusError) -> ChatError:
    """An error event after a beginning that was well."""
    told = error.message[:200]
    if any(kind in told for kind in _OVERLOADED):
        return TryAgain(f"the answer was cut: {told}", asked=True)
    return BrokenOff(f"the answer was cut: {told}")


@dataclass
class _Heard:
    """What came, event by event. ``stop`` is None until the model said why it stopped."""

    said: Gathered = field(default_factory=Gathered)
    calls: list[ToolCall] = field(default_factory=list[ToolCall])
    usage: Usage | None = None
    stop: str | None = None
    ended: bool = False
    model: str = ""

    async def listen(self, events: AsyncIterator[object]) -> None:
        async for event in events:
            self._take(cast("Any", event))

    def completion(self, request: ChatRequest) -> Completion:
        """
        Raises:
            ChatError: what came is no whole answer.
        """
        if not self.ended or self.stop is None:
            raise BrokenOff("the answer ended in the middle")
        if self.stop == "refusal":
            raise Refused("the model declined to answer", usage=self.usage)
        if self.stop == "model_context_window_exceeded":
            raise TooLong("the answer did not fit the model any more", usage=self.usage)
        finish = _FINISH.get(self.stop)
        if finish is None or (finish == "length" and request.wanted is not None):
            raise Malformed(f"the answer is not whole: {self.stop}", usage=self.usage)
        found = whole(request, self.said.text, self.usage, finish, tuple(self.calls))
        return replace(found, model=self.model)

    def _take(self, event: Any) -> None:  # noqa: ANN401  # the SDK's events are read with care
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
        input=_count(told.input_tokens, known.input),
        cached_input=_count(told.cache_read_input_tokens, known.cached_input),
        cache_write=_count(told.cache_creation_input_tokens, known.cache_write),
        output=_count(told.output_tokens, known.output),
    )


def _count(value: object, otherwise: int) -> int:
    return value if isinstance(value, int) and value >= 0 else otherwise
