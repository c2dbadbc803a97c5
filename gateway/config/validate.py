"""From plain data to a settings model: pydantic's findings become problems in our words, never with
the value that was given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from gateway.config import keys
from gateway.errors import KeyPath, Problem

M = TypeVar("M", bound=BaseModel)

_MAPPING = "must be a mapping (key: value)"
_WORDS = {
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "dict_type": _MAPPING,
    "float_parsing": "must be a number",
    "float_type": "must be a number",
    "int_from_float": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "must be a whole number of a reasonable size",
    "int_type": "must be a whole number",
    "list_type": "must be a list",
    "mapping_type": _MAPPING,
    "missing": "is missing",
    "model_type": _MAPPING,
    "path_type": "must be a path",
    "string_type": "must be text",
    "tuple_type": "must be a list",
}
_ROUNDS = 6


@dataclass(frozen=True, slots=True)
class Outcome(Generic[M]):
    """``model`` is None where there are problems; ``rest`` is then what the valid keys alone make,
    so that what spans several keys can be checked too, None if nothing."""

    model: M | None
    rest: M | None
    problems: tuple[Problem, ...] = ()


def validate(model: type[M], data: Mapping[str, Any], prefix: KeyPath = ()) -> Outcome[M]:
    try:
        valid = model.model_validate(data)
    except ValidationError as error:
        found = _details(error)
        problems = tuple(_problem(model, detail, data, prefix) for detail in found)
        return Outcome(None, _salvage(model, data, found), problems)
    return Outcome(valid, valid)


def _details(error: ValidationError) -> list[ErrorDetails]:
    return error.errors(include_url=False, include_input=False)


def _path(detail: ErrorDetails) -> KeyPath:
    return tuple(part for part in detail["loc"] if part != "[key]")


def _problem(
    model: type[BaseModel], detail: ErrorDetails, data: Mapping[str, Any], prefix: KeyPath
) -> Problem:
    path = _path(detail)
    if detail["type"] == "extra_forbidden":
        return _unknown(model, path, prefix)
    message, mend = _words(detail), ""
    given = _given(data, path)
    if detail["type"] == "string_type" and isinstance(given, (bool, int, float)):
        mend = "put it in quotes"
    return Problem(message, prefix + path, mend)


def _unknown(model: type[BaseModel], path: KeyPath, prefix: KeyPath) -> Problem:
    key = str(path[-1])
    if keys.is_later(prefix + path):
        mend = keys.INSTEAD.get(key, "remove it")
        return Problem("not available in this version", prefix + path, mend)
    known = keys.known_keys(keys.models_at(model, path[:-1]))
    return Problem("unknown key", prefix + path, keys.did_you_mean(key, known))


def _words(detail: ErrorDetails) -> str:
    context = detail.get("ctx", {})
    if detail["type"] == "literal_error":
        return f"must be {context['expected']}"
    if detail["type"] == "value_error":
        return str(context["error"])
    return _WORDS.get(detail["type"]) or detail["msg"].replace("Input should", "should", 1)


def _given(data: object, path: KeyPath) -> object:
    for part in path:
        if isinstance(part, int):
            return None
        data = (keys.as_mapping(data) or {}).get(part)
    return data


def _salvage(model: type[M], data: Mapping[str, Any], found: Sequence[ErrorDetails]) -> M | None:
    rest = dict(data)
    for _ in range(_ROUNDS):
        for detail in found:
            rest = _without(rest, _path(detail))
        try:
            return model.model_validate(rest)
        except ValidationError as error:
            found = _details(error)
    return None


def _without(data: dict[str, Any], path: KeyPath) -> dict[str, Any]:
    """A copy without what stands at the path. A faulty list goes as a whole, so that the places of
    its other items do not shift; a missing key takes the mapping that lacks it along."""
    known = next((at for at, part in enumerate(path) if isinstance(part, int)), len(path))
    copy = dict(data)
    node: dict[str, Any] = copy
    for depth, part in enumerate(path[:known]):
        child = keys.as_mapping(node.get(str(part)))
        if depth + 1 == known or child is None or str(path[depth + 1]) not in child:
            node.pop(str(part), None)
            break
        node[str(part)] = node = dict(child)
    return copy
