"""Calls to a business's system: who they are for comes from the conversation, no value changes an
address, and what an answer means is never guessed upwards."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from brain.action_settings import ActionsSettings
from brain.actions.catalogue import catalogue_of
from brain.actions.http_api import address
from brain.actions.systems import BusinessSystems
from brain.acts import ActionRequest


class Backend:
    """Notes what it is asked and answers as told."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, dict[str, str], Any]] = []
        self.status = 200
        self.body: bytes = b"{}"
        self.headers: dict[str, str] = {}
        self.drops = False
        self.url = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        self.asked.append((request.method, request.raw_path, dict(request.headers), raw.decode()))
        if self.drops:
            assert request.transport is not None
            request.transport.abort()
        return web.Response(
            status=self.status,
            body=self.body,
            headers=self.headers,
            content_type="application/json",
        )


@pytest.fixture
async def backend() -> AsyncIterator[Backend]:
    found = Backend()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", found.answer)
    server = TestServer(app)
    await server.start_server()
    found.url = str(server.make_url("/")).rstrip("/")
    yield found
    await server.close()


@pytest.fixture
async def systems(backend: Backend) -> AsyncIterator[BusinessSystems]:
    schema: dict[str, Any] = {"type": "object", "properties": {"order": {}, "amount": {}}}
    settings = ActionsSettings.model_validate(
        {
            "backends": {
                "shop": {"url": backend.url, "token": "s3cret", "verify": "/codes"}
            },
            "catalogue": {
                "refund": {
                    "title": "Refund", "kind": "write", "backend": "shop", "method": "POST",
                    "path": "/orders/{order}/refund", "parameters": schema,
                    "body": {"amount": "{amount}", "for": "{customer}", "id": "{key}",
                             "text": "of {order}"},
                    "read_back": {"path": "/orders/{order}", "expect": {"status": "refunded"}},
                },
            },
        }
    )  # fmt: skip
    catalogue = catalogue_of(settings, {})
    made = BusinessSystems(lambda: catalogue, lambda _name: backend.url)
    yield made
    await made.close()


REFUND = ActionRequest("refund", {"order": "A1", "amount": 12.5})


async def test_a_write_says_for_whom_and_under_which_key(
    backend: Backend, systems: BusinessSystems
) -> None:
    answered = await systems.write(REFUND, "ada", "k1")
    assert answered.state == "done"
    method, path, headers, body = backend.asked[0]
    assert (method, path) == ("POST", "/orders/A1/refund")
    assert headers["X-Customer"] == "ada"
    assert headers["Idempotency-Key"] == "k1"
    assert headers["Authorization"] == "Bearer s3cret"
    assert body == '{"amount": 12.5, "for": "ada", "id": "k1", "text": "of A1"}'


@pytest.mark.parametrize(
    ("status", "body", "state"),
    [
        (200, b'{"a": 1}', "done"),
        (204, b"", "done"),
        (200, b"<html>", "unknown"),
        (200, b"[1]", "unknown"),
        (302, b"", "unknown"),
        (400, b'{"reason": "no"}', "refused"),
        (404, b"", "refused"),
        (409, b"", "refused"),
        (429, b"", "failed"),
        (500, b"", "unknown"),
        (503, b"", "unknown"),
    ],
)
async def test_what_an_answer_means(
    backend: Backend, systems: BusinessSystems, status: int, body: bytes, state: str
) -> None:
    backend.status, backend.body = status, body
    assert (await systems.write(REFUND, "ada", "k")).state == state
    assert len(backend.asked) == 1


async def test_a_connection_that_breaks_leaves_it_unknown(
    backend: Backend, systems: BusinessSystems
) -> None:
    backend.drops = True
    assert (await systems.write(REFUND, "ada", "k")).state == "unknown"
    assert (await systems.read(REFUND, "ada")).state == "failed"


async def test_where_nothing_listens_surely_nothing_was_done(backend: Backend) -> None:
    settings = ActionsSettings.model_validate(
        {
            "backends": {"shop": {"url": "http://127.0.0.1:9"}},
            "catalogue": {
                "refund": {
                    "title": "R", "kind": "write", "backend": "shop", "method": "POST",
                    "path": "/r",
                }
            },
        }
    )  # fmt: skip
    catalogue = catalogue_of(settings, {})
    systems = BusinessSystems(lambda: catalogue, lambda _name: "http://127.0.0.1:9")
    assert (await systems.write(ActionRequest("refund"), None, "k")).state == "failed"
    await systems.close()


async def test_done_is_what_reads_back_as_done(backend: Backend, systems: BusinessSystems) -> None:
    backend.body = b'{"status": "refunded"}'
    assert (await systems.read_back(REFUND, "ada", "k")).state == "done"
    backend.body = b'{"status": "open"}'
    assert (await systems.read_back(REFUND, "ada", "k")).state == "unknown"


async def test_a_code_that_went_nowhere_is_not_taken_for_sent(
    backend: Backend, systems: BusinessSystems
) -> None:
    backend.body = b'{"customer": "ada"}'
    assert (await systems.send_code(REFUND, "123456")).state == "failed"
    backend.body = b'{"customer": "ada", "masked": "a@e"}'
    assert (await systems.send_code(REFUND, "123456")).state == "done"


@pytest.mark.parametrize(
    "value", ["A1/../B2", "A1?x=1", "A1#", "A1%2F..", "a b", "A1\r\nX-Customer: bob", "é"]
)
def test_no_value_adds_a_step_or_a_parameter(value: str) -> None:
    path = address("/orders/{order}/refund", {"order": value})
    assert path.count("/") == 3
    assert not set("?#\r\n ") & set(path)


@pytest.mark.parametrize("value", ["", ".", "..", None])
def test_a_value_that_is_a_step_itself_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="fits into an address"):
        address("/orders/{order}", {"order": value})
