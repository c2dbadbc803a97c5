"""What of a Discord channel an operator may set, as frozen data; it never reads files or the
environment and never imports the SDK."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field, SecretStr

from channels.settings import SOCKET, ChannelSettings, endpoint

API_BASE = "https://discord.com/api/v10"
GATEWAY_BASE = "wss://gateway.discord.gg"
TOKEN_CHARACTERS = 20
_TOKEN = re.compile(r"[!-~]+")


def _token(value: SecretStr) -> SecretStr:
    """What the developer portal shows as the bot's token. No sentence repeats it."""
    given = value.get_secret_value().strip()
    if given.lower().startswith("bot "):
        raise ValueError("begins with 'Bot '; write the token alone")
    if len(given) < TOKEN_CHARACTERS or not _TOKEN.fullmatch(given):
        raise ValueError(
            "is no bot token; copy it from https://discord.com/developers/applications, your"
            " application, Bot, Reset Token"
        )
    return SecretStr(given)


def _http(value: str) -> str:
    return endpoint(value, API_BASE)


def _websocket(value: str) -> str:
    return endpoint(value, GATEWAY_BASE, SOCKET)


_Id = Annotated[str, Field(pattern=r"^[0-9]{15,20}$")]


class DiscordSettings(ChannelSettings):
    """``support_channels`` are ids of channels and forums whose messages are all meant for us:
    each customer gets a private thread there. Elsewhere on a server only a mention or a reply
    addresses us. ``operator_roles`` are ids of roles whose members answer as the business: the
    assistant steps back where they write in a customer's thread. ``api_base`` and
    ``gateway_base`` let a proxy or a test server stand in for the platform."""

    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)

    kind: Literal["discord"]
    token: Annotated[SecretStr, AfterValidator(_token)]
    support_channels: Annotated[tuple[_Id, ...], Field(max_length=100)] = ()
    operator_roles: Annotated[tuple[_Id, ...], Field(max_length=100)] = ()
    api_base: Annotated[str, Field(max_length=2000), AfterValidator(_http)] = API_BASE
    gateway_base: Annotated[str, Field(max_length=2000), AfterValidator(_websocket)] = GATEWAY_BASE
