"""One mail's bytes into what the gateway's side is told of it. Pure, and only run in the process
apart."""

from __future__ import annotations

from typing import Any

from channels.mail.parsing.body import Content, File, content
from channels.mail.parsing.mailboxes import mailboxes
from channels.mail.parsing.mime import Fields, tree
from channels.mail.parsing.quoting import Latest, latest, said
from channels.mail.parsing.reports import mentions, report
from channels.mail.parsing.words import header_text

# What guards, threads and replies go by; everything else stays in the raw mail.
TOLD = frozenset(
    {
        "auto-submitted",
        "authentication-results",
        "bcc",
        "cc",
        "content-type",
        "date",
        "delivered-to",
        "envelope-to",
        "feedback-id",
        "from",
        "in-reply-to",
        "message-id",
        "precedence",
        "references",
        "reply-to",
        "return-path",
        "sender",
        "subject",
        "to",
        "x-auto-reply-from",
        "x-auto-response-suppress",
        "x-autoreply",
        "x-autorespond",
        "x-autoresponder",
        "x-loop",
        "x-original-to",
    }
)
PEOPLE = ("from", "to", "cc", "reply-to", "sender", "delivered-to", "envelope-to", "x-original-to")
VALUES = 20


def read(raw: bytes, above: Latest = latest) -> tuple[dict[str, Any], list[File]]:
    """What it says (the fields of ``Letter``), and its files.

    Raises:
        Refused: it goes beyond a cap.
    """
    whole = tree(raw)
    found = content(whole)
    fields = _told(whole.fields)
    subject = fields.get("subject", [""])[0]
    text = found.text
    own = said(text, subject, above) if text else ""
    letter: dict[str, Any] = {
        "fields": fields,
        "people": {name: _people(fields[name]) for name in PEOPLE if name in fields},
        "text": _with_notes(own, found),
        "whole": text,
        "report": report(whole),
        "mentions": mentions(raw),
        "files": [[file.name, file.kind, len(file.content)] for file in found.files],
    }
    return letter, found.files


def _told(fields: Fields) -> dict[str, list[str]]:
    told: dict[str, list[str]] = {}
    for name, value in fields:
        if name in TOLD or name.startswith("list-"):
            values = told.setdefault(name, [])
            if len(values) < VALUES:
                values.append(_value(name, value))
    return told


def _people(values: list[str]) -> list[tuple[str, str]]:
    return [each for value in values for each in mailboxes(value)]


def _value(name: str, value: bytes) -> str:
    # Ids and addresses are compared as they stand; a decoded word could make one out of another.
    if name == "subject":
        return header_text(value)
    return " ".join(value.decode("utf-8", "replace").split())


def _with_notes(text: str, found: Content) -> str:
    notes = list(dict.fromkeys(found.notes))
    if found.left_out:
        notes.append(
            f"[{found.left_out} more files came with this mail; they are in the original.]"
        )
    return "\n\n".join(each for each in (text, *notes) if each)
