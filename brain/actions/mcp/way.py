"""Actions as the tools of MCP servers. A tool is called only while the server describes it as it
was pinned, with arguments that fit; whom it is for is filled in here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from brain.actions.catalogue import Action, problem_of
from brain.actions.mcp.frames import outcome_of
from brain.actions.mcp.session import Server, Session
from brain.actions.tools import Schema, given_to, pinned, same_schema
from brain.actions.ways import Call, Places
from brain.actions.wire import REASON_LIMIT, Wire
from brain.acts import Answered


class McpWay:
    """Implements ``Way``; holds a session with each server."""

    def __init__(
        self, places: Places, tokens: Places, wire: Wire, monotonic: Callable[[], float]
    ) -> None:
        self._places = places
        self._tokens = tokens
        self._wire = wire
        self._monotonic = monotonic
        self._sessions: dict[str, Session] = {}

    async def close(self) -> None:
        for session in self._sessions.values():
            await session.close()

    async def look(self, action: Action, at: str, call: Call) -> Answered:
        return await self._call(action, at, call.values, writes=False)

    async def do(self, action: Action, call: Call) -> Answered:
        return await self._call(action, action.settings.tool or "", call.values, writes=True)

    async def send_code(self, action: Action, code: str, call: Call) -> Answered:
        values = {"code": code, "about": dict(call.arguments)}
        return await self._call(action, action.backend.verify or "", values, writes=True)

    async def _call(
        self, action: Action, tool: str, values: Mapping[str, Any], *, writes: bool
    ) -> Answered:
        session = self._session(action)
        if session is None:
            return Answered("failed", reason="the system is not up yet")
        schema = action.tools.get(tool)
        if schema is None:
            return Answered("refused", reason=f"the tool {tool} is not pinned")
        arguments = given_to(schema, action.backend, values)
        if (problem := problem_of(schema, arguments)) is not None:
            return Answered(
                "refused", reason=f"{tool} does not take this: {problem}"[:REASON_LIMIT]
            )
        if (changed := await _changed(session, tool, schema)) is not None:
            return changed
        answered = await session.call(tool, arguments)
        return outcome_of(answered.body, writes=writes) if answered.state == "done" else answered

    def _session(self, action: Action) -> Session | None:
        name, backend = action.settings.backend, action.backend
        place = self._places(name)
        if place is None:
            return None
        given = backend.token.get_secret_value() if backend.token is not None else None
        server = Server(place, given or self._tokens(name), backend.timeout_seconds)
        session = self._sessions.get(name)
        if session is None or session.server != server:
            session = self._sessions[name] = Session(server, self._wire, self._monotonic)
        return session


async def _changed(session: Session, tool: str, schema: Schema) -> Answered | None:
    """Why the tool is not called: its server cannot be asked, or describes another tool under the
    name that somebody looked at and pinned."""
    listed = await session.tools()
    if isinstance(listed, Answered):
        return listed
    try:
        known = pinned({"tools": listed_of(listed, tool)})
    except ValueError as error:
        return Answered("refused", reason=f"the server describes {tool} unusably: {error}")
    if tool not in known:
        return Answered("refused", reason=f"the server has no tool {tool} any more")
    if not same_schema(known[tool], schema):
        reason = f"the tool {tool} is not as it was pinned; look at it, and pin it anew"
        return Answered("refused", reason=reason)
    return None


def listed_of(listed: tuple[Mapping[str, Any], ...], tool: str) -> list[Mapping[str, Any]]:
    return [one for one in listed if one.get("name") == tool]
