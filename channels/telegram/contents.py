"""What a message carries besides words: its files, as references, and what can only be told in
words; pure."""

from __future__ import annotations

from collections.abc import Iterator

from channels.events import Attachment
from channels.telegram.updates import Contact, Media, Message

_SORTS = {
    "voice": ("voice.ogg", "audio/ogg"),
    "audio": ("audio.mp3", "audio/mpeg"),
    "video": ("video.mp4", "video/mp4"),
    "video_note": ("video.mp4", "video/mp4"),
    "document": ("file", "application/octet-stream"),
}


def attachments(message: Message) -> tuple[Attachment, ...]:
    return tuple(_files(message))


def told(message: Message) -> str:
    """What was said, or what was shared, in words that need no language."""
    text = message.words[0]
    if text:
        return text
    return next(_shared(message), "")


def _files(message: Message) -> Iterator[Attachment]:
    if message.photo:
        largest = max(message.photo, key=lambda each: each.width * each.height)
        yield _attachment(largest, "photo.jpg", "image/jpeg")
    if message.sticker is not None:
        yield _attachment(message.sticker, *_sticker(message.sticker))
    if message.animation is not None:
        # The same file comes as a document too, for programs that know no animations.
        yield _attachment(message.animation, "animation.mp4", "video/mp4")
        return
    for sort, (name, content_type) in _SORTS.items():
        media: Media | None = getattr(message, sort)
        if media is not None:
            yield _attachment(media, name, content_type)


def _sticker(sticker: Media) -> tuple[str, str]:
    if sticker.is_animated:
        return "sticker.tgs", "application/x-tgsticker"
    return ("sticker.webm", "video/webm") if sticker.is_video else ("sticker.webp", "image/webp")


def _attachment(media: Media, name: str, content_type: str) -> Attachment:
    return Attachment(
        name=media.file_name or name,
        content_type=media.mime_type or content_type,
        size=media.file_size,
        ref={"file": media.file_id, "unique": media.file_unique_id, "size": media.file_size},
    )


def _shared(message: Message) -> Iterator[str]:
    if message.sticker is not None and message.sticker.emoji:
        yield message.sticker.emoji
    if message.venue is not None:
        venue = message.venue
        at = f"{venue.location.latitude:g}, {venue.location.longitude:g}"
        yield f"📍 {venue.title}, {venue.address} ({at})"
    if message.location is not None:
        yield f"📍 {message.location.latitude:g}, {message.location.longitude:g}"
    if message.contact is not None:
        yield f"👤 {_name(message.contact)}, {message.contact.phone_number}"
    if message.poll is not None:
        yield f"📊 {message.poll.question}"
    if message.dice is not None:
        yield f"{message.dice.emoji} {message.dice.value}"


def _name(contact: Contact) -> str:
    return f"{contact.first_name} {contact.last_name or ''}".strip()
