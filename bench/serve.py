"""Serves what is measured over HTTP in a process of its own, and says what that process uses."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, TypeAlias

from aiohttp import web

from bench.model import WAYS
from bench.node import memory_mb, quiet_log

# From (folder, base URL of the platform, way of answering) to an application, and what it lives in.
Building: TypeAlias = Callable[
    [Path, str, Any], Awaitable[tuple[web.Application, AbstractAsyncContextManager[Any]]]
]


async def _used(_request: web.Request) -> web.Response:
    return web.json_response({"cpu": time.process_time(), "memory_mb": memory_mb()})


async def _serve(building: Building, base: str, model: str) -> None:
    with tempfile.TemporaryDirectory(prefix="frontdesk-bench-") as folder:
        app, resources = await building(Path(folder), base, model)
        app.router.add_get("/used", _used)
        async with resources:
            runner = web.AppRunner(app, access_log=None)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            print(runner.addresses[0][1], flush=True)
            # Whoever started this closes its standard input when it has seen enough.
            await asyncio.to_thread(sys.stdin.read)
            await runner.cleanup()


def serve(building: Building) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("base")
    parser.add_argument("--model", choices=(*WAYS, "knowledge"), default="scripted")
    given = parser.parse_args()
    quiet_log()
    asyncio.run(_serve(building, given.base, given.model))
