"""The description of the admin API for programs, made from the route table itself."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from gateway.web.answers import as_json
from gateway.web.doors import POLICY
from gateway.web.routes import Call, Route

PREFIX = "/api/v1/"
ADDRESS = "/api/v1/openapi.json"
_PARAMETER = re.compile(r"\{(\w+)(?::((?:[^{}]|\{[^{}]*\})*))?\}")
_SCHEMAS = "#/components/schemas/{model}"
_REFUSALS: Mapping[str, str] = {
    "400": "The request cannot be read.",
    "401": "Nobody is signed in, or the token does not work.",
    "403": "This person or token may not.",
    "404": "There is no such thing.",
    "429": "Too many tries.",
    "503": "The gateway cannot store now.",
}
_REFUSALS_OF_WRITES: Mapping[str, str] = {
    "408": "The body came too slowly.",
    "409": "The owner changed, or somebody else speaks; the answer holds the epoch.",
    "413": "The body is too large.",
    "415": "The body is no JSON, or compressed.",
    "422": "The body does not hold what it must.",
}


class OpenApi:
    """Serves the description of the routes it was given, itself included."""

    def __init__(self, others: Sequence[Route]) -> None:
        own = self.routes()
        self._document = describe([*others, *own])

    def routes(self) -> Sequence[Route]:
        return [Route("GET", ADDRESS, "see_self", self.describe, "This description")]

    async def describe(self, _: Call) -> web.StreamResponse:
        return as_json(self._document)


def describe(routes: Sequence[Route]) -> dict[str, Any]:
    shown = [route for route in routes if route.path.startswith(PREFIX)]
    paths: dict[str, dict[str, Any]] = {}
    for route in shown:
        paths.setdefault(plain_path(route.path), {})[route.method.lower()] = _operation(route)
    bodies = [route.body for route in shown if route.body is not None]
    return {
        "openapi": "3.1.0",
        "info": {"title": "Frontdesk admin API", "version": "1"},
        "security": [{"token": []}, {"session": []}],
        "paths": paths,
        "components": {
            "schemas": {**_schemas(bodies), "Problem": _PROBLEM},
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "__Host-frontdesk"},
            },
        },
    }


def plain_path(path: str) -> str:
    """A route's path without the forms of its parameters."""
    return _PARAMETER.sub(r"{\1}", path)


def _operation(route: Route) -> dict[str, Any]:
    refusals = {**_REFUSALS, **(_REFUSALS_OF_WRITES if route.method == "POST" else {})}
    operation: dict[str, Any] = {
        "operationId": f"{route.method.lower()} {plain_path(route.path)}",
        "summary": route.summary,
        "description": "For leads only." if POLICY[route.action].lead else "",
        "parameters": [*_in_path(route.path), *_in_query(route.query)],
        "responses": {
            **{str(status): _good(route, words) for status, words in route.answers.items()},
            **{status: _refusal(words) for status, words in refusals.items()},
        },
    }
    if route.body is not None:
        schema = {"$ref": _SCHEMAS.format(model=route.body.__name__)}
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schema}},
        }
    return operation


def _in_path(path: str) -> list[dict[str, Any]]:
    return [
        {
            "name": match[1],
            "in": "path",
            "required": True,
            "schema": {"type": "string", "pattern": f"^{match[2]}$"},
        }
        for match in _PARAMETER.finditer(path)
    ]


def _in_query(model: type[BaseModel] | None) -> list[dict[str, Any]]:
    if model is None:
        return []
    properties: Mapping[str, Any] = model.model_json_schema().get("properties", {})
    return [
        {"name": name, "in": "query", "required": False, "schema": schema}
        for name, schema in properties.items()
    ]


def _good(route: Route, words: str) -> dict[str, Any]:
    stream = route.path.endswith("/events")
    content = "text/event-stream" if stream else "application/json"
    schema = {"type": "string"} if stream else {"type": "object"}
    return {"description": words, "content": {content: {"schema": schema}}}


def _refusal(words: str) -> dict[str, Any]:
    schema = {"$ref": _SCHEMAS.format(model="Problem")}
    return {"description": words, "content": {"application/problem+json": {"schema": schema}}}


def _schemas(models: Sequence[type[BaseModel]]) -> dict[str, Any]:
    wanted = [(model, "validation") for model in dict.fromkeys(models)]
    _, found = models_json_schema(wanted, ref_template=_SCHEMAS)  # pyright: ignore[reportArgumentType] - the literal is widened to str here
    definitions: dict[str, Any] = found.get("$defs", {})
    return definitions


_PROBLEM: Mapping[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "epoch": {"type": "integer"},
        "owner_name": {"type": ["string", "null"]},
    },
}
