"""Files both ways: the token goes to Slack and nowhere else, a sign-in page is no file, and nothing
is shown before all of it is there."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

from channels.errors import RejectedSendError, RetryableSendError
from channels.events import Address, Attachment, Json
from channels.slack.files import LIMIT_BYTES, trusted
from tests.channels.slack.conversations import heard, outbound
from tests.contract.harness.slack import Rig, rig
from tests.platforms import slack_events as events

DIRECT = Address("D0ADA")
API = URL("https://slack.com/api/")


@pytest.fixture
async def opened() -> AsyncIterator[Rig]:
    async with rig() as ready:
        yield ready


async def fetched(opened: Rig, ref: Json | None) -> bytes:
    assert ref is not None
    return b"".join([piece async for piece in opened.channel.open(ref)])


async def sent_in(
    opened: Rig, name: str, sort: str, content: bytes, *, hidden: bool = False
) -> Json:
    """The reference of a file that the customer attached."""
    space = opened.slack.workspace
    file = space.upload(name, sort, content, hidden=hidden)
    event = await heard(opened, events.says(space, "look", files=[file]))
    (attachment,) = event.attachments
    assert attachment.ref is not None
    return attachment.ref


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://files.slack.com/files-pri/T1-F1/a.png", True),
        ("https://slack.com/x", True),
        ("https://slack.com:8443/x", True),
        ("http://files.slack.com/x", False),
        ("https://notslack.com/x", False),
        ("https://slack.com.evil.example/x", False),
        ("https://files.slack.com@evil.example/x", False),
        ("https://user@files.slack.com/x", False),
        ("https://169.254.169.254/latest", False),
        ("file:///etc/passwd", False),
    ],
)
def test_the_token_goes_to_slack_only(url: str, allowed: bool) -> None:
    try:
        found = trusted(URL(url), API)
    except ValueError:
        found = False
    assert found == allowed


@asynccontextmanager
async def elsewhere() -> AsyncGenerator[tuple[str, list[str]]]:
    """A server that is not Slack, and what it was asked."""
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.headers.get("Authorization", "nothing"))
        return web.Response(body=b"gotcha")

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    async with TestServer(app) as server:
        yield str(server.make_url("/x")), asked


async def test_an_address_outside_of_slack_is_not_asked(opened: Rig) -> None:
    async with elsewhere() as (url, asked):
        with pytest.raises(RejectedSendError, match="outside of Slack"):
            await fetched(opened, {"file": "F1", "url": url})
    assert asked == []


async def test_a_redirect_is_judged_like_an_address(opened: Rig) -> None:
    async with elsewhere() as (url, asked):
        ref = await sent_in(opened, "a.png", "image/png", b"png")
        opened.slack.moved[str(ref["file"])] = url
        with pytest.raises(RejectedSendError, match="outside of Slack"):
            await fetched(opened, ref)
        assert asked == []
    stored = opened.slack.workspace.file_fields(str(ref["file"]))
    opened.slack.moved[str(ref["file"])] = f"{stored['url_private']}?again=1"
    with pytest.raises(RejectedSendError, match="in circles"):
        await fetched(opened, ref)


async def test_a_sign_in_page_is_no_file(opened: Rig) -> None:
    ref = await sent_in(opened, "a.png", "image/png", b"png")
    opened.slack.scopes.discard("files:read")
    with pytest.raises(RejectedSendError, match="files:read"):
        await fetched(opened, ref)


async def test_a_page_that_somebody_sent_is_a_file(opened: Rig) -> None:
    ref = await sent_in(opened, "a.html", "text/html", b"<html>mine</html>")
    assert await fetched(opened, ref) == b"<html>mine</html>"


async def test_a_file_of_another_workspace_is_asked_for(opened: Rig) -> None:
    ref = await sent_in(opened, "a.png", "image/png", b"png", hidden=True)
    assert ref["url"] is None
    opened.slack.faults["files.info"].extend(["internal_error", "file_deleted"])
    with pytest.raises(RetryableSendError):
        await fetched(opened, ref)
    with pytest.raises(RejectedSendError, match="gone"):
        await fetched(opened, ref)
    assert await fetched(opened, ref) == b"png"


async def test_what_is_too_large_is_given_up_on_the_way(opened: Rig) -> None:
    ref = await sent_in(opened, "a.bin", "application/x-bin", b"x" * (LIMIT_BYTES + 1))
    with pytest.raises(RejectedSendError, match="20 MB"):
        await fetched(opened, ref)


@pytest.mark.parametrize("ref", [{}, {"file": "F1"}, {"file": "F1", "url": "http://[x"}], ids=str)
async def test_a_reference_that_leads_nowhere_is_refused(opened: Rig, ref: Json) -> None:
    with pytest.raises(RejectedSendError):
        await fetched(opened, ref)


PDF = Attachment("a.pdf", "application/pdf", 4, b"%PDF")
PNG = Attachment("b.png", "image/png", 3, b"png")


async def test_files_follow_their_text_into_the_same_thread(opened: Rig) -> None:
    said = await heard(opened, events.says(opened.slack.workspace, "hello"))
    message = outbound(
        said.address, "here", reply_context=said.reply_context, attachments=(PDF, PNG)
    )
    await opened.channel.send(message)
    posted = [each for _, each in opened.slack.workspace.ours()]
    assert [each["text"] for each in posted] == ["here", ""]
    assert [each["name"] for each in posted[1]["files"]] == ["a.pdf", "b.png"]
    assert {each["thread_ts"] for each in posted} == {said.order}


async def test_a_file_without_words_is_named(opened: Rig) -> None:
    await opened.channel.send(outbound(DIRECT, "", attachments=(PDF,)))
    assert opened.slack.asked("chat.postMessage")[0]["text"] == "a.pdf"


async def test_a_file_that_is_only_an_address_is_a_link(opened: Rig) -> None:
    link = Attachment("a|b.pdf", "application/pdf", url="https://desk.example/files/x?a=1&b=2")
    await opened.channel.send(outbound(DIRECT, "here", attachments=(link,)))
    text = opened.slack.asked("chat.postMessage")[0]["text"]
    assert text == "here\n<https://desk.example/files/x?a=1&amp;b=2|a¦b.pdf>"


async def test_while_its_bytes_are_not_there_nothing_is_said(opened: Rig) -> None:
    opened.slack.faults["files.getUploadURLExternal"].append("lost")
    with pytest.raises(RetryableSendError):
        await opened.channel.send(outbound(DIRECT, "here", attachments=(PDF,)))
    assert list(opened.slack.workspace.ours()) == []


async def test_a_scope_that_only_files_need_holds_back_no_texts(opened: Rig) -> None:
    opened.slack.scopes.discard("files:write")
    with pytest.raises(RejectedSendError, match="files:write"):
        await opened.channel.send(outbound(DIRECT, "here", attachments=(PDF,)))
    with pytest.raises(RejectedSendError, match="empty"):
        await opened.channel.send(
            outbound(DIRECT, "x", attachments=(Attachment("a", "text/plain", 0, b""),))
        )
    await opened.channel.send(outbound(DIRECT, "here"))
