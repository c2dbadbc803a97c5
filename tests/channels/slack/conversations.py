"""What the tests of the Slack channel do again and again: hear somebody, be asked, answer."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from channels.contract import Choice, OutboundMessage
from channels.events import Address, InboundMessage
from tests.contract.harness.slack import Rig
from tests.platforms import slack_events as events
from tests.platforms.slack_workspace import BOT_USER, PUBLIC

US = BOT_USER


async def heard(opened: Rig, body: events.Body) -> InboundMessage:
    """The message that a delivery brought."""
    known = len(opened.intake.events)
    assert (await opened.deliver(body)).acknowledged
    (event,) = opened.intake.events[known:]
    assert isinstance(event, InboundMessage)
    return event


async def asked(opened: Rig, text: str) -> InboundMessage:
    """The customer names us in the channel."""
    said = events.says(opened.slack.workspace, f"<@{US}> {text}", channel=PUBLIC)
    return await heard(opened, said)


def outbound(
    address: Address,
    text: str,
    choices: tuple[str, ...] = (),
    reply_context: Any = None,
    **fields: Any,
) -> OutboundMessage:
    """A message with an id of its own; each choice is its own label."""
    return OutboundMessage(
        uuid4().hex,
        address,
        text,
        fields.pop("plain", text),
        choices=tuple(Choice(each, each) for each in choices),
        reply_context=reply_context or {},
        **fields,
    )
