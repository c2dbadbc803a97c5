"""The webhooks of one WhatsApp channel: caps, then the signature, then the fields, then the commit.
It never answers 200 before the event is on disk, and says the same to everybody it refuses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import web

from channels.contract import Intake
from channels.errors import IntakeClosed, InvalidSignature
from channels.events import Event
from channels.rates import Buckets, Rate
from channels.signatures import Refused, read_capped, same
from channels.whatsapp.payloads import Posted
from channels.whatsapp.signing import SETTINGS, SIGNATURE, Signatures, form

BODY_LIMIT = 1_048_576
BODY_SECONDS = 5
REFUSALS = Rate(60, 1)
NOTHING_TO_SAY = '<?xml version="1.0" encoding="UTF-8"?><Response/>'


@dataclass(frozen=True, slots=True)
class Door:
    """Answers Twilio. ``public_url`` is where Twilio thinks that we are: what it signs. Who sends
    bad signatures is slowed down; who signs well never is, wherever it comes from."""

    signatures: Signatures = field(repr=False)
    account: str
    public_url: str
    refusals: Buckets

    async def answer(
        self,
        request: web.Request,
        intake: Intake,
        read: Callable[[Posted], Event],
        taken: Callable[[web.Request, Posted], None],
    ) -> web.Response:
        """``taken`` is told what was accepted."""
        posted = await self._verified(request)
        try:
            await intake.accept(read(posted))
        except IntakeClosed:
            raise Refused(
                503, "Nothing was acknowledged; send the same again.", {"Retry-After": "2"}
            ) from None
        taken(request, posted)
        return web.Response(text=NOTHING_TO_SAY, content_type="text/xml")

    async def _verified(self, request: web.Request) -> Posted:
        try:
            header = _only(request, SIGNATURE)
            if not header or request.content_type != "application/x-www-form-urlencoded":
                raise InvalidSignature  # noqa: TRY301 - refused like any other
            body = await read_capped(request, BODY_LIMIT, BODY_SECONDS)
            fields = form(body)
            url = self.public_url + request.raw_path
            self.signatures.require(url, fields, header, _only(request, SETTINGS))
            posted = Posted.of(fields, body)
            if not same(posted.get("AccountSid"), self.account):
                raise InvalidSignature  # noqa: TRY301 - refused like any other
        except InvalidSignature:
            self.refusals.take(request.remote or "")
            raise Refused(401, "The request is not signed by this channel's account.") from None
        return posted


def _only(request: web.Request, name: str) -> str:
    """The one value of a header, blank where it is missing or there are two."""
    values = request.headers.getall(name, ())
    return values[0] if len(values) == 1 else ""
