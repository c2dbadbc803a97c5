"""Owns the reading of Markdown and of plain text, which need no parser that a file could harm.
Never opens a file."""

from __future__ import annotations

import codecs
from dataclasses import replace

from brain.knowledge import frontmatter
from brain.knowledge.documents import Document, Unreadable
from brain.knowledge.frontmatter import FrontMatter
from brain.knowledge.loaders import article
from brain.knowledge.loaders.raw import Raw

FILE_LIMIT = 2 * 1024 * 1024
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def markdown_document(raw: Raw, source: str, *, demo: bool) -> Document:
    """
    Raises:
        Unreadable: too large, no UTF-8, or its front matter is not to be understood.
    """
    _check_size(raw.data)
    matter, body = frontmatter.split(_lines(_utf8(raw.data)))
    body = body.strip("\n")
    title = matter.title or article.first_heading(body) or article.title_of(raw.name)
    matter = replace(matter, title=title, url=matter.url or raw.url)
    id = article.id_of(raw.name)
    return article.document(id, source, matter, body, sort="markdown", demo=demo)


def text_document(raw: Raw, source: str, *, demo: bool) -> Document:
    """Plain text: its paragraphs, titled by the name of its file.

    Raises:
        Unreadable: too large, or no text.
    """
    _check_size(raw.data)
    matter = FrontMatter(title=article.title_of(raw.name), url=raw.url)
    body = decoded(raw.data).strip("\n")
    if not body.strip():
        raise Unreadable("it holds no text")
    id = article.id_of(raw.name)
    return article.document(id, source, matter, body, sort="text", demo=demo)


def decoded(data: bytes) -> str:
    """The text of a file that says nothing of its encoding, its lines parted by line feeds: UTF-8,
    or UTF-16 with its mark, or else what Windows in Western Europe writes.

    Raises:
        Unreadable: it holds what no text holds.
    """
    if data.startswith(_UTF16):
        try:
            return _lines(data.decode("utf-16"))
        except UnicodeDecodeError as error:
            raise Unreadable("it is not whole UTF-16; save it as UTF-8") from error
    try:
        return _lines(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return _lines(_western(data))


def _western(data: bytes) -> str:
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError as error:
        raise Unreadable("its encoding is not known; save it as UTF-8") from error


def _utf8(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(f"it is not UTF-8 at byte {error.start}; save it as UTF-8") from error


def _lines(text: str) -> str:
    if "\0" in text:
        raise Unreadable("it has NUL characters, so it is no text; save it as UTF-8 text")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _check_size(data: bytes) -> None:
    if len(data) > FILE_LIMIT:
        raise Unreadable(f"it is larger than {FILE_LIMIT // 1024**2} MiB; split it into articles")
