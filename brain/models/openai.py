"""OpenAI's Chat Completions, which many others speak behind ``api_base``. One request is one call:
the SDK retries nothing, and what is not whole is not given on."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, cast

import openai

from brain.chat import (
    BrokenOff,
    ChatError,
    ChatRequest,
    Completion,
    Finish,
    Line,
    Misconfigured,
    ToolCall,
    Usage,
)
from brain.models.failures import complains_of_form, refused, unreachable
from brain.models.hearing import Faults, Said, completed, count, cut, heard
from brain.models.streams import Gathered, Patience
from brain.models.structured import described
from brain.settings import ModelSettings

ADDRESS = "https://api.openai.com/v1"
_FINISH: dict[str, Finish] = {"stop": "end", "length": "length", "tool_calls": "tools"}
# From the strongest form of structured output to none at all.
_FORMS = ("schema", "object", "text")


class OpenAIModel:
    """Implements ``ChatModel``. Made in a thread: the SDK loads much of itself meanwhile. Steps
    down to a weaker form of structured output for good when the provider takes no stronger one."""

    def __init__(self, name: str, settings: ModelSettings, patience: Patience) -> None:
        key = settings.api_key.get_secret_value() if settings.api_key is not None else "none"
        self.name = name
        self._settings = settings
        self._patience = patience
        self._form = _FORMS.index(settings.parameters.structured)
        self._client = openai.AsyncOpenAI(
            api_key=key,
            base_url=settings.api_base or ADDRESS,
            max_retries=0,
            timeout=patience.total,
        )
        self._completions = cast("Any", self._client.chat.completions)

    async def complete(self, request: ChatRequest) -> Completion:
        while True:
            try:
                return await self._asked(request)
            except _WeakerForm:
                self._form += 1

    async def close(self) -> None:
        await self._client.close()

    async def _asked(self, request: ChatRequest) -> Completion:
        weaker = request.wanted is not None and self._form + 1 < len(_FORMS)
        body = self._body(described(request) if self._form else request)
        ear = _Heard(Gathered(request.hears))

        def unopened(error: openai.OpenAIError) -> ChatError:
            return _unopened(error, weaker=weaker)

        faults = Faults((openai.OpenAIError,), (openai.OpenAIError,), unopened, cut)
        await heard(self._completions.create(**body), ear, self._patience, faults)
        return ear.completion(request)

    def _body(self, request: ChatRequest) -> dict[str, object]:
        parameters = self._settings.parameters
        system = "\n\n".join(part.text for part in request.system)
        said = [{"role": one.speaker, "content": _content(one)} for one in request.messages]
        body: dict[str, object] = {
            "model": self._settings.model,
            "messages": [{"role": "system", "content": system}, *said],
            parameters.limit: request.most_tokens,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if request.wanted is not None and _FORMS[self._form] != "text":
            body["response_format"] = self._response_format(request.wanted.name, request)
        if request.tools:
            body["tools"] = [
                {
                    "type": "function",
                    "function": {
                        "name": tool.name,
                        "description": tool.description,
                        "parameters": tool.schema,
                    },
                }
                for tool in request.tools
            ]
        if parameters.temperature is not None:
            body["temperature"] = parameters.temperature
        if parameters.extra:
            body["extra_body"] = dict(parameters.extra)
        return body

    def _response_format(self, name: str, request: ChatRequest) -> dict[str, object]:
        if _FORMS[self._form] == "object" or request.wanted is None:
            return {"type": "json_object"}
        schema = {"name": name, "schema": request.wanted.schema, "strict": True}
        return {"type": "json_schema", "json_schema": schema}


class _WeakerForm(Misconfigured):
    """The provider does not take this form of structured output."""


def _content(line: Line) -> str:
    """Its beginning is what a provider finds again by itself."""
    return f"{line.before}\n\n{line.text}" if line.before else line.text


def _unopened(error: openai.OpenAIError, *, weaker: bool) -> ChatError:
    if not isinstance(error, openai.APIStatusError):
        return _of(error)
    told = f"{error.message} {error.code or ''}"
    if weaker and complains_of_form(error.status_code, told):
        return _WeakerForm(told)
    return refused(error.status_code, told, error.response.headers)


def _of(error: openai.OpenAIError) -> ChatError:
    if isinstance(error, openai.APITimeoutError):
        return BrokenOff(f"no answer began: {error}")
    if isinstance(error, openai.APIConnectionError):
        return unreachable(error)
    return Misconfigured(f"the SDK refused the request: {error}", asked=False)


@dataclass
class _Heard:
    """What came, chunk by chunk. ``stop`` is None until the model said why it stopped."""

    said: Gathered
    calls: dict[int, ToolCall] = field(default_factory=dict[int, ToolCall])
    usage: Usage | None = None
    stop: str | None = None
    refusal: bool = False
    model: str = ""

    def completion(self, request: ChatRequest) -> Completion:
        """
        Raises:
            ChatError: what came is no whole answer.
        """
        refusal = self.refusal or self.stop == "content_filter"
        calls = tuple(self.calls.values())
        said = Said(self.said.text, self.usage, self.stop, refusal, calls)
        return replace(completed(request, said, _FINISH), model=self.model)

    def take(self, event: Any) -> None:  # noqa: ANN401  # the SDK's events are read with care
        self.model = str(getattr(event, "model", None) or self.model)
        if event.usage is not None:
            self.usage = _usage(event.usage)
        # The chunk with the usage has no choices.
        for choice in event.choices[:1]:
            self.stop = choice.finish_reason or self.stop
            if choice.delta.content:
                self.said.add(choice.delta.content)
            self.refusal = self.refusal or bool(choice.delta.refusal)
            for call in choice.delta.tool_calls or ():
                self._call(call)

    def _call(self, part: Any) -> None:  # noqa: ANN401  # as above
        known = self.calls.get(part.index) or ToolCall(part.id or "", part.function.name or "", "")
        more = part.function.arguments or ""
        self.calls[part.index] = replace(known, arguments=known.arguments + more)


def _usage(told: Any) -> Usage:  # noqa: ANN401  # as above
    """``prompt_tokens`` hold those of the cache too; the details may be missing."""
    details = getattr(told, "prompt_tokens_details", None)
    cached = count(getattr(details, "cached_tokens", None))
    written = count(getattr(details, "cache_write_tokens", None))
    read = count(told.prompt_tokens)
    return Usage(max(0, read - cached - written), cached, written, count(told.completion_tokens))
