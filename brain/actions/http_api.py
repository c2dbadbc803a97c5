"""The business's systems over HTTP: one call each, never repeated here, never redirected. Who a
call is for comes from the conversation and goes in a header and the reserved placeholders; nothing
that a model or a customer wrote reaches either."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from brain.action_settings import HOLE
from brain.actions.catalogue import Action, in_text, shown
from brain.actions.ways import Call, Places
from brain.actions.wire import ANSWER_LIMIT, REASON_LIMIT, Sent, Wire
from brain.acts import Answered

_WHOLE = 1


class HttpWay:
    """Implements ``Way``."""

    def __init__(self, places: Places, tokens: Places, wire: Wire) -> None:
        self._places = places
        self._tokens = tokens
        self._wire = wire

    async def close(self) -> None:
        """The connections are the wire's."""

    async def look(self, action: Action, at: str, call: Call) -> Answered:
        return await self._call(action, "GET", at, call, None)

    async def do(self, action: Action, call: Call) -> Answered:
        body = body_of(action, call.arguments, call.values)
        return await self._call(action, action.method, action.path, call, body)

    async def send_code(self, action: Action, code: str, call: Call) -> Answered:
        body = {"code": code, "about": dict(call.arguments)}
        return await self._call(action, "POST", action.backend.verify or "", call, body)

    async def _call(
        self, action: Action, method: str, path: str, call: Call, body: Mapping[str, Any] | None
    ) -> Answered:
        backend, place = action.backend, self._places(action.settings.backend)
        if place is None:
            return Answered("failed", reason="the system is not up yet")
        try:
            url = f"{place.rstrip('/')}{address(path, call.values)}"
        except ValueError as error:
            return Answered("failed", reason=f"the request cannot be made: {error}"[:REASON_LIMIT])
        data = None if body is None else json.dumps(dict(body)).encode()
        headers = self._headers(action, call)
        if data is not None:
            headers["Content-Type"] = "application/json"
        sent = Sent(method, url, headers, data, backend.timeout_seconds)
        heard = await self._wire.exchange(sent)
        if isinstance(heard, Answered):
            return heard
        return judged(heard.status, heard.headers.get("Retry-After"), heard.raw)

    def _headers(self, action: Action, call: Call) -> dict[str, str]:
        backend = action.backend
        headers = {backend.customer_header: call.customer} if call.customer else {}
        if call.key:
            headers[backend.key_header] = call.key
        given = backend.token.get_secret_value() if backend.token is not None else None
        if token := given or self._tokens(action.settings.backend):
            headers["Authorization"] = f"Bearer {token}"
        return headers


def judged(status: int, retry_after: str | None, raw: bytes) -> Answered:
    """What a status means: 2xx done, 429 surely not done, other 4xx refused; a redirect, a 5xx or
    an answer that cannot be read may have done anything."""
    body = json_object(raw)
    if body is None and status // 100 == 2:  # noqa: PLR2004  # the family of 2xx
        return Answered("unknown", reason="the answer cannot be read")
    body = body or {}
    reason = shown(body.get("reason") or body.get("detail") or f"status {status}")[:REASON_LIMIT]
    if status // 100 == 2:  # noqa: PLR2004  # the family of 2xx
        return Answered("done", body)
    if status == 429:  # noqa: PLR2004  # Too Many Requests
        return Answered("failed", body, "the system is busy", _seconds(retry_after))
    if status // 100 == 4:  # noqa: PLR2004  # the family of 4xx
        return Answered("refused", body, reason)
    return Answered("unknown", body, f"the system failed with status {status}")


def json_object(raw: bytes) -> Mapping[str, Any] | None:
    if len(raw) > ANSWER_LIMIT:
        return None
    try:
        found: object = json.loads(raw) if raw.strip() else {}
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None  # pyright: ignore[reportUnknownVariableType]  # JSON


def _seconds(value: str | None) -> float | None:
    return min(float(value), 600.0) if value is not None and value.isdigit() else None


def address(template: str, values: Mapping[str, object]) -> str:
    """The path with every value encoded, so that none of them adds a step or a parameter.

    Raises:
        ValueError: a value that would change the path whatever its encoding.
    """

    def one(name: str) -> str:
        text = shown(values.get(name, ""))
        if text in {"", ".", ".."}:
            raise ValueError(f"{name} has no value that fits into an address")
        return quote(text, safe="")

    return HOLE.sub(lambda hole: one(hole[1]), template)


def body_of(
    action: Action, arguments: Mapping[str, Any], values: Mapping[str, Any]
) -> Mapping[str, Any]:
    """The action's body; without a template all arguments that the path does not hold."""
    template = action.settings.body
    if template is None:
        inside = set(HOLE.findall(action.path))
        return {name: value for name, value in arguments.items() if name not in inside}
    return {name: given for name, part in template.items() if (given := _part(part, values)) != ""}


def _part(template: Any, values: Mapping[str, Any]) -> Any:  # noqa: ANN401  # JSON
    if isinstance(template, str):
        whole = HOLE.fullmatch(template)
        # A value that stands alone keeps its type; one that is not given is left out.
        return values.get(whole[_WHOLE], "") if whole else in_text(template, values)
    if isinstance(template, Mapping):
        return {name: _part(part, values) for name, part in template.items()}  # pyright: ignore[reportUnknownVariableType]  # JSON
    if isinstance(template, list):
        return [_part(part, values) for part in template]  # pyright: ignore[reportUnknownVariableType]  # JSON
    return template
