"""Owns the reading of a PDF: whether it may be read, its lines and what it says of itself. Runs in
the parsing process only; never looks at pictures.

A PDF that is encrypted is refused, also where the empty password opens it: such a file says that
its text is not to be taken out, and half of them need a cipher that is not at hand here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, cast

from brain.knowledge.documents import Unreadable
from brain.knowledge.loaders import pdf_lines, pdf_paragraphs
from brain.knowledge.loaders.frames import Header
from brain.knowledge.loaders.pdf_lines import Line
from brain.knowledge.loaders.process import OUTPUT_LIMIT, Reading

if TYPE_CHECKING:
    from pypdf import PdfReader

PAGES = 500
_GARBLED = 0.2
_NO_TEXT = 20
# What programs write where a title should stand.
_NO_TITLE = re.compile(
    r"untitled|unbenannt|sans titre|microsoft word|powerpoint|presentation\d*$|document\d*$"
    r"|\.\w{2,4}$|^[\W\d_]*$",
    re.IGNORECASE,
)


def read(data: bytes, _told: Header) -> Reading:
    """The PDF's text.

    Raises:
        Unreadable: encrypted, too many pages, a scan, or its letters cannot be told.
    """
    from pypdf import PdfReader  # noqa: PLC0415  loaded in the parsing process alone
    from pypdf.errors import LimitReachedError, PdfReadError, PyPdfError  # noqa: PLC0415  as above

    try:
        reader = PdfReader(BytesIO(data))
        if reader.is_encrypted:
            raise Unreadable("it is encrypted; save it without a password")
        pages = _pages(reader)
        return _reading(reader, pages)
    except LimitReachedError as error:
        reason = "it unpacks to more than any document holds, so it may be made to harm"
        raise Unreadable(f"{reason}; save it anew") from error
    except (PdfReadError, PyPdfError) as error:
        raise Unreadable("it is a damaged PDF; open it and save it anew") from error


def _pages(reader: PdfReader) -> list[list[Line]]:
    if len(reader.pages) > PAGES:
        raise Unreadable(f"it has more than {PAGES} pages; split it into articles")
    pages: list[list[Line]] = []
    size = 0
    for page in reader.pages:
        pages.append(pdf_lines.of(page))
        size += sum(len(line.text) for line in pages[-1])
        if len(pages) > PAGES:
            raise Unreadable(f"it has more than {PAGES} pages; split it into articles")
        if size > OUTPUT_LIMIT:
            raise Unreadable("it holds more text than any article; split it")
    return pages


def _reading(reader: PdfReader, pages: Sequence[Sequence[Line]]) -> Reading:
    _check_text("".join(line.text for page in pages for line in page))
    body = pdf_paragraphs.markdown(pages, _outline(reader))
    return Reading(body, _title(reader), _language(reader))


def _check_text(text: str) -> None:
    if sum(c.isalnum() for c in text) < _NO_TEXT:
        raise Unreadable(
            "it has no text, only pictures (a scan); run text recognition over it and add it again"
        )
    odd = sum(unicodedata.category(c) in {"Co", "Cn", "Cc"} or c == "\ufffd" for c in text)
    if odd > _GARBLED * len(text):
        raise Unreadable("its fonts do not name their letters; save it anew from its source")


def _outline(reader: PdfReader) -> dict[str, int]:
    """The titles of the table of contents, folded, with their level from 1."""
    try:
        return dict(_entries(cast("list[object]", reader.outline), 1))
    except Exception:  # noqa: BLE001  a broken table of contents takes no text away
        return {}


def _entries(items: Sequence[object], level: int) -> Iterator[tuple[str, int]]:
    if level > pdf_paragraphs.LEVELS:
        return
    for item in items:
        if isinstance(item, list):
            yield from _entries(cast("list[object]", item), level + 1)
        else:
            yield pdf_paragraphs.folded(str(getattr(item, "title", ""))), level


def _title(reader: PdfReader) -> str | None:
    title = reader.metadata.title if reader.metadata else None
    title = " ".join(str(title).split()) if title else ""
    return title if title and not _NO_TITLE.search(title) else None


def _language(reader: PdfReader) -> str | None:
    said = reader.root_object.get("/Lang")
    return said if isinstance(said, str) else None
