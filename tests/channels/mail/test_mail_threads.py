"""Joining a conversation takes an id that we signed, and the correspondent that we sent it to."""

from __future__ import annotations

import random
import string

import pytest

from channels.events import InboundMessage
from channels.mail.letter import Letter
from channels.mail.seal import Seal
from channels.mail.threads import references, reply_subject
from tests.channels.mail.rig import SEAL, judged
from tests.platforms.mail_letters import ADA, OURS, arrived, letter, stamped

DELIVERY = "0123456789abcdef0123456789abcdef"
ID = SEAL.message_id(DELIVERY, ADA)
MALLORY = "mallory@evil.example"


def said(raw: bytes) -> InboundMessage:
    event = judged(raw)
    assert isinstance(event, InboundMessage)
    return event


def reply(*ids: str, header: str = "References") -> InboundMessage:
    return said(arrived("hello", headers=[(header, " ".join(ids))]))


def test_an_answer_to_our_mail_finds_it() -> None:
    assert reply(ID, header="In-Reply-To").thread_refs == (ID,)
    assert reply("<a@b>", ID, "<c@d>").thread_refs == (ID,)
    assert reply(ID.upper()).thread_refs == (ID,)
    other = SEAL.message_id("d-2", ADA)
    assert reply(ID, "<a@b>", other).thread_refs == (other, ID)


def test_the_token_of_a_reply_address_finds_it() -> None:
    to = SEAL.reply_address(DELIVERY, ADA)
    assert len(to.partition("@")[0]) <= 64
    assert said(arrived("hello", to=to)).thread_refs == (ID,)
    assert said(arrived("hello", to=f"x <{to.upper()}>")).thread_refs == (ID,)


def test_an_id_is_the_same_each_time_and_for_nobody_else() -> None:
    assert SEAL.message_id(DELIVERY, ADA) == ID
    assert Seal(b"x" * 32, OURS).message_id(DELIVERY, ADA) != ID
    assert SEAL.is_ours(ID)
    assert SEAL.is_for(ID, ADA)
    assert not SEAL.is_for(ID, MALLORY)


def forgeries(count: int) -> list[str]:
    """Ids of our form, made up without the key out of some that were seen."""
    dice, made = random.Random(7), list[str]()
    alphabet = string.ascii_lowercase + "234567"
    stolen = SEAL.message_id("d-9", MALLORY)
    name, mac = stolen[1:].split("@")[0].split(".")[1:]
    for number in range(count):
        wrong = "".join(dice.choices(alphabet, k=32))
        changed = list(mac)
        changed[dice.randrange(32)] = dice.choice("189")
        made.append(
            (
                f"<fd.{DELIVERY}.{wrong}@shop.example>",
                f"<fd.{DELIVERY}.{mac}@shop.example>",
                f"<fd.{name}.{''.join(changed)}@shop.example>",
                f"<fd.{DELIVERY}.{mac[:16]}{wrong[:16]}@shop.example>",
                f"<fd.{number}.{wrong}@shop.example>",
                ID.replace("@shop", "@evil"),
                ID.replace("fd.", "fd.x"),
                f"<{ID[1:-1]}.x>",
                f"<fd..{wrong}@shop.example>",
                ID.replace("<", "< "),
            )[number % 10]
        )
    return made


def test_a_thousand_forged_ids_join_nothing() -> None:
    mail = arrived("hello", headers=[("References", "HERE"), ("In-Reply-To", "HERE")])
    joined = [
        each
        for number, each in enumerate(forgeries(1_000))
        if said(
            mail.replace(b"HERE", each.encode()).replace(b"A question", f"Re: [#{number}]".encode())
        ).thread_refs
    ]
    assert joined == []


@pytest.mark.parametrize("way", ["references", "reply-to", "name", "token", "sender"])
def test_stolen_ids_join_nothing_for_somebody_else(way: str) -> None:
    """A hundred hijacks: whoever has seen our id writes under another address."""
    for number in range(20):
        own = SEAL.message_id(f"d-{number}", ADA)
        headers = [("References", own), ("In-Reply-To", own)]
        sender, to = f"{MALLORY}", OURS
        if way == "reply-to":
            headers.append(("Reply-To", ADA))
        elif way == "name":
            sender = f'"{ADA}" <{MALLORY}>'
        elif way == "token":
            to = SEAL.reply_address(f"d-{number}", ADA)
        elif way == "sender":
            headers.append(("Sender", ADA))
        event = said(arrived("hello", sender=sender, to=to, headers=headers))
        assert event.thread_refs == ()
        assert event.address.chat == MALLORY
        assert event.reply_context["to"][1] == MALLORY


def test_references_of_others_join_only_those_whom_our_server_vouches_for() -> None:
    root = [("References", "<root@example.net>")]
    first, second = (said(arrived("x", headers=root, verified=True)) for _ in range(2))
    assert first.address == second.address
    forged = said(arrived("x", headers=root))
    assert forged.address != first.address
    assert forged.address != said(arrived("x", headers=root)).address


def test_a_message_id_that_was_used_before_suppresses_nothing() -> None:
    raws = [stamped(letter("hello", message_id="<same@example.net>"), number=n) for n in range(200)]
    events = [said(raw) for raw in raws]
    assert len({event.external_id for event in events}) == 200
    assert len({event.address for event in events}) == 200


# --- Whether our server vouches ----------------------------------------------------------------


def results(*lines: str) -> str | None:
    headers = "".join(f"Authentication-Results: {line}\r\n" for line in lines)
    return said(headers.encode() + stamped(letter("x"))).sender.verified


def test_dmarc_of_our_own_server_is_believed() -> None:
    assert results("mx.shop.example; dmarc=pass header.from=example.net") == "dmarc"
    assert results("MX.shop.example 1; spf=fail; dmarc=pass (p=none) header.from=example.net")


@pytest.mark.parametrize(
    "lines",
    [
        (),
        ("mx.evil.example; dmarc=pass header.from=example.net",),
        ("mx.shop.example; dmarc=fail header.from=example.net",),
        ("mx.shop.example; dmarc=pass header.from=evil.example",),
        ("mx.shop.example; dmarc=pass",),
        ("mx.shop.example; dkim=pass header.d=example.net; spf=pass",),
        ("mx.shop.example; dmarc=fail (dmarc=pass header.from=example.net)",),
        ("mx.shop.example; dmarc=passed header.from=example.net",),
        ("mx.shop.example.evil.example; dmarc=pass header.from=example.net",),
        (
            "mx.shop.example; dmarc=fail header.from=example.net",
            "mx.shop.example; dmarc=pass header.from=example.net",
        ),
        ("mx.shop.example; none", "mx.shop.example; dmarc=pass header.from=example.net"),
    ],
)
def test_nothing_else_is_believed(lines: tuple[str, ...]) -> None:
    assert results(*lines) is None


# --- What keeps our answer in their thread -----------------------------------------------------


def with_ids(*ids: str, own: str = "<own@x>") -> Letter:
    fields = {"references": (" ".join(ids),), "message-id": (own,)}
    return Letter(fields=fields, people={}, text="", whole="", report=None, mentions=(), files=())


def test_references_keep_the_first_and_the_last_and_stay_short() -> None:
    assert references(with_ids("<a@x>", "<b@x>")) == "<a@x> <b@x> <own@x>"
    many = [f"<{number}{'x' * 60}@example.net>" for number in range(50)]
    kept = references(with_ids(*many)).split(" ")
    assert (kept[0], kept[-1]) == (many[0], "<own@x>")
    assert len(" ".join(kept)) <= 900
    assert len(kept) <= 11
    assert references(with_ids(own="not an id")) == ""


@pytest.mark.parametrize(
    "subject",
    ["Boots", "Re: Boots", "RE: AW: SV: Boots", "Antw: Re[2]: Boots", "回复：Boots", "re : Boots"],
)
def test_prefixes_do_not_pile_up(subject: str) -> None:
    assert reply_subject(subject) == "Re: Boots"


def test_it_is_told_which_of_our_addresses_was_written_to() -> None:
    assert said(arrived("hello")).place == OURS
    plus = OURS.replace("@", "+gold@")
    assert said(arrived("hello", to=f"Us <{plus}>")).place == plus
    aliased = judged(arrived("hello", to="sales@shop.example"), aliases=["sales@shop.example"])
    assert isinstance(aliased, InboundMessage)
    assert aliased.place == "sales@shop.example"
    assert reply(ID).place is None
