"""What of an API channel an operator may set, as frozen data; it never reads files or the
environment."""

from __future__ import annotations

import re
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr

from channels.api.signing import PREFIX, key_of
from channels.settings import ChannelSettings, is_loopback

SECRET_CHARACTERS = 32
KEY_BYTES = 24
_MADE = f"`echo {PREFIX}$(openssl rand -base64 32)` makes one"
HOST_CHARACTERS = 253
_IN_URL = re.compile(r"[!-~]+")
_HOST = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\.?|[0-9a-f:.]+:[0-9a-f:.]+")


def strong_secret(value: SecretStr) -> SecretStr:
    """A secret of Standard Webhooks (``whsec_`` and base64), or any other that is long enough."""
    secret = value.get_secret_value()
    if secret.startswith(PREFIX) and len(key_of(secret)) < KEY_BYTES:
        raise ValueError(f"holds less than {KEY_BYTES} bytes after {PREFIX}; {_MADE}")
    if len(secret.strip()) < SECRET_CHARACTERS:
        raise ValueError(f"must be at least {SECRET_CHARACTERS} characters; {_MADE}")
    return value


def deliverable(value: str) -> str:
    """An address that messages may go to. No sentence repeats it: it may hold a token."""
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError(_URL_FORM) from None
    if parts.scheme not in {"http", "https"} or not _is_host(host) or not _IN_URL.fullmatch(value):
        raise ValueError(_URL_FORM)
    if parts.fragment or parts.username is not None:
        raise ValueError("must be an address without user:password@ and without #…")
    if parts.scheme == "http" and not is_loopback(host):
        raise ValueError("is plain http beyond this machine, in which anyone can read; use https")
    return value


_URL_FORM = "must be an address like https://crm.example.com/deliver"


def _is_host(host: str) -> bool:
    return len(host) <= HOST_CHARACTERS and _HOST.fullmatch(host) is not None


class ApiSettings(ChannelSettings):
    """``secret`` signs in both directions: ``whsec_`` and base64, or any 32 characters. ``url`` is
    where messages go: https, or http on this machine. ``idempotent`` says that the receiver takes a
    repeated ``webhook-id`` for the same message. ``quiet_seconds`` replaces the kind's own pause
    before a turn begins."""

    kind: Literal["api"]
    secret: Annotated[SecretStr, AfterValidator(strong_secret)]
    url: Annotated[str, Field(max_length=2000), AfterValidator(deliverable)]
    idempotent: bool = False

    @property
    def origin(self) -> str:
        """Scheme, host and port of ``url``: what of it may be shown."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"
