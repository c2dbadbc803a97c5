"""What an error of the SDK means for a message that was to be sent, and for the channel; pure."""

from __future__ import annotations

from datetime import timedelta

import httpx  # noqa: TID251 - the SDK keeps the cause, and the cause says whether anything was sent
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    EndPointNotFound,
    Forbidden,
    InvalidToken,
    RetryAfter,
    TelegramError,
)

from channels.errors import (
    ChannelDisconnected,
    ChannelError,
    ChannelMisconfigured,
    RejectedSendError,
    RetryableSendError,
    UncertainSendError,
)
from channels.telegram.transport import Flooded, Overloaded

# Before a connection stands, nothing can have been sent over it.
_BEFORE_SENDING = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
_NOT_TAKEN = 503
_MENDS = {
    "chat not found": "the person never wrote to this bot, or the chat is gone",
    "bot was blocked": "the person has blocked the bot, and has to unblock it",
    "user is deactivated": "the account is deleted",
    "can't initiate conversation": "the person has to write to the bot first",
    "was kicked": "add the bot to the group again",
    "is not a member": "add the bot to the group again",
    "not enough rights": "let the bot write in this group, in its settings",
    "thread not found": "the topic is gone",
    "topic_closed": "open the topic again",
    "business_connection": "connect the bot to the business account again",
}
_AS_ANOTHER_SORT = (
    "PHOTO_INVALID_DIMENSIONS",
    "PHOTO_EXT_INVALID",
    "IMAGE_PROCESS_FAILED",
    "VOICE_MESSAGES_FORBIDDEN",
)
REVOKED = "Telegram does not know this token; take the present one from @BotFather, /token"


def of_sending(error: TelegramError) -> ChannelError:
    """What became of a message whose sending ended so."""
    if isinstance(error, Flooded):
        return RetryableSendError(str(error), retry_after=float(error.seconds))
    if isinstance(error, RetryAfter):
        return RetryableSendError(str(error), retry_after=_seconds(error.retry_after))
    if isinstance(error, InvalidToken | EndPointNotFound):
        return ChannelMisconfigured(REVOKED)
    if isinstance(error, Conflict):
        return ChannelDisconnected(str(error))
    if isinstance(error, Forbidden | BadRequest | ChatMigrated):
        return RejectedSendError(f"Telegram refuses: {_mended(str(error))}")
    if isinstance(error, Overloaded) and error.status == _NOT_TAKEN:
        return RetryableSendError(str(error))
    if isinstance(error.__cause__, _BEFORE_SENDING):
        return RetryableSendError(f"Telegram cannot be reached: {_named(error)}")
    return UncertainSendError(f"Telegram did not answer: {_named(error)}")


def of_asking(error: TelegramError) -> ChannelError:
    """What it means for the channel that something was asked in vain."""
    if isinstance(error, InvalidToken | EndPointNotFound):
        return ChannelMisconfigured(REVOKED)
    if isinstance(error, Conflict):
        return ChannelDisconnected(_conflict(str(error)))
    if isinstance(error, BadRequest | Forbidden):
        return ChannelDisconnected(f"Telegram refuses: {str(error)[:200]}")
    return ChannelDisconnected(f"Telegram does not answer: {_named(error)}")


def is_formatting(error: BadRequest) -> bool:
    """Whether only the formatting was refused; then nothing was sent."""
    return "can't parse entities" in str(error).lower()


def is_of_its_sort(error: BadRequest) -> bool:
    """Whether only the sort of the file was refused: a picture that is too long and narrow or
    cannot be read, or voice messages that a person does not take. Then nothing was sent."""
    said = str(error).upper()
    return any(sign in said for sign in _AS_ANOTHER_SORT)


def is_unopened(error: TelegramError) -> bool:
    """Whether it is only that the person has not opened a chat with the bot, or closed it."""
    return isinstance(error, Forbidden) or "chat not found" in str(error).lower()


def _seconds(asked: int | timedelta) -> float:
    """The SDK gives a number, or a duration where the environment asks for one."""
    return asked.total_seconds() if isinstance(asked, timedelta) else float(asked)


def _conflict(said: str) -> str:
    if "webhook" in said.lower():
        return (
            "a webhook is set for this token, and Telegram gives updates in one way only; take it"
            " away where it was set, or choose `transport: webhook`"
        )
    return (
        "another program polls with this token, and each takes the other's updates; stop it, or"
        " make a bot of its own with @BotFather"
    )


def _mended(said: str) -> str:
    mend = next((mend for sign, mend in _MENDS.items() if sign in said.lower()), None)
    return said[:200] if mend is None else f"{said[:200]}: {mend}"


def _named(error: TelegramError) -> str:
    cause = error.__cause__
    return str(error)[:200] if cause is None else f"{type(cause).__name__}"
