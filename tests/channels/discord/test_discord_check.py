"""What ``frontdesk check --live`` says of a bot, and how it says what to mend."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from channels.discord.channel import DiscordChannel
from channels.errors import ChannelDisconnected, ChannelMisconfigured
from channels.kinds import CAPABILITIES
from tests.channels.fakes import FakeClock
from tests.contract.harness.discord import rig, settings
from tests.platforms.discord import FakeDiscord
from tests.platforms.discord_world import TOKEN


async def test_each_thing_that_works_is_a_line() -> None:
    async with rig(["support"]) as opened:
        lines = await opened.channel.check()
        said = "\n".join(lines)
        assert "signed in as frontdesk" in said
        assert "Message Content Intent is on" in said
        assert "1000 of 1000 connections" in said
        assert "on 1 server(s): Shop" in said
        assert "support channel #support" in said
        assert "/human is registered now" in said
        assert "/human is registered" in (await opened.channel.check())[-1]
        assert len(opened.platform.requests("POST", "/commands")) == 1
        assert opened.platform.gateway.identifies == 0


async def test_a_bot_on_no_server_gets_its_invitation() -> None:
    async with rig() as opened:
        opened.platform.world.guilds.clear()
        said = "\n".join(await opened.channel.check())
        assert f"client_id={opened.platform.world.application['id']}" in said
        assert "scope=bot+applications.commands" in said


async def test_an_intent_that_is_off_is_named_with_its_switch() -> None:
    async with FakeDiscord(content_intent=False) as platform:
        channel = DiscordChannel(
            "discord", settings(platform), CAPABILITIES["discord"], FakeClock()
        )
        async with channel:
            with pytest.raises(ChannelMisconfigured, match="switch on Message Content Intent"):
                await channel.check()


async def test_an_endpoint_that_takes_the_buttons_away_is_named() -> None:
    async with rig() as opened:
        opened.platform.world.application["interactions_endpoint_url"] = "https://elsewhere"
        with pytest.raises(ChannelMisconfigured, match="Interactions Endpoint URL"):
            await opened.channel.check()


async def test_a_support_channel_that_cannot_be_seen_is_named() -> None:
    async with rig(["support"]) as opened:
        (support,) = opened.channel.settings.support_channels
        opened.platform.world.denied.add(f"view {support}")
        with pytest.raises(ChannelMisconfigured, match=f"{support}.*View Channel"):
            await opened.channel.check()


async def test_no_message_of_an_error_holds_the_token() -> None:
    async with rig() as opened:
        opened.platform.everywhere = "unauthorised"
        with pytest.raises(ChannelMisconfigured) as raised:
            await opened.channel.probe()
        assert TOKEN not in str(raised.value)
        assert TOKEN not in repr(opened.channel)


@pytest.mark.parametrize("reachable", [True, False])
async def test_a_login_that_fails_for_now_is_a_lost_connection(reachable: bool) -> None:
    platform = FakeDiscord()
    async with platform:
        given = settings(platform, token=SecretStr(TOKEN))
        platform.everywhere = "unavailable"
        channel = DiscordChannel("discord", given, CAPABILITIES["discord"], FakeClock())
        if reachable:
            with pytest.raises(ChannelDisconnected, match="503"):
                await channel.__aenter__()
    if not reachable:
        with pytest.raises(ChannelDisconnected, match="cannot be reached"):
            await channel.__aenter__()
