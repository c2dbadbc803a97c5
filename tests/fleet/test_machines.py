"""Mail of machines, in all its forms, through the whole gateway: nobody is sent anything for it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.fleet.house import furnish, running
from tests.fleet.story import ANSWER, QUESTION, Visit
from tests.fleet.streets import Mail, flat
from tests.platforms.mail_letters import OURS, letter, stamped

COUNT = 200
AUTOMATIC = (
    ("Auto-Submitted", "auto-replied"),
    ("Auto-Submitted", "auto-generated"),
    ("X-Auto-Response-Suppress", "All"),
    ("X-Autoreply", "yes"),
    ("X-Autorespond", "on"),
    ("X-Loop", "somebody@example.net"),
    ("Precedence", "auto_reply"),
)
LISTED = (
    ("List-Id", "<news.example.net>"),
    ("List-Unsubscribe", "<mailto:off@example.net>"),
    ("Precedence", "bulk"),
    ("Precedence", "list"),
    ("Feedback-ID", "campaign:1"),
)
AWAY = (
    "Out of Office: your mail",
    "Automatic reply: A question",
    "Abwesenheitsnotiz",
    "Réponse automatique : congés",
    "Respuesta automática",
)
NOBODY = ("noreply", "no-reply", "do-not-reply", "bounce", "bounces+1=2", "mailer-daemon")


def _automatic(dice: random.Random, who: str) -> bytes:
    return letter(QUESTION, sender=who, headers=[dice.choice(AUTOMATIC)])


def _listed(dice: random.Random, who: str) -> bytes:
    return letter(QUESTION, sender=who, headers=[dice.choice(LISTED)])


def _away(dice: random.Random, who: str) -> bytes:
    return letter(QUESTION, sender=who, subject=dice.choice(AWAY))


def _nobody(dice: random.Random, who: str) -> bytes:
    return letter(QUESTION, sender=f"{dice.choice(NOBODY)}@{who.partition('@')[2]}")


def _own(_: random.Random, who: str) -> bytes:
    return letter(f"{QUESTION} {who}", sender=f"Help <{OURS}>")


def _bounce(dice: random.Random, who: str) -> bytes:
    action = dice.choice(["failed", "delayed", "delivered"])
    return (
        f"From: Mail System <postmaster@example.net>\r\nTo: {OURS}\r\nSubject: Undeliverable\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        f"--b\r\n\r\n{QUESTION}\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        f"Reporting-MTA: dns; mx.example.net\r\n\r\nFinal-Recipient: rfc822; {who}\r\n"
        f"Action: {action}\r\nStatus: 5.1.1\r\n\r\n--b--\r\n"
    ).encode()


def _null(_: random.Random, who: str) -> bytes:
    return b"Return-Path: <>\r\n" + letter(QUESTION, sender=who)


FORMS: Sequence[Callable[[random.Random, str], bytes]] = (
    _automatic,
    _listed,
    _away,
    _nobody,
    _own,
    _bounce,
    _null,
)


@pytest.mark.allow_blocking  # a fake provider reads and writes as it pleases
@pytest.mark.timeout(180)
async def test_machines_are_sent_nothing_and_people_between_them_are(tmp_path: Path) -> None:
    dice = random.Random(3)
    async with Mail() as street:
        base = await asyncio.to_thread(furnish, tmp_path / "home", [street])
        async with running(tmp_path / "home", base, [street.kind]):
            await Visit(street, 0, wishes=False).go()
            # What we sent comes back, as from a mailbox that forwards.
            await street.provider.imap.put(street.provider.smtp.taken[0].raw)
            for number in range(COUNT):
                raw = dice.choice(FORMS)(dice, f"machine{number}@example.net")
                # What already says where it came from is kept as it is.
                own = raw.startswith(b"Return-Path")
                await street.provider.imap.put(raw if own else stamped(raw, "example.net"))
            await Visit(street, 1, wishes=False).go()
            taken = [
                (mail.recipients, flat(mail.raw.decode())) for mail in street.provider.smtp.taken
            ]
    assert [list(whom) for whom, _ in taken] == [
        ["customer0@example.net"],
        ["customer1@example.net"],
    ]
    assert ANSWER in flat(street.heard(1)[0])
