"""What a Discord channel's settings refuse, and what they never show."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from channels.discord.settings import DiscordSettings
from tests.platforms.discord_world import TOKEN


def given(**fields: Any) -> DiscordSettings:
    return DiscordSettings.model_validate({"kind": "discord", "token": TOKEN, **fields})


def test_a_token_alone_is_enough() -> None:
    settings = given()
    assert settings.api_base == "https://discord.com/api/v10"
    assert settings.gateway_base == "wss://gateway.discord.gg"
    assert (settings.support_channels, settings.operator_roles) == ((), ())


def test_the_token_is_taken_without_the_space_around_it() -> None:
    assert given(token=f" {TOKEN}\n").token.get_secret_value() == TOKEN


@pytest.mark.parametrize(
    "token", ["", "   ", "too-short", f"Bot {TOKEN}", "with a space in the middle of it", "ü" * 40]
)
def test_what_is_no_token_is_refused_without_repeating_it(token: str) -> None:
    with pytest.raises(ValidationError) as raised:
        given(token=token)
    (error,) = raised.value.errors()
    assert error["loc"] == ("token",)
    assert not token.strip() or token not in error["msg"]


def test_a_missing_token_is_refused() -> None:
    with pytest.raises(ValidationError, match="token"):
        DiscordSettings.model_validate({"kind": "discord"})


def test_the_token_is_never_shown() -> None:
    assert TOKEN not in repr(given())
    assert TOKEN not in str(given())


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("api_base", "http://proxy.example.com/api"),
        ("api_base", "ftp://discord.com"),
        ("api_base", "https://user:password@discord.com"),
        ("api_base", "https://discord.com/api?x=1"),
        ("api_base", "https:///api"),
        ("api_base", "https://discord.com:99999"),
        ("gateway_base", "ws://gateway.example.com"),
        ("gateway_base", "https://gateway.discord.gg"),
        ("support_channels", ["general"]),
        ("support_channels", ["12"]),
        ("operator_roles", ["@staff"]),
        ("tokn", "x"),
    ],
)
def test_what_cannot_work_is_refused(key: str, value: Any) -> None:
    with pytest.raises(ValidationError, match=key):
        given(**{key: value})


def test_a_stand_in_on_this_machine_may_be_plain() -> None:
    settings = given(api_base="http://127.0.0.1:8000/api/v10/", gateway_base="ws://localhost:8000")
    assert settings.api_base == "http://127.0.0.1:8000/api/v10"
    assert settings.gateway_base == "ws://localhost:8000"


def test_ids_may_be_written_as_numbers() -> None:
    assert given(support_channels=[1234567890123456789]).support_channels == (
        "1234567890123456789",
    )
