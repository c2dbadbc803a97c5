"""What ``frontdesk check --live`` finds out about a Slack app: each thing that works, or what is to
be mended. It changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from channels.errors import ChannelMisconfigured, RejectedSendError, SendError
from channels.slack.identity import Identity
from channels.slack.scopes import SCOPES, missing
from channels.slack.settings import SlackSettings
from channels.slack.web import Web, inside, standing


@dataclass(frozen=True, slots=True)
class Checking:
    """``webhook`` is the address that Slack would post to; in ``desks`` staff work."""

    web: Web
    me: Identity
    settings: SlackSettings
    webhook: str
    desks: frozenset[str] = frozenset()

    async def lines(self) -> Sequence[str]:
        """
        Raises:
            ChannelMisconfigured: with the mend. ChannelDisconnected: Slack is not reached.
        """
        me = self.me
        return (
            f"signed in to {me.team_name or me.team} ({me.team}) as {me.user_name} ({me.user})",
            self._scopes(),
            *await self._transports(),
            *[
                f"listens to everything in {await self._channel(channel, 'support_channels')}"
                for channel in self.settings.support_channels
            ],
            *[
                f"staff work in {await self._channel(channel, 'desks')}"
                for channel in sorted(self.desks)
            ],
        )

    def _scopes(self) -> str:
        lacking = missing(self.me.scopes)
        if lacking:
            wanted = "; ".join(f"{scope} ({SCOPES[scope]})" for scope in lacking)
            raise ChannelMisconfigured(
                f'the app lacks scopes: {wanted}. Add them under "OAuth & Permissions" and install'
                " the app again"
            )
        return f"holds all {len(SCOPES)} scopes"

    async def _transports(self) -> Sequence[str]:
        found: list[str] = []
        if self.settings.app_token is not None:
            await self.web.socket_url(self.settings.app_token)
            found.append("Socket Mode opens a connection")
        if self.settings.signing_secret is not None:
            found.append(
                f"takes events at POST {self.webhook}; Slack tries the address when it is saved as"
                " Request URL, and not from here"
            )
        return found

    async def _channel(self, channel: str, key: str) -> str:
        try:
            answer = await self.web.ask("conversations.info", channel=channel)
        except RejectedSendError as error:
            raise ChannelMisconfigured(
                f"`{key}`: {channel} is not seen by the app: {error.reason}"
            ) from error
        except SendError as error:
            raise standing(error) from error
        found = inside(answer, "channel")
        name = str(found.get("name") or channel)
        if not found.get("is_member"):
            raise ChannelMisconfigured(
                f"`{key}`: the app is not in #{name}; write `/invite @{self.me.user_name}` there"
            )
        return f"#{name}"
