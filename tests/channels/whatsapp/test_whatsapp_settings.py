"""What a WhatsApp channel's configuration takes, and what it refuses before anything starts."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from channels.contract import Ports
from channels.errors import ChannelMisconfigured
from channels.kinds import CAPABILITIES
from channels.whatsapp.channel import WhatsAppChannel
from tests.channels.fakes import FakeClock, MemoryTimeline, MemoryUploads
from tests.contract.harness.whatsapp import settings
from tests.platforms.twilio_records import API_KEY, TOKEN

BASE = "http://127.0.0.1:1"


def given(**fields: Any) -> Any:
    return settings(BASE, **fields)


@pytest.mark.parametrize("key", ["auth_token", "api_key_secret", "shared"])
@pytest.mark.parametrize(
    "value",
    [
        "",
        " " * 32,
        "short",
        "changeme-changeme-changeme",
        "your_auth_token_goes_here",
        "<the auth token>-----------",
        "00000000000000000000000000000000",
        f" {TOKEN}",
    ],
)
def test_what_is_no_secret_is_refused(key: str, value: str) -> None:
    fields: dict[str, Any] = {key: value}
    if key == "shared":
        fields = {"shared_keys": {"webhooks_sharedkey_1": value}}
    if key == "api_key_secret":
        fields["api_key"] = API_KEY[0]
    with pytest.raises(ValidationError, match="no real secret") as raised:
        given(**fields)
    assert "Twilio console" in str(raised.value)


def test_a_missing_secret_is_refused() -> None:
    with pytest.raises(ValidationError, match="auth_token"):
        given(auth_token=None)


@pytest.mark.parametrize(
    ("fields", "match"),
    [
        ({"account_sid": "AC123"}, "account SID"),
        ({"account_sid": "AC" + "0" * 32}, "account SID"),
        ({"account_sid": "SK" + "1a" * 16}, "account SID"),
        ({"from": "+14155550100"}, "whatsapp:"),
        ({"from": "whatsapp:4155550100"}, "country code"),
        ({"api_key": "AC" + "1a" * 16, "api_key_secret": TOKEN}, "API key"),
        ({"api_key": "SK" + "1a" * 16}, "belong together"),
        ({"api_key_secret": TOKEN}, "belong together"),
        ({"template": "a/b"}, "SID"),
        ({"api_base": "http://twilio.example.com"}, "https"),
        ({"api_base": "https://me:secret@twilio.example.com"}, "user:password"),
        ({"api_base": "ftp://x"}, "address"),
        ({"api_base": "https://x/?a=b"}, "address"),
        ({"catch_up_minutes": -1}, "greater"),
        ({"unknown": 1}, "Extra"),
    ],
)
def test_what_cannot_work_is_refused(fields: dict[str, Any], match: str) -> None:
    with pytest.raises(ValidationError, match=match):
        given(**fields)


def test_secrets_are_not_shown() -> None:
    shown = given(api_key=API_KEY[0], api_key_secret=API_KEY[1], shared_keys={"k": TOKEN})
    assert TOKEN not in repr(shown)
    assert API_KEY[1] not in repr(shown)


def test_an_api_key_logs_in_where_there_is_one() -> None:
    assert given().credentials[1] == TOKEN
    assert given(api_key=API_KEY[0], api_key_secret=API_KEY[1]).credentials == API_KEY


async def test_without_a_public_address_it_does_not_start() -> None:
    clock = FakeClock()
    ports = Ports(MemoryTimeline(), MemoryUploads(), clock, lambda size: b"x" * size, b"k" * 32)
    channel = WhatsAppChannel.build("wa", given(), CAPABILITIES["whatsapp"], ports)
    with pytest.raises(ChannelMisconfigured, match="public_url"):
        async with channel:
            pass
