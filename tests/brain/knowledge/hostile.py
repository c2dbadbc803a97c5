"""Files made to harm the one who reads them, and small honest ones of the same kinds."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

import docx
from docx.document import Document

FILES = Path(__file__).parent / "files"
WORDS = "Unused lamps go back within thirty days of their delivery. "
MAIN = "word/document.xml"
_XML = b"PK\x03\x04"


def pdf(*contents: bytes, pages: str = "", raw: bool = False, trailer: str = "") -> bytes:
    """A PDF with a page for each content stream; ``pages`` replaces the tree of pages, ``raw``
    says that the streams are packed already."""
    count = len(contents)
    kids = " ".join(f"{4 + 2 * i} 0 R" for i in range(count))
    tree = pages or f"<</Type/Pages/Kids[{kids}]/Count {count}/MediaBox[0 0 600 800]>>"
    parts = [
        b"<</Type/Catalog/Pages 2 0 R/Lang(en-GB)>>",
        tree.encode(),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ]
    for i, content in enumerate(contents):
        packed = content if raw else zlib.compress(content)
        font = "/Resources<</Font<</F 3 0 R>>>>"
        parts.append(f"<</Type/Page/Parent 2 0 R/Contents {5 + 2 * i} 0 R{font}>>".encode())
        head = f"<</Filter/FlateDecode/Length {len(packed)}>>stream\n".encode()
        parts.append(head + packed + b"\nendstream")
    return _file(parts, trailer)


def _file(parts: Sequence[bytes], trailer: str) -> bytes:
    file = bytearray(b"%PDF-1.4\n")
    places: list[int] = []
    for number, part in enumerate(parts, 1):
        places.append(len(file))
        file += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(parts) + 1
    end = f"trailer<</Size {size}/Root 1 0 R{trailer}>>\nstartxref\n{len(file)}\n%%EOF".encode()
    return bytes(file) + b"xref\n0 %d\n0000000000 65535 f \n" % size + table + end


def lines(*texts: str, top: int = 700, size: int = 12) -> bytes:
    """A content stream of these lines, one below the other."""
    escaped = (text.replace("(", "\\(").replace(")", "\\)") for text in texts)
    moves = " 0 -14 Td ".join(f"({text}) Tj" for text in escaped)
    return f"BT /F {size} Tf 72 {top} Td {moves} ET\n".encode("cp1252")


def packed_zeros(size: int) -> bytes:
    """Deflate data that unpacks to ``size`` blanks, made without holding them."""
    press = zlib.compressobj(9)
    chunk = b" " * 1024 * 1024
    return b"".join(press.compress(chunk) for _ in range(size // len(chunk))) + press.flush()


def word(*paragraphs: str) -> bytes:
    document = docx.Document()
    for paragraph in paragraphs or (WORDS,):
        document.add_paragraph(paragraph)
    return saved(document)


def saved(document: Document) -> bytes:
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def with_part(data: bytes, name: str, part: bytes) -> bytes:
    """The packed document with one part replaced or added."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(file, "w", 8) as new:
        for info in old.infolist():
            if info.filename != name:
                new.writestr(info.filename, old.read(info))
        new.writestr(name, part)
    return file.getvalue()


def part_of(data: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        return packed.read(name)


def lying(data: bytes, name: str, size: int) -> bytes:
    """The packed document with a false size of one part in its list of parts."""
    at = data.index(b"PK\x01\x02")
    while data[at + 46 : at + 46 + len(name)] != name.encode():
        at = data.index(b"PK\x01\x02", at + 4)
    return data[: at + 24] + struct.pack("<I", size) + data[at + 28 :]


def deep(tag: str, depth: int) -> bytes:
    opened = f"<{tag}>" * depth + WORDS + f"</{tag}>" * depth
    return f"<!doctype html><html><body>{opened}</body></html>".encode()
