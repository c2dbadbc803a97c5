"""What of a WhatsApp channel an operator may set, as frozen data; it never reads files or the
environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from channels.settings import ChannelSettings, endpoint

# Twilio's tokens and secrets are 32 characters; what is much shorter was cut or is a stand-in.
SECRET_CHARACTERS = 16
PLACEHOLDER = re.compile(
    r"(?i)your[_-]|change|replace|example|placeholder|_secret|_token|<|\$\{|\.\.\.|(.)\1{7}"
)
API_BASE = "https://api.twilio.com"
CONTENT_BASE = "https://content.twilio.com"
MESSAGING_BASE = "https://messaging.twilio.com"
_SID = re.compile(r"[0-9a-fA-F]{32}")
_SENDER = re.compile(r"whatsapp:\+[1-9][0-9]{6,14}")
_TEMPLATE = re.compile(r"[A-Za-z0-9_. -]{1,64}")


def _real(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    if len(text.strip()) < SECRET_CHARACTERS or text != text.strip() or PLACEHOLDER.search(text):
        raise ValueError(
            "is no real secret (blank, too short, padded or a placeholder); copy it from the"
            " Twilio console"
        )
    return value


def _account(value: str) -> str:
    if not value.startswith("AC") or not _SID.fullmatch(value[2:]) or PLACEHOLDER.search(value):
        raise ValueError("must be an account SID: AC and 32 hexadecimal digits")
    return value


def _key(value: str) -> str:
    if not value.startswith("SK") or not _SID.fullmatch(value[2:]):
        raise ValueError("must be an API key's SID: SK and 32 hexadecimal digits")
    return value


def _sender(value: str) -> str:
    if not _SENDER.fullmatch(value):
        raise ValueError("must be the sender with its country code, like whatsapp:+14155238886")
    return value


def _template(value: str) -> str:
    if not _TEMPLATE.fullmatch(value):
        raise ValueError("must be a template's SID (HX…) or its name in the Twilio console")
    return value


def _address(value: str) -> str:
    return endpoint(value, "https://twilio-proxy.example.com")


Secret = Annotated[SecretStr, AfterValidator(_real)]


class WhatsAppSettings(ChannelSettings):
    """``sender`` (``from``) is our number. ``auth_token`` verifies Twilio's requests and logs us
    in, unless ``api_key`` and ``api_key_secret`` do the latter. ``shared_keys`` are secrets of
    Twilio's SHA-256 webhook signatures, by their id. ``template`` is the approved template, by SID
    or name, for what is said after the 24 hours. ``catch_up_minutes`` is how often Twilio is asked
    for messages that its webhook did not bring, 0 for never. ``api_base`` replaces all three of
    Twilio's hosts. ``quiet_seconds`` replaces the kind's own pause before a turn begins."""

    kind: Literal["whatsapp"]
    account_sid: Annotated[str, AfterValidator(_account)]
    auth_token: Secret
    sender: Annotated[str, AfterValidator(_sender)] = Field(alias="from")
    api_key: Annotated[str, AfterValidator(_key)] | None = None
    api_key_secret: Secret | None = None
    shared_keys: Mapping[str, Secret] = Field(default_factory=dict[str, SecretStr])
    template: Annotated[str, AfterValidator(_template)] | None = None
    catch_up_minutes: Annotated[float, Field(ge=0, le=1440)] = 5
    api_base: Annotated[str, Field(max_length=2000), AfterValidator(_address)] | None = None

    @model_validator(mode="after")
    def _whole_key(self) -> Self:
        if (self.api_key is None) != (self.api_key_secret is None):
            raise ValueError("api_key and api_key_secret belong together; give both or neither")
        return self

    @property
    def api(self) -> str:
        """Where accounts, messages and media are."""
        return self.api_base or API_BASE

    @property
    def credentials(self) -> tuple[str, str]:
        """Who we are and our secret, for Basic authentication."""
        if self.api_key is not None and self.api_key_secret is not None:
            return self.api_key, self.api_key_secret.get_secret_value()
        return self.account_sid, self.auth_token.get_secret_value()
