"""Who this app is in its workspace, and the names that Slack's things get inside the gateway. A
message is named ``TEAM/CHANNEL/TS`` and a person ``TEAM/USER``."""

from __future__ import annotations

from dataclasses import dataclass

from channels.errors import RejectedSendError
from channels.events import Address

SLACKBOT = "USLACKBOT"


@dataclass(frozen=True, slots=True)
class Identity:
    """What ``auth.test`` says of the bot token: its workspace, the bot's user and bot id, and the
    names that people see. ``scopes`` are those that the token carries."""

    team: str
    user: str
    bot: str
    team_name: str
    user_name: str
    scopes: frozenset[str]

    def message(self, channel: str, ts: str) -> str:
        """The id of a message; the same for every event that speaks of it."""
        return f"{self.team}/{channel}/{ts}"

    def person(self, user: str, team: str | None = None) -> str:
        """The id of an account; ``team`` is its own workspace where that is another one."""
        return f"{team or self.team}/{user}"

    def is_me(self, user: str | None, bot: str | None = None) -> bool:
        return user == self.user or (bot is not None and bot == self.bot)


def is_private(channel: str) -> bool:
    """Whether only one person and the app are there: the ids of direct messages begin with D."""
    return channel.startswith("D")


def place(channel: str, root: str) -> Address:
    """The conversation of a message whose thread begins at ``root``. A direct message is one
    conversation, whichever of its threads somebody writes in; elsewhere each thread is one."""
    return Address(channel) if is_private(channel) else Address(channel, root)


def where_and_when(external_id: str) -> tuple[str, str]:
    """The channel and the ts of a message's id.

    Raises:
        RejectedSendError: this is no id of a Slack message.
    """
    parts = external_id.split("/")
    if len(parts) != 3 or not all(parts):  # noqa: PLR2004 - team, channel, ts
        raise RejectedSendError("this is not the id of a Slack message; nothing was changed")
    return parts[1], parts[2]


def account(person: str) -> str:
    """The user's id out of a person's."""
    return person.rpartition("/")[2]
