"""Reads one operation out of an OpenAPI 3 document: its method, its path and one flat schema of all
that it takes. Pure; references lead within the document only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Document: TypeAlias = Mapping[str, Any]
_METHODS = ("get", "post", "put", "patch", "delete")
_DEPTH = 20


@dataclass(frozen=True, slots=True)
class Operation:
    """``body`` is None where the operation takes none; ``path`` has what goes in the query too."""

    method: str
    path: str
    schema: Mapping[str, Any]
    body: Mapping[str, Any] | None = field(default=None)


def described(document: Document, operation: str) -> Operation:
    """
    Raises:
        ValueError: it is not there, or takes what no action can give (headers, cookies, other
            bodies than a JSON object, references beyond the document).
    """
    for path, item in _object(document.get("paths")).items():
        for method in _METHODS:
            found = _object(_object(item).get(method))
            if found.get("operationId") == operation:
                shared = _object(item).get("parameters", [])
                return _read(document, method, path, [*shared, *found.get("parameters", [])], found)
    raise ValueError(f"the openapi document has no operation {operation!r}")


def _read(
    document: Document, method: str, path: str, given: list[Any], operation: Mapping[str, Any]
) -> Operation:
    names: dict[str, Any] = {}
    required: list[str] = []
    query: list[str] = []
    for one in given:
        parameter = _resolved(document, one)
        name, place = str(parameter.get("name")), parameter.get("in")
        if place not in {"path", "query"}:
            if parameter.get("required"):
                raise ValueError(f"the parameter {name} is sent in a {place}, which no action does")
            continue
        if place == "query" and not parameter.get("required"):
            continue
        names[name] = whole(document, parameter.get("schema", {"type": "string"}))
        required.append(name)
        if place == "query":
            query.append(name)
    body = _body(document, operation)
    inner = _object((body or {}).get("properties"))
    if taken := sorted(set(inner) & set(names)):
        raise ValueError(f"the parameter {taken[0]} is in the address and in the body")
    required += [name for name in (body or {}).get("required", []) if name in inner]
    schema = {
        "type": "object",
        "properties": {**names, **inner},
        "required": required,
        "additionalProperties": False,
    }
    asked = "&".join(f"{name}={{{name}}}" for name in query)
    template = {name: f"{{{name}}}" for name in inner} if body is not None else None
    return Operation(method.upper(), f"{path}?{asked}" if asked else path, schema, template)


def _body(document: Document, operation: Mapping[str, Any]) -> Mapping[str, Any] | None:
    given = operation.get("requestBody")
    if given is None:
        return None
    content = _object(_resolved(document, given).get("content"))
    if "application/json" not in content:
        raise ValueError("the operation takes a body that is no JSON")
    schema = whole(document, _object(content["application/json"]).get("schema", {}))
    if schema.get("type") != "object":
        raise ValueError("the operation takes a body that is no JSON object")
    return schema


def whole(document: Document, schema: object, depth: int = 0) -> dict[str, Any]:
    """The schema with every reference replaced by what it leads to."""
    if depth > _DEPTH:
        raise ValueError("the openapi document refers to itself in circles")
    return {
        key: _part(document, value, depth) for key, value in _resolved(document, schema).items()
    }


def _part(document: Document, value: object, depth: int) -> Any:  # noqa: ANN401  # JSON
    if isinstance(value, Mapping):
        return whole(document, value, depth + 1)  # pyright: ignore[reportUnknownArgumentType]  # JSON
    if isinstance(value, list):
        return [_part(document, one, depth + 1) for one in value]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]  # JSON
    return value


def _resolved(document: Document, value: object) -> Mapping[str, Any]:
    found = _object(value)
    for _ in range(_DEPTH):
        reference = found.get("$ref")
        if reference is None:
            return found
        if not str(reference).startswith("#/"):
            raise ValueError(f"the reference {str(reference)[:80]} leads out of the document")
        target: object = document
        for step in str(reference)[2:].split("/"):
            target = _object(target).get(step.replace("~1", "/").replace("~0", "~"))
        found = _object(target)
    raise ValueError("the openapi document refers to itself in circles")


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}  # pyright: ignore[reportUnknownVariableType]  # JSON
