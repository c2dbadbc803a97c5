"""The encoded words of headers (RFC 2047) and the parameters of Content- headers. Never raises."""

from __future__ import annotations

import binascii
import re
from email.message import Message

from channels.mail.parsing.charsets import decoded

LONGEST = 4_096
_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")
_BETWEEN = re.compile(r"(=\?[^?\s]{1,60}\?[bBqQ]\?[^?]*\?=)[ \t\r\n]+(?==\?)")
_ESCAPED = re.compile(r"=([0-9A-Fa-f]{2})")
_GAPS = re.compile(r"[\x00-\x20\x7f\x85\u2028\u2029]+")


def header_text(raw: bytes) -> str:
    """A header's value as people read it, on one line."""
    text = decoded(raw[:LONGEST], "utf-8" if raw.isascii() else None)
    if "=?" in text:
        text = _without_words(_BETWEEN.sub(r"\1", text))
    return _GAPS.sub(" ", text).strip()


def _without_words(text: str) -> str:
    """Neighbours of one charset are decoded as one: a letter may be cut in two between them."""
    said: list[str] = []
    pending, charset, end = b"", "", 0
    for word in _WORD.finditer(text):
        label = word[1].partition("*")[0].lower()
        if pending and (word.start() != end or label != charset):
            said.append(decoded(pending, charset))
            pending = b""
        said.append(text[end : word.start()])
        pending, charset, end = pending + _bytes_of(word[2], word[3]), label, word.end()
    said.append(decoded(pending, charset))
    said.append(text[end:])
    return "".join(said)


def _bytes_of(encoding: str, data: str) -> bytes:
    raw = data.encode("utf-8", "replace")
    if encoding in "bB":
        return unbase64(raw)
    raw = raw.replace(b"_", b" ")
    return _ESCAPED.sub(lambda m: chr(int(m[1], 16)), raw.decode("latin-1")).encode("latin-1")


def unbase64(data: bytes) -> bytes:
    """What base64 stands for, with what does not belong to it passed over."""
    kept = re.sub(rb"[^A-Za-z0-9+/]", b"", data)
    if len(kept) % 4 == 1:
        kept = kept[:-1]
    try:
        return binascii.a2b_base64(kept + b"=" * (-len(kept) % 4))
    except binascii.Error:
        return b""


class Typed:
    """What Content-Type, Content-Disposition and Content-ID say, with safe defaults."""

    def __init__(self, fields: dict[str, bytes]) -> None:
        self._message = Message()
        for name in ("content-type", "content-disposition"):
            if name in fields:
                value = fields[name][:LONGEST]
                self._message[name] = _GAPS.sub(" ", value.decode("utf-8", "replace"))

    @property
    def kind(self) -> str:
        return self._message.get_content_type().lower()

    @property
    def disposition(self) -> str:
        return (self._message.get_content_disposition() or "").lower()

    def parameter(self, name: str) -> str:
        value = self._message.get_param(name, "")
        if isinstance(value, tuple):
            return decoded(value[2].encode("latin-1", "replace"), value[0])
        return value

    @property
    def name(self) -> str:
        """The file's name: a label that people read, never a path."""
        found = self._message.get_filename("") or ""
        shown = header_text(found.encode("utf-8", "replace"))
        return re.split(r"[/\\]", shown)[-1].strip(". ")[:200]
