"""Hands one mail to the SMTP server and says what became of it. It never repeats one, and never
gives a server more recipients than the mail names."""

from __future__ import annotations

import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPConnectError,
    SMTPDataError,
    SMTPException,
    SMTPHeloError,
    SMTPRecipientRefused,
    SMTPResponseException,
    SMTPSenderRefused,
    SMTPServerDisconnected,
    SMTPTimeoutError,
)

from channels.errors import (
    ChannelDisconnected,
    ChannelError,
    ChannelMisconfigured,
    RejectedSendError,
    RetryableSendError,
    UncertainSendError,
)
from channels.mail.composing import Composed
from channels.mail.oauth import Tokens
from channels.mail.settings import EmailSettings

# The outbox waits for 20 s in all.
SECONDS = 12.0
PORTS = {True: 465, "starttls": 587, False: 25}
_TOO_LARGE = frozenset({552, 554})


@dataclass(frozen=True, slots=True)
class Postman:
    """One SMTP account; every mail has a connection of its own."""

    settings: EmailSettings = field(repr=False)
    tokens: Tokens | None = None

    async def hand_over(self, mail: Composed) -> dict[str, str]:
        """Those of the copies that the server refused, each with its words.

        Raises:
            RetryableSendError, RejectedSendError, UncertainSendError, ChannelMisconfigured.
        """
        try:
            async with self._connected() as client:
                await self._accepted(client, mail)
                refused = await self._copies(client, mail.copies)
                await self._data(client, mail.raw)
                return refused
        except (SMTPException, OSError) as error:
            # Up to the mail itself, nothing was sent.
            raise self.means(error) from error

    async def check(self) -> None:
        """Sign in and leave again.

        Raises:
            ChannelMisconfigured, ChannelDisconnected.
        """
        try:
            async with self._connected():
                pass
        except (SMTPException, OSError) as error:
            found = self.means(error)
            if isinstance(found, ChannelMisconfigured):
                raise found from error
            raise ChannelDisconnected(str(found)) from error

    @asynccontextmanager
    async def _connected(self) -> AsyncGenerator[SMTP]:
        given = self.settings.smtp
        user = given.user or (None if given.password is None else self.settings.address)
        secret = None if given.password is None else given.password.get_secret_value()
        client = SMTP(
            hostname=given.host,
            port=given.port or PORTS[given.tls],
            # The machine's own name is nobody's business.
            local_hostname=self.settings.address.partition("@")[2],
            use_tls=given.tls is True,
            start_tls=given.tls == "starttls",
            timeout=SECONDS,
        )
        await client.connect()
        try:
            if self.tokens is not None:
                await client.auth_xoauth2(
                    given.user or self.settings.address, await self.tokens.get()
                )
            elif user is not None and secret is not None:
                await client.login(user, secret)
            yield client
        finally:
            with suppress(SMTPException, OSError):
                if client.is_connected:
                    await client.quit(timeout=1)
            client.close()

    async def _accepted(self, client: SMTP, mail: Composed) -> None:
        """Sender and correspondent are taken, or nothing is sent to anybody."""
        size = [f"size={len(mail.raw)}"] if client.supports_extension("size") else []
        await client.mail(mail.sender, options=size, encoding="ascii")
        await client.rcpt(mail.to, encoding="ascii")

    async def _copies(self, client: SMTP, copies: tuple[str, ...]) -> dict[str, str]:
        refused: dict[str, str] = {}
        for address in copies:
            try:
                await client.rcpt(address, encoding="ascii")
            except SMTPRecipientRefused as error:
                refused[address] = _words(error)
        return refused

    async def _data(self, client: SMTP, raw: bytes) -> None:
        try:
            await client.data(raw)
        except SMTPDataError as error:
            raise _refusal(error) from error
        except (SMTPTimeoutError, SMTPServerDisconnected, OSError) as error:
            raise UncertainSendError(
                f"the connection ended before the mail server said that it has the mail: {error}"
            ) from error

    def means(self, error: SMTPException | OSError) -> ChannelError:
        """What an error of the library means for a mail that was not handed over yet."""
        host = f"the SMTP server at {self.settings.smtp.host}"
        if isinstance(error, SMTPResponseException):
            return self._answered(error, host)
        if _is_certificate(error):
            return ChannelMisconfigured(
                f"the certificate of {host} is not valid; correct `smtp.host`, or the certificate"
            )
        if isinstance(error, OSError):
            return RetryableSendError(f"{host} cannot be reached: {error or type(error).__name__}")
        return ChannelMisconfigured(
            f"{host} does not offer what is configured ({error}); correct `smtp.tls`, `smtp.user`"
            " or `oauth`"
        )

    def _answered(self, error: SMTPResponseException, host: str) -> ChannelError:
        if isinstance(error, SMTPConnectError | SMTPHeloError):
            return _shut(error, host)
        too_large = isinstance(error, SMTPSenderRefused) and error.code in _TOO_LARGE
        if isinstance(error, SMTPAuthenticationError | SMTPSenderRefused) and not too_large:
            return self._denied(error, host)
        return _refusal(error)

    def _denied(self, error: SMTPResponseException, host: str) -> ChannelError:
        if error.code < 500:  # noqa: PLR2004 - for now only
            return RetryableSendError(f"{host} answers {_words(error)}")
        if self.tokens is not None:
            self.tokens.forget()
        return ChannelMisconfigured(
            f"{host} does not let {self.settings.address} send ({_words(error)}); correct"
            " `smtp.user` and `smtp.password`, and allow SMTP for this mailbox"
        )


def _shut(error: SMTPResponseException, host: str) -> ChannelError:
    """It does not even let us begin: that says nothing about the mail, which has to wait."""
    if error.code < 500:  # noqa: PLR2004 - for now only
        return RetryableSendError(f"{host} answers {_words(error)}")
    return ChannelMisconfigured(
        f"{host} lets nobody in from here ({_words(error)}); correct `smtp.host` and `smtp.port`,"
        " or ask its operator whether this machine's address is blocked"
    )


def _is_certificate(error: BaseException) -> bool:
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLCertVerificationError):
            return True
        seen = seen.__cause__
    return False


def _refusal(error: SMTPResponseException) -> ChannelError:
    if error.code < 500:  # noqa: PLR2004 - for now only
        return RetryableSendError(f"the mail server answers {_words(error)}")
    return RejectedSendError(f"the mail server refuses it for good: {_words(error)}")


def _words(error: SMTPResponseException) -> str:
    return f"{error.code} {' '.join(error.message.split())}"[:300]
