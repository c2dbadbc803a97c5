"""A Discord on loopback that speaks its wire protocol: REST and gateway, with a ledger, and with
faults on demand. It can run in a process of its own and knows nothing of the adapter."""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Literal, Self, TypeAlias

from aiohttp import web

from tests.platforms.discord_gateway import Gateway
from tests.platforms.discord_rest import Asked, Rest, is_signed_in
from tests.platforms.discord_world import Json, Refusal, World

Fault: TypeAlias = Literal[
    "rate_limited", "banned", "unavailable", "failing", "refused", "unauthorised", "cut", "lost"
]
REST = "/api/v10"
ASKED_SECONDS = 7.0


@dataclass
class FakeDiscord:
    """``async with`` serves it. ``faults`` are what the next posts of a message meet,
    ``looks`` what the next questions for a history meet, ``everywhere`` what every request
    meets."""

    now: Callable[[], float] = time.time
    port: int = 0
    content_intent: bool = True
    faults: deque[Fault] = field(default_factory=deque[Fault])
    looks: deque[Fault] = field(default_factory=deque[Fault])
    everywhere: Fault | None = None
    url: str = ""

    def __post_init__(self) -> None:
        self.world = World(self.now, self.content_intent)
        self.gateway = Gateway(self.world)
        self.rest = Rest(self.world, self.gateway)
        self._came = asyncio.Condition()
        app = web.Application(middlewares=[self._guard], client_max_size=2**28)
        app.router.add_routes(self.rest.routes(REST))
        app.router.add_get("/attachments/{id}/{name}", self._file)
        app.router.add_get("/", self.gateway.serve)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        self.gateway.url = f"ws://{host}:{port}"
        self.rest.files_at = f"{self.url}/attachments"
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.gateway.cut(1001)
        await self._runner.cleanup()

    @property
    def api_base(self) -> str:
        return self.url + REST

    @property
    def asked(self) -> list[Asked]:
        return self.rest.asked

    def requests(self, method: str, ending: str) -> list[Asked]:
        return [each for each in self.asked if each.method == method and each.path.endswith(ending)]

    async def until_asked(self, method: str, ending: str, times: int = 1) -> None:
        async with self._came:
            await self._came.wait_for(lambda: len(self.requests(method, ending)) >= times)

    async def say(self, room: Json, author: Json, content: str, **fields: Any) -> Json:
        """Somebody writes, and every session hears it."""
        message = self.world.add(self.world.said(room, author, content, **fields))
        await self.gateway.dispatch("MESSAGE_CREATE", message)
        return message

    @web.middleware
    async def _guard(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[Any]]
    ) -> web.StreamResponse:
        if not request.path.startswith(REST):
            return await handler(request)
        body = await request.json() if request.content_type == "application/json" else None
        try:
            _require_login(request)
            answer = await self._faulty(request, handler)
        except Refusal as refusal:
            return _json(refusal.body, refusal.status, refusal.headers)
        finally:
            await self._note(request, body)
        if isinstance(answer, web.StreamResponse):
            return answer
        return _json(answer) if answer is not None else web.Response(status=204)

    async def _note(self, request: web.Request, body: Any) -> None:
        async with self._came:
            self.rest.asked.append(Asked(request.method, request.path.removeprefix(REST), body))
            self._came.notify_all()

    async def _faulty(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[Any]]
    ) -> Any:
        posting = request.method == "POST" and request.path.endswith("/messages")
        fault = self.everywhere
        if posting and self.faults:
            fault = self.faults.popleft()
        if self.looks and request.method == "GET" and request.path.endswith("/messages"):
            fault = self.looks.popleft()
        if fault is None:
            return await handler(request)
        if fault in {"cut", "lost"}:
            if fault == "cut":
                await handler(request)
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        raise _refusal(fault)

    async def _file(self, request: web.Request) -> web.Response:
        if "Authorization" in request.headers:
            raise web.HTTPBadRequest(text="a credential came along")
        found = self.world.files.get(request.match_info["id"])
        if found is None:
            raise web.HTTPNotFound
        return web.Response(body=found[1], content_type=found[0])


def _require_login(request: web.Request) -> None:
    if not is_signed_in(request):
        raise Refusal(401, 0, "401: Unauthorized")


def _refusal(fault: Fault) -> Refusal:
    if fault == "rate_limited":
        limited = Refusal(429, 0, "You are being rate limited.", Via="1.1 fake")
        limited.body = {**limited.body, "retry_after": ASKED_SECONDS, "global": False}
        return limited
    if fault == "banned":
        return Refusal(429, 0, "Access denied", **{"Retry-After": "120"})
    if fault == "unavailable":
        return Refusal(503, 0, "Service Unavailable")
    if fault == "failing":
        return Refusal(502, 0, "Bad Gateway")
    if fault == "refused":
        return Refusal(403, 50013, "Missing Permissions")
    return Refusal(401, 0, "401: Unauthorized")


def _json(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """The platform's content type carries no charset, and the SDK looks for exactly that."""
    return web.Response(
        body=json.dumps(body).encode(),
        status=status,
        headers=headers,
        content_type="application/json",
    )
