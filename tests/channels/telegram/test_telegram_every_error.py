"""Every error that the SDK has, and what it means for a message and for the channel. One that a new
version of it brings is missing here, and fails."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import pytest
from telegram import error as sdk

from channels.errors import (
    ChannelDisconnected,
    ChannelError,
    ChannelMisconfigured,
    RejectedSendError,
    RetryableSendError,
    UncertainSendError,
)
from channels.telegram.failures import of_asking, of_sending
from channels.telegram.transport import Flooded, Overloaded


def patience() -> sdk.RetryAfter:
    """The SDK warns of its own future in the making."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return sdk.RetryAfter(7)


# The error, what it means for a message, and what for the channel.
MEANINGS: tuple[tuple[sdk.TelegramError, type[ChannelError], type[ChannelError]], ...] = (
    (sdk.TelegramError("?"), UncertainSendError, ChannelDisconnected),
    (sdk.NetworkError("reset"), UncertainSendError, ChannelDisconnected),
    (sdk.TimedOut(), UncertainSendError, ChannelDisconnected),
    (patience(), RetryableSendError, ChannelDisconnected),
    (Flooded(7), RetryableSendError, ChannelDisconnected),
    (Overloaded(503), RetryableSendError, ChannelDisconnected),
    (sdk.BadRequest("Chat not found"), RejectedSendError, ChannelDisconnected),
    (sdk.Forbidden("Forbidden: bot was kicked"), RejectedSendError, ChannelDisconnected),
    (sdk.ChatMigrated(-1007), RejectedSendError, ChannelDisconnected),
    (
        sdk.Conflict("terminated by other getUpdates request"),
        ChannelDisconnected,
        ChannelDisconnected,
    ),
    (sdk.InvalidToken(), ChannelMisconfigured, ChannelMisconfigured),
    (sdk.EndPointNotFound("Not Found"), ChannelMisconfigured, ChannelMisconfigured),
    # Only what decrypts passports raises it, which nobody here does.
    (sdk.PassportDecryptionError("?"), UncertainSendError, ChannelDisconnected),
)


pytestmark = pytest.mark.filterwarnings("ignore:.*retry_after")


def known(sort: type[sdk.TelegramError]) -> Iterator[type[sdk.TelegramError]]:
    yield sort
    for each in sort.__subclasses__():
        yield from known(each)


def test_no_error_of_the_sdk_is_forgotten() -> None:
    assert {type(error) for error, _, _ in MEANINGS} == set(known(sdk.TelegramError))


@pytest.mark.parametrize(("error", "sent", "asked"), MEANINGS, ids=lambda each: type(each).__name__)
def test_what_it_means(
    error: sdk.TelegramError, sent: type[ChannelError], asked: type[ChannelError]
) -> None:
    assert type(of_sending(error)) is sent
    assert type(of_asking(error)) is asked


@pytest.mark.parametrize("as_duration", ["0", "1"])
def test_the_patience_that_is_asked_for_is_given(
    monkeypatch: pytest.MonkeyPatch, as_duration: str
) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", as_duration)
    told = of_sending(patience())
    assert isinstance(told, RetryableSendError)
    assert told.retry_after == 7.0
