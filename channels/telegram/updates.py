"""What Telegram delivers, as frozen data: of each update the fields that are read, and their types
(https://core.telegram.org/bots/api#update). It never decides what an update means."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

# What is asked for. Telegram keeps the list, and leaves reactions out where nobody asks for them.
ALLOWED = (
    "message",
    "edited_message",
    "callback_query",
    "my_chat_member",
    "message_reaction",
    "business_connection",
    "business_message",
    "edited_business_message",
    "deleted_business_messages",
)
Id: TypeAlias = Annotated[int, Field(gt=-(2**63), lt=2**63)]
Text: TypeAlias = Annotated[str, Field(max_length=100_000)]
Name: TypeAlias = Annotated[str, Field(max_length=1_000)]


class _Part(BaseModel):
    """Unknown fields are passed over: Telegram adds some every month."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


class User(_Part):
    id: Id
    is_bot: bool = False
    first_name: Name = ""
    last_name: Name | None = None
    username: Name | None = None
    language_code: Name | None = None

    @property
    def name(self) -> str | None:
        return f"{self.first_name} {self.last_name or ''}".strip() or self.username


class Chat(_Part):
    """``type`` is private, group, supergroup or channel."""

    id: Id
    type: Name = "private"

    @property
    def public(self) -> bool:
        return self.type != "private"


class Entity(_Part):
    """A marked stretch of a text; offset and length are in UTF-16 code units."""

    type: Name
    offset: Annotated[int, Field(ge=0, lt=2**31)]
    length: Annotated[int, Field(ge=0, lt=2**31)]
    user: User | None = None


class Media(_Part):
    """A file of any sort; ``emoji`` is a sticker's."""

    file_id: Name
    file_unique_id: Name
    file_size: Annotated[int, Field(ge=0)] | None = None
    file_name: Name | None = None
    mime_type: Name | None = None
    width: int = 0
    height: int = 0
    emoji: Name | None = None
    is_animated: bool = False
    is_video: bool = False


class Location(_Part):
    latitude: float
    longitude: float


class Venue(_Part):
    location: Location
    title: Text
    address: Text


class Contact(_Part):
    phone_number: Name
    first_name: Name
    last_name: Name | None = None


class Poll(_Part):
    question: Text


class Dice(_Part):
    emoji: Name
    value: int


class Replied(_Part):
    """The message that another one answers."""

    message_id: Id
    from_: Annotated[User | None, Field(alias="from")] = None
    forum_topic_created: dict[str, Any] | None = None


class Message(_Part):
    """Times are in seconds since the epoch."""

    message_id: Id
    date: Annotated[int, Field(ge=0, lt=2**40)]
    chat: Chat
    from_: Annotated[User | None, Field(alias="from")] = None
    sender_chat: Chat | None = None
    sender_business_bot: User | None = None
    via_bot: User | None = None
    business_connection_id: Name | None = None
    message_thread_id: Id | None = None
    is_topic_message: bool = False
    reply_to_message: Replied | None = None
    media_group_id: Name | None = None
    edit_date: Annotated[int, Field(ge=0, lt=2**40)] | None = None
    migrate_to_chat_id: Id | None = None
    migrate_from_chat_id: Id | None = None
    text: Text | None = None
    entities: list[Entity] = Field(default_factory=list[Entity])
    caption: Text | None = None
    caption_entities: list[Entity] = Field(default_factory=list[Entity])
    photo: list[Media] = Field(default_factory=list[Media])
    document: Media | None = None
    voice: Media | None = None
    audio: Media | None = None
    video: Media | None = None
    video_note: Media | None = None
    animation: Media | None = None
    sticker: Media | None = None
    location: Location | None = None
    venue: Venue | None = None
    contact: Contact | None = None
    poll: Poll | None = None
    dice: Dice | None = None

    @property
    def words(self) -> tuple[str, list[Entity]]:
        """What was written, and its marks."""
        if self.text is not None:
            return self.text, self.entities
        return self.caption or "", self.caption_entities


class Offering(_Part):
    """The message under whose buttons one was pressed; of an old one only this much comes."""

    message_id: Id
    chat: Chat
    business_connection_id: Name | None = None
    message_thread_id: Id | None = None
    is_topic_message: bool = False


class CallbackQuery(_Part):
    id: Name
    from_: Annotated[User, Field(alias="from")]
    message: Offering | None = None
    data: Name | None = None


class Sign(_Part):
    """One reaction: an emoji, a custom one by its id, or a paid star."""

    type: Name
    emoji: Name | None = None
    custom_emoji_id: Name | None = None

    @property
    def shown(self) -> str:
        return self.emoji or (f"custom:{self.custom_emoji_id}" if self.custom_emoji_id else "⭐")


class Reaction(_Part):
    chat: Chat
    message_id: Id
    date: int
    user: User | None = None
    old_reaction: list[Sign]
    new_reaction: list[Sign]


class TakenBack(_Part):
    business_connection_id: Name
    chat: Chat
    message_ids: Annotated[list[Id], Field(max_length=1_000)]


class Standing(_Part):
    """What we are in a chat: member, administrator, left, kicked (in a private one: blocked)."""

    status: Name


class Membership(_Part):
    chat: Chat
    new_chat_member: Standing


class Connection(_Part):
    id: Name
    is_enabled: bool


class Update(_Part):
    update_id: Id
    message: Message | None = None
    edited_message: Message | None = None
    callback_query: CallbackQuery | None = None
    my_chat_member: Membership | None = None
    message_reaction: Reaction | None = None
    business_connection: Connection | None = None
    business_message: Message | None = None
    edited_business_message: Message | None = None
    deleted_business_messages: TakenBack | None = None


class Sent(_Part):
    """What Telegram answers to a message that it took."""

    message_id: Id


class Me(_Part):
    """The bot's own account."""

    id: Id
    username: Name = ""
    can_join_groups: bool = True
    can_read_all_group_messages: bool = False
    can_connect_to_business: bool = False


class Hook(_Part):
    """How Telegram gets on with a webhook. An empty ``url`` says that none is set."""

    url: Text = ""
    pending_update_count: int = 0
    last_error_date: int | None = None
    last_error_message: Text | None = None


class FilePath(_Part):
    file_path: Text
    file_size: int | None = None
