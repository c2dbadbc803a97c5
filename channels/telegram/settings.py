"""What of a Telegram channel an operator may set, as frozen data; it never reads files or the
environment."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    model_validator,
)

from channels.settings import ChannelSettings, endpoint
from channels.signatures import SHORTEST_SECRET

PLATFORM = "https://api.telegram.org"
_TOKEN = re.compile(r"[0-9]{1,20}:[A-Za-z0-9_-]{3,100}")
# The one that Telegram's own manual shows.
_SHOWN_TOKEN = "123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11"  # noqa: S105 - nobody's
_SECRET = re.compile(rf"[A-Za-z0-9_-]{{{SHORTEST_SECRET},256}}")
_CHAT = re.compile(r"-[0-9]{1,20}(?:/[0-9]{1,20})?")


def _token(value: SecretStr) -> SecretStr:
    given = value.get_secret_value()
    if not _TOKEN.fullmatch(given) or given == _SHOWN_TOKEN:
        raise ValueError(
            "must be a bot's token, digits:letters, as @BotFather gives it on /newbot or /token"
        )
    return value


def _secret(value: SecretStr) -> SecretStr:
    if not _SECRET.fullmatch(value.get_secret_value()):
        raise ValueError(
            f"must be {SHORTEST_SECRET} to 256 letters, digits, _ or -;"
            " `openssl rand -hex 32` makes one"
        )
    return value


def _base(value: str) -> str:
    return endpoint(value, PLATFORM)


def _chat(value: object) -> object:
    """YAML reads a chat's id as a number."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _group(value: str) -> str:
    if not _CHAT.fullmatch(value):
        raise ValueError("must be a group's id like -1001234567890, or -1001234567890/TOPIC")
    return value


Base = Annotated[str, Field(max_length=500), AfterValidator(_base)]
Group = Annotated[str, BeforeValidator(_chat), AfterValidator(_group)]


class TelegramSettings(ChannelSettings):
    """``token`` is the bot's. ``transport`` says who begins: we ask (``polling``), or Telegram
    posts to us (``webhook``), proving itself with ``secret`` over at most ``max_connections``
    connections. In ``support_chats`` every message is meant for us. ``api_base`` and ``file_base``
    name another server of the Bot API."""

    kind: Literal["telegram"]
    token: Annotated[SecretStr, AfterValidator(_token)]
    transport: Literal["polling", "webhook"] = "polling"
    secret: Annotated[SecretStr, AfterValidator(_secret)] | None = None
    max_connections: Annotated[int, Field(ge=1, le=100)] = 40
    support_chats: tuple[Group, ...] = ()
    api_base: Base = PLATFORM
    file_base: Base | None = None

    @model_validator(mode="after")
    def _webhooks_prove_themselves(self) -> Self:
        if self.transport == "webhook" and self.secret is None:
            raise ValueError(
                "transport: webhook needs a `secret`, or anybody could write to it;"
                " `openssl rand -hex 32` makes one"
            )
        return self

    @property
    def methods(self) -> str:
        """What a token and a method's name are appended to."""
        return self.api_base if self.api_base.endswith("/bot") else f"{self.api_base}/bot"

    @property
    def files(self) -> str:
        """What a token and a file's path are appended to."""
        base = self.file_base or f"{self.methods.removesuffix('/bot')}/file/bot"
        if base.endswith("/file/bot"):
            return base
        return f"{base}/bot" if base.endswith("/file") else f"{base}/file/bot"
