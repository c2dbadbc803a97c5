"""Files that customers send, and files that they are sent."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from channels.events import Attachment, InboundMessage
from tests.contract.harness.protocol import File, Harness
from tests.contract.steps import greeted, has, outbound, shown, told

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c63"
    "f8cfc0f01f0005000101a5f645400000000049454e44ae426082"
)
FILES = {
    "image": File("boots.png", "image/png", PIXEL),
    "document": File("invoice.pdf", "application/pdf", b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n"),
    "voice": File(
        "note.ogg", "audio/ogg", b"OggS\x00\x02" + b"\x00" * 22 + b"OpusHead" + b"v" * 99
    ),
}
every_file = pytest.mark.parametrize("file", FILES.values(), ids=FILES)


@every_file
async def test_a_file_comes_in_as_it_was_sent(harness: Harness, file: File) -> None:
    payload = has(
        harness.channel.capabilities.attachments, harness.payload("here it is", files=[file])
    )
    event = await told(harness, payload, InboundMessage)
    (attachment,) = event.attachments
    assert await _content(harness, attachment) == file.content


async def test_the_kind_of_a_file_is_known(harness: Harness) -> None:
    file = FILES["document"]
    payload = has(harness.channel.capabilities.attachments, harness.payload("look", files=[file]))
    event = await told(harness, payload, InboundMessage)
    (attachment,) = event.attachments
    given = attachment.content_type
    if attachment.upload is not None:
        given = harness.intake.uploads[attachment.upload][2]
    assert given.partition(";")[0] == file.content_type


@every_file
async def test_a_file_goes_out_as_it_is(harness: Harness, file: File) -> None:
    first = await greeted(harness)
    async with _served(file) as url:
        sent = Attachment(file.name, file.content_type, len(file.content), file.content, url=url)
        message = outbound(
            first.address,
            "Here is what you asked for.",
            attachments=(sent,),
            reply_context=first.reply_context,
        )
        await shown(harness, message)
    files = [each for seen in harness.seen() for each in seen.files]
    assert [each.content for each in files] == [file.content] * bool(
        harness.channel.capabilities.attachments
    )


async def _content(harness: Harness, attachment: Attachment) -> bytes:
    if attachment.content is not None:
        return attachment.content
    if attachment.upload is not None:
        return harness.intake.uploads[attachment.upload][3]
    assert attachment.ref is not None, "a file needs its bytes, an upload or a reference"
    pieces: AsyncIterator[bytes] = harness.channel.open(attachment.ref)
    return b"".join([piece async for piece in pieces])


@asynccontextmanager
async def _served(file: File) -> AsyncGenerator[str]:
    """The address under which the gateway has it, for kinds that are given addresses."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=file.content, content_type=file.content_type)

    app = web.Application()
    app.router.add_get("/files/token", answer)
    async with TestServer(app) as server:
        yield str(server.make_url("/files/token"))
