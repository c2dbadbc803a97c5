"""Mails as they lie in a mailbox: built from parts, under what the receiving server writes."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from email.message import EmailMessage
from email.policy import SMTP

from tests.platforms.mail_imap import day_of

OURS = "help@shop.example"
ADA = "ada@example.net"
AUTHSERV = "mx.shop.example"
POLICY = SMTP.clone(max_line_length=998)
_numbers = itertools.count(1)
NOW = 1_800_000_000.0


def stamped(raw: bytes, verified: str | None = None, number: int | None = None) -> bytes:
    """A mail as our own server keeps it: with its Received line, and what it says of the sender's
    domain."""
    of = next(_numbers) if number is None else number
    lines = [
        "Return-Path: <bounce-handling@example.net>",
        f"Received: from out.example.net by {AUTHSERV} with ESMTPS id q{of}; {day_of(NOW)}",
    ]
    if verified is not None:
        lines.append(
            f"Authentication-Results: {AUTHSERV}; spf=pass smtp.mailfrom={verified};"
            f" dmarc=pass (p=REJECT) header.from={verified}"
        )
    return "".join(f"{line}\r\n" for line in lines).encode() + raw


def letter(  # noqa: PLR0913 - as many as a mail has parts
    text: str,
    *,
    sender: str = f"Ada Lovelace <{ADA}>",
    to: str = OURS,
    subject: str = "A question",
    html: str | None = None,
    files: Sequence[tuple[str, str, bytes]] = (),
    headers: Sequence[tuple[str, str]] = (),
    message_id: str | None = None,
) -> bytes:
    """A mail as its sender's program wrote it."""
    mail = EmailMessage(policy=POLICY)
    mail["From"], mail["To"], mail["Subject"] = sender, to, subject
    mail["Date"] = day_of(NOW)
    mail["Message-ID"] = message_id or f"<m{next(_numbers)}@example.net>"
    for name, value in headers:
        mail[name] = value
    mail.set_content(text, cte="base64")
    if html is not None:
        mail.add_alternative(html, subtype="html", cte="base64")
    for name, kind, content in files:
        main, _, sub = kind.partition("/")
        mail.add_attachment(content, main, sub, filename=name)
    return mail.as_bytes()


def arrived(text: str, *, verified: bool = False, **parts: object) -> bytes:
    """A mail of Ada's as it lies in the mailbox."""
    domain = "example.net" if verified else None
    return stamped(letter(text, **parts), domain)  # pyright: ignore[reportArgumentType] - as letter takes them
