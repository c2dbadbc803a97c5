"""Files made to harm are refused with a reason that says what to do, and the next one is read."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from brain.knowledge.documents import Unreadable
from brain.knowledge.loaders.process import INPUT_LIMIT, Readings
from brain.knowledge.loaders.raw import Raw
from brain.knowledge.loaders.reading import documents_of
from tests.brain.knowledge import hostile
from tests.brain.knowledge.hostile import WORDS

DOCTYPE = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
MIB = 1024 * 1024


def laughs() -> bytes:
    names = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 12))
    return f'<!DOCTYPE x [<!ENTITY a0 "ha">{names}]><x>&a11;</x>'.encode()


def declaring(declaration: bytes, encoding: str = "utf-8") -> bytes:
    whole = hostile.word()
    head, _, rest = hostile.part_of(whole, hostile.MAIN).partition(b"?>")
    text = head.replace(b"UTF-8", encoding.encode()) + b"?>" + declaration + rest
    return hostile.with_part(whole, hostile.MAIN, text.decode().encode(encoding))


def recursive_tree() -> bytes:
    return hostile.pdf(
        hostile.lines(WORDS), pages="<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2/Parent 2 0 R>>"
    )


def encrypted() -> bytes:
    entry = "/Filter/Standard/V 1/R 2/P -44/O(" + "o" * 32 + ")/U(" + "u" * 32 + ")"
    trailer = f"/Encrypt<<{entry}>>/ID[(aaaaaaaaaaaaaaaa)(aaaaaaaaaaaaaaaa)]"
    return hostile.pdf(hostile.lines(WORDS), trailer=trailer)


HOSTILE: list[tuple[str, Callable[[], bytes], str]] = [
    ("deep.html", lambda: hostile.deep("div", 1000), "deep in each other"),
    ("deeper.html", lambda: hostile.deep("div", 100_000), "more than 100000 elements"),
    ("lists.html", lambda: hostile.deep("ul><li", 100), "deep in each other"),
    ("bold.html", lambda: hostile.deep("b", 20_000), "deep in each other"),
    ("huge.html", lambda: b"<html><body>" + b"<p>words" * (INPUT_LIMIT // 9), "larger than 5 MiB"),
    ("many.html", lambda: b"<html><body>" + b"<p>w" * 300_000, "100000 elements"),
    ("empty.html", lambda: b"<html><body><script>x()</script></body></html>", "no text"),
    ("over.pdf", lambda: b"%PDF-1.4" + b" " * INPUT_LIMIT, "larger than 20 MiB"),
    ("bomb.pdf", lambda: hostile.pdf(hostile.packed_zeros(100 * MIB), raw=True), "unpacks to more"),
    ("tree.pdf", recursive_tree, "damaged"),
    (
        "count.pdf",
        lambda: hostile.pdf(
            hostile.lines(WORDS),
            pages=f"<</Type/Pages/Kids[{'4 0 R ' * 20_000}]/Count 20000/MediaBox[0 0 9 9]>>",
        ),
        "more than 500 pages",
    ),
    ("pages.pdf", lambda: hostile.pdf(*[hostile.lines(WORDS)] * 501), "more than 500 pages"),
    ("locked.pdf", encrypted, "encrypted; save it without a password"),
    ("half.pdf", lambda: (hostile.FILES / "manual.pdf").read_bytes()[:9000], "damaged"),
    ("none.pdf", lambda: b"%PDF-1.7\n" + b"\x93" * 5000, "damaged"),
    ("scan.pdf", lambda: hostile.pdf(b"0 0 m 100 100 l S"), "scan"),
    ("nul.pdf", lambda: hostile.pdf(hostile.lines("\x01\x02\x03" * 40 + "a" * 30)), "letters"),
    ("page.pdf", lambda: b"<!doctype html><html>Sign in", "called .pdf but holds an HTML page"),
    ("words.pdf", lambda: b"just words", "called .pdf but is none"),
    (
        "bomb.docx",
        lambda: hostile.with_part(hostile.word(), "word/media/a.bin", b" " * 60 * MIB),
        "unpacks to far more",
    ),
    (
        "liar.docx",
        lambda: hostile.lying(
            hostile.with_part(hostile.word(), "a.bin", b" " * 60 * MIB), "a.bin", 100
        ),
        "damaged DOCX",
    ),
    (
        "listed.docx",
        lambda: hostile.lying(hostile.word(), "word/styles.xml", 50 * MIB),
        "unpacks to far more",
    ),
    (
        "sum.docx",
        lambda: hostile.with_part(hostile.word(), "a.bin", bytes(range(256)) * 450_000),
        "unpacks to far more",
    ),
    ("xxe.docx", lambda: declaring(DOCTYPE), "declares a document type"),
    ("wide.docx", lambda: declaring(DOCTYPE, "utf-16"), "declares a document type"),
    ("seven.docx", lambda: declaring(b"<!---->", "utf-7"), "encoding"),
    (
        "laughs.docx",
        lambda: hostile.with_part(hostile.word(), "word/styles.xml", laughs()),
        "declares a document type",
    ),
    ("half.docx", lambda: hostile.word()[:20_000], "damaged DOCX"),
    (
        "parts.docx",
        lambda: hostile.with_part(hostile.word(), "[Content_Types].xml", b"<x/>"),
        "damaged",
    ),
    (
        "deep.docx",
        lambda: hostile.with_part(
            hostile.word(), hostile.MAIN, b"<w>" * 100_000 + b"</w>" * 100_000
        ),
        "damaged",
    ),
    ("old.docx", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "with a password"),
    ("sheet.docx", lambda: b"PK\x03\x04 xl/workbook.xml", "spreadsheet"),
    ("zip.docx", lambda: b"PK\x03\x04 other.txt", "packed file"),
]


def read(name: str, data: bytes, readings: Readings) -> None:
    documents_of(Raw(name, data), "source", readings)


@pytest.mark.parametrize(("name", "made", "reason"), HOSTILE, ids=[name for name, *_ in HOSTILE])
def test_a_file_made_to_harm_is_refused_and_the_next_is_read(
    name: str, made: Callable[[], bytes], reason: str, readings: Readings
) -> None:
    with pytest.raises(Unreadable, match=reason):
        read(name, made(), readings)
    loaded = documents_of(Raw("good.html", f"<p>{WORDS}".encode()), "source", readings)
    assert loaded.documents[0].body == WORDS.strip()


def test_what_is_packed_inside_a_document_is_not_unpacked(readings: Readings) -> None:
    inner = hostile.with_part(hostile.word(), "a.bin", b" " * 60 * MIB)
    data = hostile.with_part(hostile.word(), "inner.zip", inner)
    loaded = documents_of(Raw("nested.docx", data), "source", readings)
    assert loaded.documents[0].body == WORDS.strip()
