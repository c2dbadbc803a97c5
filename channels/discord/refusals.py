"""Turns what the SDK raises into the channel's errors: what happened, what it means, what to do.
Pure; it never repeats what was sent."""

from __future__ import annotations

from collections.abc import Mapping

import aiohttp
import discord

from channels.errors import (
    ChannelDisconnected,
    ChannelError,
    ChannelMisconfigured,
    RejectedSendError,
    RetryableSendError,
    UncertainSendError,
)

# The outbox gives a message up after 15 minutes; more than a part of that nobody may ask for.
LONGEST_REST = 300.0
BANNED_REST = 60.0
CLOSED_DIRECTS = 50007
UNKNOWN_MESSAGE = 10008
THREAD_EXISTS = 160004
ARCHIVED = 50083

NOT_ACCEPTED = (
    "Discord does not accept the token; reset it at https://discord.com/developers/applications"
    " (your application, Bot, Reset Token) and put the new one into .env"
)
_MENDS: Mapping[int, str] = {
    10003: "the channel or thread is gone",
    10004: "the bot is no longer on this server",
    10008: "the message is gone",
    10013: "the account is gone",
    20012: "the bot may not do this in somebody else's application",
    30033: "the thread is full",
    40005: "the file is larger than this server allows",
    50001: "the bot cannot see this channel; give it View Channel there",
    50007: (
        "this person takes no direct messages from the bot; ask them to allow direct messages from"
        " members of the server, or to write to the bot first"
    ),
    50013: (
        "the bot lacks a permission here; give it View Channel, Send Messages, Send Messages in"
        " Threads, Create Private Threads, Attach Files and Read Message History"
    ),
    50083: "the thread is archived and the bot may not open it again",
    160005: "the thread is locked",
    200000: "the server's AutoMod blocked the text",
}
_CLOSED: Mapping[int, str] = {
    4004: NOT_ACCEPTED,
    4010: "Discord refuses the shard number, which the bot does not set",
    4011: "the bot is on too many servers for one connection; use an application of its own",
    4012: "this version of the gateway protocol is no longer accepted; update Frontdesk",
    4013: "Discord does not know an intent that was asked for; update Frontdesk",
    4014: (
        "the bot may not read messages; switch on Message Content Intent at"
        " https://discord.com/developers/applications (your application, Bot) and start again"
    ),
}


def channel_error(error: Exception) -> ChannelError:
    """What a failed REST call means."""
    if isinstance(error, discord.LoginFailure):
        return ChannelMisconfigured(NOT_ACCEPTED)
    if isinstance(error, discord.RateLimited):
        return _later("Discord asks us to slow down", error.retry_after)
    if isinstance(error, discord.HTTPException):
        return _refused(error)
    if isinstance(error, (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)):
        return RetryableSendError(f"Discord cannot be reached: {_named(error)}")
    return UncertainSendError(f"the connection ended before Discord answered: {_named(error)}")


def closed_error(code: int | None) -> ChannelError:
    """What the gateway's closing code means."""
    mend = _CLOSED.get(code or 0)
    if mend is not None:
        return ChannelMisconfigured(mend)
    return ChannelDisconnected(f"Discord closed the connection ({code})")


def _refused(error: discord.HTTPException) -> ChannelError:
    status, code = error.status, error.code
    if status == 401:  # noqa: PLR2004 - the token
        return ChannelMisconfigured(NOT_ACCEPTED)
    if status == 429:  # noqa: PLR2004 - a limit that the SDK does not wait for
        return _later("Discord turns this machine away for a while", _asked_rest(error))
    if status == 503:  # noqa: PLR2004 - not taken
        return RetryableSendError("Discord is not available (503)")
    if status >= 500:  # noqa: PLR2004 - taken or not
        return UncertainSendError(f"Discord failed while it took the message ({status})")
    if status == 413:  # noqa: PLR2004 - too large
        return Refused("the file is larger than this server allows", code)
    mend = _MENDS.get(code)
    shown = mend or f"Discord refuses this for good ({status})"
    return Refused(f"{shown} (code {code})" if code else shown, code)


class Refused(RejectedSendError):
    """A refusal with the platform's own code, 0 where it gave none."""

    def __init__(self, reason: str, code: int = 0) -> None:
        super().__init__(reason)
        self.code = code


def _later(why: str, seconds: float) -> RetryableSendError:
    return RetryableSendError(why, retry_after=min(max(seconds, 0.0), LONGEST_REST))


def _asked_rest(error: discord.HTTPException) -> float:
    asked = error.response.headers.get("Retry-After", "")
    return float(asked[:9]) if asked.isascii() and asked.isdigit() else BANNED_REST


def _named(error: Exception) -> str:
    return str(error) or type(error).__name__
