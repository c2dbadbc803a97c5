"""Both adapters over their SDKs against a provider on loopback: what is asked, what is read, and
what each failure is taken for."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

import pytest
from pydantic import SecretStr

from brain.chat import (
    BrokenOff,
    ChatError,
    ChatRequest,
    Completion,
    Line,
    Malformed,
    Misconfigured,
    Refused,
    SystemPart,
    TooLong,
    TryAgain,
    Usage,
    Wanted,
)
from brain.models.anthropic import AnthropicModel
from brain.models.openai import OpenAIModel
from brain.models.streams import Patience
from brain.settings import ModelParameters, ModelSettings
from tests.platforms.models import Call, Drips, Fails, Move, Providers, Raw, Says, Stops, Wire

SCHEMA = {
    "type": "object",
    "properties": {"answer": {"type": "string"}},
    "required": ["answer"],
    "additionalProperties": False,
}
WANTED = Wanted("reply", SCHEMA)
WELL = json.dumps({"answer": "Three to five days."})
SYSTEM = (SystemPart("You answer customers.", cached=True), SystemPart("Be brief."))
REQUEST = ChatRequest(SYSTEM, (Line("user", "How long?"),), WANTED, most_tokens=300)
WIRES: tuple[Wire, ...] = ("anthropic", "openai")

Model = AnthropicModel | OpenAIModel


@pytest.fixture(params=WIRES)
def wire(request: pytest.FixtureRequest) -> Wire:
    found: Wire = request.param
    return found


@pytest.fixture
async def providers() -> AsyncIterator[Providers]:
    async with Providers(lambda _: Says(WELL)) as serving:
        yield serving


@asynccontextmanager
async def model_at(
    providers: Providers, wire: Wire, idle: float = 5.0, parameters: object = None
) -> AsyncGenerator[Model]:
    settings = ModelSettings(
        provider=wire,
        model="some-model",
        api_key=SecretStr("sk-secret"),
        api_base=providers.base(wire),
        parameters=ModelParameters.model_validate(parameters or {}),
    )
    kind = AnthropicModel if wire == "anthropic" else OpenAIModel
    made = await asyncio.to_thread(kind, "some", settings, Patience(idle=idle, total=5.0))
    try:
        yield made
    finally:
        await made.close()


async def fails(providers: Providers, wire: Wire, move: Move, idle: float = 5.0) -> ChatError:
    providers.script = lambda _: move
    async with model_at(providers, wire, idle) as model:
        with pytest.raises(ChatError) as caught:
            await model.complete(REQUEST)
    assert len(providers.calls) == 1, "an adapter never asks twice"
    return caught.value


async def completed(providers: Providers, wire: Wire, request: ChatRequest = REQUEST) -> Completion:
    async with model_at(providers, wire) as model:
        return await model.complete(request)


async def test_a_structure_is_asked_for_and_read(providers: Providers, wire: Wire) -> None:
    providers.script = lambda _: Says(WELL, read=(7, 90, 3), output=11)
    done = await completed(providers, wire)
    assert done.data == {"answer": "Three to five days."}
    assert done.usage == Usage(input=7, cached_input=90, cache_write=3, output=11)
    (call,) = providers.calls
    assert call.headers["Authorization"] == "Bearer sk-secret"
    assert call.system == "You answer customers.\n\nBe brief."
    assert call.said == ["How long?"]
    assert call.body["max_tokens"] == 300
    assert call.body["stream"] is True
    assert "temperature" not in call.body


async def test_what_is_the_same_from_call_to_call_is_marked_for_the_cache(
    providers: Providers,
) -> None:
    await completed(providers, "anthropic")
    marked = [part.get("cache_control") for part in providers.calls[0].body["system"]]
    assert marked == [{"type": "ephemeral"}, None]
    form = providers.calls[0].body["output_config"]["format"]
    assert form == {"type": "json_schema", "schema": SCHEMA}


async def test_each_model_is_asked_in_its_own_way(providers: Providers, wire: Wire) -> None:
    own = {"limit": "max_completion_tokens", "temperature": 0.2, "extra": {"tier": "flex"}}
    async with model_at(providers, wire, parameters=own) as model:
        await model.complete(REQUEST)
    body = providers.calls[0].body
    assert body["temperature"] == 0.2
    assert body["tier"] == "flex"
    assert ("max_completion_tokens" in body) == (wire == "openai")


async def test_without_a_structure_the_text_is_the_answer(providers: Providers, wire: Wire) -> None:
    providers.script = lambda _: Says("Good morning.", finish="length")
    done = await completed(providers, wire, ChatRequest(SYSTEM, REQUEST.messages))
    assert (done.text, done.finish, done.data) == ("Good morning.", "length", None)


async def test_a_provider_that_takes_no_schema_is_asked_for_less_and_remembered(
    providers: Providers, wire: Wire
) -> None:
    def script(call: Call) -> Move:
        form = json.dumps([call.body.get("response_format"), call.body.get("output_config")])
        if "json_schema" in form:
            return Fails(400, "response_format json_schema / output_config is not supported")
        if "json_object" in form:
            return Fails(400, "response_format.type json_object is not supported")
        assert '"required": ["answer"]' in call.system
        return Says(f"```json\n{WELL}\n```")

    providers.script = script
    async with model_at(providers, wire) as model:
        assert (await model.complete(REQUEST)).data == {"answer": "Three to five days."}
        first = len(providers.calls)
        assert first == (2 if wire == "anthropic" else 3)
        await model.complete(REQUEST)
        assert len(providers.calls) == first + 1


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 529])
async def test_what_passes_is_tried_again_when_the_provider_says(
    providers: Providers, wire: Wire, status: int
) -> None:
    error = await fails(providers, wire, Fails(status, retry_after="7"))
    assert isinstance(error, TryAgain)
    assert error.retry_after == 7.0
    assert not error.asked


@pytest.mark.parametrize("value", ["soon", "nan", "-1", "inf", "Wed, 21 Oct 2026 07:28:00 GMT"])
async def test_a_pause_that_is_no_number_is_none(providers: Providers, value: str) -> None:
    error = await fails(providers, "openai", Fails(429, retry_after=value))
    assert isinstance(error, TryAgain)
    assert error.retry_after is None


@pytest.mark.parametrize(
    ("move", "meant"),
    [
        (Fails(401, "invalid key"), Misconfigured),
        (Fails(402, "payment required"), Misconfigured),
        (Fails(403, "not allowed"), Misconfigured),
        (Fails(404, "no such model"), Misconfigured),
        (Fails(429, "You exceeded your quota", code="insufficient_quota"), Misconfigured),
        (Fails(413, "too large"), TooLong),
        (Fails(400, "prompt is too long: 210000 tokens"), TooLong),
        (Fails(400, "this model's maximum context length is 8192 tokens"), TooLong),
        (Fails(400, "temperature is deprecated"), Misconfigured),
        (Says("", refusal=True), Refused),
        (Says(WELL, finish="content_filter"), Refused),
        (Says(WELL, finish="length"), Malformed),
        (Says(WELL, finish="something_new"), Malformed),
        (Says("Three to five days."), Malformed),
        (Says('{"answer": 3}'), Malformed),
        (Says('{"answer": "a", "more": 1}'), Malformed),
        (Says('["answer"]'), Malformed),
        (Says('{"answer": NaN}'), Malformed),
        (Says("[" * 50_000), Malformed),
        (Says(""), Malformed),
        (Says(json.dumps({"answer": "a\0b"})), Malformed),
        (Says('{"answer": "\\ud83d"}'), Malformed),
        (Says('{"answer": "' + "a" * 1_000_000 + '"}', size=50_000), Malformed),
        (Raw(b"data: {not json\n\n"), Malformed),
        (Raw(b""), BrokenOff),
        (Raw(b"<html>a proxy's page</html>"), BrokenOff),
        (Stops("cuts"), BrokenOff),
        (Stops("ends"), BrokenOff),
        (Stops("errs"), BrokenOff),
    ],
)
async def test_every_other_failure_says_that_another_is_asked(
    providers: Providers, wire: Wire, move: Move, meant: type[ChatError]
) -> None:
    if wire == "anthropic" and isinstance(move, Raw) and meant is Malformed:
        move = Raw(b"event: message_start\n" + move.body)
    error = await fails(providers, wire, move)
    assert type(error) is meant, str(error)


@pytest.mark.parametrize("move", [Stops("hangs"), Stops("hangs", pieces=0), Drips()])
async def test_what_falls_silent_is_broken_off(
    providers: Providers, wire: Wire, move: Move
) -> None:
    error = await fails(providers, wire, move, idle=0.2)
    assert isinstance(error, BrokenOff)
    assert error.usage is None
    assert error.asked


@pytest.mark.parametrize(
    "event",
    [
        {"type": "message_start"},
        {"type": "message_start", "message": {"usage": "many"}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": 5}},
        {"choices": None},
        {"choices": [{"index": 0, "delta": None}]},
        {"choices": [{"index": 0, "delta": {"content": {"a": 1}}}]},
        {"choices": 4, "usage": []},
        {},
    ],
)
async def test_events_of_any_shape_are_read_with_care(
    providers: Providers, wire: Wire, event: dict[str, object]
) -> None:
    line = f"event: {event.get('type', 'message_start')}\ndata: {json.dumps(event)}\n\n"
    error = await fails(providers, wire, Raw(line.encode()))
    assert isinstance(error, Malformed | BrokenOff)


async def test_a_provider_that_is_not_there_cost_nothing(wire: Wire) -> None:
    gone = Providers(lambda _: Says(WELL))
    async with gone:
        pass
    async with model_at(gone, wire) as model:
        with pytest.raises(TryAgain) as caught:
            await model.complete(REQUEST)
    assert not caught.value.asked


async def test_without_figures_nobody_knows_what_it_cost(providers: Providers) -> None:
    providers.script = lambda _: Says(WELL, output=None)
    assert (await completed(providers, "openai")).usage is None
