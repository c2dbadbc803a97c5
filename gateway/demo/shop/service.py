"""The demo shop over HTTP, on this machine only and with a token that nobody else knows."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

from aiohttp import web

from channels.signatures import same
from gateway.demo.shop import confirming, desk
from gateway.demo.shop.ledger import NotPossible, Shop, Work

HOST = "127.0.0.1"
BODY_LIMIT = 16_384
Body: TypeAlias = dict[str, Any]
# From a request's body and path to what is done, for the customer of its header.
Act: TypeAlias = Callable[[str, web.Request, Body], Work]
ACTS: dict[tuple[str, str], Act] = {
    ("POST", "/orders/{order}/refund"): lambda who, at, body: partial(
        desk.refund, customer=who, order=at.match_info["order"], amount=float(body["amount"])
    ),
    ("POST", "/orders/{order}/return"): lambda who, at, _: partial(
        desk.send_back, customer=who, order=at.match_info["order"]
    ),
    ("PUT", "/orders/{order}/address"): lambda who, at, body: partial(
        desk.readdress, customer=who, order=at.match_info["order"], address=str(body["address"])
    ),
    ("PUT", "/orders/{order}/delivery"): lambda who, at, body: partial(
        desk.reschedule, customer=who, order=at.match_info["order"], day=str(body["day"])
    ),
    ("POST", "/callbacks"): lambda who, _, body: partial(
        desk.call_back, customer=who, phone=str(body["phone"])
    ),
    ("POST", "/password-resets"): lambda who, _at, _body: partial(
        desk.reset_password, customer=who
    ),
    ("PUT", "/subscription"): lambda who, _, body: partial(
        desk.subscribe, customer=who, plan=str(body["plan"])
    ),
    ("PUT", "/email"): lambda who, _, body: partial(
        desk.change_email, customer=who, email=str(body["email"])
    ),
}


class ShopService:
    """Runs until cancelled; ``address`` is None while it does not listen."""

    def __init__(self, file: Path, token: str) -> None:
        self.shop = Shop(file)
        self.address: str | None = None
        self._token = token

    def confirm(self, token: str) -> bool:
        """What the button in a mail does; False where there is nothing to confirm any more.
        Blocking."""
        try:
            self.shop.read(partial(confirming.confirm, token=token))
        except NotPossible:
            return False
        return True

    async def run(self) -> None:
        await asyncio.to_thread(self.shop.open)
        runner = web.AppRunner(self.app(), access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            await web.TCPSite(runner, HOST, 0).start()
            self.address = f"http://{HOST}:{runner.addresses[0][1]}"
            await asyncio.Event().wait()
        finally:
            self.address = None
            await runner.cleanup()

    def app(self) -> web.Application:
        app = web.Application(client_max_size=BODY_LIMIT, middlewares=[self._guard])
        app.router.add_get("/orders/{order}", self._see)
        app.router.add_post("/verifications", self._send_code)
        for (method, path), act in ACTS.items():
            app.router.add_route(method, path, self._acting(act))
        return app

    @web.middleware
    async def _guard(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        if not same(request.headers.get("Authorization", ""), f"Bearer {self._token}"):
            return web.json_response({"reason": "the shop's own token is missing"}, status=401)
        try:
            return await handler(request)
        except NotPossible as error:
            return web.json_response({"reason": str(error)}, status=409)
        except (KeyError, TypeError, ValueError):
            return web.json_response({"reason": "the request lacks something"}, status=422)

    async def _see(self, request: web.Request) -> web.StreamResponse:
        work = partial(desk.see, customer=_customer(request), order=request.match_info["order"])
        return web.json_response(await asyncio.to_thread(self.shop.read, work))

    async def _send_code(self, request: web.Request) -> web.StreamResponse:
        body = await _body(request)
        work = partial(desk.send_code, code=str(body["code"]), about=dict(body["about"]))
        return web.json_response(await asyncio.to_thread(self.shop.read, work))

    def _acting(self, act: Act) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            who, body = _customer(request), await _body(request)
            key = request.headers.get("Idempotency-Key", "")
            what = f"{request.method} {request.path} {who}"
            done = await asyncio.to_thread(self.shop.once, key, what, act(who, request, body))
            return web.json_response(done)

        return handle


def _customer(request: web.Request) -> str:
    return request.headers.get("X-Customer", "")


async def _body(request: web.Request) -> Body:
    raw = await request.read()
    found: object = json.loads(raw) if raw else {}
    if not isinstance(found, dict):
        raise TypeError
    return found  # pyright: ignore[reportUnknownVariableType]  # JSON
