"""Delivery reports (RFC 3464), and what bounces without one quote. Never decides what they mean."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from channels.mail.parsing.mailboxes import mailboxes
from channels.mail.parsing.mime import Part, head
from channels.mail.parsing.refused import Refused
from channels.mail.parsing.words import header_text

RECIPIENTS = 50
_OURS = re.compile(rb"<fd\.[0-9a-zA-Z_.-]{1,200}@[A-Za-z0-9.-]{1,255}>")
_LOOKED_AT = 200_000


def report(whole: Part) -> dict[str, Any] | None:
    """Recipients with action, status and reason; the ids and addressees of the mail it is about."""
    told = next((p for p in whole.walk() if p.typed.kind == "message/delivery-status"), None)
    if told is None and whole.typed.kind != "multipart/report":
        return None
    recipients = [] if told is None else list(_recipients(told.content()))[:RECIPIENTS]
    about = [pair for part in whole.walk() for pair in _original(part)]
    return {
        "recipients": recipients,
        "messages": [value.strip() for name, value in about if name == "message-id"][:10],
        "addressees": _addresses(about, "to"),
        "copies": _addresses(about, "cc"),
        "feedback": any(p.typed.kind == "message/feedback-report" for p in whole.walk()),
    }


def _addresses(about: list[tuple[str, str]], field: str) -> list[str]:
    lists = [mailboxes(value) for name, value in about if name == field]
    return [address for each in lists for _, address in each][:50]


def mentions(raw: bytes) -> list[str]:
    """Ids of our form anywhere in the mail's beginning; whether they are ours shows their MAC."""
    found = dict.fromkeys(match.group() for match in _OURS.finditer(raw[:_LOOKED_AT]))
    return [each.decode("ascii") for each in list(found)[:20]]


def _recipients(body: bytes) -> Iterator[dict[str, str]]:
    for block in re.split(rb"\r?\n\r?\n", body)[: RECIPIENTS * 2]:
        try:
            fields = {name: header_text(value) for name, value in head(block + b"\n\n")[0]}
        except Refused:
            continue
        address = fields.get("final-recipient") or fields.get("original-recipient")
        if address is not None:
            yield {
                "address": (address.partition(";")[2].strip() or address).strip("<>").lower(),
                "action": fields.get("action", "").lower(),
                "status": fields.get("status", ""),
                "reason": fields.get("diagnostic-code", "").partition(";")[2].strip()[:500],
            }


def _original(part: Part) -> Iterator[tuple[str, str]]:
    if part.typed.kind not in {"message/rfc822", "text/rfc822-headers", "message/global-headers"}:
        return
    try:
        fields, _ = head(part.content() + b"\n\n")
    except Refused:
        return
    for name, value in fields:
        if name in {"message-id", "to", "cc"}:
            yield name, value.decode("utf-8", "replace")
