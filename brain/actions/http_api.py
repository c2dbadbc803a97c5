"""The business's systems over HTTP: one call each, never repeated here, never redirected. Who a
call is for comes from the conversation and goes in a header and the reserved placeholders; nothing
that a model or a customer wrote reaches either."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

import aiohttp

from brain.action_settings import HOLE
from brain.actions.catalogue import Action, Catalogue, shown
from brain.acts import ActionRequest, Answered

ANSWER_LIMIT = 65_536
_REASON_LIMIT = 300
_WHOLE = 1
# Addresses by backend name; None while the demo's shop is not up.
Places = Callable[[str], str | None]


class HttpActions:
    """Implements ``Actions``. ``catalogue`` gives the one in force, ``places`` where a backend is,
    ``tokens`` one that the configuration does not hold."""

    def __init__(
        self,
        catalogue: Callable[[], Catalogue],
        places: Places,
        tokens: Places = lambda _backend: None,
    ) -> None:
        self._catalogue = catalogue
        self._places = places
        self._tokens = tokens
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def look_up(self, request: ActionRequest, customer: str | None) -> Answered:
        action = self._action(request)
        if action is None or action.settings.lookup is None:
            return Answered("done")
        return await self._get(action, action.settings.lookup.path, request, customer, "")

    async def read(self, request: ActionRequest, customer: str | None) -> Answered:
        action = self._action(request)
        if action is None:
            return Answered("failed", reason=f"there is no action {request.action}")
        return await self._get(action, action.path, request, customer, "")

    async def write(self, request: ActionRequest, customer: str | None, key: str) -> Answered:
        action = self._action(request)
        if action is None:
            return Answered("failed", reason=f"there is no action {request.action} any more")
        values = {**request.arguments, "customer": customer or "", "key": key}
        path, body = address(action.path, values), body_of(action, request.arguments, values)
        return await self._call(action, action.method, path, customer, key, body)

    async def read_back(self, request: ActionRequest, customer: str | None, key: str) -> Answered:
        action = self._action(request)
        wanted = action.settings.read_back if action is not None else None
        if action is None or wanted is None:
            return Answered("unknown", reason="the action names no way to see whether it was done")
        found = await self._get(action, wanted.path, request, customer, key)
        values = {**request.arguments, "customer": customer or "", "key": key}
        if found.state != "done":
            return Answered("unknown", reason=f"it could not be read back: {found.reason}")
        for field, expected in wanted.expect.items():
            told, meant = shown(found.body.get(field)), in_text(expected, values)
            if told != meant:
                reason = f"read back, {field} is {told[:60]!r} and not {meant[:60]!r}"
                return Answered("unknown", found.body, reason)
        return found

    async def send_code(self, request: ActionRequest, code: str) -> Answered:
        action = self._action(request)
        path = action.backend.verify if action is not None else None
        if action is None or path is None:
            return Answered("refused", reason="the backend names no way to send a code")
        body = {"code": code, "about": dict(request.arguments)}
        answered = await self._call(action, "POST", path, None, "", body)
        named = answered.body.get("customer"), answered.body.get("masked")
        if answered.state == "done" and not all(isinstance(one, str) and one for one in named):
            return Answered("failed", reason="the backend did not say to whom it sent the code")
        return answered

    def _action(self, request: ActionRequest) -> Action | None:
        return self._catalogue().get(request.action)

    async def _get(
        self, action: Action, path: str, request: ActionRequest, customer: str | None, key: str
    ) -> Answered:
        values = {**request.arguments, "customer": customer or "", "key": key}
        answered = await self._call(action, "GET", address(path, values), customer, key, None)
        # A read without an answer has done nothing.
        if answered.state == "unknown":
            return Answered("failed", reason=answered.reason)
        return answered

    async def _call(
        self,
        action: Action,
        method: str,
        path: str,
        customer: str | None,
        key: str,
        body: Mapping[str, Any] | None,
    ) -> Answered:
        backend, place = action.backend, self._places(action.settings.backend)
        if place is None:
            return Answered("failed", reason="the system is not up yet")
        headers = {backend.customer_header: customer} if customer else {}
        if key:
            headers[backend.key_header] = key
        given = backend.token.get_secret_value() if backend.token is not None else None
        if token := given or self._tokens(action.settings.backend):
            headers["Authorization"] = f"Bearer {token}"
        try:
            async with asyncio.timeout(backend.timeout_seconds):
                return await self._asked(method, f"{place.rstrip('/')}{path}", headers, body)
        except aiohttp.ClientConnectorError as error:
            # No connection, so not a byte of the request has left.
            return Answered("failed", reason=f"the system cannot be reached: {error.strerror}")
        except TimeoutError:
            return Answered("unknown", reason="the system gave no answer in time")
        except (aiohttp.ClientError, OSError) as error:
            return Answered("unknown", reason=f"the connection broke: {type(error).__name__}")
        except ValueError as error:
            return Answered("failed", reason=f"the request cannot be made: {error}"[:_REASON_LIMIT])

    async def _asked(
        self, method: str, url: str, headers: Mapping[str, str], body: Mapping[str, Any] | None
    ) -> Answered:
        session = self._session = self._session or aiohttp.ClientSession(
            cookie_jar=aiohttp.DummyCookieJar(), trust_env=False
        )
        data = None if body is None else json.dumps(dict(body)).encode()
        sent = {"Content-Type": "application/json"} if data is not None else {}
        async with session.request(
            method, url, data=data, headers={**headers, **sent}, allow_redirects=False
        ) as response:
            raw = await response.content.read(ANSWER_LIMIT + 1)
            return judged(response.status, response.headers.get("Retry-After"), raw)


def judged(status: int, retry_after: str | None, raw: bytes) -> Answered:
    """What a status means: 2xx done, 429 surely not done, other 4xx refused; a redirect, a 5xx or
    an answer that cannot be read may have done anything."""
    body = _object(raw)
    if body is None and status // 100 == 2:  # noqa: PLR2004  # the family of 2xx
        return Answered("unknown", reason="the answer cannot be read")
    body = body or {}
    reason = shown(body.get("reason") or body.get("detail") or f"status {status}")[:_REASON_LIMIT]
    if status // 100 == 2:  # noqa: PLR2004  # the family of 2xx
        return Answered("done", body)
    if status == 429:  # noqa: PLR2004  # Too Many Requests
        return Answered("failed", body, "the system is busy", _seconds(retry_after))
    if status // 100 == 4:  # noqa: PLR2004  # the family of 4xx
        return Answered("refused", body, reason)
    return Answered("unknown", body, f"the system failed with status {status}")


def _object(raw: bytes) -> Mapping[str, Any] | None:
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


def in_text(template: str, values: Mapping[str, object]) -> str:
    return HOLE.sub(lambda hole: shown(values.get(hole[1], "")), template)


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
