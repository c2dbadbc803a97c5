"""What can go wrong at a platform's edge; the name says what the caller does next.

ChannelError
├── ChannelMisconfigured          stop: an operator must mend the configuration
│   └── SetupUnfinished           we are let in, and something is left to do on the platform
├── ChannelDisconnected           the supervisor restarts the channel with back-off
├── InvalidSignature              the request is refused with 401
├── IntakeClosed                  nothing was stored: answer 503, do not acknowledge, stop polling
└── SendError
    ├── RetryableSendError        nothing was sent: try again after ``retry_after`` seconds
    ├── RejectedSendError         the platform refused for good: a dead letter
    └── UncertainSendError        it may have been sent: reconcile before anything else
"""

from __future__ import annotations

from collections.abc import Sequence


class ChannelError(Exception):
    """Something went wrong at the platform's edge."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or (self.__doc__ or "").strip())


class ChannelMisconfigured(ChannelError):
    """The channel's configuration cannot work; correct it and start again."""


class SetupUnfinished(ChannelMisconfigured):
    """The credentials work; something is left to do on the platform.

    ``works`` are the lines of what was found in order.
    """

    def __init__(self, message: str = "", *, works: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.works = tuple(works)


class ChannelDisconnected(ChannelError):
    """The connection to the platform is lost."""


class InvalidSignature(ChannelError):
    """The request does not carry a valid signature."""


class IntakeClosed(ChannelError):
    """The gateway takes nothing in right now; nothing was stored."""


class SendError(ChannelError):
    """The message could not be sent."""


class RetryableSendError(SendError):
    """The message was not sent; trying again later may work."""

    def __init__(self, message: str = "", *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class RejectedSendError(SendError):
    """The platform refused the message for good."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class UncertainSendError(SendError):
    """The message may or may not have been sent."""
