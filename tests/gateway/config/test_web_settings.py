"""A web channel's own settings: origins as browsers write them, keys long enough."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from channels.webchat.settings import WebSettings


def web(**given: object) -> WebSettings:
    return WebSettings.model_validate({"kind": "web", **given})


def test_defaults() -> None:
    settings = web()
    assert (settings.demo, settings.desk, settings.as_) == (False, "web", None)
    assert settings.origins == ()
    assert settings.identity_keys == {}
    assert settings.quiet_seconds is None


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://shop.example.com", "https://shop.example.com"),
        ("https://shop.example.com/", "https://shop.example.com"),
        ("https://Shop.Example.com", "https://shop.example.com"),
        ("https://shop.example.com:443", "https://shop.example.com"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://[::1]:3000", "http://[::1]:3000"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
    ],
)
def test_origins_are_kept_as_browsers_write_them(given: str, kept: str) -> None:
    assert web(origins=[given]).origins == (kept,)


@pytest.mark.parametrize(
    "origin",
    [
        "*",
        "null",
        "https://*",
        "https://*.example.com",
        "shop.example.com",
        "//shop.example.com",
        "https://",
        "https://shop.example.com/chat",
        "https://shop.example.com?",
        "https://shop.example.com#",
        "https://me@shop.example.com",
        "https://shop.example.com:0",
        "https://shop.example.com:x",
        "https://shop.example.com:",
        "https://shop.example.com ",
        "https://shop.example.com\n",
        "https://shop.example.com\\@evil.example",
        "https://bücher.example",
        "ftp://shop.example.com",
        "javascript:alert(1)",
        "https://[::1",
        "",
    ],
)
def test_what_is_no_exact_origin_is_refused(origin: str) -> None:
    with pytest.raises(ValidationError) as caught:
        web(origins=[origin])
    assert caught.value.errors()[0]["type"] == "value_error"


def test_identity_keys_are_long_and_hidden() -> None:
    settings = web(identity_keys={"k1": "k" * 32})
    assert settings.identity_keys["k1"].get_secret_value() == "k" * 32
    assert "kkkk" not in repr(settings)
    with pytest.raises(ValidationError, match="must be at least 32 bytes"):
        web(identity_keys={"k1": "k" * 31})


def test_as_names_a_kind() -> None:
    assert web(**{"as": "whatsapp"}).as_ == "whatsapp"
    with pytest.raises(ValidationError, match="must be a kind of channel, one of: api, discord"):
        web(**{"as": "pigeon"})


@pytest.mark.parametrize(
    "given",
    [{"quiet_seconds": -1}, {"quiet_seconds": 11}, {"upload_limit_mb": 0}, {"name": ""}],
)
def test_limits(given: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        web(**given)


def test_they_do_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        web().demo = True
