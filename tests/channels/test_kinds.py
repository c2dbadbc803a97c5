"""The kinds of channel as data: complete, consistent, and loaded only by dotted name."""

from __future__ import annotations

import subprocess
import sys
from typing import get_args

import pytest

from channels.contract import Capabilities, Dialect
from channels.kinds import CAPABILITIES, KINDS, imitate, load


def test_every_dialect_is_a_kind_and_names_itself() -> None:
    written = {name: capabilities.dialect for name, capabilities in CAPABILITIES.items()}
    assert {"web", "whatsapp", "slack", "discord", "telegram", "email", "api"} == set(written)
    assert set(get_args(Dialect)) == set(written.values())
    assert all(dialect == name for name, dialect in written.items())


# The platforms' own limits; ours stay below them.
@pytest.mark.parametrize(
    ("kind", "platform_limit"),
    [("whatsapp", 1_600), ("slack", 4_000), ("discord", 2_000), ("telegram", 4_096)],
)
def test_text_limits_keep_a_margin(kind: str, platform_limit: int) -> None:
    assert platform_limit * 0.9 <= CAPABILITIES[kind].text_limit < platform_limit


def test_web_is_pulled_and_the_others_are_not() -> None:
    assert [name for name, kind in CAPABILITIES.items() if kind.pulled] == ["web"]
    assert CAPABILITIES["web"].quiet_seconds == 0.3
    assert CAPABILITIES["email"].quiet_seconds == 2
    assert CAPABILITIES["whatsapp"].window_hours == 24


def test_imitating_changes_only_what_is_shown() -> None:
    web, whatsapp, shown = CAPABILITIES["web"], CAPABILITIES["whatsapp"], imitate("whatsapp")
    assert shown == Capabilities(
        dialect="whatsapp",
        text_limit=whatsapp.text_limit,
        choices_limit=whatsapp.choices_limit,
        choice_label_limit=whatsapp.choice_label_limit,
        typing=web.typing,
        idempotent_send=web.idempotent_send,
        pulled=web.pulled,
        quiet_seconds=web.quiet_seconds,
    )


def test_imitating_web_is_web() -> None:
    assert imitate("web") == CAPABILITIES["web"]


def test_an_unknown_kind_is_named_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"'fax'.*whatsapp"):
        imitate("fax")


def test_kinds_carry_their_own_capabilities() -> None:
    assert "web" in KINDS
    for name, kind in KINDS.items():
        assert kind.name == name
        assert kind.capabilities is CAPABILITIES[name]
        assert all(":" in dotted for dotted in (kind.settings, kind.channel))


def test_load_resolves_a_dotted_name() -> None:
    assert load("channels.contract:Capabilities") is Capabilities


@pytest.mark.parametrize(
    ("dotted", "error", "message"),
    [
        ("channels.contract", ValueError, "module:name"),
        (":x", ValueError, "module:name"),
        ("channels.contract:", ValueError, "module:name"),
        ("channels.contract:Nothing", ValueError, "holds nothing called 'Nothing'"),
        ("channels.nowhere:X", ImportError, "nowhere"),
    ],
)
def test_load_says_what_is_wrong(dotted: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        load(dotted)


def test_importing_the_kinds_loads_no_sdk() -> None:
    heavy = ["pydantic", "slack_sdk", "discord", "telegram", "twilio", "imapclient", "aiosmtplib"]
    program = f"import sys, channels.kinds; print([m for m in {heavy!r} if m in sys.modules])"
    # The interpreter is our own and the program is written above.
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
