"""What leaves: one mail to whom it is for, under headers that nobody else can write."""

from __future__ import annotations

import random
import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from channels.contract import OutboundMessage
from channels.errors import (
    ChannelMisconfigured,
    RejectedSendError,
    RetryableSendError,
    UncertainSendError,
)
from channels.events import Address, Attachment
from channels.mail.composing import Composed, checked, compose
from channels.mail.parsing.mailboxes import mailboxes
from tests.channels.mail.rig import SEAL, rig, settings
from tests.platforms.mail_letters import ADA, OURS
from tests.platforms.mail_smtp import SmtpFault

NOW = 1_800_000_000.0
SHOP = settings(name="Shop")
LONG = f"<{'x' * 120}@mail.gmail.example>"
CONTEXT: dict[str, Any] = {
    "message_id": LONG,
    "references": f"<first@x> {LONG}",
    "subject": "AW: Boots für mich",
    "to": ["Ada Lovelace", ADA],
    "cc": [["Bob", "bob@y.example"], ["", "carol@z.example"]],
    "verified": True,
}


def outbound(**changes: Any) -> OutboundMessage:
    given: dict[str, Any] = {
        "delivery_id": "d-1",
        "address": Address(ADA, "t"),
        "text": "<p>It costs <strong>4.90</strong> euros.</p>",
        "plain": "It costs 4.90 euros.",
        "author": "assistant",
        "reply_context": CONTEXT,
    }
    return OutboundMessage(**{**given, **changes})


def composed(**changes: Any) -> Composed:
    return compose(outbound(**changes), SHOP, SEAL, NOW)


def shown(mail: Composed) -> EmailMessage:
    read = message_from_bytes(mail.raw, policy=default)
    assert isinstance(read, EmailMessage)
    return read


def test_an_answer_is_a_reply_as_a_person_would_send_it() -> None:
    mail = composed()
    read = shown(mail)
    assert str(read["From"]) == f"Shop <{OURS}>"
    assert str(read["To"]) == f"Ada Lovelace <{ADA}>"
    assert str(read["Cc"]) == "Bob <bob@y.example>, carol@z.example"
    assert str(read["Subject"]) == "Re: Boots für mich"
    assert (mail.to, mail.copies) == (ADA, ("bob@y.example", "carol@z.example"))
    assert read["Message-ID"] == SEAL.message_id("d-1", ADA)
    assert read["Reply-To"] is None
    assert {part.get_content_type() for part in read.walk()} == {
        "multipart/alternative",
        "text/plain",
        "text/html",
    }


def test_long_ids_stand_as_they_are_on_one_line() -> None:
    raw = composed().raw
    assert f"In-Reply-To: {LONG}\r\n".encode() in raw
    assert f"References: <first@x> {LONG}\r\n".encode() in raw
    assert raw.isascii()


@pytest.mark.parametrize(
    ("author", "automatic"),
    [
        ("assistant", "auto-replied"),
        ("system", "auto-replied"),
        (None, "auto-replied"),
        ("staff", None),
    ],
)
def test_what_a_machine_wrote_says_so(author: Any, automatic: str | None) -> None:
    read = shown(composed(author=author))
    assert read["Auto-Submitted"] == automatic
    assert read["X-Auto-Response-Suppress"] == (automatic and "OOF, AutoReply")


def test_a_machine_writes_to_nobody_whom_a_stranger_names() -> None:
    stranger = {**CONTEXT, "verified": False}
    assert composed(reply_context=stranger).copies == ()
    assert len(composed(reply_context=stranger, author="staff").copies) == 2


def test_copies_never_go_to_ourselves_or_to_a_crowd() -> None:
    people = [["", f"p{n}@y.example"] for n in range(40)]
    crowd = {**CONTEXT, "cc": [["", OURS], ["", ADA], ["", "not an address"], *people]}
    copies = composed(reply_context=crowd).copies
    assert len(copies) == 10
    assert not {OURS, ADA} & set(copies)


@pytest.mark.parametrize(
    "chat",
    [
        "",
        "nobody",
        "a@b@c",
        "a b@c.example",
        "<a@c.example>",
        "a@c.example,b@c.example",
        OURS,
        "a@c.example\r\nRCPT TO:<b@c.example>",
        "ü@c.example",
        "a..b@c.example",
        "a@-.example.",
    ],
)
def test_mail_goes_to_the_conversations_address_or_nowhere(chat: str) -> None:
    with pytest.raises(RejectedSendError):
        composed(address=Address(chat))


def test_the_reply_address_carries_the_token_where_that_is_wanted() -> None:
    given = settings(plus_addressing=True)
    read = shown(compose(outbound(), given, SEAL, NOW))
    assert read["Reply-To"] == SEAL.reply_address("d-1", ADA)


def test_a_first_mail_has_a_subject_of_its_own() -> None:
    assert str(shown(composed(reply_context={}))["Subject"]) == "Your message"
    assert str(shown(composed(subject="Your order"))["Subject"]) == "Your order"


def test_files_go_out_with_safe_names_and_types() -> None:
    files = (
        Attachment('a"\r\nBcc: x@y.example.pdf', "application/pdf", content=b"%PDF"),
        Attachment("big.zip", "application/zip", url="https://shop.example/files/1"),
        Attachment("x.eml", "message/rfc822", content=b"Subject: x\r\n\r\n"),
    )
    read = shown(composed(attachments=files))
    names = [(part.get_filename(), part.get_content_type()) for part in read.iter_attachments()]
    assert names == [
        ('a" Bcc: x@y.example.pdf', "application/pdf"),
        ("x.eml", "application/octet-stream"),
    ]
    assert b"https://shop.example/files/1" in composed(attachments=files).raw
    with pytest.raises(RejectedSendError):
        composed(attachments=(Attachment("x", "a/b"),))
    with pytest.raises(RejectedSendError, match="20 MB"):
        composed(attachments=(Attachment("x", "a/b", content=b"x" * 20_000_000),))


# --- Nobody writes our headers ------------------------------------------------------------------

BREAKS = ["\r\n", "\n", "\r", "\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\x00", "\r\n "]
WORDS = ["=?utf-8?q?=0d=0aBcc:_v=40y.example?=", "=?utf-8?b?DQpCY2M6IHZAeS5leGFtcGxl?=", "\ud800"]


def injections(count: int) -> list[str]:
    dice = random.Random(11)
    made: list[str] = []
    for _ in range(count):
        brk = "".join(dice.choices(BREAKS, k=dice.randint(1, 3)))
        words = dice.choice([f"x{brk}Bcc: v@y.example{brk}{brk}<b>body</b>", *WORDS])
        made.append(dice.choice(["", "x" * dice.randint(60, 90), "ü " * 30]) + words)
    return made


def independent(raw: bytes) -> list[str]:
    """Header names as the plainest reader there is sees them: any break ends a line."""
    head = re.split(rb"(?:\r\n|\n|\r){2}", raw, maxsplit=1)[0]
    lines = re.split(rb"[\r\n\x0b\x0c\x85]+", head)
    return [
        line.partition(b":")[0].decode("latin-1").lower()
        for line in lines
        if line[:1] not in {b" ", b"\t"}
    ]


EXPECTED = {
    "from",
    "to",
    "cc",
    "subject",
    "date",
    "message-id",
    "in-reply-to",
    "references",
    "auto-submitted",
    "x-auto-response-suppress",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
}


def test_a_thousand_injections_add_no_header() -> None:
    for number, words in enumerate(injections(1_000)):
        spot = number % 6
        context = dict(CONTEXT)
        changes: dict[str, Any] = {"reply_context": context, "text": "x", "plain": "x"}
        if spot == 0:
            context["subject"] = words
        elif spot == 1:
            context["to"] = [words, ADA]
        elif spot == 2:
            context["cc"] = [[words, "bob@y.example"]]
        elif spot == 3:
            context["references"] = context["message_id"] = f"<ok@x> {words} <a{words}@x>"
        elif spot == 4:
            changes["subject"] = words
        else:
            changes["attachments"] = (Attachment(words, words, content=b"x"),)
        mail = composed(**changes)
        names = independent(mail.raw)
        assert len(names) == len(set(names)), words
        assert set(names) <= EXPECTED, words
        assert set(mail.copies) <= {"bob@y.example", "carol@z.example"}
        assert "bcc" not in {name.lower() for name, _ in shown(mail).items()}


@pytest.mark.parametrize(
    "head",
    [
        b"From: a\r\nBcc: b\r\n",
        b"From: a\r\nFrom: b\r\n",
        b"From: a\nTo: b\r\n",
        b" From: a\r\n",
        b"From a\r\n",
        b"From: a\r\n b\rBcc: c\r\n",
        b"X-Evil: a\r\n",
    ],
)
def test_the_gate_lets_nothing_else_pass(head: bytes) -> None:
    with pytest.raises(RejectedSendError):
        checked(head + b"\r\nbody")
    assert checked(b"From: a\r\n b\r\n\r\nbody")


# --- What becomes of it ------------------------------------------------------------------------


async def test_the_server_gets_the_bytes_and_the_names_that_were_meant() -> None:
    async with rig() as at:
        receipt = await at.channel.send(outbound())
        (taken,) = at.platform.smtp.taken
        assert taken.sender == OURS
        assert taken.recipients == (ADA, "bob@y.example", "carol@z.example")
        assert f"References: <first@x> {LONG}\r\n".encode() in taken.raw
        assert receipt.external_ids == (SEAL.message_id("d-1", ADA),)
        assert receipt.note is None


async def test_a_copy_that_is_refused_is_said() -> None:
    async with rig() as at:
        at.platform.smtp.strangers = {"bob@y.example"}
        receipt = await at.channel.send(outbound())
        assert receipt.note == "no copy to bob@y.example: 550 5.1.1 no such user"
        assert at.platform.smtp.taken[0].recipients == (ADA, "carol@z.example")


async def test_nobody_gets_a_copy_of_what_the_correspondent_did_not_get() -> None:
    async with rig() as at:
        at.platform.smtp.strangers = {ADA}
        with pytest.raises(RejectedSendError, match="550"):
            await at.channel.send(outbound())
        assert at.platform.smtp.taken == []
        assert at.platform.smtp.attempts == [ADA]


@pytest.mark.parametrize(
    "subject",
    ["日本語の件名" * 20, "ü" * 100, "Ångström é " * 20, "👩‍👩‍👧 " * 30, "Où est-ce ? " * 9],
)
def test_encoded_words_are_as_short_as_readers_take_them(subject: str) -> None:
    context = {"subject": subject, "to": ["Ödön " + "ő" * 90, ADA], "message_id": LONG}
    mail = composed(reply_context=context)
    head = mail.raw.partition(b"\r\n\r\n")[0]
    words = re.findall(rb"=\?[^?]+\?[bq]\?[^?]*\?=", head)
    assert words
    assert max(map(len, words)) <= 75
    assert shown(mail)["Subject"] == f"Re: {' '.join(subject.split())}"
    line = next(each for each in head.replace(b"\r\n ", b" ").split(b"\r\n") if each[:3] == b"To:")
    assert mailboxes(line[3:].decode()) == [(f"Ödön {'ő' * 90}", ADA)]
    assert LONG.encode() in head


@pytest.mark.parametrize(
    ("fault", "error", "taken"),
    [
        ("unavailable", RetryableSendError, 0),
        ("later", RetryableSendError, 0),
        ("refused", RejectedSendError, 0),
        ("never", RejectedSendError, 0),
        ("large", RejectedSendError, 0),
        ("unauthorised", ChannelMisconfigured, 0),
        ("sender", ChannelMisconfigured, 0),
        ("lost", UncertainSendError, 0),
        ("cut", UncertainSendError, 1),
    ],
)
async def test_every_answer_of_a_server_has_its_error(
    fault: SmtpFault, error: type[Exception], taken: int
) -> None:
    async with rig() as at:
        at.platform.smtp.fault = fault
        with pytest.raises(error) as raised:
            await at.channel.send(outbound())
        assert "smtp-password" not in repr(raised.value)
        assert len(at.platform.smtp.taken) == taken


async def test_a_server_that_is_not_there_is_tried_again() -> None:
    async with rig(smtp={"port": 9}) as at:
        with pytest.raises(RetryableSendError):
            await at.channel.send(outbound())


async def test_a_second_try_has_the_same_id() -> None:
    async with rig() as at:
        at.platform.smtp.fault = "cut"
        with pytest.raises(UncertainSendError):
            await at.channel.send(outbound())
        receipt = await at.channel.reconcile(outbound())
        ids = {message_from_bytes(each.raw)["Message-ID"] for each in at.platform.smtp.taken}
        assert ids == {receipt.external_ids[0]}


# --- OAuth ---------------------------------------------------------------------------------------


async def test_both_servers_are_signed_in_to_with_a_fresh_token() -> None:
    asked: list[dict[str, str]] = []

    async def token(request: web.Request) -> web.Response:
        asked.append({key: str(value) for key, value in (await request.post()).items()})
        return web.json_response({"access_token": "at-1", "expires_in": 3600})

    app = web.Application()
    app.router.add_post("/token", token)
    async with TestServer(app) as server:
        oauth = {
            "token_url": str(server.make_url("/token")),
            "client_id": "c",
            "refresh_token": "r-1",
        }
        async with rig(oauth=oauth, imap={"password": None}, smtp={"password": None}) as at:
            at.platform.imap.token = at.platform.smtp.token = "at-1"
            await at.channel.send(outbound())
            await at.rested()
    assert [each["grant_type"] for each in asked] == ["refresh_token"]
    assert asked[0]["refresh_token"] == "r-1"


@pytest.mark.parametrize(
    ("status", "error"), [(400, ChannelMisconfigured), (503, RetryableSendError)]
)
async def test_a_token_that_is_not_given_is_said(status: int, error: type[Exception]) -> None:
    async def token(request: web.Request) -> web.Response:
        return web.json_response({"error": "invalid_grant"}, status=status)

    app = web.Application()
    app.router.add_post("/token", token)
    async with TestServer(app) as server:
        oauth = {
            "token_url": str(server.make_url("/token")),
            "client_id": "c",
            "refresh_token": "r-1",
        }
        async with rig(oauth=oauth) as at:
            with pytest.raises(error) as raised:
                await at.channel.send(outbound())
            assert "r-1" not in str(raised.value)
