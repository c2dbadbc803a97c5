"""What Twilio posts, as events; whatever it is, there is one, and it says what is known."""

from __future__ import annotations

import random
from typing import Any

import pytest

from channels.events import (
    Address,
    Chosen,
    DeliveryUpdate,
    Event,
    Ignored,
    InboundMessage,
    Unreadable,
)
from channels.whatsapp.payloads import Posted, message_event, status_event
from tests.platforms.twilio import Twilio
from tests.platforms.twilio_records import CUSTOMER, SENDER

OFFER = "SM" + "0f" * 16
BSUID = "whatsapp:US.13491208655302741918"


def posted(fields: dict[str, str]) -> Posted:
    return Posted.of(list(fields.items()), repr(fields).encode())


def event(text: str = "hello", sender: str = CUSTOMER, **fields: str) -> Event:
    return message_event(posted({**Twilio().say(text, sender), **fields}), SENDER)


def message(text: str = "hello", sender: str = CUSTOMER, **fields: str) -> InboundMessage:
    found = event(text, sender, **fields)
    assert isinstance(found, InboundMessage), found
    return found


def test_a_message_says_who_wrote_what_and_how_to_answer() -> None:
    came = message("hello", ProfileName="  Ada\n Müller ")
    assert (came.text, came.address) == ("hello", Address(CUSTOMER))
    assert came.sender.ids == (CUSTOMER,)
    assert (came.sender.name, came.sender.verified) == ("Ada Müller", "whatsapp")
    assert came.reply_context == {"message": came.external_id}


def test_somebody_without_a_number_is_known_by_their_id() -> None:
    came = message(sender=BSUID, WaId="")
    assert came.address == Address(BSUID)
    assert came.sender.ids == (BSUID,)


@pytest.mark.parametrize("scoped", [BSUID, BSUID.removeprefix("whatsapp:")])
def test_both_ids_of_a_person_are_told_where_both_are_known(scoped: str) -> None:
    assert message(ExternalUserIdentifier=scoped).sender.ids == (CUSTOMER, BSUID)
    hidden = message(sender=BSUID, WaId=CUSTOMER.removeprefix("whatsapp:+"))
    assert hidden.sender.ids == (BSUID, CUSTOMER)


def test_a_quoted_message_is_named() -> None:
    assert message(OriginalRepliedMessageSid=OFFER).reply_to == OFFER
    assert message(OriginalRepliedMessageSid="x").reply_to is None


def test_a_place_is_told_in_words() -> None:
    came = message("", Latitude="52.52", Longitude="13.40", Label="Shop", Address="1 Elm\nStreet")
    assert came.text == "Location: Shop · 1 Elm Street · 52.52, 13.40"
    both = message("here", Latitude="52.52", Longitude="13.40")
    assert both.text == "here\nLocation: 52.52, 13.40"


def test_a_contact_is_a_file() -> None:
    twilio = Twilio()
    card = twilio.medium("text/vcard", b"BEGIN:VCARD")
    came = message_event(posted(twilio.say("", media=[card])), SENDER)
    assert isinstance(came, InboundMessage)
    (file,) = came.attachments
    assert (file.name, file.content_type) == ("contact-1.vcf", "text/vcard")


def test_files_are_references_with_names_of_our_own() -> None:
    twilio = Twilio()
    media = [twilio.medium("image/jpeg", b"1"), twilio.medium("APPLICATION/X-evil; q=1", b"2")]
    came = message_event(posted(twilio.say("", media=media)), SENDER)
    assert isinstance(came, InboundMessage)
    assert [file.name for file in came.attachments] == ["picture-1.jpg", "file-2.bin"]
    assert all(file.content is None and file.ref for file in came.attachments)


@pytest.mark.parametrize("count", ["-1", "9999999999", "x", "", "²"])
def test_a_count_of_files_that_is_none_brings_none(count: str) -> None:
    assert message(NumMedia=count, MediaUrl0="").attachments == ()


def test_a_press_of_our_button_is_a_choice() -> None:
    chosen = event("Boots", ButtonPayload="fd:boots", OriginalRepliedMessageSid=OFFER)
    assert isinstance(chosen, Chosen)
    assert (chosen.message, chosen.choice) == (OFFER, "boots")


@pytest.mark.parametrize(
    "fields",
    [
        {"ButtonPayload": "fd:boots"},
        {"ButtonPayload": "boots", "OriginalRepliedMessageSid": OFFER},
        {"ButtonPayload": "fd:boots", "OriginalRepliedMessageSid": "not an id"},
        {"ListId": "their-own", "OriginalRepliedMessageSid": OFFER},
    ],
)
def test_any_other_button_is_its_words(fields: dict[str, str]) -> None:
    assert message("Boots", **fields).text == "Boots"


@pytest.mark.parametrize("field", ["ButtonText", "ListTitle"])
def test_a_button_without_a_body_is_its_title(field: str) -> None:
    assert message("", **{field: "Boots"}).text == "Boots"


def test_our_own_message_is_no_customers() -> None:
    found = event(sender=SENDER)
    assert isinstance(found, Ignored)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"To": "whatsapp:+19998887777"}, "another sender"),
        ({"MessageSid": "x", "SmsMessageSid": "", "SmsSid": ""}, "MessageSid"),
        ({"From": "+491701234567"}, "sender"),
        ({"Body": "", "MessageType": "poll"}, "type: poll"),
    ],
)
def test_what_cannot_be_read_is_kept_for_a_person(fields: dict[str, str], reason: str) -> None:
    found = event(**fields)
    assert isinstance(found, Unreadable)
    assert reason in found.reason
    assert found.raw


def test_what_cannot_be_read_is_known_by_its_id_and_without_one_by_what_was_signed() -> None:
    form = Twilio().say("", MessageType="poll")
    assert message_event(posted(form), SENDER).external_id == form["MessageSid"]
    nameless = {**form, "MessageSid": "", "SmsMessageSid": "", "SmsSid": ""}
    turned = dict(reversed(nameless.items()))
    first, second = (message_event(posted(each), SENDER) for each in (nameless, turned))
    assert first.external_id == second.external_id != form["MessageSid"]


STATUSES = [
    ("sent", "sent"),
    ("delivered", "delivered"),
    ("read", "read"),
    ("READ", "read"),
    ("failed", "failed"),
    ("undelivered", "failed"),
    ("canceled", "failed"),
    ("queued", None),
    ("sending", None),
    ("accepted", None),
    ("partially_delivered", None),
    ("of-tomorrow", None),
]


def status(value: str, **fields: str) -> Event:
    return status_event(posted({"MessageSid": OFFER, "MessageStatus": value, **fields}))


@pytest.mark.parametrize(("value", "state"), STATUSES)
def test_a_status_moves_the_message_it_names(value: str, state: str | None) -> None:
    found = status(value)
    if state is None:
        assert isinstance(found, Ignored)
    else:
        assert isinstance(found, DeliveryUpdate)
        assert (found.message, found.state) == (OFFER, state)
    assert found.external_id == f"{OFFER}:{value.lower()}"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("63016", ["24-hour window", "template"]),
        ("63024", ["no such recipient", "another way"]),
        ("21610", ["opted out", "START"]),
        ("63038", ["daily limit", "tomorrow"]),
        ("63018", ["limit", "wait"]),
        ("99999", ["99999", "error log"]),
        ("", ["error log"]),
        ("²", ["error log"]),
    ],
)
def test_a_failure_says_why_and_what_to_do(code: str, words: list[str]) -> None:
    found = status("failed", ErrorCode=code)
    assert isinstance(found, DeliveryUpdate)
    assert found.reason is not None
    assert all(word in found.reason for word in words)


def test_what_twilio_says_of_an_unknown_failure_is_passed_on_in_short() -> None:
    found = status("undelivered", ErrorCode="70001", ChannelStatusMessage="it\nbroke " * 99)
    assert isinstance(found, DeliveryUpdate)
    assert "it broke" in str(found.reason)
    assert len(str(found.reason)) < 300


@pytest.mark.parametrize(
    "fields", [{}, {"MessageSid": "x", "MessageStatus": "read"}, {"MessageSid": OFFER}]
)
def test_a_status_of_nothing_is_kept_for_a_person(fields: dict[str, str]) -> None:
    assert isinstance(status_event(posted(fields)), Unreadable)


def test_whatever_was_signed_becomes_an_event() -> None:
    rng = random.Random(11)
    pool: list[Any] = [
        "",
        "0",
        "-1",
        "é" * 50,
        "\x00\u202e",
        "whatsapp:",
        "{{1}}",
        "fd:",
        "1" * 999,
    ]
    names = [*Twilio().say("x", Latitude="", ButtonPayload="", OriginalRepliedMessageSid="")]
    for _ in range(3_000):
        fields = Twilio().say("x")
        for name in rng.sample(names, 6):
            fields[name] = rng.choice(pool)
        for made in (message_event(posted(fields), SENDER), status_event(posted(fields))):
            assert made.external_id
