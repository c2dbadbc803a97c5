"""Counts requests on a channel's routes that never became an event: a wrong signature, too many, a
body that nobody can read. It changes no answer."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from gateway.telemetry.facts import EventTaken, Facts

OUTCOMES: Mapping[int, str] = {
    400: "malformed",
    401: "refused",
    403: "refused",
    408: "malformed",
    413: "malformed",
    415: "malformed",
    422: "malformed",
    429: "throttled",
}


def telling_refusals(route: web.RouteDef, channel: str, facts: Facts) -> web.RouteDef:
    """The same route, which tells when it refuses."""
    handler = route.handler
    if isinstance(handler, type):
        return route

    def tell(status: int) -> None:
        outcome = OUTCOMES.get(status)
        if outcome is not None:
            facts.tell(EventTaken(channel, "request", outcome))

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            response = await handler(request)
        except web.HTTPException as refused:
            tell(refused.status)
            raise
        tell(response.status)
        return response

    return web.RouteDef(route.method, route.path, handle, route.kwargs)
