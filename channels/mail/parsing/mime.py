"""A mail's bytes into its tree of parts, in linear time and under caps. Never decodes text."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from channels.mail.parsing.refused import (
    BOUNDARIES,
    DEPTH,
    FIELDS,
    HEAD_BYTES,
    PARTS,
    VALUE_BYTES,
    Refused,
)
from channels.mail.parsing.words import Typed, unbase64

_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:")
_HEAD_END = re.compile(rb"\r?\n\r?\n|\r\r")
_LINE_END = re.compile(rb"\r\n|\n|\r")
_LONGEST_BOUNDARY = 200

Fields = list[tuple[str, bytes]]


@dataclass(slots=True)
class Part:
    """One part. ``fields`` are its headers in order, names in small letters; ``children`` those of
    a multipart, else ``body`` holds its bytes as they stand."""

    fields: Fields
    body: bytes
    typed: Typed
    children: list[Part] = field(default_factory=list["Part"])

    def first(self, name: str) -> bytes:
        return next((value for known, value in self.fields if known == name), b"")

    def content(self) -> bytes:
        """The body without its transfer encoding."""
        encoding = self.first("content-transfer-encoding").strip().lower()
        if encoding == b"base64":
            return unbase64(self.body)
        if encoding == b"quoted-printable":
            return binascii.a2b_qp(self.body)
        if encoding in {b"x-uuencode", b"uuencode", b"x-uue", b"uue"}:
            return _unuuencoded(self.body)
        return self.body

    def walk(self) -> Iterator[Part]:
        yield self
        for child in self.children:
            yield from child.walk()


class _Count:
    def __init__(self) -> None:
        self.parts = 0
        self.boundaries = 0

    def part(self) -> None:
        self.parts += 1
        if self.parts > PARTS:
            raise Refused(f"it has more than {PARTS} parts")

    def boundary(self) -> None:
        self.boundaries += 1
        if self.boundaries > BOUNDARIES:
            raise Refused(f"it has more than {BOUNDARIES} boundaries")


def tree(raw: bytes) -> Part:
    """
    Raises:
        Refused: it goes beyond a cap.
    """
    return _part(raw, 0, _Count())


def head(raw: bytes) -> tuple[Fields, bytes]:
    """The headers and what follows them.

    Raises:
        Refused: the headers are too large.
    """
    if raw[:1] in {b"\n", b"\r"}:
        return [], raw.lstrip(b"\r\n")
    end = _HEAD_END.search(raw, 0, HEAD_BYTES + 4)
    if end is None and len(raw) > HEAD_BYTES:
        raise Refused(f"its headers are larger than {HEAD_BYTES // 1024} kB")
    block = raw if end is None else raw[: end.start()]
    return _fields(block), b"" if end is None else raw[end.end() :]


def _fields(block: bytes) -> Fields:
    found: list[tuple[str, list[bytes]]] = []
    for line in _LINE_END.split(block):
        if line[:1] in {b" ", b"\t"}:
            if found:
                found[-1][1].append(line)
            continue
        match = _FIELD.match(line)
        if match is not None:
            found.append((match[1].decode("ascii").lower(), [line[match.end() :]]))
    if len(found) > FIELDS:
        raise Refused(f"it has more than {FIELDS} header lines")
    return [(name, b"".join(lines).strip()[:VALUE_BYTES]) for name, lines in found]


def _part(raw: bytes, depth: int, count: _Count) -> Part:
    count.part()
    if depth > DEPTH:
        raise Refused(f"its parts are nested deeper than {DEPTH}")
    fields, body = head(raw)
    part = Part(fields, body, Typed(dict(reversed(fields))))
    if part.typed.kind.startswith("multipart/"):
        boundary = part.typed.parameter("boundary").encode("utf-8", "replace").rstrip()
        if 0 < len(boundary) <= _LONGEST_BOUNDARY:
            part.children = [
                _part(piece, depth + 1, count) for piece in _pieces(body, boundary, count)
            ]
    return part


def _pieces(body: bytes, boundary: bytes, count: _Count) -> Iterator[bytes]:
    """What stands between the boundary's lines; without the last one, until the end."""
    began: int | None = None
    for start, end, closes in _lines(body, b"--" + boundary, count):
        if began is not None:
            yield body[began:start]
        if closes:
            return
        began = end
    if began is not None:
        yield body[began:]


def _lines(body: bytes, mark: bytes, count: _Count) -> Iterator[tuple[int, int, bool]]:
    """(where the line break before it begins, where its own ends, whether it is the last)."""
    at = 0 if body.startswith(mark) else body.find(b"\n" + mark)
    while at >= 0:
        count.boundary()
        begin = at if body.startswith(mark, at) and at == 0 else at + 1
        line_end = body.find(b"\n", begin)
        line_end = len(body) if line_end < 0 else line_end
        rest = body[begin + len(mark) : line_end].rstrip()
        if rest in {b"", b"--"}:
            before = max(begin - (2 if body[begin - 2 : begin] == b"\r\n" else 1), 0)
            yield before, min(line_end + 1, len(body)), rest == b"--"
        at = body.find(b"\n" + mark, max(line_end - 1, begin))
        if at >= 0 and at < begin:
            return


def _unuuencoded(body: bytes) -> bytes:
    said: list[bytes] = []
    for line in body.splitlines():
        if line.startswith(b"begin ") or line in {b"end", b"`", b""}:
            continue
        try:
            said.append(binascii.a2b_uu(line))
        except binascii.Error:
            continue
    return b"".join(said)
