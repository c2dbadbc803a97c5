"""Providers of models for commands, which have an event loop of their own: served from a thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Generator
from contextlib import contextmanager

from tests.platforms.models import Providers, Script


@contextmanager
def served(script: Script) -> Generator[Providers]:
    serving, loop = Providers(script), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(serving.__aenter__(), loop).result(10)
    try:
        yield serving
    finally:
        asyncio.run_coroutine_threadsafe(serving.__aexit__(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
