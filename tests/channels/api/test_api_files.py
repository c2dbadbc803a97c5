"""Files that came as addresses: fetched from the receiver's own origin, and from nowhere else."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from channels.api.channel import ApiChannel
from channels.errors import RejectedSendError, RetryableSendError
from channels.kinds import CAPABILITIES
from tests.channels.fakes import FakeClock
from tests.contract.harness.api import settings


@asynccontextmanager
async def fetching() -> AsyncGenerator[tuple[ApiChannel, str]]:
    """A channel, and the origin of its receiver, which has files."""

    async def file(request: web.Request) -> web.Response:
        status = int(request.match_info["status"])
        headers = {"Location": "/200"} if status == 302 else {}
        if status == 206:
            headers["Content-Encoding"] = "gzip"
            status = 200
        return web.Response(status=status, body=b"x" * 100_000, headers=headers)

    app = web.Application()
    app.router.add_get("/{status}", file)
    async with TestServer(app) as server:
        home = str(server.make_url("")).rstrip("/")
        channel = ApiChannel("crm", settings(f"{home}/in"), CAPABILITIES["api"], FakeClock())
        async with channel:
            yield channel, home


async def read(channel: ApiChannel, url: object) -> bytes:
    return b"".join([piece async for piece in channel.open({"url": url})])


async def test_a_file_of_the_receivers_own_is_fetched() -> None:
    async with fetching() as (channel, home):
        assert await read(channel, f"{home}/200") == b"x" * 100_000


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://127.0.0.1:1/200",
        "https://127.0.0.1/200",
        "file:///etc/passwd",
        "//evil.example/200",
        "nothing",
        None,
    ],
)
async def test_nothing_is_fetched_from_elsewhere(url: object) -> None:
    async with fetching() as (channel, _):
        with pytest.raises(RejectedSendError, match="only"):
            await read(channel, url)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (302, RejectedSendError),
        (206, RejectedSendError),
        (404, RejectedSendError),
        (410, RejectedSendError),
        (429, RetryableSendError),
        (503, RetryableSendError),
    ],
)
async def test_what_the_address_answers_decides(status: int, error: type[Exception]) -> None:
    async with fetching() as (channel, home):
        with pytest.raises(error):
            await read(channel, f"{home}/{status}")


async def test_a_receiver_that_is_gone_is_asked_again() -> None:
    channel = ApiChannel("crm", settings("http://127.0.0.1:1/in"), CAPABILITIES["api"], FakeClock())
    async with channel:
        with pytest.raises(RetryableSendError):
            await read(channel, "http://127.0.0.1:1/200")
