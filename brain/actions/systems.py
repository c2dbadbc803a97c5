"""The business's systems, each by its own way: over HTTP, or as tools of an MCP server. What is the
same for all stands here: what a look before a write has to show, and what counts as read back."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from brain.actions.catalogue import Action, Catalogue, in_text, shown
from brain.actions.http_api import HttpWay
from brain.actions.mcp.way import McpWay
from brain.actions.ways import Call, Places, Way
from brain.actions.wire import Wire
from brain.acts import ActionRequest, Answered


class BusinessSystems:
    """Implements ``Actions``. ``catalogue`` gives the one in force, ``places`` where a backend is,
    ``tokens`` one that the configuration does not hold."""

    def __init__(
        self,
        catalogue: Callable[[], Catalogue],
        places: Places,
        tokens: Places = lambda _backend: None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._catalogue = catalogue
        self._wire = Wire()
        self._http: Way = HttpWay(places, tokens, self._wire)
        self._mcp: Way = McpWay(places, tokens, self._wire, monotonic)

    async def close(self) -> None:
        await self._mcp.close()
        await self._http.close()
        await self._wire.close()

    async def look_up(self, request: ActionRequest, customer: str | None) -> Answered:
        action = self._action(request)
        wanted = action.settings.lookup if action is not None else None
        if action is None or wanted is None:
            return Answered("done")
        call = Call(request.arguments, customer)
        found = await self._look(action, wanted.at, call)
        if found.state != "done" or (other := _differs(found.body, wanted.expect, call)) is None:
            return found
        return Answered("refused", found.body, f"looked up, {other}")

    async def read(self, request: ActionRequest, customer: str | None) -> Answered:
        action = self._action(request)
        if action is None:
            return Answered("failed", reason=f"there is no action {request.action}")
        at = action.settings.tool or action.path
        return await self._look(action, at, Call(request.arguments, customer))

    async def write(self, request: ActionRequest, customer: str | None, key: str) -> Answered:
        action = self._action(request)
        if action is None:
            return Answered("failed", reason=f"there is no action {request.action} any more")
        return await self._way(action).do(action, Call(request.arguments, customer, key))

    async def read_back(self, request: ActionRequest, customer: str | None, key: str) -> Answered:
        action = self._action(request)
        wanted = action.settings.read_back if action is not None else None
        if action is None or wanted is None:
            return Answered("unknown", reason="the action names no way to see whether it was done")
        call = Call(request.arguments, customer, key)
        found = await self._look(action, wanted.at, call)
        if found.state != "done":
            return Answered("unknown", reason=f"it could not be read back: {found.reason}")
        other = _differs(found.body, wanted.expect, call)
        if other is not None:
            return Answered("unknown", found.body, f"read back, {other}")
        return found

    async def send_code(self, request: ActionRequest, code: str) -> Answered:
        action = self._action(request)
        if action is None or action.backend.verify is None:
            return Answered("refused", reason="the backend names no way to send a code")
        answered = await self._way(action).send_code(action, code, Call(request.arguments))
        named = answered.body.get("customer"), answered.body.get("masked")
        if answered.state == "done" and not all(isinstance(one, str) and one for one in named):
            return Answered("failed", reason="the backend did not say to whom it sent the code")
        return answered

    def _action(self, request: ActionRequest) -> Action | None:
        return self._catalogue().get(request.action)

    def _way(self, action: Action) -> Way:
        return self._http if action.backend.mcp is None else self._mcp

    async def _look(self, action: Action, at: str, call: Call) -> Answered:
        answered = await self._way(action).look(action, at, call)
        # A read without an answer has done nothing.
        if answered.state == "unknown":
            return Answered("failed", reason=answered.reason)
        return answered


def _differs(body: Mapping[str, object], expect: Mapping[str, str], call: Call) -> str | None:
    """The first field that is not as it has to be."""
    for field, expected in expect.items():
        told, meant = shown(body.get(field)), in_text(expected, call.values)
        if told != meant:
            return f"{field} is {told[:60]!r} and not {meant[:60]!r}"
    return None
