"""The gateway's pipeline behind a webhook, for a platform that is sent to over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, Literal

import aiohttp
from aiohttp import web

from bench.known import keyless
from bench.model import Way, asking
from bench.node import Asking, Node, Platform
from bench.serve import serve
from brain.contract import Brain
from channels.contract import OutboundMessage
from channels.events import Address, InboundMessage, Sender
from gateway.store.opening import open_store


async def application(
    folder: Path, base: str, way: Way | Literal["knowledge"]
) -> tuple[web.Application, AbstractAsyncContextManager[None]]:
    app = web.Application()

    @asynccontextmanager
    async def resources() -> AsyncGenerator[None]:
        store = await asyncio.to_thread(open_store, f"sqlite:///{folder / 'gateway.db'}")
        async with aiohttp.ClientSession() as http, _brain(folder, base, way) as brain:
            node = Node(store, folder, Platform(_sending(http, f"{base}/sent")), brain)
            app.router.add_post("/hook", _hook(node))
            async with node.running():
                yield
        await asyncio.to_thread(store.close)

    return app, resources()


@asynccontextmanager
async def _brain(folder: Path, base: str, way: Way | Literal["knowledge"]) -> AsyncGenerator[Brain]:
    if way != "knowledge":
        async with asking(way, base) as model:
            yield Asking(model)
        return
    known = folder / "knowledge"
    await asyncio.to_thread(known.mkdir)
    async with keyless(known) as brain:
        yield brain


def _sending(http: aiohttp.ClientSession, url: str) -> Callable[[OutboundMessage], Awaitable[None]]:
    async def deliver(message: OutboundMessage) -> None:
        body = {"chat": message.address.chat, "text": message.text}
        async with http.post(url, json=body) as sent:
            await sent.read()

    return deliver


def _hook(node: Node) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def hook(request: web.Request) -> web.Response:
        said: dict[str, Any] = await request.json()
        sender = Sender((f"user-{said['chat']}",), name="Ada")
        await node.door.accept(
            InboundMessage(said["id"], Address(said["chat"]), said["text"], sender)
        )
        return web.Response()

    return hook


if __name__ == "__main__":
    serve(application)
