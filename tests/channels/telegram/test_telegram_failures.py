"""What each refusal and each broken connection means, and what of it stands in a log."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator

import httpx  # noqa: TID251 - the SDK keeps its errors, and these say whether anything was sent
import pytest
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    TelegramError,
    TimedOut,
)

from channels.contract import OutboundMessage
from channels.errors import (
    ChannelDisconnected,
    ChannelError,
    ChannelMisconfigured,
    RejectedSendError,
    RetryableSendError,
    UncertainSendError,
)
from channels.events import Address
from channels.telegram.channel import TelegramChannel
from channels.telegram.failures import of_asking, of_sending
from channels.telegram.transport import Flooded, Overloaded
from tests.contract.harness.telegram import channel, settings
from tests.platforms.telegram import TelegramPlatform, Trouble


@pytest.fixture
async def platform() -> AsyncIterator[TelegramPlatform]:
    async with TelegramPlatform() as started:
        yield started


@pytest.fixture
async def bot(platform: TelegramPlatform) -> AsyncIterator[TelegramChannel]:
    async with channel(platform) as entered:
        yield entered


def message(text: str = "Hello") -> OutboundMessage:
    return OutboundMessage("8b1f", Address("42"), text, text)


def caused(cause: Exception, error: TelegramError | None = None) -> TelegramError:
    found = error or NetworkError(f"httpx.{type(cause).__name__}")
    found.__cause__ = cause
    return found


SENT: dict[str, tuple[TelegramError, type[ChannelError]]] = {
    "flood": (Flooded(7), RetryableSendError),
    "nobody there": (caused(httpx.ConnectError("refused")), RetryableSendError),
    "no way there": (caused(httpx.ConnectTimeout("slow"), TimedOut()), RetryableSendError),
    "too much at once": (caused(httpx.PoolTimeout("busy"), TimedOut()), RetryableSendError),
    "no proxy": (caused(httpx.ProxyError("407")), RetryableSendError),
    "503": (Overloaded(503), RetryableSendError),
    "500": (Overloaded(500), UncertainSendError),
    "502": (Overloaded(502), UncertainSendError),
    "504": (Overloaded(504), UncertainSendError),
    "no answer": (caused(httpx.ReadTimeout("slow"), TimedOut()), UncertainSendError),
    "broke while writing": (caused(httpx.WriteError("reset")), UncertainSendError),
    "too slow to write": (caused(httpx.WriteTimeout("slow"), TimedOut()), UncertainSendError),
    "broke while reading": (caused(httpx.ReadError("reset")), UncertainSendError),
    "no HTTP": (caused(httpx.RemoteProtocolError("closed")), UncertainSendError),
    "no JSON": (TelegramError("Telegram's answer is no JSON"), UncertainSendError),
    "timed out somehow": (TimedOut(), UncertainSendError),
    "blocked": (Forbidden("Forbidden: bot was blocked by the user"), RejectedSendError),
    "bad request": (BadRequest("Chat not found"), RejectedSendError),
    "moved twice": (ChatMigrated(-1), RejectedSendError),
    "dead token": (InvalidToken(), ChannelMisconfigured),
    "conflict": (Conflict("terminated by other getUpdates request"), ChannelDisconnected),
}
ASKED: dict[str, tuple[TelegramError, type[ChannelError]]] = {
    "dead token": (InvalidToken(), ChannelMisconfigured),
    "conflict": (Conflict("terminated by other getUpdates request"), ChannelDisconnected),
    "flood": (Flooded(7), ChannelDisconnected),
    "bad request": (BadRequest("what?"), ChannelDisconnected),
    "down": (Overloaded(502), ChannelDisconnected),
    "no way there": (caused(httpx.ConnectTimeout("slow"), TimedOut()), ChannelDisconnected),
}


@pytest.mark.parametrize(("error", "meaning"), SENT.values(), ids=SENT)
def test_what_an_error_means_for_a_message(
    error: TelegramError, meaning: type[ChannelError]
) -> None:
    told = of_sending(error)
    assert type(told) is meaning
    assert len(str(told)) > 10


@pytest.mark.parametrize(("error", "meaning"), ASKED.values(), ids=ASKED)
def test_what_an_error_means_for_the_channel(
    error: TelegramError, meaning: type[ChannelError]
) -> None:
    assert type(of_asking(error)) is meaning


@pytest.mark.parametrize(
    ("description", "mend"),
    [
        ("Forbidden: bot was blocked by the user", "unblock"),
        ("Forbidden: user is deactivated", "deleted"),
        ("Forbidden: bot was kicked from the supergroup chat", "add the bot"),
        ("Bad Request: not enough rights to send text messages to the chat", "let the bot write"),
        ("Bad Request: message thread not found", "topic is gone"),
    ],
)
async def test_a_refusal_says_what_to_do(
    platform: TelegramPlatform, bot: TelegramChannel, description: str, mend: str
) -> None:
    status = 403 if description.startswith("Forbidden") else 400
    platform.troubles = [(status, {"ok": False, "description": description})]
    with pytest.raises(RejectedSendError, match=mend):
        await bot.send(message())


ODD: dict[str, tuple[Trouble, type[ChannelError]]] = {
    "flood without a time": ((429, {"ok": False}), RetryableSendError),
    "flood of what stands before": ((429, {"parameters": ["busy"]}), RetryableSendError),
    "too large": ((413, {}), RejectedSendError),
    "502": ((502, {}), UncertainSendError),
    "another result": ((200, {"ok": True, "result": {"what": 1}}), UncertainSendError),
    "no result": ((200, {"ok": True}), UncertainSendError),
    "cut": ("cut", UncertainSendError),
}


@pytest.mark.parametrize(("trouble", "meaning"), ODD.values(), ids=ODD)
async def test_odd_answers_leave_nobody_guessing(
    platform: TelegramPlatform, bot: TelegramChannel, trouble: Trouble, meaning: type[ChannelError]
) -> None:
    platform.troubles = [trouble]
    with pytest.raises(meaning):
        await bot.send(message())


async def test_a_server_that_is_not_there_took_nothing(
    platform: TelegramPlatform, bot: TelegramChannel
) -> None:
    await platform.__aexit__()
    with pytest.raises(RetryableSendError, match="cannot be reached"):
        await bot.send(message())


async def test_before_it_is_up_nothing_is_sent(platform: TelegramPlatform) -> None:
    with pytest.raises(RetryableSendError, match="not up"):
        await channel(platform).send(message())


async def test_neither_token_nor_words_stand_in_a_log(
    platform: TelegramPlatform, bot: TelegramChannel, caplog: pytest.LogCaptureFixture
) -> None:
    token = settings(platform.base).token.get_secret_value()
    with caplog.at_level(logging.DEBUG):
        platform.troubles = [(502, {}), (200, {"ok": True, "result": "hidden words"}), "cut"]
        for _ in range(4):
            await asyncio.gather(bot.send(message("hidden words")), return_exceptions=True)
    assert token not in caplog.text
    assert "hidden words" not in caplog.text
    assert token not in repr(bot) + repr(vars(bot))
