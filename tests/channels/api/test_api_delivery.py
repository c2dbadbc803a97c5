"""What becomes of a delivery: taken, not taken, refused for good, or in doubt; and what a receiver
can never make the channel do."""

from __future__ import annotations

import json
import logging
import socket
from collections.abc import AsyncIterator, Callable
from email.utils import formatdate
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from channels.api.channel import ApiChannel
from channels.api.delivery import LONGEST_WAIT, retry_after
from channels.contract import Choice, OutboundMessage
from channels.errors import (
    ChannelError,
    ChannelMisconfigured,
    RejectedSendError,
    RetryableSendError,
    UncertainSendError,
)
from channels.events import Address, Attachment
from channels.kinds import CAPABILITIES
from tests.channels.fakes import NOW, FakeClock
from tests.contract.harness.api import SECRET, Rig, rig, settings

MESSAGE = OutboundMessage("d-1", Address("c-1", "t-1"), "**hi**", "hi")


@pytest.fixture
async def opened() -> AsyncIterator[Rig]:
    async with rig() as ready:
        yield ready


def says(status: int, body: str = "", **headers: str) -> Callable[[web.Request], web.Response]:
    return lambda _: web.Response(status=status, text=body, headers=headers)


async def test_a_message_goes_out_whole(opened: Rig) -> None:
    message = OutboundMessage(
        "d-1",
        Address("c|1", "t-1"),
        "**hi** \U0001f44b",
        "hi \U0001f44b",
        attachments=(Attachment("a.pdf", "application/pdf", url="https://desk.example/files/x"),),
        choices=(Choice("person", "Talk to a person"),),
        reply_to="e-1",
        author="assistant",
        reply_context={"ticket": 7},
    )
    receipt = await opened.channel.send(message)
    assert (receipt.external_ids, receipt.accepted_at) == (("d-1",), NOW)
    assert opened.receiver.keys == ["d-1"]
    assert opened.receiver.got == [
        {
            "type": "message",
            "id": "d-1",
            "chat": "c|1",
            "thread": "t-1",
            "text": "**hi** \U0001f44b",
            "plain": "hi \U0001f44b",
            "author": "assistant",
            "choices": [{"id": "person", "label": "Talk to a person"}],
            "reply_to": "e-1",
            "context": {"ticket": 7},
            "files": [{"name": "a.pdf", "url": "https://desk.example/files/x"}],
        }
    ]


async def test_edits_and_deletions_say_what_they_change(opened: Rig) -> None:
    await opened.channel.edit("x-1", MESSAGE)
    await opened.channel.delete(MESSAGE.address, "x-1")
    edit, delete = opened.receiver.got
    assert (edit["type"], edit["message"], edit["id"], edit["plain"]) == (
        "edit",
        "x-1",
        "d-1",
        "hi",
    )
    assert delete == {
        "type": "delete",
        "id": "delete-x-1",
        "chat": "c-1",
        "thread": "t-1",
        "message": "x-1",
    }


async def test_a_file_without_an_address_is_refused_and_not_left_out(opened: Rig) -> None:
    file = Attachment("a.pdf", "application/pdf", content=b"%PDF")
    with pytest.raises(RejectedSendError, match="without an address"):
        await opened.channel.send(OutboundMessage("d", Address("c"), "x", "x", attachments=(file,)))
    assert opened.receiver.got == []


@pytest.mark.parametrize(
    ("body", "external"),
    [
        ("", "d-1"),
        ('{"id": "crm-9"}', "crm-9"),
        ('{"id": 9}', "d-1"),
        ('{"id": ""}', "d-1"),
        (json.dumps({"id": "x" * 201}), "d-1"),
        ('{"id": "a\\nb"}', "d-1"),
        ("[" * 60_000, "d-1"),
        ('["id"]', "d-1"),
        (" " * 70_000 + '{"id": "far"}', "d-1"),
    ],
)
async def test_the_receivers_id_is_taken_where_it_is_one(
    opened: Rig, body: str, external: str
) -> None:
    opened.receiver.answer = says(200, body)
    assert (await opened.channel.send(MESSAGE)).external_ids == (external,)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, RejectedSendError),
        (404, RejectedSendError),
        (409, RejectedSendError),
        (410, RejectedSendError),
        (422, RejectedSendError),
        (401, ChannelMisconfigured),
        (403, ChannelMisconfigured),
        (301, ChannelMisconfigured),
        (307, ChannelMisconfigured),
        (408, RetryableSendError),
        (429, RetryableSendError),
        (500, RetryableSendError),
        (502, RetryableSendError),
        (503, RetryableSendError),
    ],
)
async def test_each_status_has_its_meaning(
    opened: Rig, status: int, error: type[ChannelError]
) -> None:
    where = str(opened.channel.settings.url)
    opened.receiver.answer = says(status, "secret words of theirs", Location=where)
    with pytest.raises(error) as caught:
        await opened.channel.send(MESSAGE)
    assert type(caught.value) is error
    assert "secret words" not in str(caught.value)
    assert len(opened.receiver.got) == 1


async def test_still_at_it_is_no_refusal_where_keys_are_known() -> None:
    async with rig(idempotent=True) as opened:
        assert opened.channel.capabilities == CAPABILITIES["api"]
        opened.receiver.answer = says(409)
        with pytest.raises(RetryableSendError):
            await opened.channel.send(MESSAGE)


async def test_a_receiver_may_ask_for_time_but_not_for_ever(opened: Rig) -> None:
    opened.receiver.answer = says(429, **{"Retry-After": "86400"})
    with pytest.raises(RetryableSendError) as caught:
        await opened.channel.send(MESSAGE)
    assert caught.value.retry_after == LONGEST_WAIT


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("7", 7.0),
        (" 7 ", 7.0),
        ("9" * 5000, LONGEST_WAIT),
        (formatdate(NOW + 20, usegmt=True), 20.0),
        (formatdate(NOW - 20, usegmt=True), 0.0),
        (formatdate(NOW + 9000, usegmt=True), LONGEST_WAIT),
        ("soon", None),
        ("-1", None),
        ("\u0667", None),
        ("", None),
    ],
)
def test_retry_after(header: str | None, seconds: float | None) -> None:
    assert retry_after(header, NOW) == seconds


def _cut(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def test_a_connection_cut_after_the_request_leaves_doubt(opened: Rig) -> None:
    opened.receiver.answer = _cut
    with pytest.raises(UncertainSendError):
        await opened.channel.send(MESSAGE)
    assert len(opened.receiver.got) == 1
    with pytest.raises(UncertainSendError):
        await opened.channel.reconcile(MESSAGE)
    opened.receiver.answer = says(200)
    await opened.channel.send(MESSAGE)
    assert opened.receiver.keys == ["d-1", "d-1"]


async def test_an_answer_that_is_no_http_leaves_doubt(opened: Rig) -> None:
    def babble(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.write(b"what?\r\n\r\n")
        return _cut(request)

    opened.receiver.answer = babble
    with pytest.raises(UncertainSendError):
        await opened.channel.send(MESSAGE)


async def test_a_status_that_arrived_counts_though_its_body_did_not(opened: Rig) -> None:
    async def broken(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "100"})
        await response.prepare(request)
        await response.write(b'{"id":')
        assert request.transport is not None
        request.transport.close()
        return response

    app = web.Application()
    app.router.add_post("/", broken)
    async with TestServer(app) as server, channel_at(str(server.make_url("/"))) as channel:
        assert (await channel.send(MESSAGE)).external_ids == ("d-1",)


def channel_at(url: str, **fields: Any) -> ApiChannel:
    return ApiChannel("crm", settings(url, **fields), CAPABILITIES["api"], FakeClock())


@pytest.mark.parametrize("host", ["127.0.0.1", "nowhere.localhost"])
async def test_a_refused_connection_was_certainly_not_sent(host: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        async with channel_at(f"http://{host}:{port}/") as channel:
            with pytest.raises(RetryableSendError, match="cannot be reached"):
                await channel.send(MESSAGE)
            with pytest.raises(ChannelMisconfigured, match="nobody answers"):
                await channel.check()


async def test_before_it_is_up_and_after_nothing_is_sent(opened: Rig) -> None:
    channel = channel_at(opened.channel.settings.url)
    with pytest.raises(RetryableSendError, match="not up"):
        await channel.send(MESSAGE)
    async with channel:
        await channel.send(MESSAGE)
    async with channel:
        await channel.send(MESSAGE)
    with pytest.raises(RetryableSendError, match="not up"):
        await channel.send(MESSAGE)
    assert len(opened.receiver.got) == 2


async def test_the_check_sends_no_message_and_says_what_it_tried(opened: Rig) -> None:
    reached, webhook = await opened.channel.check()
    assert "OPTIONS http://127.0.0.1" in reached
    assert "answered 204" in reached
    assert "/deliver" not in reached
    assert "/webhooks/crm" in webhook
    assert opened.receiver.got == []


async def test_no_secret_is_shown_or_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with rig() as opened:
        opened.receiver.answer = says(500)
        with pytest.raises(RetryableSendError) as caught:
            await opened.channel.send(MESSAGE)
        shown = f"{opened.channel!r} {opened.channel.settings!r} {caught.value}"
    assert SECRET not in shown + caplog.text
