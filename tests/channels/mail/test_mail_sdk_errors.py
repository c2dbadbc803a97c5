"""Every error that the mail libraries have is one of ours; a library that grows another one shows
here."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from types import ModuleType

import aiosmtplib.errors as smtp
import imapclient.exceptions as imap
import pytest

from channels.errors import (
    ChannelDisconnected,
    ChannelError,
    ChannelMisconfigured,
    RejectedSendError,
    RetryableSendError,
)
from channels.mail.imap import blamed
from channels.mail.smtp import Postman
from tests.channels.mail.rig import settings

# What each means before the mail itself was handed over: for a moment, and for good.
SMTP: Mapping[str, tuple[type[ChannelError], type[ChannelError]]] = {
    "SMTPAuthenticationError": (RetryableSendError, ChannelMisconfigured),
    "SMTPConnectError": (RetryableSendError, RetryableSendError),
    "SMTPConnectResponseError": (RetryableSendError, ChannelMisconfigured),
    "SMTPConnectTimeoutError": (RetryableSendError, RetryableSendError),
    "SMTPDataError": (RetryableSendError, RejectedSendError),
    "SMTPException": (ChannelMisconfigured, ChannelMisconfigured),
    "SMTPHeloError": (RetryableSendError, ChannelMisconfigured),
    "SMTPNotSupported": (ChannelMisconfigured, ChannelMisconfigured),
    "SMTPReadTimeoutError": (RetryableSendError, RetryableSendError),
    "SMTPRecipientRefused": (RetryableSendError, RejectedSendError),
    # Only the library's own sending of a whole message raises it, which is not used.
    "SMTPRecipientsRefused": (ChannelMisconfigured, ChannelMisconfigured),
    "SMTPResponseException": (RetryableSendError, RejectedSendError),
    "SMTPSenderRefused": (RetryableSendError, ChannelMisconfigured),
    "SMTPServerDisconnected": (RetryableSendError, RetryableSendError),
    "SMTPTimeoutError": (RetryableSendError, RetryableSendError),
}
IMAP = {
    "CapabilityError",
    "IMAPClientAbortError",
    "IMAPClientError",
    "IMAPClientReadOnlyError",
    "IllegalStateError",
    "InvalidCriteriaError",
    "LoginError",
    "ProtocolError",
}


def errors_of(module: ModuleType) -> Mapping[str, type[Exception]]:
    """Those that the library made, by the names that it gives them."""
    return {
        name: found
        for name, found in vars(module).items()
        if inspect.isclass(found) and issubclass(found, Exception) and found is not TimeoutError
    }


def test_every_error_of_smtp_is_known() -> None:
    assert set(errors_of(smtp)) == set(SMTP)


@pytest.mark.parametrize("name", SMTP)
@pytest.mark.parametrize("code", [451, 550])
def test_every_error_of_smtp_has_its_meaning(name: str, code: int) -> None:
    made = errors_of(smtp)[name]
    wanted = len(inspect.signature(made).parameters)
    error = made(*{1: ("words",), 2: (code, "words"), 3: (code, "words", "x@y.z")}[wanted])
    assert isinstance(error, smtp.SMTPException | OSError)
    meant = Postman(settings()).means(error)
    assert type(meant) is SMTP[name][code > 500]
    assert "words" in str(meant) or isinstance(error, smtp.SMTPRecipientsRefused)


def test_a_mail_that_is_too_large_is_no_fault_of_the_account() -> None:
    meant = Postman(settings()).means(smtp.SMTPSenderRefused(552, "too large", "x@y.z"))
    assert isinstance(meant, RejectedSendError)


def test_every_error_of_imap_is_known() -> None:
    assert set(errors_of(imap)) == IMAP


@pytest.mark.parametrize("name", sorted(IMAP))
def test_every_error_of_imap_is_a_lost_connection(name: str) -> None:
    with pytest.raises(ChannelDisconnected, match="the folder: words"), blamed("the folder"):
        raise errors_of(imap)[name]("words")


@pytest.mark.parametrize("error", [OSError("gone"), TimeoutError(), EOFError(), ConnectionError()])
def test_so_is_what_the_connection_itself_says(error: Exception) -> None:
    with pytest.raises(ChannelDisconnected, match="the folder: "), blamed("the folder"):
        raise error
