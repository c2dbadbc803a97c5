"""What a Telegram channel may be configured with; no sentence repeats a token."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from channels.telegram.settings import TelegramSettings

TOKEN = "7000001:AAq1b2c3d4e5f6"
SECRET = "f00dfeedf00dfeedf00d"


def settings(**fields: Any) -> TelegramSettings:
    return TelegramSettings.model_validate({"kind": "telegram", "token": TOKEN, **fields})


@pytest.mark.parametrize(
    "token",
    [
        "",
        "   ",
        "\t\n",
        "changeme",
        "<your token>",
        "7000001",
        "7000001:",
        ":AAq1b2c3d4e5f6",
        f" {TOKEN}",
        f"{TOKEN}\n",
        f"{TOKEN}/x",
        "123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11",
    ],
)
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(ValidationError, match="BotFather") as caught:
        settings(token=token)
    assert all("AAq1" not in error["msg"] for error in caught.value.errors())


def test_a_channel_without_a_token_is_none() -> None:
    with pytest.raises(ValidationError, match="token"):
        TelegramSettings.model_validate({"kind": "telegram"})


def test_a_webhook_without_a_secret_is_refused() -> None:
    with pytest.raises(ValidationError, match="anybody could write to it"):
        settings(transport="webhook")


@pytest.mark.parametrize(
    "secret", ["", " " * 20, "short", "x" * 15, "x" * 257, "spaces are not ok!"]
)
def test_a_secret_is_long_enough_and_of_telegrams_letters(secret: str) -> None:
    with pytest.raises(ValidationError, match="openssl"):
        settings(transport="webhook", secret=secret)


def test_nothing_shows_the_secrets() -> None:
    shown = repr(settings(transport="webhook", secret=SECRET))
    assert "AAq1" not in shown
    assert SECRET not in shown


@pytest.mark.parametrize(
    ("fields", "methods", "files"),
    [
        ({}, "https://api.telegram.org/bot", "https://api.telegram.org/file/bot"),
        ({"api_base": "http://127.0.0.1:81/"}, "http://127.0.0.1:81/bot", "http://127.0.0.1:81/file/bot"),
        ({"api_base": "https://tg.example.com/bot"}, "https://tg.example.com/bot", "https://tg.example.com/file/bot"),
        ({"file_base": "https://f.example.com"}, "https://api.telegram.org/bot", "https://f.example.com/file/bot"),
        ({"file_base": "https://f.example.com/file"}, "https://api.telegram.org/bot", "https://f.example.com/file/bot"),
        ({"file_base": "https://f.example.com/file/bot"}, "https://api.telegram.org/bot", "https://f.example.com/file/bot"),
    ],
)  # fmt: skip
def test_another_server_can_stand_in(fields: dict[str, str], methods: str, files: str) -> None:
    given = settings(**fields)
    assert (given.methods, given.files) == (methods, files)


@pytest.mark.parametrize(
    "base",
    ["", "api.telegram.org", "http://api.telegram.org", "ftp://x", "https://", "https://a b",
     "https://u:p@x", "https://x/?q", "https://x/#f", "https://x:99999", "https://[::1"],
)  # fmt: skip
def test_addresses_that_would_give_the_token_away_are_refused(base: str) -> None:
    for key in ("api_base", "file_base"):
        with pytest.raises(ValidationError):
            settings(**{key: base})


def test_groups_are_named_by_number_with_or_without_a_topic() -> None:
    given = settings(support_chats=[-1001234567890, "-1001234567890/45"])
    assert given.support_chats == ("-1001234567890", "-1001234567890/45")


@pytest.mark.parametrize(
    "fields",
    [
        {"support_chats": ["@shop"]},
        {"support_chats": [42]},
        {"support_chats": [True]},
        {"max_connections": 0},
        {"max_connections": 101},
        {"transport": "socket"},
        {"as": "web"},
        {"quiet_seconds": 11},
    ],
)
def test_other_values_and_keys_are_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        settings(**fields)
