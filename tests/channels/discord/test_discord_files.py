"""Files of customers: found by their message, on the platform's hosts only, up to a cap."""

from __future__ import annotations

from typing import Any

import pytest

from channels.discord.files import FILE_BYTES
from channels.errors import RejectedSendError, RetryableSendError
from channels.events import InboundMessage
from tests.contract.harness.discord import Rig, rig


async def sent(opened: Rig, content: bytes = b"png", **fields: Any) -> dict[str, Any]:
    """The reference of a file that a customer sent."""
    await opened.listen()
    world, base = opened.platform.world, opened.platform.rest.files_at
    file = {**world.attach(base, "a.png", "image/png", content), **fields}
    event = await opened.say(opened.direct, opened.customer, "look", attachments=[file])
    assert isinstance(event, InboundMessage)
    (attachment,) = event.attachments
    assert (attachment.name, attachment.content_type) == ("a.png", "image/png")
    return dict(attachment.ref or {})


async def fetched(opened: Rig, ref: dict[str, Any]) -> bytes:
    return b"".join([piece async for piece in opened.channel.open(ref)])


async def test_a_file_is_fetched_by_its_message_without_our_credential() -> None:
    async with rig() as opened:
        ref = await sent(opened)
        assert "url" not in repr(ref)
        assert await fetched(opened, ref) == b"png"
        assert opened.platform.requests("GET", f"/messages/{ref['message']}")


@pytest.mark.parametrize(
    "url",
    [
        "https://cdn.discordapp.com.evil.example/attachments/1/a.png",
        "http://cdn.discordapp.com/attachments/1/a.png",
        "https://127.0.0.1/attachments/1/a.png",
        "http://127.0.0.1:1/attachments/1/a.png",
        "file:///etc/passwd",
        "",
        "://",
    ],
)
async def test_no_other_host_is_ever_asked(url: str) -> None:
    async with rig() as opened:
        ref = await sent(opened, url=url)
        with pytest.raises(RejectedSendError, match="not Discord's"):
            await fetched(opened, ref)


async def test_a_file_beyond_the_cap_is_given_up() -> None:
    async with rig() as opened:
        ref = await sent(opened, b"x" * (FILE_BYTES + 1))
        with pytest.raises(RejectedSendError, match="20 MB"):
            await fetched(opened, ref)


async def test_a_file_of_a_message_that_is_gone_is_gone() -> None:
    async with rig() as opened:
        ref = await sent(opened)
        opened.platform.world.messages[opened.direct["id"]].clear()
        with pytest.raises(RejectedSendError, match="message is gone"):
            await fetched(opened, ref)


async def test_a_file_that_was_taken_out_of_its_message_is_gone() -> None:
    async with rig() as opened:
        ref = await sent(opened)
        with pytest.raises(RejectedSendError, match="taken back"):
            await fetched(opened, {**ref, "file": "1"})


async def test_a_platform_that_is_down_is_asked_again() -> None:
    async with rig() as opened:
        ref = await sent(opened)
        opened.platform.everywhere = "unavailable"
        with pytest.raises(RetryableSendError):
            await fetched(opened, ref)


async def test_an_address_that_holds_nothing_is_refused() -> None:
    async with rig() as opened:
        ref = await sent(opened)
        opened.platform.world.files.clear()
        with pytest.raises(RejectedSendError, match="404"):
            await fetched(opened, ref)
