"""Setting a Slack app up: what the configuration may say, what the check demands, and that the
manifest on the page is what the adapter needs."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import yaml
from pydantic import SecretStr, ValidationError

from channels.contract import Ports
from channels.errors import ChannelDisconnected, ChannelMisconfigured, RetryableSendError
from channels.events import Address
from channels.kinds import CAPABILITIES
from channels.slack.channel import SlackChannel
from channels.slack.scopes import EVENTS, SCOPES
from channels.slack.settings import API_BASE, SlackSettings
from tests.channels.fakes import FakeClock, MemoryTimeline, MemoryUploads
from tests.channels.slack.conversations import outbound
from tests.contract.harness.slack import Rig, channel, rig
from tests.platforms.slack import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET, FakeSlack
from tests.platforms.slack_workspace import PUBLIC

PAGE = (Path(__file__).parents[3] / "docs/channels/slack.md").read_text("utf-8")
GOOD: dict[str, Any] = {
    "kind": "slack",
    "bot_token": BOT_TOKEN,
    "signing_secret": SIGNING_SECRET,
}


@pytest.fixture
async def opened() -> AsyncIterator[Rig]:
    async with rig() as ready:
        yield ready


# --- Settings ----------------------------------------------------------------------------------


def test_two_secrets_are_enough() -> None:
    settings = SlackSettings.model_validate(GOOD)
    assert (settings.api_base, settings.app_token, settings.as_) == (API_BASE, None, None)
    assert SlackSettings.model_validate(
        {"kind": "slack", "bot_token": BOT_TOKEN, "app_token": APP_TOKEN}
    )


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"bot_token": ""}, "xoxb-"),
        ({"bot_token": "   "}, "xoxb-"),
        ({"bot_token": "xoxb-"}, "xoxb-"),
        ({"bot_token": "xoxp-1111-2222-3333"}, "xoxb-"),
        ({"bot_token": "xoxb-your token here"}, "xoxb-"),
        ({"bot_token": "<bot token>"}, "xoxb-"),
        ({"app_token": BOT_TOKEN}, "xapp-"),
        ({"app_token": ""}, "xapp-"),
        ({"signing_secret": ""}, "signing secret"),
        ({"signing_secret": " " * 32}, "signing secret"),
        ({"signing_secret": "short"}, "signing secret"),
        ({"signing_secret": None}, "app_token"),
        ({"support_channels": ["#help"]}, "channel's id"),
        ({"support_channels": ["D0ADA"]}, "channel's id"),
        ({"operators": ["ada"]}, "member's id"),
        ({"api_base": "http://slack.example/api/"}, "https"),
        ({"api_base": "https://u:p@slack.example/api/"}, "user:password"),
        ({"api_base": "slack.example"}, "must be an address"),
        ({"api_base": "http://[x"}, "must be an address"),
        ({"api_base": "https://slack.example/?a=b"}, "must be an address"),
        ({"tokn": "x"}, "tokn"),
    ],
    ids=str,
)
def test_what_cannot_work_is_refused_with_what_would(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        SlackSettings.model_validate({**GOOD, **fields})
    assert said in str(caught.value)


def test_secrets_are_not_shown() -> None:
    settings = SlackSettings.model_validate({**GOOD, "app_token": APP_TOKEN})
    for secret in (BOT_TOKEN, APP_TOKEN, SIGNING_SECRET):
        assert secret not in repr(settings)


def test_an_address_of_the_api_ends_with_a_slash() -> None:
    fields = {**GOOD, "api_base": "http://127.0.0.1:1/api"}
    assert SlackSettings.model_validate(fields).api_base == "http://127.0.0.1:1/api/"


# --- Check and probe ---------------------------------------------------------------------------


async def test_the_check_says_who_we_are_and_what_is_allowed() -> None:
    async with rig(app_token=SecretStr(APP_TOKEN), support_channels=[PUBLIC]) as opened:
        lines = await opened.channel.check()
    assert lines[0] == "signed in to Home (T0HOME) as support (U0BOT)"
    assert f"all {len(SCOPES)} scopes" in lines[1]
    assert "Socket Mode" in lines[2]
    assert "/webhooks/slack" in lines[3]
    assert "#help" in lines[4]


@pytest.mark.parametrize("scope", sorted(SCOPES))
async def test_each_scope_that_is_missing_is_named(opened: Rig, scope: str) -> None:
    opened.slack.scopes.discard(scope)
    await opened.channel.__aexit__()
    await opened.channel.__aenter__()
    with pytest.raises(ChannelMisconfigured, match=scope):
        await opened.channel.check()


async def test_a_channel_without_us_is_named_with_the_mend() -> None:
    async with rig(support_channels=[PUBLIC]) as opened:
        opened.slack.members.clear()
        with pytest.raises(ChannelMisconfigured, match="/invite @support"):
            await opened.channel.check()
    async with rig(support_channels=["C0NOWHERE"]) as opened:
        with pytest.raises(ChannelMisconfigured, match="C0NOWHERE"):
            await opened.channel.check()


async def test_a_line_that_does_not_open_is_named() -> None:
    async with rig(app_token=SecretStr(APP_TOKEN)) as opened:
        opened.slack.faults["apps.connections.open"].append("missing_scope")
        with pytest.raises(ChannelMisconfigured, match="connections:write"):
            await opened.channel.check()


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("account_inactive", ChannelMisconfigured),
        ("status:404", ChannelDisconnected),
        ("limited", ChannelDisconnected),
        ("status:500", ChannelDisconnected),
        ("lost", ChannelDisconnected),
    ],
)
async def test_the_probe_asks_slack(opened: Rig, fault: str, error: type[Exception]) -> None:
    await opened.channel.probe()
    opened.slack.faults["auth.test"].append(fault)
    with pytest.raises(error):
        await opened.channel.probe()


async def test_what_is_not_slack_is_not_signed_in_to() -> None:
    async with FakeSlack() as slack:
        adapter = channel(slack, FakeClock(), api_base=f"{slack.url}/files-pri/")
        with pytest.raises(ChannelDisconnected, match="api_base"):
            await adapter.__aenter__()


async def test_before_it_is_signed_in_nothing_is_sent() -> None:
    async with FakeSlack() as slack:
        adapter = channel(slack, FakeClock())
        with pytest.raises((ChannelDisconnected, RetryableSendError)):
            await adapter.send(outbound(Address("D0ADA"), "hi"))
        await adapter.typing(Address("D0ADA"), {})
        assert slack.calls == []


def test_it_is_built_from_what_the_gateway_hands_over() -> None:
    ports = Ports(
        timeline=MemoryTimeline(),
        uploads=MemoryUploads(),
        clock=FakeClock(),
        random=bytes,
        key=b"k" * 32,
        public_url="https://help.example.com",
    )
    settings = SlackSettings.model_validate(GOOD)
    built = SlackChannel.build("team", settings, CAPABILITIES["slack"], ports)
    assert (built.name, built.public_url) == ("team", "https://help.example.com")


# --- The page ----------------------------------------------------------------------------------


def manifest() -> dict[str, Any]:
    found = re.search(r"```yaml\n(display_information:.*?)```", PAGE, re.DOTALL)
    assert found is not None
    parsed: dict[str, Any] = yaml.safe_load(found[1])
    return parsed


def test_the_manifest_asks_for_the_scopes_that_the_check_demands() -> None:
    scopes = manifest()["oauth_config"]["scopes"]["bot"]
    assert sorted(scopes) == sorted(SCOPES)


def test_the_manifest_subscribes_to_what_is_read() -> None:
    subscribed = manifest()["settings"]["event_subscriptions"]["bot_events"]
    assert sorted(subscribed) == sorted(EVENTS)


def test_the_manifest_offers_the_ways_to_a_person() -> None:
    features = manifest()["features"]
    assert [each["command"] for each in features["slash_commands"]] == ["/human"]
    assert features["shortcuts"] == [
        {
            "name": "Talk to a person",
            "type": "message",
            "callback_id": "human",
            "description": "Ask for a person about this message",
        }
    ]
    assert len(features["agent_view"]["agent_description"]) <= 300


def test_the_page_shows_settings_that_are_valid() -> None:
    example, *_ = re.findall(r"```yaml\n( *channels:\n.*?)```", PAGE, re.DOTALL)
    entry: dict[str, Any] = yaml.safe_load(dedent(example))["channels"]["slack"]
    given = {"bot_token": BOT_TOKEN, "signing_secret": SIGNING_SECRET, "app_token": APP_TOKEN}
    assert SlackSettings.model_validate(
        {**entry, **{key: given[key] for key in given if key in entry}}
    )
