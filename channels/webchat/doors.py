"""The HTTP doors of one web chat channel: who may come in, how often, and what is answered.
Every request passes ``guarded`` first; no handler compares a secret or trusts an id itself."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from aiohttp import web

from channels.contract import Clock, Intake, Timeline, UploadRefused, Uploads
from channels.errors import IntakeClosed, InvalidSignature
from channels.rates import Buckets
from channels.signatures import Refused, read_capped, strict_json
from channels.webchat.origins import Origins, preflight
from channels.webchat.payloads import choice_of, message_of, seq_of, user_of
from channels.webchat.pieces import Html
from channels.webchat.rates import Rates
from channels.webchat.sessions import Session, Sessions
from channels.webchat.stream import HEADERS, Stream, Streams
from channels.webchat.uploads import take_upload

BODY_LIMIT = 131_072
BODY_SECONDS = 5
Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Throttle:
    """The buckets of one channel."""

    def __init__(self, rates: Rates, clock: Clock) -> None:
        self.sessions = Buckets(rates.sessions, clock)
        self.all_sessions = Buckets(rates.all_sessions, clock)
        self.refusals = Buckets(rates.refusals, clock)
        self.messages = Buckets(rates.messages, clock)
        self.files = Buckets(rates.files, clock)
        self.streams = Buckets(rates.streams, clock)


@dataclass(frozen=True, slots=True)
class Doors:
    """The handlers of one channel."""

    sessions: Sessions
    origins: Origins
    throttle: Throttle
    timeline: Timeline
    uploads: Uploads
    upload_limit: int
    clock: Clock
    as_html: Html
    streams: Streams
    closing: asyncio.Event

    def routes(self, prefix: str, intake: Intake) -> Sequence[web.RouteDef]:
        async def message(request: web.Request) -> web.Response:
            return await self.message(request, intake)

        async def choice(request: web.Request) -> web.Response:
            return await self.choice(request, intake)

        doors: tuple[tuple[str, str, Handler], ...] = (
            ("POST", "sessions", self.open_session),
            ("POST", "messages", message),
            ("POST", "choices", choice),
            ("POST", "files", self.file),
            ("GET", "events", self.events),
        )
        return [
            web.route(verb, f"{prefix}/{path}", self.guarded(handler, method))
            for method, path, handler in doors
            for verb in (method, "OPTIONS")
        ]

    def guarded(self, handler: Handler, method: str) -> Handler:
        """Origin, preflight, address; then the handler; errors as problem+json with CORS."""

        async def answer(request: web.Request) -> web.StreamResponse:
            origin = self.origins.headers(request)
            if request.method == "OPTIONS":
                return preflight(origin, method)
            try:
                _refuse_query(request, {"after"} if method == "GET" else set())
                response = await self._answered(handler, request)
            except Refused as refusal:
                refusal.headers.update(origin)
                raise
            if not response.prepared:
                response.headers.update(origin)
            return response

        return answer

    async def open_session(self, request: web.Request) -> web.Response:
        self.throttle.sessions.take(request.remote or "")
        self.throttle.all_sessions.take("")
        raw = await read_capped(request, BODY_LIMIT, BODY_SECONDS)
        if raw:
            _require_json(request)
        user = user_of(strict_json(raw) if raw else {})
        session, token = self.sessions.open(user)
        return _json({"session": session, "token": token})

    async def message(self, request: web.Request, intake: Intake) -> web.Response:
        session = self._sender(request)
        client_id, event = message_of(session, await self._body(request), self.clock.now())
        await intake.accept(event)
        return _json({"id": client_id}, 202, session)

    async def choice(self, request: web.Request, intake: Intake) -> web.Response:
        session = self._sender(request)
        client_id, event = choice_of(session, await self._body(request))
        await intake.accept(event)
        return _json({"id": client_id}, 202, session)

    async def file(self, request: web.Request) -> web.Response:
        session = self._session(request)
        self.throttle.files.take(session.id)
        upload = await take_upload(request, self.uploads, session.address, self.upload_limit)
        return _json({"id": upload}, 200, session)

    async def events(self, request: web.Request) -> web.StreamResponse:
        session = self._session(request)
        self.throttle.streams.take(session.id)
        places = (*request.query.getall("after", ()), *request.headers.getall("Last-Event-ID", ()))
        after = seq_of(places)
        response = web.StreamResponse(
            headers={**HEADERS, **_renewal(session), **self.origins.headers(request)}
        )
        with self.streams.enter(session.id) as stop:
            await response.prepare(request)
            stream = Stream(self.timeline, session.address, response, self.clock, self.as_html)
            try:
                await stream.run(after, (stop, self.closing))
            except (TimeoutError, ConnectionError):
                response.force_close()
        return response

    async def _answered(self, handler: Handler, request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except InvalidSignature:
            self.throttle.refusals.take(request.remote or "")
            raise Refused(
                401,
                "The token or identity is missing, expired or not valid here; open a new session.",
                {"WWW-Authenticate": "Bearer"},
            ) from None
        except UploadRefused as refusal:
            raise Refused(422, str(refusal)) from None
        except IntakeClosed:
            raise Refused(
                503,
                "Nothing was stored, as the gateway takes nothing in right now; send it again.",
                {"Retry-After": "2"},
            ) from None

    def _session(self, request: web.Request) -> Session:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise InvalidSignature
        return self.sessions.read(token.strip())

    def _sender(self, request: web.Request) -> Session:
        session = self._session(request)
        self.throttle.messages.take(session.id)
        return session

    async def _body(self, request: web.Request) -> dict[str, Any]:
        _require_json(request)
        return strict_json(await read_capped(request, BODY_LIMIT, BODY_SECONDS))


def _refuse_query(request: web.Request, known: set[str]) -> None:
    if set(request.query) - known:
        raise Refused(
            400,
            "This address takes no such parameter. Tokens travel in the Authorization header"
            " only: an address ends up in logs.",
        )


def _require_json(request: web.Request) -> None:
    if request.content_type != "application/json":
        raise Refused(415, "Send the body as application/json.")


def _renewal(session: Session) -> dict[str, str]:
    return {} if session.renewed is None else {"X-Session-Token": session.renewed}


def _json(body: dict[str, str], status: int = 200, session: Session | None = None) -> web.Response:
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    renewal = {} if session is None else _renewal(session)
    return web.json_response(body, status=status, headers={**headers, **renewal})
