"""A session with one MCP server: opened at the first call, opened anew when the server has
forgotten it, its list of tools looked at again from time to time. No call of a tool is repeated but
one that the server says it never saw."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from brain.actions.mcp import frames
from brain.actions.wire import Heard, Sent, Wire
from brain.acts import Answered

# After so long a server may have changed its tools without our hearing of it.
FRESH_SECONDS = 300.0
_PAGES = 20
_FORGOTTEN = 404
_CLOSE_SECONDS = 2.0
# Read with the module: a call has no time to look into the installed packages.
_CLIENT = {"name": "frontdesk", "version": version("frontdesk")}
_ACCEPT = "application/json, text/event-stream"


@dataclass(frozen=True, slots=True)
class Server:
    """Where a server is, and how long a call may take."""

    address: str
    token: str | None
    seconds: float


@dataclass(frozen=True, slots=True)
class _Open:
    """``tools`` are those of the server, as it lists them, since ``at``."""

    headers: Mapping[str, str]
    tools: tuple[Mapping[str, Any], ...]
    at: float


class Session:
    def __init__(self, server: Server, wire: Wire, monotonic: Callable[[], float]) -> None:
        self.server = server
        self._wire = wire
        self._monotonic = monotonic
        self._ids = itertools.count(1)
        self._opening = asyncio.Lock()
        self._open: _Open | None = None

    async def tools(self) -> tuple[Mapping[str, Any], ...] | Answered:
        """What the server lists, or why it cannot be asked: surely nothing was done."""
        opened = await self._opened()
        return opened if isinstance(opened, Answered) else opened.tools

    async def call(self, tool: str, arguments: Mapping[str, Any]) -> Answered:
        """``done`` has the result of the tool, whatever the tool itself says in it."""
        params = {"name": tool, "arguments": dict(arguments)}
        for _ in range(2):
            opened = await self._opened()
            if isinstance(opened, Answered):
                return opened
            heard, answered = await self._ask("tools/call", params, opened.headers)
            if heard is None or heard.status != _FORGOTTEN:
                return answered
            # It knows no such session, so it has looked at nothing else.
            self._forget(opened)
        return Answered("failed", reason="the server forgets its sessions at once")

    async def close(self) -> None:
        opened, self._open = self._open, None
        if opened is not None and "Mcp-Session-Id" in opened.headers:
            address = self.server.address
            sent = Sent("DELETE", address, self._headers(opened.headers), None, _CLOSE_SECONDS)
            await self._wire.exchange(sent)

    def _forget(self, opened: _Open) -> None:
        if self._open is opened:
            self._open = None

    async def _opened(self) -> _Open | Answered:
        async with self._opening:
            fresh = self._open is not None and self._monotonic() < self._open.at + FRESH_SECONDS
            if fresh and self._open is not None:
                return self._open
            made = await self._list(self._open.headers) if self._open is not None else None
            if not isinstance(made, _Open):
                made = await self._begin()
            self._open = made if isinstance(made, _Open) else None
            return made

    async def _begin(self) -> _Open | Answered:
        params = {"protocolVersion": frames.VERSION, "capabilities": {}, "clientInfo": _CLIENT}
        heard, answered = await self._ask("initialize", params, {})
        if answered.state != "done" or heard is None:
            return _not_done(answered)
        spoken = answered.body.get("protocolVersion")
        if spoken not in frames.VERSIONS:
            return Answered("failed", reason=f"the server speaks MCP {str(spoken)[:20]}, we do not")
        headers = {"MCP-Protocol-Version": str(spoken)}
        if session := heard.headers.get("Mcp-Session-Id"):
            headers["Mcp-Session-Id"] = session
        data = frames.request(None, "notifications/initialized", {})
        told = await self._wire.exchange(self._sent(data, headers))
        return _not_done(told) if isinstance(told, Answered) else await self._list(headers)

    async def _list(self, headers: Mapping[str, str]) -> _Open | Answered:
        tools: list[Mapping[str, Any]] = []
        params: dict[str, Any] = {}
        for _ in range(_PAGES):
            _, answered = await self._ask("tools/list", params, headers)
            if answered.state != "done":
                return _not_done(answered)
            page: list[Any] = answered.body.get("tools") or []
            tools += [tool for tool in page if isinstance(tool, Mapping)]
            params = {"cursor": answered.body.get("nextCursor")}
            if not params["cursor"]:
                return _Open(headers, tuple(tools), self._monotonic())
        return Answered("failed", reason="the server's list of tools does not end")

    async def _ask(
        self, method: str, params: Mapping[str, Any], headers: Mapping[str, str]
    ) -> tuple[Heard | None, Answered]:
        id = next(self._ids)
        sent = self._sent(frames.request(id, method, params), headers)
        heard = await self._wire.exchange(sent, frames.answer_to(id))
        if isinstance(heard, Answered):
            return None, heard
        return heard, frames.result_of(heard, id)

    def _sent(self, data: bytes, headers: Mapping[str, str]) -> Sent:
        told = {**self._headers(headers), "Content-Type": "application/json", "Accept": _ACCEPT}
        return Sent("POST", self.server.address, told, data, self.server.seconds)

    def _headers(self, more: Mapping[str, str]) -> dict[str, str]:
        token = self.server.token
        return {**({"Authorization": f"Bearer {token}"} if token else {}), **more}


def _not_done(answered: Answered) -> Answered:
    """Opening and listing change nothing, whatever became of them."""
    return Answered("failed", reason=answered.reason, retry_after=answered.retry_after)
