"""What of a Slack channel an operator may set, as frozen data; it never reads files or the
environment and loads no SDK."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from channels.settings import ChannelSettings, endpoint

API_BASE = "https://slack.com/api/"
# Slack's signing secrets are 32 hexadecimal digits; shorter ones are something else, pasted here.
SIGNING_CHARACTERS = 16
TOKEN_CHARACTERS = 16
_TOKEN = re.compile(r"[A-Za-z0-9._-]+")
_CHANNEL = re.compile(r"[CG][A-Z0-9]{2,30}")
_PERSON = re.compile(r"(?:[TE][A-Z0-9]{2,30}/)?[UW][A-Z0-9]{2,30}")


def _token(value: SecretStr, prefix: str, where: str) -> SecretStr:
    token = value.get_secret_value()
    if not token.startswith(prefix) or len(token) < TOKEN_CHARACTERS or not _TOKEN.fullmatch(token):
        raise ValueError(f"must be the token that begins with {prefix}; copy it from {where}")
    return value


def _bot_token(value: SecretStr) -> SecretStr:
    return _token(value, "xoxb-", '"OAuth & Permissions", "Bot User OAuth Token"')


def _app_token(value: SecretStr) -> SecretStr:
    return _token(value, "xapp-", '"Basic Information", "App-Level Tokens"')


def _signing_secret(value: SecretStr) -> SecretStr:
    secret = value.get_secret_value()
    if len(secret) < SIGNING_CHARACTERS or not _TOKEN.fullmatch(secret):
        raise ValueError(
            'must be the app\'s signing secret; copy it from "Basic Information", "Signing Secret"'
        )
    return value


def _api_base(value: str) -> str:
    return f"{endpoint(value, API_BASE)}/"


def _channel(value: str) -> str:
    if not _CHANNEL.fullmatch(value):
        raise ValueError("must be a channel's id such as C0123456789, from its details' last line")
    return value


def _person(value: str) -> str:
    if not _PERSON.fullmatch(value):
        raise ValueError("must be a member's id such as U0123456789, or T0123456789/U0123456789")
    return value


class SlackSettings(ChannelSettings):
    """``bot_token`` speaks for the app. ``signing_secret`` verifies what Slack posts to the
    webhook, ``app_token`` opens Socket Mode: one of the two has to be there. In
    ``support_channels`` every message is taken for us, elsewhere only what is addressed to us.
    ``operators`` are members who answer customers by hand. ``api_base`` is where the Web API is.
    ``quiet_seconds`` replaces the kind's own pause before a turn begins."""

    kind: Literal["slack"]
    bot_token: Annotated[SecretStr, AfterValidator(_bot_token)]
    signing_secret: Annotated[SecretStr, AfterValidator(_signing_secret)] | None = None
    app_token: Annotated[SecretStr, AfterValidator(_app_token)] | None = None
    support_channels: tuple[Annotated[str, AfterValidator(_channel)], ...] = ()
    operators: tuple[Annotated[str, AfterValidator(_person)], ...] = ()
    api_base: Annotated[str, Field(max_length=2000), AfterValidator(_api_base)] = API_BASE

    @model_validator(mode="after")
    def _hears(self) -> Self:
        if self.signing_secret is None and self.app_token is None:
            raise ValueError(
                "needs `signing_secret` (Slack posts events to this gateway) or `app_token`"
                " (Socket Mode); without either nothing would arrive"
            )
        return self
