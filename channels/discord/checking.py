"""What ``frontdesk check --live`` asks the platform, and the command that is registered once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from discord.http import Route

from channels.discord.interactions import HUMAN
from channels.discord.refusals import Refused
from channels.discord.rest import Rest
from channels.discord.settings import DiscordSettings
from channels.discord.words import ABOUT, HUMAN_COMMAND, localised
from channels.errors import ChannelMisconfigured, SendError

# Flags of an application that may read messages: granted, and granted to a small one.
CONTENT_FLAGS = (1 << 18) | (1 << 19)
# View Channel, Send Messages, Attach Files, Read Message History, Create Public and Private
# Threads, Send Messages in Threads.
PERMISSIONS = (1 << 10) | (1 << 11) | (1 << 15) | (1 << 16) | (1 << 35) | (1 << 36) | (1 << 38)
_PORTAL = "https://discord.com/developers/applications"
_COMMANDS = "/applications/{application_id}/commands"


@dataclass(frozen=True, slots=True)
class Checking:
    """``account`` is the answer of the login."""

    rest: Rest
    settings: DiscordSettings
    account: dict[str, Any]

    async def run(self) -> Sequence[str]:
        """
        Raises:
            ChannelMisconfigured: with the mend.
        """
        application = await self._ask(Route("GET", "/oauth2/applications/@me"))
        lines = [f"signed in as {self.account.get('username')} ({self.account.get('id')})"]
        lines.append(_content(application))
        lines.append(_interactions(application))
        lines.append(_budget(await self._ask(Route("GET", "/gateway/bot"))))
        lines.append(self._servers(await self._ask(Route("GET", "/users/@me/guilds")), application))
        lines += [await self._support(channel) for channel in self.settings.support_channels]
        lines.append(await self._command(str(application.get("id"))))
        return lines

    async def register(self) -> None:
        """
        Raises:
            SendError, ChannelMisconfigured.
        """
        application = await self.rest.ask(Route("GET", "/oauth2/applications/@me"))
        await self.rest.ask(_commands("POST", str(application.get("id"))), json=command())

    async def _command(self, application: str) -> str:
        known = await self._ask(_commands("GET", application))
        if HUMAN not in [each.get("name") for each in known]:
            await self._ask(_commands("POST", application), json=command())
            return f"/{HUMAN} is registered now"
        return f"/{HUMAN} is registered"

    async def _support(self, channel: str) -> str:
        route = Route("GET", "/channels/{channel_id}", channel_id=channel)
        try:
            room = await self.rest.ask(route)
        except Refused as refused:
            raise ChannelMisconfigured(
                f"support channel {channel} cannot be used: {refused.reason}; correct"
                " `support_channels`, or the channel's permissions"
            ) from refused
        except SendError as error:
            raise ChannelMisconfigured(str(error)) from error
        return f"support channel #{room.get('name')} ({channel}) can be seen"

    def _servers(self, servers: Sequence[Any], application: dict[str, Any]) -> str:
        invite = (
            f"https://discord.com/oauth2/authorize?client_id={application.get('id')}"
            f"&scope=bot+applications.commands&permissions={PERMISSIONS}"
        )
        if not servers:
            return f"on no server yet; invite the bot: {invite}"
        names = ", ".join(str(each.get("name")) for each in servers[:5])
        return f"on {len(servers)} server(s): {names}"

    async def _ask(self, route: Route, **kwargs: Any) -> Any:  # noqa: ANN401  # JSON both ways
        try:
            return await self.rest.ask(route, **kwargs)
        except SendError as error:
            raise ChannelMisconfigured(str(error)) from error


def command() -> dict[str, Any]:
    """``/human``, in direct messages and on servers."""
    return {
        "name": HUMAN,
        "type": 1,
        "description": HUMAN_COMMAND["en"],
        "description_localizations": localised(HUMAN_COMMAND),
        "contexts": [0, 1],
        "options": [
            {
                "type": 3,
                "name": "about",
                "description": ABOUT["en"],
                "description_localizations": localised(ABOUT),
                "required": False,
                "max_length": 1000,
            }
        ],
    }


def _commands(method: str, application: str) -> Route:
    return Route(method, _COMMANDS, application_id=application)


def _content(application: dict[str, Any]) -> str:
    if not int(application.get("flags") or 0) & CONTENT_FLAGS:
        raise ChannelMisconfigured(
            "the bot may not read messages; switch on Message Content Intent at"
            f" {_PORTAL}/{application.get('id')}/bot"
        )
    return "Message Content Intent is on"


def _interactions(application: dict[str, Any]) -> str:
    if application.get("interactions_endpoint_url"):
        raise ChannelMisconfigured(
            "an Interactions Endpoint URL is set, so that presses of buttons would go there; clear"
            f" it at {_PORTAL}/{application.get('id')}/information"
        )
    return "buttons and commands come over the gateway"


def _budget(answer: dict[str, Any]) -> str:
    limit = answer.get("session_start_limit", {})
    return f"{limit.get('remaining')} of {limit.get('total')} connections are left for today"
