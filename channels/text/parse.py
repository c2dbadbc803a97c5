"""Markdown into the tree: CommonMark, tables and strikethrough; raw HTML is text."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from channels.text.inline import read_inline
from channels.text.tree import (
    Block,
    Fence,
    Heading,
    Items,
    Line,
    Paragraph,
    Quote,
    Rule,
    Span,
    Table,
)

_MAX_NESTING = 40
# Beyond these a text is no message any more, and reading it as Markdown takes seconds.
_MAX_BRACKETS = 1_000
_MAX_MARKS = 20_000


class _Markdown(MarkdownIt):
    """Takes every address as a link, so that a refused one leaves its label and no brackets."""

    def validateLink(self, url: str) -> bool:  # noqa: N802 - the name is the library's
        return bool(url)


@cache
def _parser() -> MarkdownIt:
    # Building one takes longer than reading a message with it.
    parser = _Markdown("commonmark", {"html": False, "maxNesting": _MAX_NESTING})
    return parser.enable(["table", "strikethrough"])


def parse(markdown: str) -> tuple[Block, ...]:
    """The blocks of a cleaned and capped text. Never raises."""
    if not _is_readable(markdown):
        return literal_blocks(markdown)
    try:
        tokens = _parser().parse(markdown)
    except RecursionError:
        return literal_blocks(markdown)
    # The parser drops what lies deeper than it goes.
    if any(token.level >= _MAX_NESTING - 2 for token in tokens):
        return literal_blocks(markdown)
    return _BlockReader(iter(tokens)).blocks(None)


def literal_blocks(text: str) -> tuple[Block, ...]:
    """Every paragraph as it stands, nothing in it read as Markdown."""
    parts = (" ".join(part.split()) for part in text.split("\n\n"))
    return tuple(Paragraph((Span(part),)) for part in parts if part)


def _is_readable(markdown: str) -> bool:
    marks = sum(markdown.count(mark) for mark in "*_~`|<&\\\n")
    return markdown.count("[") <= _MAX_BRACKETS and marks <= _MAX_MARKS


class _BlockReader:
    def __init__(self, tokens: Iterator[Token]) -> None:
        self._tokens = tokens
        self._quotes = 0

    def blocks(self, end: str | None) -> tuple[Block, ...]:
        found: list[Block] = []
        for token in self._tokens:
            if token.type == end:
                break
            found.extend(self._block(token))
        return tuple(found)

    def _block(self, token: Token) -> tuple[Block, ...]:
        if token.type in {"fence", "code_block"}:
            return (Fence(token.content.rstrip("\n"), token.info.strip()),)
        if token.type == "hr":
            return (Rule(),)
        if token.type == "blockquote_open":
            return self._quote()
        if token.type in {"bullet_list_open", "ordered_list_open"}:
            return (self._items(token),)
        return self._leaf(token)

    def _leaf(self, token: Token) -> tuple[Block, ...]:
        if token.type == "table_open":
            return (self._table(),)
        if token.type == "heading_open":
            return (Heading(self._line("heading_close")),)
        if token.type == "paragraph_open":
            return (Paragraph(self._line("paragraph_close")),)
        return ()

    def _quote(self) -> tuple[Block, ...]:
        self._quotes += 1
        blocks = self.blocks("blockquote_close")
        self._quotes -= 1
        return blocks if self._quotes else (Quote(blocks),)

    def _items(self, opening: Token) -> Items:
        items: list[tuple[Block, ...]] = []
        closing = opening.type.replace("_open", "_close")
        for token in self._tokens:
            if token.type == closing:
                break
            items.append(self.blocks("list_item_close"))
        start = int(opening.attrGet("start") or 1) if opening.tag == "ol" else None
        return Items(tuple(items), start)

    def _line(self, end: str) -> Line:
        line: Line = ()
        for token in self._tokens:
            if token.type == end:
                break
            line += read_inline(token.children or ())
        return line

    def _table(self) -> Table:
        rows: list[tuple[Line, ...]] = []
        cells: list[Line] = []
        for token in self._tokens:
            if token.type == "table_close":
                break
            if token.type == "tr_close":
                rows.append(tuple(cells))
                cells = []
            elif token.type == "inline":
                cells.append(read_inline(token.children or ()))
        return Table(rows[0] if rows else (), tuple(rows[1:]))
