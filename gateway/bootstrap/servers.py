"""The MCP servers of a configuration, asked what they offer: to pin it, and to see whether it still
is what was pinned."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from brain.action_settings import BackendSettings
from brain.actions.catalogue import Catalogue
from brain.actions.mcp.session import Server, Session
from brain.actions.tools import pinned, same_schema
from brain.actions.wire import Wire
from brain.acts import Answered
from gateway.config.settings import Settings
from gateway.errors import FrontdeskError


class ServerUnusable(FrontdeskError):
    """An MCP server cannot be asked what it offers."""


@dataclass(frozen=True, slots=True)
class ServerReport:
    """``problem`` is None where every tool that the catalogue uses is as it was pinned."""

    name: str
    tools: int
    problem: str | None = None


async def tools_of(settings: Settings, name: str) -> Sequence[Mapping[str, Any]]:
    """
    Raises:
        ServerUnusable: there is no such server, or it does not answer.
    """
    backends = settings.brain.actions.backends
    servers = sorted(known for known, backend in backends.items() if backend.mcp is not None)
    if name not in servers:
        there = ", ".join(servers) or "none"
        raise ServerUnusable(f"no backend {name} has mcp: an address; there are {there}")
    async with _session(backends[name]) as session:
        listed = await session.tools()
    if isinstance(listed, Answered):
        raise ServerUnusable(f"{name} does not say what it offers: {listed.reason}")
    return listed


async def check_servers(settings: Settings, catalogue: Catalogue) -> Sequence[ServerReport]:
    backends = settings.brain.actions.backends.items()
    names = [name for name, backend in backends if backend.mcp is not None]
    return [await _report(settings, name, _used(catalogue, name)) for name in names]


async def _report(
    settings: Settings, name: str, used: Mapping[str, Mapping[str, Any]]
) -> ServerReport:
    try:
        listed = await tools_of(settings, name)
        offered = pinned({"tools": [tool for tool in listed if tool.get("name") in used]})
    except (ServerUnusable, ValueError) as error:
        return ServerReport(name, len(used), str(error))
    for tool, schema in used.items():
        if tool not in offered:
            return ServerReport(name, len(used), f"the server has no tool {tool} any more")
        if not same_schema(offered[tool], schema):
            problem = f"{tool} is not as it was pinned; look at it, and pin it anew"
            return ServerReport(name, len(used), problem)
    return ServerReport(name, len(used))


def _used(catalogue: Catalogue, backend: str) -> dict[str, Mapping[str, Any]]:
    """The pinned tools that the catalogue calls, with their schemas."""
    found: dict[str, Mapping[str, Any]] = {}
    for action in catalogue.all():
        if action.settings.backend == backend:
            steps = (action.settings.lookup, action.settings.read_back)
            names = [action.settings.tool, action.backend.verify]
            names += [step.tool for step in steps if step is not None]
            found |= {name: action.tools[name] for name in names if name is not None}
    return found


@asynccontextmanager
async def _session(backend: BackendSettings) -> AsyncGenerator[Session]:
    token = backend.token.get_secret_value() if backend.token is not None else None
    wire = Wire()
    session = Session(
        Server(backend.mcp or "", token, backend.timeout_seconds), wire, time.monotonic
    )
    try:
        yield session
    finally:
        await session.close()
        await wire.close()
