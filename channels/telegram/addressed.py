"""Whether somebody in a group speaks to us, and what they say without our name; pure."""

from __future__ import annotations

from dataclasses import dataclass

from channels.telegram.places import Place
from channels.telegram.updates import Entity, Me, Message

_AROUND_A_NAME = " \t\n,:;"


@dataclass(frozen=True, slots=True)
class Command:
    """``/name words``; ``to`` is the bot that it names, None where it names none."""

    name: str
    text: str
    to: str | None


def command(message: Message) -> Command | None:
    """The command that a message begins with."""
    text, entities = message.words
    first = next(
        (each for each in entities if each.type == "bot_command" and not each.offset), None
    )
    if first is None:
        return None
    name, at, to = _marked(text, first)[1:].partition("@")
    return Command(name.lower(), _after(text, first).strip(), to if at else None)


def is_ours(given: Command, me: Me) -> bool:
    """Whether it is meant for us, or for every bot that hears it."""
    return given.to is None or given.to.lower() == me.username.lower()


def is_addressed(message: Message, me: Me) -> bool:
    """By our name, by a reply to what we said, or by a command that names us."""
    replied = message.reply_to_message
    # What opened a topic counts as answered by everything in it.
    if replied is not None and replied.forum_topic_created is None:
        author = replied.from_
        if author is not None and author.id == me.id:
            return True
    given = command(message)
    if given is not None and given.to is not None and is_ours(given, me):
        return True
    text, entities = message.words
    return any(_names_us(text, each, me) for each in entities)


def is_support_chat(place: Place, support_chats: frozenset[str]) -> bool:
    return bool({str(place.chat), f"{place.chat}/{place.topic}"} & support_chats)


def without_name(message: Message, me: Me) -> str:
    """The text without our name before or after it; a text that is our name alone stays."""
    text, entities = message.words
    for each in entities:
        if not _names_us(text, each, me):
            continue
        before, after = _before(text, each), _after(text, each)
        rest = after.lstrip(_AROUND_A_NAME) if not before.strip() else text
        rest = before.rstrip(_AROUND_A_NAME) if not after.strip() else rest
        return rest or text
    return text


def _names_us(text: str, entity: Entity, me: Me) -> bool:
    if entity.type == "text_mention":
        return entity.user is not None and entity.user.id == me.id
    return entity.type == "mention" and _marked(text, entity).lower() == f"@{me.username.lower()}"


def _marked(text: str, entity: Entity) -> str:
    return _cut(text, entity.offset, entity.offset + entity.length)


def _before(text: str, entity: Entity) -> str:
    return _cut(text, 0, entity.offset)


def _after(text: str, entity: Entity) -> str:
    return _cut(text, entity.offset + entity.length, None)


def _cut(text: str, begin: int, end: int | None) -> str:
    """Telegram counts UTF-16 code units."""
    units = text.encode("utf-16-le", "surrogatepass")
    cut = units[2 * begin : None if end is None else 2 * end]
    return cut.decode("utf-16-le", "replace")
