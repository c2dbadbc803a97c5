"""The shapes of what Slack sends, as far as they are read. What does not fit raises a
ValidationError; keys that nobody reads may be anything."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

Id: TypeAlias = Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,40}$")]
Ts: TypeAlias = Annotated[str, Field(pattern=r"^[0-9]{1,12}\.[0-9]{1,9}$")]
Word: TypeAlias = Annotated[str, Field(max_length=300)]
Text: TypeAlias = Annotated[str, Field(max_length=200_000)]
FILES = 50


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Envelope(_Shape):
    """What surrounds an event; ``event`` is read by the shape that its type names."""

    type: Word
    event_id: Word = ""
    event: dict[str, Any] = Field(default_factory=dict[str, Any])
    is_ext_shared_channel: bool = False


class FileShape(_Shape):
    """A file of a message. With ``file_access`` "check_file_info" everything but the id is
    missing."""

    id: Id
    name: str | None = None
    title: str | None = None
    mimetype: str | None = None
    size: int | None = None
    mode: str | None = None
    file_access: str | None = None
    url_private: str | None = None
    url_private_download: str | None = None


class Edit(_Shape):
    user: Id | None = None
    ts: Ts


class Shared(_Shape):
    """A message that somebody passed on."""

    text: Text = ""
    fallback: Text = ""


class Said(_Shape):
    """A message as such: inside an event, inside a change of one, or in a channel's history."""

    ts: Ts
    type: Word = "message"
    subtype: Word | None = None
    user: Id | None = None
    bot_id: Id | None = None
    text: Text = ""
    thread_ts: Ts | None = None
    parent_user_id: Id | None = None
    team: Id | None = None
    user_team: Id | None = None
    files: Annotated[list[FileShape], Field(max_length=FILES)] | None = None
    attachments: Annotated[list[Shared], Field(max_length=FILES)] | None = None
    edited: Edit | None = None
    latest_reply: Ts | None = None
    metadata: dict[str, Any] | None = None

    @property
    def root(self) -> str:
        """The ts of the message that its thread begins with: its own where nothing precedes it."""
        return self.thread_ts or self.ts

    @property
    def words(self) -> str:
        """The text, or that of the messages which were passed on without a word."""
        passed_on = [each.text or each.fallback for each in self.attachments or ()]
        return self.text if self.text.strip() else "\n".join(filter(None, passed_on))


class MessageEvent(Said):
    """A ``message`` or ``app_mention`` event. A change carries the message in ``message`` and what
    it was in ``previous_message``."""

    channel: Id
    message: Said | None = None
    previous_message: Said | None = None
    deleted_ts: Ts | None = None


class Item(_Shape):
    type: Word
    channel: Id | None = None
    ts: Ts | None = None


class ReactionEvent(_Shape):
    type: Word
    user: Id
    reaction: Word
    item: Item
    item_user: Id | None = None
    event_ts: Ts


class Account(_Shape):
    id: Id
    team_id: Id | None = None
    name: str | None = None
    username: str | None = None


class Place(_Shape):
    id: Id


class Press(_Shape):
    action_id: Word
    action_ts: Ts
    value: Annotated[str, Field(max_length=2000)] = ""


class Interaction(_Shape):
    """A pressed button (``block_actions``), a message shortcut (``message_action``) or a form that
    was sent (``view_submission``)."""

    type: Word
    user: Account
    channel: Place | None = None
    message: Said | None = None
    actions: Annotated[list[Press], Field(max_length=25)] = Field(default_factory=list[Press])
    callback_id: Word = ""
    action_ts: Ts | None = None
    trigger_id: Word | None = None
    view: dict[str, Any] | None = None


class Command(_Shape):
    """A slash command; the fields of a form."""

    command: Word
    text: Text = ""
    user_id: Id
    user_name: str | None = None
    trigger_id: Annotated[str, Field(min_length=1, max_length=300)]


class ButtonValue(_Shape):
    """What our own buttons carry: the choice, and whom it is meant for in public places."""

    choice: Annotated[str, Field(min_length=1, max_length=300)]
    to: Id | None = None
