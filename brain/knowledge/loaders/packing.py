"""Owns what a packed document must be before any of it is parsed: few parts, that unpack to little,
and without declarations. Runs in the parsing process only; never trusts what the packing's list of
parts says of their size."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Sequence
from io import BytesIO

from brain.knowledge.documents import Unreadable

PARTS = 2000
INFLATED = 100 * 1024 * 1024
# Beyond a megabyte no honest part is pressed so hard.
RATIO = 200
_SMALL = 1024 * 1024
_CHUNK = 256 * 1024
_ENCRYPTED = 1
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_ENCODING = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([^\"']*)", re.IGNORECASE)
_ENCODINGS = frozenset({b"utf-8", b"utf-16", b"us-ascii"})
_DECLARATION = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_BOMB = "it unpacks to far more than a document holds, so it may be made to harm; save it anew"


def check(data: bytes) -> None:
    """
    Raises:
        Unreadable: what is packed here must not be unpacked; the message says why.
    """
    try:
        with zipfile.ZipFile(BytesIO(data)) as packed:
            parts = packed.infolist()
            _check_list(parts)
            inflated = 0
            for part in parts:
                inflated += _check_part(packed, part, INFLATED - inflated)
    except (zipfile.BadZipFile, EOFError, zlib.error, NotImplementedError) as error:
        raise Unreadable("it is a damaged DOCX; open it and save it anew") from error


def _check_list(parts: Sequence[zipfile.ZipInfo]) -> None:
    """What the list alone tells, before anything is unpacked."""
    if len(parts) > PARTS:
        raise Unreadable(f"it is packed of more than {PARTS} parts, so it is no article")
    if len({part.filename for part in parts}) < len(parts):
        raise Unreadable("two of its parts have one name; open it and save it anew")
    if any(part.flag_bits & _ENCRYPTED for part in parts):
        raise Unreadable("it is encrypted; save it without a password")
    if any(part.compress_type not in _METHODS for part in parts):
        raise Unreadable("it is packed in a way that DOCX does not know; save it anew")
    if sum(part.file_size for part in parts) > INFLATED:
        raise Unreadable(_BOMB)
    if any(_is_pressed(part.file_size, part.compress_size) for part in parts):
        raise Unreadable(_BOMB)


def _is_pressed(inflated: int, deflated: int) -> bool:
    return inflated > _SMALL and inflated > RATIO * max(deflated, 1)


def _check_part(packed: zipfile.ZipFile, part: zipfile.ZipInfo, left: int) -> int:
    """Unpack a part to look at it, a piece at a time; how much it was."""
    size = 0
    tail = b""
    with packed.open(part) as stream:
        while piece := stream.read(_CHUNK):
            if not size:
                _check_encoding(piece)
            size += len(piece)
            if size > left or _is_pressed(size, part.compress_size):
                raise Unreadable(_BOMB)
            if _is_declaring(part.filename, tail + piece):
                raise Unreadable(
                    "one of its parts declares a document type, which could draw in other files;"
                    " open it and save it anew"
                )
            tail = piece[-64:]
    return size


def _is_declaring(name: str, piece: bytes) -> bool:
    if name.startswith("word/media/"):
        return False
    # Text of two bytes a letter has a NUL beside each of these.
    return _DECLARATION.search(piece.replace(b"\0", b"")) is not None


def _check_encoding(piece: bytes) -> None:
    said = _ENCODING.search(piece[:1024].replace(b"\0", b""))
    if said and said.group(1).lower() not in _ENCODINGS:
        raise Unreadable("one of its parts is in an encoding that DOCX does not know; save it anew")
