"""What an API channel may be configured with; no sentence repeats a secret or an address."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from channels.api.channel import ApiChannel
from channels.contract import Ports
from channels.kinds import CAPABILITIES
from tests.channels.fakes import FakeClock, MemoryTimeline, MemoryUploads
from tests.contract.harness.api import settings
from tests.contract.harness.web import Counter

URL = "https://crm.example.com/deliver?key=a1b2"


@pytest.mark.parametrize(
    "url",
    [
        URL,
        "http://localhost:9000/x",
        "http://127.0.0.2/x",
        "http://[::1]:9000/x",
        "https://10.0.0.7/x",
        "https://crm:8443/x",
    ],
)
def test_addresses_that_messages_may_go_to(url: str) -> None:
    assert settings(url).url == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "crm.example.com",
        "ftp://crm.example.com/",
        "http://crm.example.com/a1b2",
        "http://127.0.0.1.example.com/a1b2",
        "https:///a1b2",
        "https://user:a1b2@crm.example.com/",
        "https://crm.example.com/#a1b2",
        "https://crm.example.com/a1 b2",
        "https://crm.example.com/\na1b2",
        "https://crm..example.com/a1b2",
        f"https://{'x' * 64}.example.com/a1b2",
        "https://crm.example.com:99999/a1b2",
        "https://[::1/a1b2",
        f"https://crm.example.com/{'x' * 2000}",
    ],
)
def test_addresses_that_they_may_not(url: str) -> None:
    with pytest.raises(ValidationError) as caught:
        settings(url)
    assert all("a1b2" not in error["msg"] for error in caught.value.errors())


@pytest.mark.parametrize("secret", ["", " " * 40, "short", "x" * 31])
def test_a_secret_is_long_enough(secret: str) -> None:
    with pytest.raises(ValidationError, match="at least 32 characters"):
        settings(URL, secret=secret)


@pytest.mark.parametrize(
    ("secret", "words"),
    [("whsec_bm8=", "less than 24 bytes"), (f"whsec_{'*' * 44}", "is no base64")],
)
def test_a_secret_that_begins_like_base64_is_some(secret: str, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        settings(URL, secret=secret)


@pytest.mark.parametrize("fields", [{"as": "web"}, {"as_": None}, {"quiet_seconds": 11}])
def test_other_keys_are_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        settings(URL, **fields)


@pytest.mark.parametrize("idempotent", [False, True])
def test_only_a_receiver_that_says_so_is_sent_the_same_again(*, idempotent: bool) -> None:
    ports = Ports(MemoryTimeline(), MemoryUploads(), FakeClock(), Counter(), b"k" * 32)
    given = settings(URL, idempotent=idempotent)
    built = ApiChannel.build("crm", given, CAPABILITIES["api"], ports)
    assert built.capabilities.idempotent_send is idempotent


def test_what_may_be_shown_of_the_address_is_its_origin() -> None:
    assert settings(URL).origin == "https://crm.example.com"
