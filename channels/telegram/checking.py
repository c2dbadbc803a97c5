"""What ``frontdesk check --live`` says of a Telegram channel, line by line."""

from __future__ import annotations

from collections.abc import Sequence

from telegram.error import TelegramError

from channels.errors import ChannelMisconfigured
from channels.telegram.messages import HUMAN
from channels.telegram.transport import Caller
from channels.telegram.updates import Hook, Me
from channels.telegram.webhook import Webhook
from channels.telegram.words import WORDS


async def report(bot: Caller, me: Me, hook: Hook, webhook: Webhook | None) -> Sequence[str]:
    """
    Raises:
        ChannelMisconfigured: with the mend.
    """
    return (
        f"logged in as @{me.username} ({me.id})",
        _delivered(hook, webhook),
        _groups(me),
        await _named_commands(bot),
        *(("may answer for business accounts",) if me.can_connect_to_business else ()),
    )


def _delivered(hook: Hook, webhook: Webhook | None) -> str:
    waiting = f"{hook.pending_update_count} updates wait"
    if webhook is None:
        taken = "; the webhook that is set now is taken away at the start" if hook.url else ""
        return f"asks for updates by polling; {waiting}{taken}"
    if hook.url != webhook.url:
        return f"Telegram is told at the start to post to {webhook.url}; {waiting}"
    problem = webhook.problem(hook)
    if problem is not None:
        raise ChannelMisconfigured(
            f"{problem}. Telegram has to reach this address over https with a valid certificate;"
            " look at the proxy in front of the gateway"
        )
    return f"Telegram posts to {webhook.url}; {waiting}"


def _groups(me: Me) -> str:
    if not me.can_join_groups:
        return "cannot be added to groups (@BotFather, /setjoingroups)"
    if me.can_read_all_group_messages:
        return "in groups it is shown everything, and answers what is addressed to it"
    return "in groups it is shown only what is addressed to it (privacy mode)"


async def _named_commands(bot: Caller) -> str:
    """The menu that Telegram shows beside the text field, in each language."""
    try:
        for language, said in WORDS.items():
            commands = [{"command": HUMAN, "description": said.person}]
            code = None if language == "en" else language
            await bot.call("setMyCommands", {"commands": commands, "language_code": code})
    except TelegramError:
        return f"/{HUMAN} works, but could not be put into the menu of commands"
    return f"/{HUMAN} stands in the menu of commands"
