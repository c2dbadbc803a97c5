"""The same work by hand in the fewest lines: a webhook, a commit, a model, a commit, a send, a
commit. One thread writes SQLite with FULL group commits. It is what the gateway is measured
against, and no gateway: nothing here is fenced, ordered, retried or resumed."""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, TypeAlias

import aiohttp
from aiohttp import web

from bench.model import Model, Way, asking
from bench.serve import serve

Unit: TypeAlias = Callable[[sqlite3.Connection], int]


class Writer:
    """Rows in, group commits out."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._jobs: queue.SimpleQueue[tuple[Unit, asyncio.Future[int]]] = queue.SimpleQueue()
        self._loop = asyncio.get_running_loop()
        threading.Thread(target=self._work, daemon=True).start()

    async def write(self, unit: Unit) -> int:
        future: asyncio.Future[int] = self._loop.create_future()
        self._jobs.put((unit, future))
        return await future

    def _work(self) -> None:
        database = sqlite3.connect(self._file, isolation_level=None)
        database.executescript(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
            "CREATE TABLE said (id TEXT PRIMARY KEY, chat TEXT, body TEXT, answer TEXT, sent REAL);"
        )
        while True:
            batch = [self._jobs.get()]
            while len(batch) < 60 and not self._jobs.empty():
                batch.append(self._jobs.get())
            database.execute("BEGIN IMMEDIATE")
            done = [(future, unit(database)) for unit, future in batch]
            database.execute("COMMIT")
            self._loop.call_soon_threadsafe(_resolve, done)


def _resolve(done: list[tuple[asyncio.Future[int], int]]) -> None:
    for future, changed in done:
        future.set_result(changed)


class Floor:
    def __init__(
        self, writer: Writer, http: aiohttp.ClientSession, sink: str, model: Model
    ) -> None:
        self._writer = writer
        self._http = http
        self._sink = sink
        self._model = model
        self._answering: set[asyncio.Task[None]] = set()

    async def hook(self, request: web.Request) -> web.Response:
        said: dict[str, Any] = await request.json()
        row = (said["id"], said["chat"], said["text"])
        insert = "INSERT INTO said (id, chat, body) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
        if await self._writer.write(lambda db: db.execute(insert, row).rowcount):
            task = asyncio.create_task(self._answer(*row))
            self._answering.add(task)
            task.add_done_callback(self._answering.discard)
        return web.Response()

    async def _answer(self, id: str, chat: str, text: str) -> None:
        answer = await self._model(text)
        update = "UPDATE said SET answer = ? WHERE id = ?"
        await self._writer.write(lambda db: db.execute(update, (answer, id)).rowcount)
        async with self._http.post(self._sink, json={"chat": chat, "text": answer}) as sent:
            await sent.read()
        mark = "UPDATE said SET sent = unixepoch('subsec') WHERE id = ?"
        await self._writer.write(lambda db: db.execute(mark, (id,)).rowcount)


async def application(
    folder: Path, base: str, way: Way
) -> tuple[web.Application, AbstractAsyncContextManager[None]]:
    app = web.Application()

    @asynccontextmanager
    async def resources() -> AsyncGenerator[None]:
        async with aiohttp.ClientSession() as http, asking(way, base) as model:
            floor = Floor(Writer(folder / "floor.db"), http, f"{base}/sent", model)
            app.router.add_post("/hook", floor.hook)
            yield

    return app, resources()


if __name__ == "__main__":
    serve(application)
