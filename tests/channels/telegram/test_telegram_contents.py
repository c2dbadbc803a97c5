"""What messages carry besides words: files as references, and what is told in words instead."""

from __future__ import annotations

import pytest

from channels.events import InboundMessage
from channels.telegram.messages import MessageReader
from channels.telegram.reading import Reader
from channels.telegram.updates import Me
from tests.platforms.telegram_updates import BOT, Json, Maker

READER = Reader(MessageReader(Me.model_validate(BOT)))
MEDIA: Json = {"file_id": "f", "file_unique_id": "u", "file_size": 9}


def message(update: Json) -> InboundMessage:
    (event,) = READER.read(update).events
    assert isinstance(event, InboundMessage), event
    return event


def test_the_largest_picture_is_taken() -> None:
    sizes = [
        {**MEDIA, "file_id": "small", "width": 90, "height": 60},
        {**MEDIA, "file_id": "large", "width": 1280, "height": 960},
        {**MEDIA, "file_id": "middle", "width": 320, "height": 240},
    ]
    event = message(Maker().numbered("message", Maker().said(photo=sizes, caption="torn")))
    (picture,) = event.attachments
    assert event.text == "torn"
    assert picture.ref == {"file": "large", "unique": "u", "size": 9}
    assert (picture.name, picture.content_type, picture.size) == ("photo.jpg", "image/jpeg", 9)


@pytest.mark.parametrize(
    ("sort", "media", "named"),
    [
        ("voice", {"mime_type": "audio/ogg"}, ("voice.ogg", "audio/ogg")),
        ("audio", {"file_name": "a.m4a", "mime_type": "audio/mp4"}, ("a.m4a", "audio/mp4")),
        ("video", {}, ("video.mp4", "video/mp4")),
        ("video_note", {}, ("video.mp4", "video/mp4")),
        ("document", {"file_name": "i.csv", "mime_type": "text/csv"}, ("i.csv", "text/csv")),
        ("document", {}, ("file", "application/octet-stream")),
        ("sticker", {"emoji": "👍"}, ("sticker.webp", "image/webp")),
        ("sticker", {"is_animated": True}, ("sticker.tgs", "application/x-tgsticker")),
        ("sticker", {"is_video": True}, ("sticker.webm", "video/webm")),
    ],
)  # fmt: skip
def test_every_sort_of_file_is_a_reference(sort: str, media: Json, named: tuple[str, str]) -> None:
    event = message(Maker().numbered("message", Maker().said(**{sort: {**MEDIA, **media}})))
    (file,) = event.attachments
    assert (file.name, file.content_type) == named
    assert event.text == media.get("emoji", "")


def test_an_animation_is_one_file_though_it_comes_as_two() -> None:
    said = Maker().said(animation=MEDIA, document=MEDIA)
    (file,) = message({"update_id": 1, "message": said}).attachments
    assert file.content_type == "video/mp4"


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"location": {"latitude": 52.5, "longitude": 13}}, "📍 52.5, 13"),
        (
            {
                "venue": {
                    "location": {"latitude": 52.5, "longitude": 13.4},
                    "title": "Shop",
                    "address": "Elm St 5",
                },
                "location": {"latitude": 52.5, "longitude": 13.4},
            },
            "📍 Shop, Elm St 5 (52.5, 13.4)",
        ),
        ({"contact": {"phone_number": "+49 30", "first_name": "Bea"}}, "👤 Bea, +49 30"),
        ({"poll": {"question": "Boots?", "options": []}}, "📊 Boots?"),
        ({"dice": {"emoji": "🎲", "value": 6}}, "🎲 6"),
    ],
)
def test_what_is_shared_is_told_in_words(fields: Json, text: str) -> None:
    assert message(Maker().numbered("message", Maker().said(**fields))).text == text


def test_an_album_s_pictures_belong_together() -> None:
    maker = Maker()
    photo = [{**MEDIA, "width": 1, "height": 1}]
    parts = [
        maker.numbered("message", maker.said(photo=photo, media_group_id="137")) for _ in range(3)
    ]
    events = [message(part) for part in parts]
    assert {event.group for event in events} == {"137"}
    assert len({event.external_id for event in events}) == 3
