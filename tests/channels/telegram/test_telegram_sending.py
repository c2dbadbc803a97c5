"""Sending: what people then see, and what each refusal and each broken connection means."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from channels.contract import Choice, OutboundMessage
from channels.errors import (
    RejectedSendError,
    RetryableSendError,
    UncertainSendError,
)
from channels.events import Address, Attachment
from channels.telegram.buttons import carried, carry
from channels.telegram.channel import TelegramChannel
from tests.contract.harness.telegram import channel
from tests.platforms.telegram import TelegramPlatform
from tests.platforms.telegram_updates import CONNECTION

ADA = Address("42")
GROUP = Address("-1001234567890", "3")
BUSINESS = Address("42", f"business:{CONNECTION}")
CONTEXT = {"user": 55, "message": 17, "language": "fr"}
CHOICES = (Choice("person", "Talk to a person"), Choice("boots", "Boots"))
PDF = Attachment("invoice.pdf", "application/pdf", content=b"%PDF-1.4")
PNG = Attachment("boots.png", "image/png", content=b"\x89PNG")


@pytest.fixture
async def platform() -> AsyncIterator[TelegramPlatform]:
    async with TelegramPlatform() as started:
        yield started


@pytest.fixture
async def bot(platform: TelegramPlatform) -> AsyncIterator[TelegramChannel]:
    async with channel(platform) as entered:
        yield entered


def message(text: str = "Hello", address: Address = ADA, **fields: Any) -> OutboundMessage:
    given: dict[str, Any] = {"plain": text, **fields}
    return OutboundMessage("8b1f", address, text, **given)


async def test_formatting_is_telegrams_html_and_shows_no_preview(
    platform: TelegramPlatform, bot: TelegramChannel
) -> None:
    receipt = await bot.send(message('<b>Boots</b> &amp; <a href="https://x.example/">more</a>'))
    (shown,) = platform.messages
    assert shown.parsed.text == "Boots & more"
    assert receipt.external_ids == (f"42:{shown.id}",)
    (fields,) = platform.of("sendMessage")
    assert fields["link_preview_options"] == {"is_disabled": True}


@pytest.mark.parametrize("files", [(), (PNG,)], ids=["words", "caption"])
async def test_formatting_that_is_refused_goes_out_in_plain(
    platform: TelegramPlatform, bot: TelegramChannel, files: tuple[Attachment, ...]
) -> None:
    broken = message("<b>open", plain="**open", choices=CHOICES, attachments=files)
    await bot.send(broken)
    (shown,) = platform.messages
    assert shown.parsed.text == "**open"
    assert len(shown.buttons) == 2
    assert len(shown.files) == len(files)


# --- Groups --------------------------------------------------------------------------------------


async def test_an_answer_in_a_group_shows_what_it_answers_and_stays_in_its_topic(
    platform: TelegramPlatform, bot: TelegramChannel
) -> None:
    await bot.send(message(address=GROUP, reply_context=CONTEXT))
    (shown,) = platform.messages
    assert (shown.chat, shown.thread, shown.reply_to) == (-1001234567890, 3, 17)


async def test_a_reply_is_to_what_the_gateway_says(
    platform: TelegramPlatform, bot: TelegramChannel
) -> None:
    await bot.send(message(address=GROUP, reply_context=CONTEXT, reply_to="-1001234567890:23"))
    await bot.send(message(reply_to="42:9"))
    await bot.send(message(reply_to="no id of ours"))
    assert [shown.reply_to for shown in platform.messages] == [23, 9, None]


async def test_buttons_in_a_group_carry_whom_they_are_for(
    platform: TelegramPlatform, bot: TelegramChannel
) -> None:
    await bot.send(message(address=GROUP, reply_context=CONTEXT, choices=CHOICES))
    await bot.send(message(choices=CHOICES))
    public, private = ([b["callback_data"] for b in each.buttons] for each in platform.messages)
    assert [(c.choice, c.person) for c in map(carried, public) if c] == [
        ("person", 55),
        ("boots", 55),
    ]
    assert [(c.choice, c.person) for c in map(carried, private) if c] == [
        ("person", None),
        ("boots", None),
    ]


@pytest.mark.parametrize("person", [None, 1, 7_999_999_999_999])
@pytest.mark.parametrize("choice", ["a", "guide.with.dots_12", "ünïcode", "x" * 49])
def test_a_button_s_data_comes_back_as_it_was(choice: str, person: int | None) -> None:
    data = carry(choice, person)
    assert data is not None
    assert len(data.encode()) <= 64
    back = carried(data)
    assert back is not None
    assert (back.choice, back.person) == (choice, person)


async def test_a_choice_that_does_not_fit_has_no_button_and_the_others_do(
    platform: TelegramPlatform, bot: TelegramChannel
) -> None:
    await bot.send(message(choices=(Choice("ö" * 40, "Long"), Choice("person", "A person"))))
    assert [each["text"] for each in platform.messages[0].buttons] == ["A person"]


async def test_choices_without_words_have_something_to_stand_under(
    platform: TelegramPlatform, bot: TelegramChannel
) -> None:
    await bot.send(message("", choices=CHOICES))
    assert platform.messages[0].parsed.text == "👇"


async def test_a_group_that_became_a_supergroup_is_followed(
    platform: TelegramPlatform, bot: TelegramChannel
) -> None:
    platform.moved = {-77: -1007}
    receipt = await bot.send(message(address=Address("-77")))
    assert (receipt.moved, receipt.thread) == (Address("-1007"), None)
    assert receipt.external_ids == (f"-1007:{platform.messages[0].id}",)


# --- Alone ---------------------------------------------------------------------------------------


async def test_what_is_for_one_person_goes_to_their_own_chat(
    platform: TelegramPlatform, bot: TelegramChannel
) -> None:
    private = message(
        "5 Elm Street", GROUP, private_to="42", reply_context=CONTEXT, choices=CHOICES
    )
    receipt = await bot.send(private)
    (shown,) = platform.messages
    assert (shown.chat, shown.thread, shown.reply_to) == (42, None, None)
    assert receipt.thread == Address("42")


@pytest.mark.parametrize("blocked", [False, True])
async def test_who_has_no_chat_with_us_is_shown_the_way_there(
    platform: TelegramPlatform, bot: TelegramChannel, *, blocked: bool
) -> None:
    person = "42" if blocked else "55"
    platform.blocked = {42} if blocked else set()
    receipt = await bot.send(message("5 Elm St", GROUP, private_to=person, reply_context=CONTEXT))
    (shown,) = platform.messages
    assert (shown.chat, shown.thread, shown.reply_to) == (-1001234567890, 3, 17)
    assert shown.parsed.text.startswith("Ceci")
    assert shown.buttons[0]["url"] == "https://t.me/fernhill_bot?start=8b1f"
    assert (receipt.held, receipt.thread) == (True, Address(person))
    assert "not said yet" in (receipt.note or "")
    assert receipt.external_ids == (f"-1001234567890:{shown.id}",)


# --- Business chats ------------------------------------------------------------------------------


async def test_a_business_s_customer_is_answered_in_its_name(
    platform: TelegramPlatform, bot: TelegramChannel
) -> None:
    platform.opened = set()
    receipt = await bot.send(message(address=BUSINESS))
    (shown,) = platform.messages
    assert (shown.chat, shown.business, shown.thread) == (42, CONNECTION, None)
    (name,) = receipt.external_ids
    await bot.edit(name, message("Changed", BUSINESS))
    assert platform.of("editMessageText")[0]["business_connection_id"] == CONNECTION
    await bot.delete(BUSINESS, name)
    (gone,) = platform.of("deleteBusinessMessages")
    assert gone == {"business_connection_id": CONNECTION, "message_ids": [shown.id]}
    await bot.typing(BUSINESS, {})
    assert platform.of("sendChatAction")[0]["business_connection_id"] == CONNECTION


async def test_a_connection_that_is_gone_is_named(bot: TelegramChannel) -> None:
    with pytest.raises(RejectedSendError, match="connect the bot to the business account again"):
        await bot.send(message(address=Address("42", "business:gone")))


# --- Files ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content_type", "method"),
    [
        ("image/jpeg", "sendPhoto"),
        ("image/gif", "sendAnimation"),
        ("audio/ogg; codecs=opus", "sendVoice"),
        ("audio/mpeg", "sendAudio"),
        ("video/mp4", "sendVideo"),
        ("image/svg+xml", "sendDocument"),
        ("application/pdf", "sendDocument"),
    ],
)
async def test_a_file_is_sent_as_what_it_is(
    platform: TelegramPlatform, bot: TelegramChannel, content_type: str, method: str
) -> None:
    file = Attachment("file", content_type, content=b"bytes")
    await bot.send(message("Here it is", attachments=(file,), choices=CHOICES))
    (shown,) = platform.messages
    assert len(platform.of(method)) == 1
    assert (shown.parsed.text, shown.files[0][2], len(shown.buttons)) == ("Here it is", b"bytes", 2)


async def test_what_is_too_much_for_a_caption_follows_as_a_message(
    platform: TelegramPlatform, bot: TelegramChannel
) -> None:
    receipt = await bot.send(message("word " * 300, attachments=(PDF,), choices=CHOICES))
    file, words = platform.messages
    assert (file.parsed.text, len(words.parsed.text), len(words.buttons)) == ("", 1500, 2)
    assert len(receipt.external_ids) == 2


async def test_several_files_come_before_the_words(
    platform: TelegramPlatform, bot: TelegramChannel
) -> None:
    await bot.send(message("Both", GROUP, attachments=(PNG, PDF), reply_context=CONTEXT))
    assert [len(each.files) for each in platform.messages] == [1, 1, 0]
    assert [each.reply_to for each in platform.messages] == [17, None, None]


async def test_a_file_with_an_address_is_fetched_by_telegram(
    platform: TelegramPlatform, bot: TelegramChannel
) -> None:
    there = Attachment("boots.png", "image/png", url="https://desk.example.com/files/x")
    await bot.send(message("", attachments=(there,)))
    assert platform.of("sendPhoto")[0]["photo"] == "https://desk.example.com/files/x"


async def test_a_large_picture_goes_as_a_document(
    platform: TelegramPlatform, bot: TelegramChannel
) -> None:
    large = Attachment("boots.png", "image/png", content=b"x" * (10 * 2**20 + 1))
    await bot.send(message("", attachments=(large,)))
    assert len(platform.of("sendDocument")) == 1


@pytest.mark.parametrize(
    ("content_type", "method", "said"),
    [
        ("image/png", "sendPhoto", "Bad Request: PHOTO_INVALID_DIMENSIONS"),
        ("image/webp", "sendPhoto", "Bad Request: IMAGE_PROCESS_FAILED"),
        ("audio/ogg", "sendVoice", "Bad Request: VOICE_MESSAGES_FORBIDDEN"),
    ],
)
async def test_a_file_that_is_not_taken_as_what_it_is_goes_as_a_document(
    platform: TelegramPlatform, bot: TelegramChannel, content_type: str, method: str, said: str
) -> None:
    platform.troubles = [(400, {"ok": False, "description": said})]
    file = Attachment("long.png", content_type, content=b"bytes")
    await bot.send(message("Here it is", attachments=(file,), choices=CHOICES))
    (shown,) = platform.messages
    assert [len(platform.of(each)) for each in (method, "sendDocument")] == [1, 1]
    assert (shown.parsed.text, shown.files[0][2], len(shown.buttons)) == ("Here it is", b"bytes", 2)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({}, "nothing to send"),
        ({"attachments": (Attachment("a", "text/plain"),)}, "neither bytes nor an address"),
        ({"attachments": (Attachment("a", "a/b", content=b"x" * (50 * 2**20 + 1)),)}, "50 MB"),
        ({"address": Address("C0SLACK")}, "no chat of Telegram"),
        ({"address": Address("42", "thread")}, "no chat of Telegram"),
    ],
)
async def test_what_cannot_go_out_is_refused_before_anything_is_sent(
    platform: TelegramPlatform, bot: TelegramChannel, fields: dict[str, Any], reason: str
) -> None:
    with pytest.raises(RejectedSendError, match=reason):
        await bot.send(message("", **fields))
    assert platform.messages == []


FLOOD = (429, {"ok": False, "parameters": {"retry_after": 3}})


async def test_a_flood_in_the_middle_is_waited_for_and_no_part_goes_out_twice(
    platform: TelegramPlatform, bot: TelegramChannel
) -> None:
    both = message("word " * 300, attachments=(PDF,))
    platform.troubles = ["none", FLOOD]
    with pytest.raises(RetryableSendError) as refused:
        await bot.send(both)
    assert refused.value.retry_after == 3
    receipt = await bot.send(both)
    assert [len(each.files) for each in platform.messages] == [1, 0]
    assert receipt.external_ids == tuple(f"42:{each.id}" for each in platform.messages)
    await bot.send(both)
    assert len(platform.messages) == 4


async def test_a_doubt_in_the_middle_is_one_about_that_part_alone(
    platform: TelegramPlatform, bot: TelegramChannel
) -> None:
    both = message("word " * 300, attachments=(PDF,))
    platform.troubles = ["none", "cut"]
    with pytest.raises(UncertainSendError, match="1 of its parts arrived before"):
        await bot.send(both)
    await bot.send(both)
    assert [len(each.files) for each in platform.messages] == [1, 0, 0]


async def test_a_refusal_in_the_middle_says_what_arrived(
    platform: TelegramPlatform, bot: TelegramChannel
) -> None:
    both = message("word " * 300, attachments=(PDF,))
    platform.troubles = ["none", (400, {"ok": False, "description": "Bad Request: TOPIC_CLOSED"})]
    with pytest.raises(RejectedSendError, match="1 of its parts arrived before"):
        await bot.send(both)


async def test_the_way_there_is_shown_in_a_group_that_became_a_supergroup(
    platform: TelegramPlatform, bot: TelegramChannel
) -> None:
    platform.moved = {-77: -1007}
    receipt = await bot.send(
        message("5 Elm St", Address("-77"), private_to="55", reply_context=CONTEXT)
    )
    assert [each.chat for each in platform.messages] == [-1007]
    assert (receipt.moved, receipt.held) == (Address("-1007"), True)


async def test_in_a_supergroup_nothing_hangs_on_a_number_of_the_group_that_it_was(
    platform: TelegramPlatform, bot: TelegramChannel
) -> None:
    platform.moved = {-77: -1007}
    context = {**CONTEXT, "chat": -77}
    await bot.send(message(address=Address("-77"), reply_context=context))
    await bot.send(message(address=Address("-77"), reply_context=context, reply_to="-77:17"))
    await bot.send(message(address=Address("-1007"), reply_context={**context, "chat": -1007}))
    assert [each.reply_to for each in platform.messages] == [None, None, 17]


# --- Changing and taking back --------------------------------------------------------------------


async def test_a_message_is_changed_and_taken_back(
    platform: TelegramPlatform, bot: TelegramChannel
) -> None:
    (name,) = (await bot.send(message("One moment", choices=CHOICES))).external_ids
    receipt = await bot.edit(name, message("<b>Done</b>"))
    assert receipt.external_ids == (name,)
    assert (platform.messages[0].parsed.text, platform.messages[0].buttons) == ("Done", [])
    await bot.edit(name, message("<b>Done</b>"))
    await bot.edit(name, message("<b>broken", plain="in plain"))
    assert platform.messages[0].parsed.text == "in plain"
    await bot.delete(ADA, name)
    await bot.delete(ADA, name)
    assert platform.messages == []
    with pytest.raises(RejectedSendError, match="Message to edit not found"):
        await bot.edit(name, message("too late"))


async def test_ids_of_others_are_refused(bot: TelegramChannel) -> None:
    with pytest.raises(RejectedSendError, match="no message of Telegram"):
        await bot.edit("m-1", message())
    with pytest.raises(RejectedSendError, match="no message of Telegram"):
        await bot.delete(ADA, "m-1")


async def test_typing_never_fails(platform: TelegramPlatform, bot: TelegramChannel) -> None:
    await bot.typing(GROUP, {})
    assert platform.of("sendChatAction")[0]["message_thread_id"] == "3"
    await bot.typing(Address("nowhere"), {})
    await platform.__aexit__()
    await bot.typing(ADA, {})
    await bot.__aexit__()
    await bot.typing(ADA, {})
