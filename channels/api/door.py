"""The webhook of one API channel: caps, then the signature, then the body, then the commit. It
never answers 200 before the event is on disk."""

from __future__ import annotations

from dataclasses import dataclass, field

from aiohttp import web

from channels.api.payloads import event_of
from channels.api.signing import HEADERS, require_signature, stamped
from channels.contract import Clock, Intake
from channels.errors import IntakeClosed, InvalidSignature
from channels.rates import Buckets, Rate
from channels.signatures import Refused, read_capped, strict_json

BODY_LIMIT = 1_048_576
BODY_SECONDS = 5
REFUSALS = Rate(60, 1)


@dataclass(frozen=True, slots=True)
class Door:
    """Answers one address; ``secret`` is the channel's. Who sends bad signatures is slowed down;
    who signs well never is, wherever it comes from."""

    secret: str = field(repr=False)
    clock: Clock
    refusals: Buckets

    async def answer(self, request: web.Request, intake: Intake) -> web.Response:
        body = await self._verified(request)
        if request.content_type != "application/json":
            raise Refused(415, "Send the body as application/json.")
        event = event_of(strict_json(body))
        try:
            accepted = await intake.accept(event)
        except IntakeClosed:
            raise Refused(
                503,
                "Nothing was acknowledged, as the gateway takes nothing in right now; send the"
                " same again.",
                {"Retry-After": "2"},
            ) from None
        answer = {"id": event.external_id, "new": accepted.new}
        return web.json_response(answer, headers={"Cache-Control": "no-store"})

    async def _verified(self, request: web.Request) -> bytes:
        given = {name: _only(request, name) for name in HEADERS}
        try:
            stamped(given, self.clock.now())
            body = await read_capped(request, BODY_LIMIT, BODY_SECONDS)
            require_signature(given, self.secret, body, self.clock.now())
        except InvalidSignature:
            self.refusals.take(request.remote or "")
            raise Refused(
                401,
                "A header of the signature is missing, malformed, older than five minutes, or not"
                " made with this channel's secret over these bytes.",
                {"WWW-Authenticate": "Standard-Webhooks"},
            ) from None
        return body


def _only(request: web.Request, name: str) -> str:
    """The one value of a header, blank where it is missing or there are two."""
    values = request.headers.getall(name, ())
    return values[0] if len(values) == 1 else ""
