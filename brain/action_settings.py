"""What of actions an operator may set, as frozen data, and what no action may be. It never reads
files or the environment; how an action is carried out is the catalogue's matter."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Self, TypeAlias

from jsonschema import Draft202012Validator, SchemaError
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator

# Filled in by the gateway and by nobody else: who it is for, and the action's own id.
OURS = frozenset({"customer", "key"})
HOLE = re.compile(r"\{(\w+)\}")
_ADDRESS = r"^https?://[^\s?#]+$"
_NAME = r"^[a-z][a-z0-9_]{0,40}$"
Touches: TypeAlias = Literal["money", "contact", "access"]


def _words(value: object) -> object:
    return {"en": value} if isinstance(value, str) else value


# A text in several languages; one that is given alone is English.
Words = Annotated[Mapping[str, str], BeforeValidator(_words)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class BackendSettings(_Frozen):
    """A business system that is spoken to over HTTP (``url``), or as an MCP server (``mcp``, its
    streamable HTTP address). ``customer_header`` carries who the action is for, ``key_header`` the
    action's id; an MCP server's tools get them as ``customer_argument`` and ``key_argument``.
    ``idempotent`` says that the system does a key only once, so that a call without an answer may
    be repeated. ``verify`` is the path, or the tool, that sends a code; ``openapi`` and ``tools``
    are the files that describe it."""

    url: str | None = Field(default=None, pattern=_ADDRESS)
    mcp: str | None = Field(default=None, pattern=_ADDRESS)
    token: SecretStr | None = None
    customer_header: str = Field(default="X-Customer", pattern=r"^[A-Za-z0-9-]+$")
    key_header: str = Field(default="Idempotency-Key", pattern=r"^[A-Za-z0-9-]+$")
    idempotent: bool = False
    customer_argument: str | None = Field(default=None, min_length=1)
    key_argument: str | None = Field(default=None, min_length=1)
    verify: str | None = Field(default=None, min_length=1)
    openapi: str | None = Field(default=None, min_length=1)
    tools: str | None = Field(default=None, min_length=1)
    timeout_seconds: Annotated[float, Field(gt=0, le=30)] = 10.0

    @model_validator(mode="after")
    def _sound(self) -> BackendSettings:
        for wrong in _backend(self):
            raise ValueError(wrong)
        return self


class _Step(_Frozen):
    """A read beside a write: at a path, or with a tool of an MCP server, which is given those of
    the action's parameters that it takes."""

    path: str | None = Field(default=None, pattern=r"^/")
    tool: str | None = Field(default=None, min_length=1)

    @property
    def at(self) -> str:
        return self.tool or self.path or ""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.path is None) == (self.tool is None):
            raise ValueError("needs a path, or a tool of an MCP server")
        return self


class LookupSettings(_Step):
    """A read before a write is shown: ``fill`` takes parameters from fields of its answer, so that
    an amount is the system's and not what somebody wrote. A field that is not as ``expect`` says
    counts as a refusal."""

    fill: Mapping[str, str] = Field(default_factory=dict[str, str])
    expect: Mapping[str, str] = Field(default_factory=dict[str, str])


class ReadBackSettings(_Step):
    """A read after a write: it counts as done only when every field of ``expect`` is as it says."""

    expect: Mapping[str, str] = Field(min_length=1)


class ContextSettings(_Frozen):
    """Which fields of the answer hold the customer's ``tier`` and ``tags``, for routes."""

    tier: str | None = Field(default=None, min_length=1)
    tags: str | None = Field(default=None, min_length=1)


def _context(value: object) -> object:
    return {} if value is True else None if value is False else value


class ActionSettings(_Frozen):
    """One action. ``parameters`` is a JSON Schema of an object; ``answer`` is what is said of the
    outcome, with fields of the system's answer and of the parameters as placeholders. ``identify``
    is a parameter that only says to whom a code should go: asked of strangers, never sent on.
    ``note`` is shown with the parameters before the yes; with
    ``context`` a read is made for models whenever its customer is verified."""

    title: Words
    # What is not said to be a read is a write.
    kind: Literal["read", "write"] = "write"
    backend: str = Field(min_length=1)
    tool: str | None = Field(default=None, min_length=1)
    operation: str | None = Field(default=None, min_length=1)
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] | None = None
    path: str | None = Field(default=None, pattern=r"^/")
    body: Mapping[str, Any] | None = None
    parameters: Mapping[str, Any] | None = None
    labels: Mapping[str, Words] = Field(default_factory=dict[str, Words])
    context: Annotated[ContextSettings | None, BeforeValidator(_context)] = None
    verified: bool = True
    identify: str | None = Field(default=None, min_length=1)
    reversible: bool = False
    touches: tuple[Touches, ...] | None = None
    free: bool = False
    amount: str | None = None
    approve_above: Annotated[float, Field(ge=0)] | None = None
    per_customer_day: Annotated[int, Field(ge=0, le=1000)] = 3
    per_day: Annotated[int, Field(ge=0, le=1_000_000)] = 200
    lookup: LookupSettings | None = None
    read_back: ReadBackSettings | None = None
    reference: str | None = Field(default=None, min_length=1)
    answer: Words = Field(default_factory=dict[str, str])
    note: Words = Field(default_factory=dict[str, str])
    missing: Words = Field(default_factory=dict[str, str])
    asks: Mapping[str, tuple[str, ...]] = Field(default_factory=dict[str, tuple[str, ...]])
    slots: Mapping[str, str] = Field(default_factory=dict[str, str])
    prompts: Mapping[str, Words] = Field(default_factory=dict[str, Words])

    @model_validator(mode="after")
    def _sound(self) -> ActionSettings:
        for wrong in (*_whole(self), *_free(self), *_schema(self), *_patterns(self)):
            raise ValueError(wrong)
        return self


class ActionsSettings(_Frozen):
    """``confirm_minutes`` is how long a proposal waits for the customer's yes; with ``dry_run``
    nothing that writes is called. ``demo`` adds the demo's own shop."""

    demo: bool = False
    backends: Mapping[str, BackendSettings] = Field(default_factory=dict[str, BackendSettings])
    catalogue: Mapping[Annotated[str, Field(pattern=_NAME)], ActionSettings] = Field(
        default_factory=dict[str, ActionSettings]
    )
    confirm_minutes: Annotated[int, Field(ge=1, le=1440)] = 15
    dry_run: bool = False


def properties(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    found = schema.get("properties", {})
    return found if isinstance(found, Mapping) else {}  # pyright: ignore[reportUnknownVariableType]  # a schema's parts are anything


def holes(template: object) -> Iterator[str]:
    """The placeholders of a text, or of everything in a JSON value."""
    if isinstance(template, str):
        yield from HOLE.findall(template)
    elif isinstance(template, Mapping):
        for part in template.values():  # pyright: ignore[reportUnknownVariableType]  # JSON
            yield from holes(part)  # pyright: ignore[reportUnknownArgumentType]  # JSON
    elif isinstance(template, list | tuple):
        for part in template:  # pyright: ignore[reportUnknownVariableType]  # JSON
            yield from holes(part)  # pyright: ignore[reportUnknownArgumentType]  # JSON


def _backend(backend: BackendSettings) -> Iterator[str]:
    if (backend.url is None) == (backend.mcp is None):
        yield "needs an url, or mcp: the address of an MCP server"
    if backend.mcp is None:
        for name in ("tools", "customer_argument", "key_argument"):
            if getattr(backend, name) is not None:
                yield f"{name} is for MCP servers, and this system has an url"
        if backend.verify is not None and not backend.verify.startswith("/"):
            yield "verify is a path and begins with /"
        return
    if backend.tools is None:
        yield "needs tools: the file with the server's tools, which `frontdesk tools` writes"
    if backend.openapi is not None:
        yield "openapi is for systems with an url; an MCP server's tools are in tools"


def _whole(action: ActionSettings) -> Iterator[str]:
    if action.tool is not None:
        yield from _tool(action)
    else:
        yield from _request(action)
    if action.kind == "read" and (action.lookup or action.read_back or action.amount):
        yield "lookup, read_back and amount belong to writes"
    if action.approve_above is not None and action.amount is None:
        yield "approve_above needs amount: the parameter that holds the money"
    yield from _without_asking(action)


def _without_asking(action: ActionSettings) -> Iterator[str]:
    if action.context is None:
        return
    if action.kind == "write" or not action.verified:
        yield "context is for reads that are for verified customers"
    if (action.parameters or {}).get("required"):
        yield "context needs no parameter that the customer would have to name"


def _request(action: ActionSettings) -> Iterator[str]:
    if action.operation is None and (action.method is None or action.path is None):
        yield (
            "needs a method and a path, the operation of the backend's openapi document, or the"
            " tool of an MCP server"
        )
    if action.kind == "read" and action.method not in {None, "GET"}:
        yield "a read uses GET; call it a write, or use GET"
    if action.kind == "write" and action.method == "GET":
        yield "a write never uses GET, which anything may repeat"
    for name in ("lookup", "read_back"):
        step: _Step | None = getattr(action, name)
        if step is not None and step.tool is not None:
            yield f"{name} names a tool, but the action is none of an MCP server"


def _tool(action: ActionSettings) -> Iterator[str]:
    for name in ("operation", "method", "path", "body"):
        if getattr(action, name) is not None:
            yield f"a tool is called by its name and takes no {name}"
    for name in ("lookup", "read_back"):
        step: _Step | None = getattr(action, name)
        if step is not None and step.tool is None:
            yield f"{name} of a tool names a tool, too"


def _free(action: ActionSettings) -> Iterator[str]:
    """An action goes without the customer's yes only where little can go wrong."""
    if not action.free:
        return
    if action.kind == "read":
        yield "free is for writes; a read needs no yes"
    if not action.reversible:
        yield "free needs reversible: true; what cannot be taken back is confirmed"
    if action.amount is not None or "money" in (action.touches or ()):
        yield "what moves money is never free"
    if action.touches is None:
        yield "free needs touches: [] to say that no money, contact data or access is involved"
    elif action.touches:
        yield f"what touches {' and '.join(action.touches)} is never free"


def _schema(action: ActionSettings) -> Iterator[str]:
    schema = action.parameters
    if schema is None:
        described = action.operation is not None or action.tool is not None
        if not described and (action.slots or action.amount or action.lookup):
            yield "needs parameters: a JSON Schema of what it takes"
        return
    try:
        Draft202012Validator.check_schema(dict(schema))
    except SchemaError as error:
        yield f"parameters is no JSON Schema: {error.message}"
        return
    if schema.get("type") != "object":
        yield "parameters must be a schema of type object"
    known = set(properties(schema))
    if taken := sorted(known & OURS):
        yield f"no parameter may be called {taken[0]}: that comes from the conversation"
    yield from _names(action, known)


def _names(action: ActionSettings, known: set[str]) -> Iterator[str]:
    used = {
        "path": set(holes(action.path)) - OURS,
        "body": set(holes(action.body)) - OURS,
        "labels": set(action.labels),
        "slots": set(action.slots),
        "prompts": set(action.prompts),
        "identify": {action.identify} if action.identify else set[str](),
        "amount": {action.amount} if action.amount else set[str](),
        "lookup.fill": set(action.lookup.fill) if action.lookup else set[str](),
        "lookup.expect": set(holes(action.lookup and action.lookup.expect)) - OURS,
        "lookup.path": set(holes(action.lookup and action.lookup.path)) - OURS,
        "read_back.path": set(holes(action.read_back and action.read_back.path)) - OURS,
    }
    for where, names in used.items():
        for name in sorted(names - known):
            yield f"{where} names {name}, which is no parameter; there are {_listed(known)}"


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names)) or "none"


def _patterns(action: ActionSettings) -> Iterator[str]:
    for name, pattern in action.slots.items():
        try:
            compiled = re.compile(pattern)
        except re.error as error:
            yield f"slots.{name} is no regular expression: {error}"
            continue
        if compiled.groups < 1:
            yield f"slots.{name} needs one group, which is the value"
