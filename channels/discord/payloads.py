"""What the platform's JSON has to look like for us to read it. Keys that are not named here are
passed over: Discord adds new ones without notice."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

DISCORD_EPOCH_MS = 1_420_070_400_000
DEFAULT, REPLY = 0, 19
FORWARD = 1
DIRECT, GROUP_DIRECT = 1, 3
THREADS = frozenset({10, 11, 12})
PRIVATE_THREAD = 12
COMMAND, COMPONENT = 2, 3

Id: TypeAlias = Annotated[str, Field(pattern=r"^[0-9]{1,20}$")]


class Read(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Account(Read):
    id: Id
    username: str = ""
    global_name: str | None = None
    bot: bool = False
    system: bool = False

    @property
    def shown(self) -> str:
        return self.global_name or self.username


class Member(Read):
    nick: str | None = None
    roles: tuple[str, ...] = ()
    user: Account | None = None


class File(Read):
    id: Id
    filename: str = "file"
    content_type: str | None = None
    size: int | None = None
    url: str = Field(default="", repr=False)


class Reference(Read):
    type: int = 0
    message_id: Id | None = None
    channel_id: Id | None = None


class Answered(Read):
    """The message that another one answers."""

    id: Id
    author: Account


class Snapshot(Read):
    """What a forwarded message said; who said it is not told."""

    content: str = ""
    attachments: tuple[File, ...] = ()


class Forwarded(Read):
    message: Snapshot


class Message(Read):
    id: Id
    channel_id: Id
    guild_id: Id | None = None
    author: Account
    content: str = ""
    type: int = 0
    webhook_id: Id | None = None
    edited_timestamp: str | None = None
    attachments: tuple[File, ...] = ()
    mentions: tuple[Account, ...] = ()
    member: Member | None = None
    message_reference: Reference | None = None
    referenced_message: Answered | None = None
    message_snapshots: tuple[Forwarded, ...] = ()

    @property
    def text(self) -> str:
        """What was written, or what a forward carries."""
        return self.content or "\n".join(each.message.content for each in self.message_snapshots)

    @property
    def files(self) -> tuple[File, ...]:
        carried = [file for each in self.message_snapshots for file in each.message.attachments]
        return (*self.attachments, *carried)

    @property
    def answers(self) -> str | None:
        """The id of the message that this one replies to; a forward replies to none."""
        reference = self.message_reference
        if reference is None or reference.type == FORWARD:
            return None
        return reference.message_id


class Gone(Read):
    id: Id
    channel_id: Id
    guild_id: Id | None = None


class ManyGone(Read):
    ids: tuple[Id, ...]


class Emoji(Read):
    id: Id | None = None
    name: str | None = None

    @property
    def shown(self) -> str:
        return self.name or self.id or ""


class Reaction(Read):
    user_id: Id
    channel_id: Id
    message_id: Id
    guild_id: Id | None = None
    message_author_id: Id | None = None
    member: Member | None = None
    emoji: Emoji


class Option(Read):
    name: str
    value: Any = None


class Pressed(Read):
    """What an interaction is about: a component's ``custom_id``, or a command's name and what was
    given with it."""

    custom_id: str = ""
    name: str = ""
    options: tuple[Option, ...] = ()


class Carrier(Read):
    id: Id


class Room(Read):
    """A channel or thread as the platform describes it."""

    id: Id
    type: int = 0
    guild_id: Id | None = None
    parent_id: Id | None = None
    owner_id: Id | None = None
    name: str | None = None
    last_message_id: Id | None = None


class Interaction(Read):
    id: Id
    type: int
    token: str = Field(pattern=r"^[!-~]{1,500}$", repr=False)
    data: Pressed = Pressed()
    guild_id: Id | None = None
    channel_id: Id
    member: Member | None = None
    user: Account | None = None
    message: Carrier | None = None
    locale: str = "en"

    @property
    def person(self) -> Account | None:
        return self.user or (self.member.user if self.member else None)


class Guild(Read):
    id: Id
    joined_at: str | None = None
    channels: tuple[Room, ...] = ()
    threads: tuple[Room, ...] = ()


class Ready(Read):
    session_id: str = Field(repr=False)
    resume_gateway_url: str
    user: Account


class Frame(Read):
    """One dispatch of the gateway: its name, its number in the session, its data."""

    t: str
    s: int
    d: Any


def written_at(snowflake: str) -> float:
    """When the platform made this id, in seconds since the epoch."""
    return ((int(snowflake) >> 22) + DISCORD_EPOCH_MS) / 1000


def snowflake_at(seconds: float) -> int:
    """The smallest id of that moment."""
    return max(int(seconds * 1000) - DISCORD_EPOCH_MS, 0) << 22
