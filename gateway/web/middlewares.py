"""What every request passes, ours or a channel's: an id, its true address, refusals in one form,
a line in the log and a count. It never logs an address's own text, which may be a secret."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from typing import TypeAlias

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from channels.contract import Clock
from channels.errors import IntakeClosed
from channels.rates import Buckets, Rate
from channels.signatures import Refused, refuse_compressed
from gateway.errors import FrontdeskError
from gateway.telemetry.metrics import Metrics
from gateway.web.answers import add_security_headers
from gateway.web.problems import as_problem, our_fault, refusal_of
from gateway.web.proxies import client_address

REQUEST_ID = web.RequestKey("request_id", str)
UNMATCHED = "unmatched"
REFUSALS = frozenset({401, 403, 429})
NewId: TypeAlias = Callable[[], str]
log = structlog.get_logger()


def new_request_id() -> str:
    return secrets.token_hex(8)


def watched(
    metrics: Metrics, clock: Clock, new_id: NewId = new_request_id, trusted: tuple[str, ...] = ()
) -> Middleware:
    """The outermost: gives the request its id, logs and counts what became of it. Who is refused
    has one line a second, however often they try."""
    lines = Buckets(Rate(burst=1, per_second=1), clock)

    def is_loud(request: web.Request, status: int) -> bool:
        if status not in REFUSALS:
            return True
        forwarded = request.headers.getall("X-Forwarded-For", [])
        try:
            lines.take(str(client_address(request.remote, forwarded, trusted)))
        except Refused:
            return False
        return True

    @web.middleware
    async def watch(request: web.Request, handler: Handler) -> web.StreamResponse:
        request[REQUEST_ID] = new_id()
        began = clock.monotonic()
        status, streamed = 500, False
        try:
            with structlog.contextvars.bound_contextvars(request=request[REQUEST_ID]):
                response = await handler(request)
                status, streamed = response.status, response.content_type == "text/event-stream"
                return response
        except web.HTTPException as answer:
            status = answer.status
            raise
        finally:
            seconds = clock.monotonic() - began
            route = route_of(request)
            metrics.request(request.method, route, status, None if streamed else seconds)
            if is_loud(request, status):
                log.info(
                    "http.request",
                    request=request[REQUEST_ID],
                    method=request.method,
                    route=route,
                    status=status,
                    ms=round(seconds * 1000, 1),
                )

    return watch


def refusing() -> Middleware:
    """Turns every error into problem+json; what nobody foresaw says nothing and is logged."""

    @web.middleware
    async def refuse(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            refuse_compressed(request.headers)
            return await handler(request)
        except Refused:
            raise
        except web.HTTPException as error:
            raise as_problem(error) from None
        except (FrontdeskError, IntakeClosed) as error:
            refusal = refusal_of(error)
            if refusal is None:
                raise _unforeseen(request, error) from error
            raise refusal from None
        except ConnectionError:
            raise
        except Exception as error:
            raise _unforeseen(request, error) from error

    return refuse


def _unforeseen(request: web.Request, error: Exception) -> Refused:
    log.error(
        "http.failed",
        request=request[REQUEST_ID],
        route=route_of(request),
        exc_info=error,
    )
    return our_fault(request[REQUEST_ID])


def behind(trusted: tuple[str, ...]) -> Middleware:
    """Puts the client's own address in place of a trusted proxy's."""

    @web.middleware
    async def unwrap(request: web.Request, handler: Handler) -> web.StreamResponse:
        forwarded = request.headers.getall("X-Forwarded-For", [])
        address = client_address(request.remote, forwarded, trusted)
        return await handler(request.clone(remote=address))

    return unwrap


def headers_of_all(*, https: bool) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    async def add(request: web.Request, response: web.StreamResponse) -> None:
        add_security_headers(response, https=https)
        if REQUEST_ID in request:
            response.headers["X-Request-Id"] = request[REQUEST_ID]

    return add


def route_of(request: web.Request) -> str:
    """The route's own pattern; never the address, which strangers write and secrets stand in."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else UNMATCHED
