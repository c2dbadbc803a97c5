"""What Slack sends for what people do in a workspace: events, interactions, commands. Each is done
in the workspace too, so that a channel's history shows the same."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from tests.platforms.slack_workspace import (
    BOT,
    BOT_USER,
    CUSTOMER,
    DIRECT,
    TEAM,
    Message,
    Workspace,
    escaped,
)

Body = dict[str, Any]


def envelope(workspace: Workspace, event: Body, **fields: Any) -> Body:
    """An ``event_callback``."""
    return {
        "token": "deprecated",
        "team_id": TEAM,
        "api_app_id": "A0APP",
        "type": "event_callback",
        "event_id": f"Ev{workspace.ts().replace('.', '')}",
        "event_time": int(workspace.now()),
        "authorizations": [{"team_id": TEAM, "user_id": BOT_USER, "is_bot": True}],
        "event": event,
        **fields,
    }


def says(
    workspace: Workspace,
    text: str,
    *,
    channel: str = DIRECT,
    user: str | None = CUSTOMER,
    files: Sequence[str] = (),
    **fields: Any,
) -> Body:
    """Somebody writes; ``text`` is as Slack keeps it (use ``escaped`` for what was typed)."""
    said: Message = {"user": user, "text": text, "team": TEAM, **fields}
    if files:
        shown = [workspace.file_fields(file) for file in files]
        said |= {"subtype": "file_share", "files": shown}
    thread = said.get("thread_ts")
    root = workspace.find(channel, thread) if thread else None
    if root is not None and "user" in root:
        said["parent_user_id"] = root["user"]
    return envelope(workspace, placed(workspace.add(channel, said), channel))


def placed(message: Message, channel: str) -> Body:
    kinds = {"D": "im", "G": "mpim"}
    return {
        **message,
        "channel": channel,
        "channel_type": kinds.get(channel[0], "channel"),
        "event_ts": message["ts"],
    }


def mention(workspace: Workspace, said: Body) -> Body:
    """The second event that Slack sends for a message that names the app."""
    keep = {"user", "text", "ts", "thread_ts", "team", "channel", "event_ts", "files"}
    event = {key: value for key, value in said["event"].items() if key in keep}
    return envelope(workspace, {**event, "type": "app_mention"})


def changes(workspace: Workspace, said: Body, text: str) -> Body:
    """Somebody changes what they wrote."""
    channel, ts = said["event"]["channel"], said["event"]["ts"]
    stored = workspace.find(channel, ts)
    assert stored is not None
    before = dict(stored)
    at = workspace.ts()
    stored |= {"text": escaped(text), "edited": {"user": stored["user"], "ts": at}}
    return _amended(workspace, "message_changed", channel, at, dict(stored), before)


def _amended(
    workspace: Workspace, subtype: str, channel: str, at: str, now: Body, before: Body
) -> Body:
    event = {
        "type": "message",
        "subtype": subtype,
        "hidden": True,
        "channel": channel,
        "channel_type": "im" if channel[0] == "D" else "channel",
        "ts": at,
        "event_ts": at,
        "message": now,
        "previous_message": before,
    }
    return envelope(workspace, event)


def unfurls(workspace: Workspace, said: Body) -> Body:
    """Slack adds a preview to a message: a change without another text."""
    channel, ts = said["event"]["channel"], said["event"]["ts"]
    stored = workspace.find(channel, ts)
    assert stored is not None
    now = {**stored, "attachments": [{"title": "A page"}]}
    return _amended(workspace, "message_changed", channel, workspace.ts(), now, dict(stored))


def takes_back(workspace: Workspace, said: Body) -> Body:
    """Somebody deletes what they wrote; with answers below it a stump stays."""
    channel, ts = said["event"]["channel"], said["event"]["ts"]
    stored = workspace.find(channel, ts)
    assert stored is not None
    before, at = dict(stored), workspace.ts()
    if stored.get("reply_count"):
        stump = {"type": "message", "subtype": "tombstone", "ts": ts, "user": "USLACKBOT"}
        return _amended(workspace, "message_changed", channel, at, stump, before)
    workspace.remove(channel, ts)
    body = _amended(workspace, "message_deleted", channel, at, {}, before)
    del body["event"]["message"]
    body["event"]["deleted_ts"] = ts
    return body


def reacts(workspace: Workspace, channel: str, ts: str, name: str, user: str = CUSTOMER) -> Body:
    found = workspace.find(channel, ts)
    event = {
        "type": "reaction_added",
        "user": user,
        "reaction": name,
        "item": {"type": "message", "channel": channel, "ts": ts},
        "item_user": found["user"] if found else BOT_USER,
        "event_ts": workspace.ts(),
    }
    return envelope(workspace, event)


def presses(
    workspace: Workspace, channel: str, message: Message, button: Body, user: str = CUSTOMER
) -> Body:
    """Somebody presses a button; the ``payload`` of the form."""
    return {
        "type": "block_actions",
        "user": {"id": user, "username": user.lower(), "name": user.lower(), "team_id": TEAM},
        "team": {"id": TEAM, "domain": "home"},
        "api_app_id": "A0APP",
        "trigger_id": f"{workspace.ts()}.trigger",
        "response_url": "https://hooks.slack.com/actions/T0HOME/1/secret",
        "channel": {"id": channel, "name": "help"},
        "container": {"type": "message", "message_ts": message["ts"], "channel_id": channel},
        "message": {**message, "user": BOT_USER, "bot_id": BOT},
        "actions": [
            {
                "type": "button",
                "block_id": "b1",
                "action_id": button["action_id"],
                "value": button["value"],
                "text": button["text"],
                "action_ts": workspace.ts(),
            }
        ],
    }


def shortcut(workspace: Workspace, channel: str, message: Message, user: str = CUSTOMER) -> Body:
    """Somebody uses "Talk to a person" on a message; the ``payload`` of the form."""
    return {
        "type": "message_action",
        "callback_id": "human",
        "trigger_id": f"{workspace.ts()}.trigger",
        "action_ts": workspace.ts(),
        "user": {"id": user, "name": user.lower(), "team_id": TEAM},
        "team": {"id": TEAM, "domain": "home"},
        "channel": {"id": channel, "name": "help"},
        "message_ts": message["ts"],
        "message": message,
        "response_url": "https://hooks.slack.com/app/T0HOME/1/secret",
    }


def commands(
    workspace: Workspace,
    command: str,
    text: str,
    *,
    channel: str = DIRECT,
    user: str = CUSTOMER,
) -> Body:
    """Somebody gives a slash command; the fields of the form."""
    return {
        "token": "deprecated",
        "team_id": TEAM,
        "channel_id": channel,
        "channel_name": "directmessage" if channel[0] == "D" else "help",
        "user_id": user,
        "user_name": user.lower(),
        "command": f"/{command}",
        "text": text,
        "api_app_id": "A0APP",
        "response_url": "https://hooks.slack.com/commands/T0HOME/1/secret",
        "trigger_id": f"{workspace.ts()}.trigger",
    }


def as_bytes(body: Body) -> tuple[bytes, str]:
    """A body as Slack posts it, with its content type."""
    if body.get("type") in ACTED:
        return urlencode({"payload": json.dumps(body)}).encode(), FORM
    if "command" in body:
        return urlencode(body).encode(), FORM
    return json.dumps(body).encode(), "application/json"


ACTED = frozenset({"block_actions", "message_action", "view_submission"})
FORM = "application/x-www-form-urlencoded"
