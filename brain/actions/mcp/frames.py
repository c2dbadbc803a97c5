"""JSON-RPC as MCP speaks it over HTTP: what a request looks like, and what an answer means for the
call. Pure but for reading the one answer out of a stream."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import Any, cast

import aiohttp

from brain.actions.catalogue import shown
from brain.actions.http_api import judged
from brain.actions.wire import REASON_LIMIT, Heard, Read, at_most
from brain.acts import Answered

# The newest that is asked for, and those that are understood.
VERSION = "2025-06-18"
VERSIONS = frozenset({VERSION, "2025-03-26", "2025-11-25"})
# A server's whole list of tools is larger than any answer.
FRAME_LIMIT = 1024 * 1024
# The server did not even begin: unreadable, no request, no such method, other parameters.
_NOT_BEGUN = frozenset({-32700, -32600, -32601, -32602})
_STREAM = "text/event-stream"


def request(id: int | None, method: str, params: Mapping[str, Any]) -> bytes:
    """``id`` is None for a notification, which nobody answers."""
    numbered = {} if id is None else {"id": id}
    told = {"jsonrpc": "2.0", **numbered, "method": method, "params": dict(params)}
    return json.dumps(told).encode()


def answer_to(id: int) -> Read:
    """Reads the answer to that request, from a body or out of a stream of events; what else a
    server says in between is passed over."""
    return partial(_answer, id=id)


async def _answer(response: aiohttp.ClientResponse, id: int) -> bytes:
    if response.content_type != _STREAM:
        return await at_most(response, FRAME_LIMIT)
    rest, taken, event = b"", 0, list[bytes]()
    # Not line by line: aiohttp has a limit of its own for a line, and a list of tools is one.
    async for chunk in response.content.iter_any():
        taken += len(chunk)
        if taken > FRAME_LIMIT:
            break
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            if (found := _ended(event, line.rstrip(b"\r"), id)) is not None:
                return found
    return b""


def _ended(event: list[bytes], line: bytes, id: int) -> bytes | None:
    """The answer, where this line ends the event that holds it."""
    if line.startswith(b"data:"):
        event.append(line.removeprefix(b"data:"))
    if line:
        return None
    raw = b"\n".join(event)
    event.clear()
    return raw if _is_answer(raw, id) else None


def _is_answer(raw: bytes, id: int) -> bool:
    frame = _frame(raw)
    return frame is not None and frame.get("id") == id and "method" not in frame


def result_of(heard: Heard, id: int) -> Answered:
    """``done`` with the result as its body; the tool's own verdict stands in there."""
    if heard.status // 100 != 2:  # noqa: PLR2004  # the family of 2xx
        return judged(heard.status, heard.headers.get("Retry-After"), b"")
    frame = _frame(heard.raw)
    if frame is None or frame.get("id") != id:
        return Answered("unknown", reason="the server did not answer what it was asked")
    error = frame.get("error")
    if isinstance(error, Mapping):
        return _error(error)  # pyright: ignore[reportUnknownArgumentType]  # JSON
    result = frame.get("result")
    if not isinstance(result, Mapping):
        return Answered("unknown", reason="the server's answer has no result")
    return Answered("done", result)  # pyright: ignore[reportUnknownArgumentType]  # JSON


def _error(error: Mapping[str, Any]) -> Answered:
    reason = shown(error.get("message") or "an error without a message")[:REASON_LIMIT]
    return Answered("refused" if error.get("code") in _NOT_BEGUN else "unknown", reason=reason)


def outcome_of(result: Mapping[str, Any], *, writes: bool) -> Answered:
    """What a tool said. An error of a tool that writes says nothing about how far it came; one that
    only reads says that it is not there, or not for them."""
    body = _body(result)
    if result.get("isError"):
        reason = shown(body.get("text") or body.get("reason") or "the tool failed")[:REASON_LIMIT]
        return Answered("unknown" if writes else "refused", body, reason)
    return Answered("done", body)


def _body(result: Mapping[str, Any]) -> Mapping[str, Any]:
    """The structured result, or an object that is written out as text; else the text itself."""
    structured = result.get("structuredContent")
    if isinstance(structured, Mapping):
        return structured  # pyright: ignore[reportUnknownVariableType]  # JSON
    told = "\n".join(_texts(result.get("content")))
    return _frame(told.encode()) or ({"text": told} if told else {})


def _texts(content: object) -> list[str]:
    parts = cast("list[object]", content) if isinstance(content, list) else []
    found = [cast("Mapping[str, object]", part) for part in parts if isinstance(part, Mapping)]
    texts = [part.get("text") for part in found]
    return [text for text in texts if isinstance(text, str)]


def _frame(raw: bytes) -> Mapping[str, Any] | None:
    if len(raw) > FRAME_LIMIT:
        return None
    try:
        found: object = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None  # pyright: ignore[reportUnknownVariableType]  # JSON
