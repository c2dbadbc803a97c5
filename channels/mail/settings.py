"""What of a mailbox an operator may set, as frozen data; it never reads files or the
environment."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Literal, Self, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

from channels.settings import ChannelSettings, is_loopback

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}")
_HOST = re.compile(r"[A-Za-z0-9_.:-]{1,253}")
# The token of a reply's address takes 51 of the 64 characters that stand before the @.
LOCAL_PART_WITH_TOKEN = 13


def _filled(value: SecretStr) -> SecretStr:
    if not value.get_secret_value().strip():
        raise ValueError("must not be blank")
    return value


def _address(value: str) -> str:
    if not _ADDRESS.fullmatch(value):
        raise ValueError("must be a plain mail address like help@example.com")
    return value.lower()


def _host(value: str) -> str:
    if not _HOST.fullmatch(value):
        raise ValueError("must be a host name or an address, without a port or a scheme")
    return value


def _secure(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname)):
        raise ValueError("must be an https address")
    return value


Secret: TypeAlias = Annotated[SecretStr, AfterValidator(_filled)]
MailAddress: TypeAlias = Annotated[str, AfterValidator(_address)]
Host: TypeAlias = Annotated[str, AfterValidator(_host)]
Port: TypeAlias = Annotated[int, Field(ge=1, le=65535)]
Text: TypeAlias = Annotated[str, Field(min_length=1, max_length=200)]
Tls: TypeAlias = bool | Literal["starttls"]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Server(_Section):
    host: Host
    user: Text | None = None
    password: Secret | None = None

    @model_validator(mode="after")
    def _never_in_clear(self) -> Self:
        if getattr(self, "tls", True) is False and not is_loopback(self.host):
            raise ValueError(
                "`tls: false` sends the password and every mail in clear beyond this machine; use"
                " true or starttls"
            )
        return self


class ImapSettings(_Server):
    """``folders`` are read; ``sent`` is where the mail programs of your people keep what they
    sent. ``poll_seconds`` is the longest time between two looks, also where the server pushes.
    ``since`` is the first day whose mail is taken in at the first start."""

    port: Port | None = None
    tls: Tls = True
    poll_seconds: Annotated[float, Field(ge=1, le=3600)] = 20
    folders: Annotated[tuple[Text, ...], Field(min_length=1, max_length=20)] = ("INBOX",)
    sent: Text | None = None
    since: date | None = None


class SmtpSettings(_Server):
    port: Port | None = None
    tls: Tls = "starttls"


class OAuthSettings(_Section):
    """XOAUTH2 for both servers: access tokens are fetched with the refresh token."""

    token_url: Annotated[str, Field(max_length=2000), AfterValidator(_secure)]
    client_id: Text
    client_secret: Secret | None = None
    refresh_token: Secret
    scope: Annotated[str, Field(max_length=1000)] | None = None


class EmailSettings(ChannelSettings):
    """``address`` is ours, ``aliases`` are other addresses that lead to the same mailbox.
    ``authserv`` is how your mail server names itself in Authentication-Results. ``forms`` are
    senders of your own contact forms, whose Reply-To is the customer. ``plus_addressing`` puts a
    token into the Reply-To of what is sent."""

    kind: Literal["email"]
    address: MailAddress
    aliases: tuple[MailAddress, ...] = ()
    imap: ImapSettings
    smtp: SmtpSettings
    oauth: OAuthSettings | None = None
    authserv: Annotated[str, Field(min_length=1, max_length=253)] | None = None
    forms: tuple[MailAddress, ...] = ()
    plus_addressing: bool = False
    mails_per_sender: Annotated[int, Field(ge=1, le=10_000)] = 20
    mails_per_thread: Annotated[int, Field(ge=1, le=10_000)] = 10

    @model_validator(mode="after")
    def _can_log_in(self) -> Self:
        if self.oauth is None and self.imap.password is None:
            raise ValueError("needs `imap.password`, or `oauth` for servers that take no password")
        local = self.address.partition("@")[0]
        if self.plus_addressing and len(local) > LOCAL_PART_WITH_TOKEN:
            raise ValueError(
                f"`plus_addressing` needs an address with at most {LOCAL_PART_WITH_TOKEN}"
                " characters before the @"
            )
        return self

    @property
    def own(self) -> frozenset[str]:
        """Every address of ours."""
        return frozenset({self.address, *self.aliases})
