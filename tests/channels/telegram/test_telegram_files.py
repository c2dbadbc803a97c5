"""Files that customers send: in pieces, up to 20 MB, from Telegram's own server only; and the
channel's checks of itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from channels.errors import (
    ChannelDisconnected,
    ChannelMisconfigured,
    RejectedSendError,
    RetryableSendError,
)
from channels.telegram.channel import TelegramChannel
from tests.channels.fakes import MemoryIntake
from tests.contract.harness.telegram import SECRET, channel, webhook_channel
from tests.platforms.telegram import TOKEN, TelegramPlatform
from tests.platforms.telegram_updates import Maker

LIMIT = 20 * 1024 * 1024


@pytest.fixture
async def platform() -> AsyncIterator[TelegramPlatform]:
    async with TelegramPlatform() as started:
        yield started


async def fetched(bot: TelegramChannel, **ref: Any) -> bytes:
    return b"".join([piece async for piece in bot.open({"file": "f", **ref})])


async def test_a_file_comes_in_pieces(platform: TelegramPlatform) -> None:
    platform.files["f"] = bytes(range(256)) * 4_096
    async with channel(platform) as bot:
        pieces = [piece async for piece in bot.open({"file": "f", "size": 2**20})]
    assert len(pieces) > 1
    assert b"".join(pieces) == platform.files["f"]


@pytest.mark.parametrize("size", [LIMIT + 1, 10**12])
async def test_what_is_known_to_be_too_large_is_not_asked_for(
    platform: TelegramPlatform, size: int
) -> None:
    async with channel(platform) as bot:
        with pytest.raises(RejectedSendError, match="20 MB"):
            await fetched(bot, size=size)
    assert platform.of("getFile") == []


async def test_what_telegram_calls_too_large_is_gone(platform: TelegramPlatform) -> None:
    platform.files["f"] = b"x" * (LIMIT + 1)
    async with channel(platform) as bot:
        with pytest.raises(RejectedSendError, match="20 MB"):
            await fetched(bot)


async def test_a_file_that_telegram_does_not_know_is_gone(platform: TelegramPlatform) -> None:
    async with channel(platform) as bot:
        with pytest.raises(RejectedSendError, match="temporarily unavailable"):
            await fetched(bot)


class FileServer:
    """Answers getFile with ``path``, and its download as ``answer`` says."""

    def __init__(self, path: str, answer: web.StreamResponse | None = None) -> None:
        self.path = path
        self.answer = answer
        self.asked = list[str]()

    async def method(self, request: web.Request) -> web.Response:
        named = {"id": 1, "username": "bot"}
        found = {"file_path": self.path} if request.path.endswith("getFile") else named
        return web.json_response({"ok": True, "result": found})

    async def file(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path)
        if self.answer is not None:
            return self.answer
        endless = web.StreamResponse()
        await endless.prepare(request)
        while True:
            await endless.write(b"x" * 2**18)


async def opened(server: FileServer) -> bytes:
    app = web.Application()
    app.router.add_get("/file/{path:.+}", server.file)
    app.router.add_route("*", "/{bot}/{method}", server.method)
    async with TestServer(app) as started:
        platform = TelegramPlatform(base=str(started.make_url("")).rstrip("/"))
        async with channel(platform) as bot:
            return await fetched(bot)


async def test_an_endless_file_ends_at_the_limit() -> None:
    with pytest.raises(RejectedSendError, match="20 MB"):
        await opened(FileServer("documents/file_1.bin"))


@pytest.mark.parametrize(
    "path",
    ["../../etc/passwd", "/etc/passwd", "documents/../../x", "https://evil.example/x", "a?b", ""],
)
async def test_a_path_that_leads_away_is_not_followed(path: str) -> None:
    server = FileServer(path)
    with pytest.raises(RejectedSendError, match="outside"):
        await opened(server)
    assert server.asked == []


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (404, RejectedSendError),
        (302, RejectedSendError),
        (206, RejectedSendError),
        (429, RetryableSendError),
        (502, RetryableSendError),
    ],
)
async def test_a_redirect_is_not_followed_and_no_sentence_shows_the_token(
    status: int, error: type[Exception]
) -> None:
    answer = web.Response(status=status, headers={"Location": "/file/elsewhere"})
    server = FileServer("documents/file_1.bin", answer)
    with pytest.raises(error) as raised:
        await opened(server)
    assert server.asked == [f"/file/bot{TOKEN}/documents/file_1.bin"]
    assert TOKEN not in str(raised.value)


async def test_a_compressed_file_is_refused() -> None:
    answer = web.Response(body=b"x", headers={"Content-Encoding": "gzip"})
    with pytest.raises(RejectedSendError, match="compressed"):
        await opened(FileServer("documents/file_1.bin", answer))


async def test_a_file_of_a_server_that_went_away_is_tried_again(
    platform: TelegramPlatform,
) -> None:
    async with channel(platform) as bot:
        await platform.__aexit__()
        with pytest.raises(RetryableSendError):
            await fetched(bot)


# --- Checks --------------------------------------------------------------------------------------


async def test_the_check_of_a_poller(platform: TelegramPlatform) -> None:
    platform.pending = [Maker().text("waits")]
    platform.hook = {"url": "https://old.example.com"}
    async with channel(platform) as bot:
        login, delivered, groups, commands, business = await bot.check()
    assert login == "logged in as @fernhill_bot (7000001)"
    assert delivered.startswith("asks for updates by polling; 1 updates wait; the webhook")
    assert "privacy mode" in groups
    assert commands == "/human stands in the menu of commands"
    assert "business" in business
    told = platform.of("setMyCommands")
    assert [fields.get("language_code") for fields in told] == [
        None, "de", "fr", "es", "it", "pt", "nl",
    ]  # fmt: skip


async def test_the_check_of_a_webhook(platform: TelegramPlatform) -> None:
    async with webhook_channel(platform, "https://desk.example.com/") as bot:
        url = "https://desk.example.com/webhooks/telegram"
        assert f"is told at the start to post to {url}" in (await bot.check())[1]
        platform.hook = {"url": url, "secret_token": SECRET}
        assert f"Telegram posts to {url}" in (await bot.check())[1]
        platform.hook_error = (int(bot.clock.now()), "SSL error")
        platform.pending = [Maker().text("waits")]
        with pytest.raises(ChannelMisconfigured, match=r"SSL error.*valid certificate"):
            await bot.check()
    assert platform.of("setWebhook") == [], "a check changes nothing"


async def test_a_menu_that_cannot_be_set_is_no_failure(platform: TelegramPlatform) -> None:
    async with channel(platform) as bot:
        platform.refused = {"setMyCommands"}
        assert "could not be put into the menu" in (await bot.check())[3]


async def test_what_is_not_telegram_is_told_so(platform: TelegramPlatform) -> None:
    platform.refused = {"getMe"}
    with pytest.raises(ChannelDisconnected):
        async with channel(platform):
            pass


async def test_a_server_that_is_not_there_is_no_misconfiguration(
    platform: TelegramPlatform,
) -> None:
    await platform.__aexit__()
    with pytest.raises(ChannelDisconnected, match="ConnectError"):
        async with channel(platform):
            pass


async def test_a_revoked_token_says_where_to_get_another(platform: TelegramPlatform) -> None:
    async with channel(platform) as bot:
        platform.token = "7000001:the-next-one"
        with pytest.raises(ChannelMisconfigured, match="BotFather"):
            await bot.probe()
        with pytest.raises(ChannelMisconfigured, match="BotFather"):
            await bot.receive(MemoryIntake())
