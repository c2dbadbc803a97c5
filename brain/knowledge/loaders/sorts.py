"""Owns what a file is: by what it begins with, then by what it is called and was served as. Never
believes a name against the bytes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import cast

from brain.knowledge.documents import Format, Unreadable
from brain.knowledge.loaders.raw import Raw

_ENDINGS: Mapping[str, Format] = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".txt": "text",
    ".html": "html",
    ".htm": "html",
    ".pdf": "pdf",
    ".docx": "docx",
    ".csv": "csv",
}
_MEDIA: Mapping[str, Format] = {
    "text/html": "html",
    "application/xhtml+xml": "html",
    "text/markdown": "markdown",
    "text/plain": "text",
    "text/csv": "csv",
}
_NAMES: Mapping[str, str] = {
    "pdf": "a PDF",
    "docx": "a Word document",
    "html": "an HTML page",
    "zip": "a packed file (zip)",
    "sheet": "a spreadsheet",
    "slides": "a presentation",
    "office": "an old Office document, or one with a password",
    "picture": "a picture",
    "program": "a program",
}
_MENDING: Mapping[str, str] = {
    "zip": "unpack it and add what is in it",
    "sheet": "save it as CSV with a column of questions and one of answers",
    "slides": "save it as PDF",
    "office": "save it as .docx without a password",
    "picture": "write down what it shows",
    "program": "leave it out",
}
_BEGINNINGS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "pdf"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "office"),
    (b"\x89PNG", "picture"),
    (b"\xff\xd8\xff", "picture"),
    (b"GIF8", "picture"),
    (b"\x7fELF", "program"),
    (b"MZ\x90\0", "program"),
)
_PACKED = (
    (b"word/document.xml", "docx"),
    (b"xl/workbook.", "sheet"),
    (b"ppt/presentation.xml", "slides"),
)
_HTML = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]{0,200}\?>\s*|<!--.{0,2000}?-->\s*){0,5}"
    rb"<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)
_AHEAD = 1024


def format_of(raw: Raw) -> Format:
    """
    Raises:
        Unreadable: it is of no kind that can be read, or not what its name says.
    """
    called = _ENDINGS.get(PurePosixPath(raw.name).suffix.lower())
    found = _found(raw.data, called)
    if found is not None and found in _MENDING:
        raise Unreadable(f"it is {_NAMES[found]}; {_MENDING[found]}")
    if called is not None and found is not None and found != called:
        ending = PurePosixPath(raw.name).suffix
        reason = f"it is called {ending} but holds {_NAMES[found]}"
        raise Unreadable(f"{reason}; save the file anew or give it its right ending")
    sort = cast("Format | None", found) or called or _served(raw)
    if sort is None:
        raise Unreadable("it is of no kind that can be read; save it as Markdown, HTML or PDF")
    if sort == "pdf" and found is None:
        raise Unreadable("it is called .pdf but is none; save the file anew")
    if sort == "docx" and found is None:
        raise Unreadable("it is called .docx but is none; save the file anew as .docx")
    return sort


def _found(data: bytes, called: Format | None) -> str | None:
    """What the bytes say for sure; None for text of any kind."""
    for beginning, sort in _BEGINNINGS:
        if data.startswith(beginning):
            return sort
    if data.startswith(b"PK\x03\x04"):
        return next((sort for mark, sort in _PACKED if mark in data), "zip")
    if called == "pdf" and b"%PDF-" in data[:_AHEAD]:
        # A few bytes before the mark are common, and readers pass over them.
        return "pdf"
    # Markdown and text may begin with HTML and stay what they are called.
    text = called in {"markdown", "text", "csv"}
    return "html" if not text and _HTML.match(data) else None


def _served(raw: Raw) -> Format | None:
    return _MEDIA.get((raw.media_type or "").split(";")[0].strip().lower())
