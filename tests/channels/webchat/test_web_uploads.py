"""Uploads: streamed whole to their visitor's place, under caps, with names that are only labels."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from io import BytesIO

import pytest
from aiohttp import FormData

from channels.events import InboundMessage
from channels.webchat.uploads import label
from tests.contract.harness.web import Rig, bearer, channel, rig, settings


@pytest.fixture
async def web() -> AsyncIterator[Rig]:
    async with rig() as opened:
        yield opened


def an_id() -> str:
    return str(uuid.uuid4())


def form(
    content: bytes = b"%PDF-1.7", name: str = "note.pdf", kind: str = "application/pdf"
) -> FormData:
    data = FormData()
    data.add_field("file", BytesIO(content), filename=name, content_type=kind)
    return data


async def test_a_file_is_stored_for_its_visitor_and_sent_with_a_message(web: Rig) -> None:
    session, token = await web.open()
    response = await web.client.post("/chat/web/files", data=form(), headers=bearer(token))
    assert (response.status, await response.json()) == (200, {"id": "up-1"})
    address, name, kind, content = web.uploads.stored["up-1"]
    assert (address.chat, name, kind, content) == (
        session,
        "note.pdf",
        "application/pdf",
        b"%PDF-1.7",
    )
    await web.post("messages", {"id": an_id(), "text": "", "files": ["up-1"]}, token)
    (event,) = web.intake.events
    assert isinstance(event, InboundMessage)
    assert [attachment.upload for attachment in event.attachments] == ["up-1"]


async def test_a_large_file_is_streamed_whole(web: Rig) -> None:
    _, token = await web.open()
    content = bytes(range(256)) * 8000
    response = await web.client.post("/chat/web/files", data=form(content), headers=bearer(token))
    assert response.status == 200
    assert web.uploads.stored["up-1"][3] == content


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\a\\b.pdf", "b.pdf"),
        ("a\u202egpj.pdf", "agpj.pdf"),
        ("\u200b", "file"),
        ("...", "file"),
        ("x" * 300 + ".pdf", "x" * 146 + ".pdf"),
    ],
)
def test_a_file_name_is_only_a_label(given: str, kept: str) -> None:
    assert label(given) == kept


async def test_a_file_name_that_a_browser_sends_loses_its_folders(web: Rig) -> None:
    _, token = await web.open()
    raw = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="../a/\xc3\xa9.txt"\r\n'
        b"Content-Type: text/plain; charset=x\r\n\r\nhello\r\n--b--\r\n"
    )
    headers = {**bearer(token), "Content-Type": "multipart/form-data; boundary=b"}
    response = await web.client.post("/chat/web/files", data=raw, headers=headers)
    assert response.status == 200
    assert web.uploads.stored["up-1"][1:] == ("\xe9.txt", "text/plain", b"hello")


async def test_a_file_beyond_the_cap_is_refused() -> None:
    async with rig(channel(settings=settings(upload_limit_mb=1))) as web:
        _, token = await web.open()
        for data in (form(b"x" * 1_048_577), _chunked(b"x" * 1_200_000)):
            headers = {**bearer(token)}
            if not isinstance(data, FormData):
                headers["Content-Type"] = "multipart/form-data; boundary=b"
            response = await web.client.post("/chat/web/files", data=data, headers=headers)
            assert response.status == 413
        assert web.uploads.stored == {}


async def _chunked(content: bytes) -> AsyncIterator[bytes]:
    yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
    for at in range(0, len(content), 50_000):
        yield content[at : at + 50_000]
    yield b"\r\n--b--\r\n"


_PART = b'Content-Disposition: form-data; name="file"; filename="a"\r\n'


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"", 400),
        (b"--b--\r\n", 422),
        (b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n--b--\r\n', 422),
        (b"--b\r\n" + _PART + b"\r\nbroken off", 400),
        (b"--b\r\n" + _PART + b"Content-Transfer-Encoding: base64\r\n\r\nAAAA\r\n--b--", 415),
        (b"--b\r\n" + _PART + b"Content-Encoding: gzip\r\n\r\nAAAA\r\n--b--", 415),
        (b"--b\r\n" + b"X: " + b"y" * 100_000 + b"\r\n\r\nx\r\n--b--", 400),
        (b"--b\r\n\r\n" * 10_000, 422),
        (b"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\nx\r\n--c--", 422),
    ],
    ids=range(9),
)
async def test_a_form_that_is_none_is_refused(web: Rig, raw: bytes, status: int) -> None:
    _, token = await web.open()
    headers = {**bearer(token), "Content-Type": "multipart/form-data; boundary=b"}
    response = await web.client.post("/chat/web/files", data=raw, headers=headers)
    assert response.status == status
    assert web.uploads.stored == {}


async def test_a_file_that_is_not_accepted_says_what_would_be(web: Rig) -> None:
    _, token = await web.open()
    response = await web.client.post(
        "/chat/web/files", data=form(name="a.exe"), headers=bearer(token)
    )
    assert response.status == 422
    assert "pictures and documents" in (await response.json())["detail"]


async def test_another_visitors_file_is_refused(web: Rig) -> None:
    _, token = await web.open()
    web.intake.unknown_uploads = frozenset({"up-9"})
    body = {"id": an_id(), "text": "", "files": ["up-9"]}
    assert (await web.post("messages", body, token)).status == 422
    assert web.intake.events == []
