"""The webhook of one Slack channel: caps, then the signature, then the body, then the commit. It
never answers 200 before the event is on disk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from channels.contract import Clock
from channels.errors import IntakeClosed, InvalidSignature, RetryableSendError
from channels.rates import Buckets, Rate
from channels.signatures import Refused, read_capped, strict_json
from channels.slack.reception import Reception
from channels.slack.signing import SIGNATURE, TIMESTAMP, require_current, require_signature

BODY_LIMIT = 1_048_576
BODY_SECONDS = 2.5
REFUSALS = Rate(60, 1)
FIELDS = 100
CHALLENGE_CHARACTERS = 500


@dataclass(frozen=True, slots=True)
class Door:
    """Answers one address. Who sends bad signatures is slowed down; who signs well never is.
    ``reception`` gives None before the app has signed in; ``missed`` is told when something could
    not be taken in."""

    secret: str = field(repr=False)
    clock: Clock
    refusals: Buckets
    reception: Callable[[], Reception | None]
    missed: Callable[[], None]

    async def answer(self, request: web.Request) -> web.Response:
        body = await self._verified(request)
        reception = self.reception()
        if reception is None:
            raise _later("The channel is not up yet.")
        taken = False
        try:
            answer = await self._take(body, reception)
            taken = True
            return answer
        except IntakeClosed:
            raise _later("The gateway takes nothing in right now.") from None
        except RetryableSendError:
            raise _later("Slack's own API does not answer right now.") from None
        finally:
            if not taken:
                self.missed()

    async def _verified(self, request: web.Request) -> bytes:
        timestamp, signature = _only(request, TIMESTAMP), _only(request, SIGNATURE)
        try:
            require_current(timestamp, self.clock.now())
            body = await read_capped(request, BODY_LIMIT, BODY_SECONDS)
            require_signature(signature, timestamp, self.secret, body)
        except InvalidSignature:
            self.refusals.take(request.remote or "")
            raise Refused(
                401,
                f"{SIGNATURE} is missing, older than five minutes or not made with this app's"
                " signing secret over these bytes.",
                {"WWW-Authenticate": "Slack-Signature"},
            ) from None
        return body

    async def _take(self, body: bytes, reception: Reception) -> web.Response:
        # By the first byte and not by the header's word: the signature does not cover the header.
        if body[:1] == b"{":
            return await self._event(body, reception)
        form = _form(body)
        if form is None:
            await reception.unreadable(body, "neither JSON nor a form")
        elif "payload" in form:
            await self._interaction(form["payload"].encode(), reception)
        elif "ssl_check" not in form:
            await reception.commanded(form)
        return _taken()

    async def _event(self, body: bytes, reception: Reception) -> web.Response:
        payload = _object(body)
        if payload is None:
            await reception.unreadable(body, "not the JSON that Slack sends")
            return _taken()
        kind = payload.get("type")
        if kind == "url_verification":
            challenge = str(payload.get("challenge", ""))[:CHALLENGE_CHARACTERS]
            return web.Response(text=challenge, headers={"X-Content-Type-Options": "nosniff"})
        if kind == "app_rate_limited":
            # Slack left events out: they have to be looked up.
            self.missed()
            return _taken()
        await reception.event(payload)
        return _taken()

    async def _interaction(self, raw: bytes, reception: Reception) -> None:
        payload = _object(raw)
        if payload is None:
            await reception.unreadable(raw, "not the JSON that Slack sends")
        else:
            await reception.acted(payload)


def _taken() -> web.Response:
    """Empty: anything else would be shown to whoever pressed or commanded."""
    return web.Response(headers={"Cache-Control": "no-store"})


def _later(why: str) -> Refused:
    return Refused(
        503, f"{why} Nothing was acknowledged; send the same again.", {"Retry-After": "2"}
    )


def _only(request: web.Request, name: str) -> str:
    values = request.headers.getall(name, ())
    return values[0] if len(values) == 1 else ""


def _object(raw: bytes) -> Mapping[str, Any] | None:
    """What is signed and cannot be read is kept for a person, not refused: Slack would send it
    again, and stop after three times."""
    try:
        return strict_json(raw)
    except Refused:
        return None


def _form(raw: bytes) -> dict[str, str] | None:
    try:
        pairs = parse_qsl(
            raw.decode("utf-8"), keep_blank_values=True, strict_parsing=True, max_num_fields=FIELDS
        )
    except (UnicodeDecodeError, ValueError):
        return None
    return dict(pairs)
