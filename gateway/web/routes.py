"""A route as data (what it asks for, takes and answers) and the guard that every one passes:
who, whether they may, then the body, then the handler."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeAlias, TypeVar

from aiohttp import web
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from channels.signatures import Refused, read_capped, strict_json
from gateway.people.records import Actor
from gateway.web.credentials import Credentials, Known
from gateway.web.doors import POLICY, Action, authorize

BODY_LIMIT = 1_048_576
# The longest request of ours is a reply of 8,000 characters; parsing more would hold up the loop.
JSON_LIMIT = 131_072
BODY_SECONDS = 10.0
# Ids are ours or a client's uuid; anything else cannot be known.
ID = r"[A-Za-z0-9_-]{1,64}"
_UUID = r"^[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$"
_SHOWN_PROBLEMS = 5
_SECRET_NAMES = re.compile(r"token|session|secret|password|auth|key|jwt", re.IGNORECASE)

M = TypeVar("M", bound=BaseModel)


def _printable(value: str) -> str:
    if not value.isprintable():
        raise ValueError("holds characters that cannot be seen")
    return value


def one_line(value: str) -> str:
    """Without breaks and what cannot be seen: it is shown as one line."""
    return "".join(c if c.isprintable() else " " for c in value).strip()


def _whole(value: object) -> object:
    """JSON knows one sort of number: 4.0 is the integer 4."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


RequestId: TypeAlias = Annotated[str, Field(pattern=_UUID), AfterValidator(str.lower)]
Epoch: TypeAlias = Annotated[int, BeforeValidator(_whole), Field(ge=0, le=2**31 - 1)]
Word: TypeAlias = Annotated[str, Field(max_length=300), AfterValidator(_printable)]


class Body(BaseModel):
    """A request's JSON: exactly these fields, of exactly these types."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Query(BaseModel):
    """A request's parameters, which are texts; an empty one counts as not given."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class PageQuery(Query):
    """The parameters of every list that comes in pages."""

    cursor: Word | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50


@dataclass(frozen=True, slots=True)
class Call:
    """One request on its way to its handler, after the guard."""

    request: web.Request
    known: Known | None
    body: BaseModel | None
    query: BaseModel | None

    @property
    def actor(self) -> Actor:
        if self.known is None:
            raise LookupError("the action of this route asks for no sign-in")
        return self.known.actor

    def body_as(self, model: type[M]) -> M:
        return _typed(self.body, model)

    def query_as(self, model: type[M]) -> M:
        return _typed(self.query, model)

    def path(self, name: str) -> str:
        return self.request.match_info[name]


Handler: TypeAlias = Callable[[Call], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Route:
    """``answers`` names what a good answer means; refusals are the same everywhere. ``limit`` is of
    a body of JSON, in bytes."""

    method: str
    path: str
    action: Action
    handler: Handler = field(repr=False)
    summary: str
    body: type[Body] | None = None
    query: type[Query] | None = None
    answers: Mapping[int, str] = field(default_factory=lambda: {200: "Done."})
    limit: int = JSON_LIMIT


class Guard:
    """Makes handlers of routes; nothing of ours is reached past it."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    def definitions(self, routes: Sequence[Route]) -> list[web.RouteDef]:
        return [web.route(route.method, route.path, self._guarded(route)) for route in routes]

    def _guarded(self, route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        need = POLICY[route.action]

        async def answer(request: web.Request) -> web.StreamResponse:
            query = read_query(request, route.query)
            known = await self._credentials.who(request) if need.known else None
            authorize(known.actor if known is not None else None, route.action)
            body = None if route.body is None else await read_body(request, route.body, route.limit)
            return await route.handler(Call(request, known, body, query))

        return answer


async def read_body(request: web.Request, model: type[M], limit: int = JSON_LIMIT) -> M:
    """
    Raises:
        Refused: 400, 408, 413, 415 or 422; nothing was done.
    """
    if request.content_type != "application/json":
        raise Refused(415, "Send the body as application/json.")
    raw = await read_capped(request, limit, BODY_SECONDS)
    return checked(model, strict_json(raw))


def read_query(request: web.Request, model: type[M] | None) -> M | None:
    """
    Raises:
        Refused: 400.
    """
    given = request.query
    known = set(model.model_fields) if model is not None else set[str]()
    unknown = [name for name in given if name not in known]
    if any(_SECRET_NAMES.search(name) for name in unknown):
        raise Refused(
            400,
            "A token in an address is refused, as addresses end up in logs; send it as"
            " Authorization: Bearer.",
        )
    if unknown and any(given[name] for name in unknown):
        takes = ", ".join(sorted(known)) or "none"
        raise Refused(400, f"This address takes no such parameter; it takes {takes}.")
    if model is None:
        return None
    if any(len(given.getall(name)) > 1 for name in given):
        raise Refused(400, "A parameter is given twice; give it once.")
    return checked(model, {name: given[name] for name in known if given.get(name)}, 400)


def checked(model: type[M], value: Mapping[str, Any], status: int = 422) -> M:
    """
    Raises:
        Refused: with every field that is wrong and why, never with what was sent.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        found = [
            f"{_place(problem['loc'])}: {problem['msg']}"
            for problem in error.errors(include_url=False, include_input=False)
        ]
        more = f"; and {len(found) - _SHOWN_PROBLEMS} more" if len(found) > _SHOWN_PROBLEMS else ""
        raise Refused(status, "; ".join(found[:_SHOWN_PROBLEMS]) + more) from None


def _place(path: tuple[int | str, ...]) -> str:
    # The name of an unknown field is the sender's own text: shortened and plain.
    shown = ".".join(str(part)[:40] for part in path)
    return shown.encode("ascii", "backslashreplace").decode("ascii") or "body"


def _typed(value: BaseModel | None, model: type[M]) -> M:
    if not isinstance(value, model):
        raise TypeError(f"the route declares no {model.__name__}")
    return value
