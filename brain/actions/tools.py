"""The tools of an MCP server as actions: which of them the configuration has pinned, and what each
takes once the gateway's own arguments are out of everybody's reach. Pure; it asks no server."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias, cast

from brain.action_settings import ActionSettings, BackendSettings, properties
from brain.actions.openapi import Document, whole

Schema: TypeAlias = Mapping[str, Any]


def pinned(document: Document) -> dict[str, Schema]:
    """The schemas of a server's ``tools/list``, by name, every reference replaced by what it leads
    to. Descriptions are left behind: nothing that a server says about itself is read to a model.

    Raises:
        ValueError: it is no such list, or a schema leads beyond itself.
    """
    listed = document.get("tools")
    if not isinstance(listed, list):
        raise ValueError("the file of the tools has no list of tools")  # noqa: TRY004  # the file is wrong, not a type of ours
    found: dict[str, Schema] = {}
    for one in cast("list[object]", listed):
        name, schema = _named(one)
        found[name] = whole(schema, schema)
    return found


def _named(tool: object) -> tuple[str, Schema]:
    if isinstance(tool, Mapping):
        name: object = tool.get("name")  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  # JSON
        schema: object = tool.get("inputSchema")  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  # JSON
        if isinstance(name, str) and isinstance(schema, Mapping):
            return name, schema  # pyright: ignore[reportUnknownVariableType]  # JSON
    raise ValueError("one of the tools has no name or no inputSchema")


def offered(
    action: ActionSettings, backend: BackendSettings, known: Mapping[str, Schema]
) -> Schema:
    """What may be asked of the action's tool: its schema without what the gateway fills in.

    Raises:
        ValueError: a tool is not pinned, or nothing would say for whom it is.
    """
    tool = action.tool or ""
    for one in _tools_of(action, backend):
        if one not in known:
            raise ValueError(f"the file of the tools has no {one!r}; there are {_listed(known)}")
    schema = known[tool]
    if action.verified and not _says_for_whom(action, backend, schema):
        raise ValueError(
            f"nothing tells the tool {tool} for whom it is: name the backend's customer_argument,"
            ' or compare in lookup.expect (a field with "{customer}"), or say verified: false'
        )
    if backend.idempotent and action.kind == "write" and _key(backend) not in properties(schema):
        raise ValueError(f"idempotent: true, but the tool {tool} takes no key_argument")
    ours = _ours(backend)
    if taken := sorted(set(ours) & set(properties(action.parameters or {}))):
        raise ValueError(f"{taken[0]} is filled in by the gateway and is no parameter")
    return {
        **schema,
        "type": "object",
        "properties": {k: v for k, v in properties(schema).items() if k not in ours},
        "required": [name for name in schema.get("required", ()) if name not in ours],
    }


def given_to(schema: Schema, backend: BackendSettings, values: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments that a tool takes: those of the action that it knows, and the gateway's own.
    ``values`` has whom it is for and the key under the gateway's names."""
    names = set(properties(schema))
    own = {k: v for k, v in values.items() if k in names and k not in {"customer", "key"}}
    for argument, ours in _ours(backend).items():
        own.pop(argument, None)
        if argument in names and values.get(ours):
            own[argument] = values[ours]
    return own


def same_schema(one: Schema, other: Schema) -> bool:
    return _canonical(one) == _canonical(other)


def _canonical(schema: Schema) -> str:
    return json.dumps(schema, sort_keys=True, separators=(",", ":"))


def _ours(backend: BackendSettings) -> dict[str, str]:
    """The tools' arguments that the gateway fills in, each with what it fills in."""
    named = ((backend.customer_argument, "customer"), (backend.key_argument, "key"))
    return {argument: ours for argument, ours in named if argument is not None}


def _key(backend: BackendSettings) -> str:
    return backend.key_argument or ""


def _tools_of(action: ActionSettings, backend: BackendSettings) -> Iterable[str]:
    yield action.tool or ""
    for step in (action.lookup, action.read_back):
        if step is not None:
            yield step.tool or ""
    if backend.verify is not None:
        yield backend.verify


def _says_for_whom(action: ActionSettings, backend: BackendSettings, schema: Schema) -> bool:
    if backend.customer_argument in properties(schema):
        return True
    return action.lookup is not None and "{customer}" in action.lookup.expect.values()


def _listed(known: Mapping[str, Schema]) -> str:
    return ", ".join(sorted(known)[:20]) or "none"
