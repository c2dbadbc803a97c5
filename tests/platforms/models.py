"""Providers of models on loopback: one server that speaks Anthropic's and OpenAI's wire protocol,
streams included, does what a script says to every call, and writes down what it was asked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Literal, Self, TypeAlias

from aiohttp import web

Wire: TypeAlias = Literal["anthropic", "openai"]
Event: TypeAlias = tuple[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Call:
    """What one request asked for; ``number`` counts from 1."""

    wire: Wire
    number: int
    body: Mapping[str, Any]
    headers: Mapping[str, str]

    @property
    def model(self) -> str:
        return str(self.body["model"])

    @property
    def system(self) -> str:
        if self.wire == "anthropic":
            return "\n\n".join(part["text"] for part in self.body["system"])
        return str(self.body["messages"][0]["content"])

    @property
    def said(self) -> list[str]:
        """What was said, without the instructions."""
        first = 0 if self.wire == "anthropic" else 1
        return [_text(one["content"]) for one in self.body["messages"][first:]]


def _text(content: Any) -> str:
    """Of a message in one piece or in several."""
    if isinstance(content, str):
        return content
    return "\n\n".join(str(part["text"]) for part in content)


@dataclass(frozen=True, slots=True)
class Says:
    """A whole answer, in pieces of ``size`` characters. ``finish`` is in OpenAI's words; ``usage``
    None leaves the figures away. Tokens of input are (new, from the cache, written to it);
    after the first piece it thinks for ``pause`` seconds."""

    text: str
    finish: str = "stop"
    read: tuple[int, int, int] = (100, 0, 0)
    output: int | None = 20
    size: int = 40
    refusal: bool = False
    pause: float = 0.0


@dataclass(frozen=True, slots=True)
class Fails:
    """An answer that is an error."""

    status: int
    message: str = "overloaded"
    code: str | None = None
    retry_after: str | None = None


@dataclass(frozen=True, slots=True)
class Stops:
    """Begins an answer and then: says nothing more (``hangs``), closes the connection (``cuts``),
    ends the stream as if all were well (``ends``), or sends an error event (``errs``). Without
    pieces not even the status is sent."""

    how: Literal["hangs", "cuts", "ends", "errs"]
    pieces: int = 2
    text: str = '{"answer": "The delivery takes three'


@dataclass(frozen=True, slots=True)
class Drips:
    """A byte every so many seconds, never a whole event."""

    every: float = 0.02


@dataclass(frozen=True, slots=True)
class Raw:
    """These bytes as the body of a stream, then its end."""

    body: bytes


Move: TypeAlias = Says | Fails | Stops | Drips | Raw
Script: TypeAlias = Callable[[Call], Move]


@dataclass
class Providers:
    """Serves ``/anthropic`` and ``/openai/v1``. ``script`` decides about each call."""

    script: Script
    calls: list[Call] = field(default_factory=list[Call])
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    waiting: int = 0
    _runner: web.AppRunner | None = None
    _base: str = ""

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=2**24)
        app.router.add_post("/anthropic/v1/messages", self._anthropic)
        app.router.add_post("/openai/v1/chat/completions", self._openai)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self._base = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *exc: object) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    def base(self, wire: Wire) -> str:
        """What goes into ``api_base``."""
        return f"{self._base}/anthropic" if wire == "anthropic" else f"{self._base}/openai/v1"

    async def _anthropic(self, request: web.Request) -> web.StreamResponse:
        return await self._answer(request, "anthropic")

    async def _openai(self, request: web.Request) -> web.StreamResponse:
        return await self._answer(request, "openai")

    async def _answer(self, request: web.Request, wire: Wire) -> web.StreamResponse:
        body = await request.json()
        call = Call(wire, len(self.calls) + 1, body, dict(request.headers))
        self.calls.append(call)
        self.asked.set()
        if not request.headers.get("Authorization", "").startswith("Bearer "):
            return _error(wire, Fails(401, "no key"))
        move = self.script(call)
        if isinstance(move, Fails):
            return _error(wire, move)
        if isinstance(move, Stops) and move.pieces == 0:
            await self._nothing_more(request)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        with suppress(ConnectionError):
            await self._play(request, response, call, move)
        return response

    async def _play(
        self, request: web.Request, response: web.StreamResponse, call: Call, move: Move
    ) -> None:
        if isinstance(move, Raw):
            await response.write(move.body)
        elif isinstance(move, Drips):
            while True:
                await response.write(b":")
                await asyncio.sleep(move.every)
        elif isinstance(move, Stops):
            await self._begin(response, call, Says(move.text, size=6), move.pieces + 2)
            await self._stop(request, response, call.wire, move)
        elif isinstance(move, Says):
            await self._begin(response, call, move, None)
            await response.write(b"data: [DONE]\n\n" if call.wire == "openai" else b"")

    async def _begin(
        self, response: web.StreamResponse, call: Call, says: Says, most: int | None
    ) -> None:
        for number, event in enumerate(islice(_stream(call, says), most)):
            if number == 1 and says.pause:
                await asyncio.sleep(says.pause)
            await response.write(_line(call.wire, event))

    async def _stop(
        self, request: web.Request, response: web.StreamResponse, wire: Wire, move: Stops
    ) -> None:
        if move.how == "hangs":
            await self._nothing_more(request)
        elif move.how == "cuts" and request.transport is not None:
            request.transport.abort()
        elif move.how == "errs":
            fault = {"type": "api_error" if wire == "openai" else "invalid_request_error"}
            event = ("error", {"type": "error", "error": {**fault, "message": "sk-secret broke"}})
            await response.write(_line(wire, event))

    async def _nothing_more(self, request: web.Request) -> None:
        """Until whoever asked has gone."""
        self.waiting += 1
        try:
            # Ended by the server, which cancels a handler whose client has gone.
            await asyncio.Event().wait()
        finally:
            self.waiting -= 1


def _error(wire: Wire, move: Fails) -> web.Response:
    headers = {} if move.retry_after is None else {"Retry-After": move.retry_after}
    error = {"type": move.code or "some_error", "code": move.code, "message": move.message}
    body = {"error": error} if wire == "openai" else {"type": "error", "error": error}
    return web.json_response(body, status=move.status, headers=headers)


def _line(wire: Wire, event: Event) -> bytes:
    name, data = event
    # Lone surrogates stand in JSON as escapes, as real providers send them.
    text = f"data: {json.dumps(data)}\n\n"
    return (text if wire == "openai" else f"event: {name}\n{text}").encode()


def _stream(call: Call, says: Says) -> Iterator[Event]:
    return _anthropic_events(call, says) if call.wire == "anthropic" else _chunks(call, says)


def _pieces(says: Says) -> Iterator[str]:
    for at in range(0, len(says.text), says.size):
        yield says.text[at : at + says.size]


def _anthropic_events(call: Call, says: Says) -> Iterator[Event]:
    new, cached, written = says.read
    usage = {
        "input_tokens": new,
        "cache_read_input_tokens": cached,
        "cache_creation_input_tokens": written,
        "output_tokens": 1,
    }
    message: dict[str, Any] = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": call.model,
        "content": [],
        "stop_reason": None,
        "usage": usage,
    }
    yield "message_start", {"type": "message_start", "message": message}
    block = {"type": "text", "text": ""}
    yield "content_block_start", {"type": "content_block_start", "index": 0, "content_block": block}
    yield "ping", {"type": "ping"}
    for piece in _pieces(says):
        delta = {"type": "text_delta", "text": piece}
        yield "content_block_delta", {"type": "content_block_delta", "index": 0, "delta": delta}
    yield "content_block_stop", {"type": "content_block_stop", "index": 0}
    words = {"stop": "end_turn", "length": "max_tokens", "content_filter": "refusal"}
    stop = "refusal" if says.refusal else words.get(says.finish, says.finish)
    end = {"type": "message_delta", "delta": {"stop_reason": stop}}
    yield "message_delta", {**end, "usage": {"output_tokens": says.output or 0}}
    yield "message_stop", {"type": "message_stop"}


def _chunks(call: Call, says: Says) -> Iterator[Event]:
    def chunk(choices: list[dict[str, Any]], **more: Any) -> Event:
        base = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": call.model}
        return "", {**base, "choices": choices, **more}

    def choice(delta: dict[str, Any], finish: str | None = None) -> list[dict[str, Any]]:
        return [{"index": 0, "delta": delta, "finish_reason": finish}]

    yield chunk(choice({"role": "assistant", "content": ""}))
    if says.refusal:
        yield chunk(choice({"refusal": "I cannot help with that."}))
    for piece in _pieces(says):
        yield chunk(choice({"content": piece}))
    yield chunk(choice({}, says.finish))
    if says.output is not None:
        new, cached, written = says.read
        details = {"cached_tokens": cached, "cache_write_tokens": written}
        usage = {
            "prompt_tokens": new + cached + written,
            "completion_tokens": says.output,
            "total_tokens": new + cached + written + says.output,
            "prompt_tokens_details": details,
        }
        yield chunk([], usage=usage)
