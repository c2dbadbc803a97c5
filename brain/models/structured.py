"""A structure out of a model's text, held against its schema here whatever the provider promised.
It mends nothing but the fence around JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, cast

from jsonschema import Draft202012Validator

from brain.chat import (
    ChatRequest,
    Completion,
    Finish,
    Line,
    Malformed,
    SystemPart,
    ToolCall,
    Usage,
    Wanted,
)

_FENCED = re.compile(r"\A\s*```(?:json)?\s*\n(.*?)\n\s*```\s*\Z", re.DOTALL)
# What no store, platform or JSON reader takes.
_FORBIDDEN = re.compile("[\0\ud800-\udfff]")
_SHOWN = 200


def parsed(text: str, wanted: Wanted) -> Mapping[str, object]:
    """
    Raises:
        Malformed: it is no JSON, not what the schema asks for, or holds what is no text.
    """
    if not text.strip():
        raise Malformed("the answer is empty")
    fenced = _FENCED.match(text)
    try:
        data = json.loads(fenced[1] if fenced else text, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise Malformed(f"the answer is no JSON: {error}", text=text) from None
    fault = _fault(data, wanted)
    if fault is not None:
        raise Malformed(f"the answer is not {wanted.name}: {fault}", text=text)
    return cast("Mapping[str, object]", data)


def whole(
    request: ChatRequest,
    text: str,
    usage: Usage | None,
    finish: Finish,
    calls: tuple[ToolCall, ...],
) -> Completion:
    """
    Raises:
        Malformed: the text is not the structure that was asked for.
    """
    if request.wanted is None or calls:
        return Completion(text, usage, finish, calls=calls)
    try:
        return Completion(text, usage, finish, parsed(text, request.wanted))
    except Malformed as error:
        error.usage = usage
        raise


def described(request: ChatRequest) -> ChatRequest:
    """The same request with the structure asked for in words, for models that take no schema."""
    wanted = request.wanted
    if wanted is None:
        return request
    schema = json.dumps(wanted.schema, ensure_ascii=False)
    told = SystemPart(
        "Answer with one JSON object and nothing else, no fence around it and no word before or "
        f"after it. It follows this JSON Schema: {schema}"
    )
    return replace(request, system=(*request.system, told))


def again(request: ChatRequest, failed: Malformed) -> ChatRequest:
    """The request with what came of it and what was wrong with that: the one repair."""
    came = failed.text[:4000] or "(nothing)"
    mend = f"This cannot be used: {failed}. Answer again, in the form that was asked for."
    lines = (Line("assistant", _FORBIDDEN.sub("", came)), Line("user", _FORBIDDEN.sub("", mend)))
    return replace(request, messages=(*request.messages, *lines))


def _no_number(name: str) -> object:
    raise ValueError(f"{name} is no JSON")


def _fault(data: object, wanted: Wanted) -> str | None:
    if not isinstance(data, dict):
        return "it is no object"
    if any(_FORBIDDEN.search(text) for text in _texts(cast("object", data))):
        return "it holds characters that are no text"
    error = _validator(json.dumps(wanted.schema)).first(cast("object", data))
    return None if error is None else error[:_SHOWN]


def _texts(data: object) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for key, value in cast("dict[str, object]", data).items():
            yield key
            yield from _texts(value)
    elif isinstance(data, list):
        for value in cast("list[object]", data):
            yield from _texts(value)


class _Validator:
    def __init__(self, schema: object) -> None:
        self._validator: Any = cast("Any", Draft202012Validator)(schema)

    def first(self, data: object) -> str | None:
        error = next(iter(self._validator.iter_errors(data)), None)
        return None if error is None else f"{error.json_path}: {error.message}"


@lru_cache(maxsize=32)
def _validator(schema: str) -> _Validator:
    return _Validator(json.loads(schema))
