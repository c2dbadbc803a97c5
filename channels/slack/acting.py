"""What people do besides writing, read as it was done: buttons, the shortcut, slash commands;
pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from channels.events import Address, Chosen, Commanded, Ignored, Sender
from channels.slack.blocks import BUTTON
from channels.slack.forms import Sent
from channels.slack.identity import Identity, is_private, place
from channels.slack.payloads import Account, ButtonValue, Command, Interaction, Press
from channels.slack.reading import reply_context
from channels.slack.wording import written


@dataclass(frozen=True, slots=True)
class NotTheirs:
    """Somebody pressed a button that was meant for another person."""

    event: Ignored
    channel: str
    thread: str
    user: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A command whose place is still open: ``address`` is None where it belongs to the direct
    messages with ``user``."""

    name: str
    command: str
    text: str
    user: str
    sender: Sender
    address: Address | None = None

    def at(self, address: Address) -> Commanded:
        public = not is_private(address.chat)
        return Commanded(self.name, address, self.command, self.text, self.sender, public)


def interaction(found: Interaction, me: Identity) -> Chosen | NotTheirs | Asked | Ignored:
    """
    Raises:
        ValidationError: its form is none as Slack describes them.
    """
    if found.type == "block_actions" and found.actions:
        return _pressed(found, found.actions[0], me)
    if found.type == "message_action" and found.action_ts is not None:
        return _shortcut(found, found.action_ts, me)
    if found.type == "view_submission" and found.view is not None:
        return _sent(found, Sent.model_validate(found.view), me)
    stamp = found.action_ts or (found.actions[0].action_ts if found.actions else "")
    return Ignored(f"{found.type}/{found.user.id}/{stamp}", f"a {found.type[:60]} interaction")


def command(form: Mapping[str, str], me: Identity) -> Asked:
    """A slash command. None can be given inside a thread, and it may come from anywhere, so it
    belongs to the direct messages with whoever gave it.

    Raises:
        ValidationError: this is no command as Slack describes it.
    """
    given = Command.model_validate(form)
    return Asked(
        name=f"{me.team}/command/{given.trigger_id}",
        command=given.command.lstrip("/"),
        text=given.text.strip(),
        user=given.user_id,
        sender=Sender((me.person(given.user_id),), given.user_name, verified="Slack account"),
    )


def _pressed(found: Interaction, press: Press, me: Identity) -> Chosen | NotTheirs | Ignored:
    name = f"{me.team}/press/{press.action_ts}/{found.user.id}"
    channel, message = found.channel, found.message
    value = _value(press)
    if value is None or channel is None or message is None:
        return Ignored(name, "a button that is none of ours")
    public = not is_private(channel.id)
    if public and value.to is not None and value.to != found.user.id:
        event = Ignored(name, "pressed by somebody whom it was not meant for")
        return NotTheirs(event, channel.id, message.root, found.user.id)
    return Chosen(
        external_id=name,
        address=place(channel.id, message.root),
        message=me.message(channel.id, message.ts),
        choice=value.choice,
        sender=_who(found.user, me),
        reply_context=reply_context(channel.id, message.root, message.ts, found.user.id),
    )


def _sent(found: Interaction, sent: Sent, me: Identity) -> Chosen | Ignored:
    """A form is sent once, so its own id names that."""
    name = f"{me.team}/form/{sent.id}"
    if not sent.ours:
        return Ignored(name, "a form that is none of ours")
    where = sent.place
    return Chosen(
        external_id=name,
        address=place(where.channel, where.root),
        message=where.message,
        choice=where.choice,
        sender=_who(found.user, me),
        text=sent.words,
    )


def _value(press: Press) -> ButtonValue | None:
    if not press.action_id.startswith(BUTTON):
        return None
    try:
        return ButtonValue.model_validate_json(press.value)
    except ValidationError:
        return None


def _shortcut(found: Interaction, action_ts: str, me: Identity) -> Asked:
    """It may be used on any message that somebody sees, also where we are not; only a thread that
    one of our own messages stands in is certainly a conversation of ours."""
    channel, message = found.channel, found.message
    address, text = None, ""
    if channel is not None and message is not None:
        if me.is_me(message.user, message.bot_id):
            address = place(channel.id, message.root)
        if message.user == found.user.id:
            text = written(message.text, me.user, me.user_name)
    return Asked(
        name=f"{me.team}/shortcut/{action_ts}/{found.user.id}",
        command=found.callback_id,
        text=text,
        user=found.user.id,
        sender=_who(found.user, me),
        address=address,
    )


def _who(user: Account, me: Identity) -> Sender:
    name = user.name or user.username
    return Sender((me.person(user.id, user.team_id),), name, verified="Slack account")
