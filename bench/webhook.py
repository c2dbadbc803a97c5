"""The gateway's pipeline behind a webhook, for a platform that is sent to over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from bench.node import Node, Platform
from bench.serve import serve
from channels.contract import OutboundMessage
from channels.events import Address, InboundMessage, Sender
from gateway.store.opening import open_store


async def application(
    folder: Path, base: str, _model: str
) -> tuple[web.Application, AbstractAsyncContextManager[Any]]:
    store = await asyncio.to_thread(open_store, f"sqlite:///{folder / 'gateway.db'}")
    http = aiohttp.ClientSession()

    async def deliver(message: OutboundMessage) -> None:
        body = {"chat": message.address.chat, "text": message.text}
        async with http.post(f"{base}/sent", json=body) as sent:
            await sent.read()

    node = Node(store, folder, Platform(deliver))

    async def hook(request: web.Request) -> web.Response:
        said: dict[str, Any] = await request.json()
        sender = Sender((f"user-{said['chat']}",), name="Ada")
        await node.door.accept(
            InboundMessage(said["id"], Address(said["chat"]), said["text"], sender)
        )
        return web.Response()

    @asynccontextmanager
    async def resources() -> AsyncGenerator[None]:
        async with http, node.running():
            yield
        await asyncio.to_thread(store.close)

    app = web.Application()
    app.router.add_post("/hook", hook)
    return app, resources()


if __name__ == "__main__":
    serve(application)
