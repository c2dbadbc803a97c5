"""Mails of which only their files say anything: nothing is answered by their title."""

from __future__ import annotations

import pytest

from channels.events import InboundMessage
from tests.channels.mail.rig import judged
from tests.platforms.mail_letters import arrived, stamped

PICTURE = ("photo.jpg", "image/jpeg", b"\xff\xd8\xff\xe0" + b"x" * 9_000)
ENCRYPTED = (
    b"From: Ada <ada@example.net>\r\nTo: help@shop.example\r\nSubject: %s\r\n"
    b"Content-Type: application/pkcs7-mime; name=smime.p7m\r\n\r\nMIAGCSqGSIb3DQEHA6CAMIACAQAx"
)


def said(raw: bytes) -> InboundMessage:
    event = judged(raw)
    assert isinstance(event, InboundMessage)
    return event


@pytest.mark.parametrize("subject", ["", "IMG_2031", "Photo", "Re: your invoice", "Reklamation"])
def test_files_under_a_title_are_files_alone(subject: str) -> None:
    event = said(arrived("", subject=subject, files=[PICTURE]))
    assert event.text == ""
    assert [file.name for file in event.attachments] == ["photo.jpg"]
    assert event.reply_context["subject"] == subject


@pytest.mark.parametrize(
    "subject", ["Returns?", "How long may I return boots?", "My parcel has not arrived yet"]
)
def test_a_question_that_is_the_subject_is_read_beside_a_logo(subject: str) -> None:
    assert said(arrived("", subject=subject, files=[PICTURE])).text == subject


@pytest.mark.parametrize("subject", [b"Boots", b"How long may I return boots?"])
def test_what_is_encrypted_is_not_answered_by_its_subject(subject: bytes) -> None:
    event = said(stamped(ENCRYPTED % subject))
    assert event.text == ""
    assert [file.name for file in event.attachments] == ["smime.p7m"]


def test_words_stay_and_so_does_what_is_said_of_the_rest() -> None:
    assert said(arrived("See the photo.", files=[PICTURE])).text == "See the photo."
    assert said(arrived("", subject="Returns")).text == "Returns"
    assert said(arrived("", subject="")).text == "[This mail has no text.]"
