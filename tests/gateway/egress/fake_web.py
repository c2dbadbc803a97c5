"""A web on loopback: sites that say what a test tells them to, a listener that nobody may reach,
and names that answer as a test says."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeAlias

from aiohttp import web

Answer: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]

# Where the test's own site lives; the canary is at 127.0.0.1, which is never allowed.
SITE = "127.0.0.2"


@dataclass
class Site:
    """A real HTTP server. ``answers`` are by path; ``seen`` are the requests' headers."""

    port: int = 0
    answers: dict[str, web.Response | Answer] = field(
        default_factory=dict[str, "web.Response | Answer"]
    )
    seen: list[tuple[str, Mapping[str, str]]] = field(
        default_factory=list[tuple[str, Mapping[str, str]]]
    )

    def url(self, path: str, host: str = SITE) -> str:
        return f"http://{host}:{self.port}{path}"

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.seen.append((request.path_qs, dict(request.headers)))
        answer = self.answers.get(request.path)
        if isinstance(answer, web.Response):
            return answer
        return await answer(request) if answer else web.Response(status=404)

    def redirect(self, path: str, location: str, status: int = 302) -> str:
        async def away(_: web.Request) -> web.StreamResponse:
            return web.Response(status=status, headers={"Location": location})

        self.answers[path] = away
        return self.url(path)

    def text(self, path: str, text: str, media_type: str = "text/html") -> str:
        async def answer(_: web.Request) -> web.StreamResponse:
            return web.Response(text=text, content_type=media_type)

        self.answers[path] = answer
        return self.url(path)


@asynccontextmanager
async def site(host: str = SITE) -> AsyncGenerator[Site]:
    served = Site()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", served.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    tcp = web.TCPSite(runner, host, 0)
    await tcp.start()
    served.port = int(runner.addresses[0][1])
    yield served
    await runner.cleanup()


@dataclass
class Canary:
    port: int
    connects: int = 0


@asynccontextmanager
async def canary() -> AsyncGenerator[Canary]:
    """Counts who connects to 127.0.0.1, and to ::1 where this machine has it."""
    watch = Canary(0)

    async def caught(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        watch.connects += 1
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(caught, "127.0.0.1", 0) as server:
        watch.port = int(server.sockets[0].getsockname()[1])
        try:
            second = await asyncio.start_server(caught, "::1", watch.port)
        except OSError:
            yield watch
            return
        async with second:
            yield watch


@asynccontextmanager
async def raw(*pieces: bytes, hold: bool = False, host: str = SITE) -> AsyncGenerator[int]:
    """A server that answers each connection with these bytes, whatever is asked; with ``hold`` it
    goes on sending the last piece."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
            while hold:
                writer.write(pieces[-1])
                await writer.drain()
                await asyncio.sleep(0.005)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async with await asyncio.start_server(answer, host, 0) as server:
        yield int(server.sockets[0].getsockname()[1])


class Names:
    """Stands for DNS. A name with several answers gives the next one at each question, and the
    last for ever."""

    def __init__(self, answers: Mapping[str, Sequence[Sequence[str]]]) -> None:
        self._answers = {name: list(given) for name, given in answers.items()}
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        given = self._answers.get(host)
        if not given:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return given.pop(0) if len(given) > 1 else given[0]
