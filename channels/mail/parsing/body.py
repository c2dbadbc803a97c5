"""A tree of parts into the text that was meant to be read, and the files. Never opens an archive,
and never recurses into a mail that is attached."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from channels.mail.parsing.charsets import decoded
from channels.mail.parsing.flowed import unflowed
from channels.mail.parsing.markup import text_of
from channels.mail.parsing.mime import Part
from channels.mail.parsing.refused import ATTACHMENTS, TEXT_CHARACTERS
from channels.mail.parsing.words import header_text

# A picture inside the text below this size is a logo or counts who reads.
DECORATION_BYTES = 4_096
_STUB = re.compile(
    r"html|view (?:this|it) in|im browser|navigateur|navegador|browser", re.IGNORECASE
)
_SHORT = 120
_SEALS = frozenset(
    {"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"}
)
ENCRYPTED = "[This mail is encrypted and cannot be read here.]"
TNEF = "[What this mail says is in winmail.dat, a form that only Outlook reads.]"
PARTIAL = "[This is one part of a mail that was cut into several.]"


@dataclass(slots=True)
class File:
    name: str
    kind: str
    content: bytes


@dataclass(slots=True)
class Content:
    """What was found: texts in order, files, and what has to be said about the rest."""

    texts: list[str] = field(default_factory=list[str])
    files: list[File] = field(default_factory=list[File])
    notes: list[str] = field(default_factory=list[str])
    left_out: int = 0

    @property
    def text(self) -> str:
        said = [text.strip("\r\n") for text in self.texts]
        return "\n\n".join(each for each in said if each.strip())[:TEXT_CHARACTERS]


def content(whole: Part) -> Content:
    found = Content()
    _gather(whole, found)
    return found


def _gather(part: Part, into: Content) -> None:
    kind = part.typed.kind
    if part.children:
        _gather_many(part, kind, into)
    elif kind in {"application/pkcs7-mime", "application/x-pkcs7-mime"}:
        into.notes.append(ENCRYPTED)
        _file(part, into)
    elif kind == "application/ms-tnef" or part.typed.name.lower() == "winmail.dat":
        into.notes.append(TNEF)
        _file(part, into)
    elif kind == "message/partial":
        into.notes.append(PARTIAL)
        _file(part, into)
    elif _is_text(part):
        _text(part, into)
    elif kind not in _SEALS:
        _file(part, into)


def _gather_many(part: Part, kind: str, into: Content) -> None:
    if kind == "multipart/encrypted":
        into.notes.append(ENCRYPTED)
        for child in part.children:
            _file(child, into)
    elif kind == "multipart/alternative":
        _best(part, into)
    elif kind == "multipart/signed":
        _gather(part.children[0], into)
        for child in part.children[1:]:
            if child.typed.kind not in _SEALS:
                _gather(child, into)
    else:
        for child in part.children:
            _gather(child, into)


def _best(part: Part, into: Content) -> None:
    """The plain form, unless it only points at the other; files of every form."""
    forms: list[Content] = []
    for child in part.children:
        form = Content()
        _gather(child, form)
        forms.append(form)
        into.files.extend(form.files)
        into.notes.extend(form.notes)
        into.left_out += form.left_out
    texts = [form.text for form in forms]
    told = [text for text in texts if text.strip()]
    if not told:
        return
    first, richest = told[0], max(told, key=len)
    into.texts.append(richest if _is_stub(first, richest) else first)


def _is_stub(plain: str, other: str) -> bool:
    short = plain.strip()
    if len(other) < 2 * len(short) or len(short) > _SHORT:
        return False
    return bool(_STUB.search(short)) or len(short) < len(other) // 10


def _is_text(part: Part) -> bool:
    if part.typed.disposition == "attachment" or part.typed.name:
        return False
    kind = part.typed.kind
    return kind in {"text/plain", "text/html", "text/enriched"} or (
        kind.startswith("multipart/") and bool(part.body.strip())
    )


def _text(part: Part, into: Content) -> None:
    text = decoded(part.content(), part.typed.parameter("charset"))
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if part.typed.kind == "text/html":
        text = text_of(text)
    elif part.typed.parameter("format").lower() == "flowed":
        text = unflowed(text, delete_space=part.typed.parameter("delsp").lower() == "yes")
    into.texts.append(text)


def _file(part: Part, into: Content) -> None:
    body = part.content()
    kind = part.typed.kind
    inline = bool(part.first("content-id")) and part.typed.disposition != "attachment"
    if not body or (inline and kind.startswith("image/") and len(body) < DECORATION_BYTES):
        return
    if len(into.files) >= ATTACHMENTS:
        into.left_out += 1
        return
    into.files.append(File(part.typed.name or _unnamed(part, kind), kind, body))


def _unnamed(part: Part, kind: str) -> str:
    if kind == "message/rfc822":
        subject = re.search(rb"(?im)^subject:[ \t]*([^\r\n]{1,200})", part.body[:20_000])
        name = re.sub(r"[/\\:]", " ", header_text(subject[1])) if subject else ""
        return f"{name.strip() or 'mail'}.eml"
    subtype = re.sub(r"[^a-z0-9]", "", kind.partition("/")[2])[:10] or "bin"
    return f"file.{'jpg' if subtype == 'jpeg' else subtype}"
