"""Every error that the SDK has, and what it means. One that a new version of it brings is missing
here, and fails."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import discord
import pytest

from channels.discord.refusals import Refused, channel_error, closed_error
from channels.errors import (
    ChannelDisconnected,
    ChannelError,
    ChannelMisconfigured,
    RetryableSendError,
    UncertainSendError,
)


def answer(status: int) -> Any:
    """A response as far as the SDK's errors look at it."""
    return SimpleNamespace(status=status, reason="no", headers={})


# What a call may end with.
CALLS: tuple[tuple[discord.DiscordException, type[ChannelError]], ...] = (
    (discord.DiscordException("?"), UncertainSendError),
    (discord.HTTPException(answer(400), "?"), Refused),
    (discord.HTTPException(answer(401), "?"), ChannelMisconfigured),
    (discord.HTTPException(answer(429), "?"), RetryableSendError),
    (discord.Forbidden(answer(403), "?"), Refused),
    (discord.NotFound(answer(404), "?"), Refused),
    (discord.DiscordServerError(answer(503), "?"), RetryableSendError),
    (discord.DiscordServerError(answer(500), "?"), UncertainSendError),
    (discord.RateLimited(7.0), RetryableSendError),
    (discord.LoginFailure("?"), ChannelMisconfigured),
    (discord.GatewayNotFound(), UncertainSendError),
    (discord.ClientException("?"), UncertainSendError),
    (discord.InvalidData("?"), UncertainSendError),
)
# What a socket may end with; ``closed_error`` has the word for each code.
SOCKETS = {discord.ConnectionClosed, discord.PrivilegedIntentsRequired}
# What only parts of the SDK raise that this channel has not: its own interactions, commands, voice.
ELSEWHERE = {
    "discord.app_commands.errors",
    "discord.oggparse",
    "discord.opus",
    "discord.player",
}
UNUSED = {
    discord.InteractionResponded,
    discord.MissingApplicationID,
    discord.errors.FFmpegProcessError,
}


def known(sort: type[discord.DiscordException]) -> Iterator[type[discord.DiscordException]]:
    yield sort
    # Errors of its command framework, which is not used here, are there once a test loads it.
    own = (each for each in sort.__subclasses__() if not each.__module__.startswith("discord.ext."))
    for each in own:
        yield from known(each)


def test_no_error_of_the_sdk_is_forgotten() -> None:
    ours = {sort for sort in known(discord.DiscordException) if sort.__module__ not in ELSEWHERE}
    assert ours == {type(error) for error, _ in CALLS} | SOCKETS | UNUSED


@pytest.mark.parametrize(("error", "meaning"), CALLS, ids=lambda each: type(each).__name__)
def test_what_it_means(error: discord.DiscordException, meaning: type[ChannelError]) -> None:
    told = channel_error(error)
    assert type(told) is meaning
    assert len(str(told)) > 10


@pytest.mark.parametrize("code", [4004, 4010, 4011, 4012, 4013, 4014])
def test_a_code_for_good_stops_the_channel(code: int) -> None:
    assert isinstance(closed_error(code), ChannelMisconfigured)


@pytest.mark.parametrize(
    "code", [None, 1000, 1001, 1006, 4000, 4001, 4002, 4003, 4005, 4007, 4008, 4009]
)
def test_every_other_code_is_a_lost_connection(code: int | None) -> None:
    assert isinstance(closed_error(code), ChannelDisconnected)
