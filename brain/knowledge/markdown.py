"""Owns the reading of Markdown's structure: headings and the blocks under them, as lines of the
source. Never changes a text but for raw HTML, of which it keeps the words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import unescape
from itertools import pairwise
from typing import Literal, TypeAlias

from markdown_it import MarkdownIt
from markdown_it.token import Token

from brain.knowledge.documents import Unreadable

BlockKind: TypeAlias = Literal["prose", "item", "table", "code"]
_DEPTH = 64
# A longer heading is none; of it so many characters are shown.
_HEADING_LIMIT = 500
# More links than these no heading has; each is looked for in all that follows it.
_LINKS = 8
# Where words begin that nobody reads, and what ends them.
_HIDDEN = re.compile(r"<!--|<(script|style)\b", re.IGNORECASE)
_ENDS = {
    None: re.compile(r"-->"),
    "script": re.compile(r"</script\s{0,20}>", re.IGNORECASE),
    "style": re.compile(r"</style\s{0,20}>", re.IGNORECASE),
}
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_EMPTY_LINES = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class Heading:
    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Block:
    """A piece that reads as a whole. ``tight`` says that no empty line parts it from the one
    before: items of one list."""

    kind: BlockKind
    text: str
    tight: bool = False

    @property
    def words(self) -> int:
        return len(self.text.split())


Element: TypeAlias = Heading | Block


def elements(body: str) -> list[Element]:
    """Headings and blocks in the order of the text.

    Raises:
        Unreadable: lists or quotes inside each other beyond any real article.
    """
    # Two levels above the limit the parser stops by itself: what it costs stays bounded.
    parser = MarkdownIt("commonmark", {"maxNesting": _DEPTH + 2}).enable("table")
    # Only headings need what stands inside a line; in a long text it can cost its square.
    parser.disable("inline")
    references: dict[str, object] = {}
    tokens = parser.parse(body, references)
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open":
            _look_inside(parser, inline, references)
    if any(token.level > _DEPTH for token in tokens):
        raise Unreadable(f"lists or quotes stand more than {_DEPTH} deep in each other; flatten it")
    return list(_Reader(body.split("\n"), tokens).read())


def _look_inside(parser: MarkdownIt, inline: Token, references: dict[str, object]) -> None:
    inline.content = inline.content[:_HEADING_LIMIT]
    inline.children = []
    if inline.content.count("[") > _LINKS:
        inline.children = [Token("text", "", 0, content=inline.content)]
    else:
        parser.inline.parse(inline.content, parser, references, inline.children)


class _Reader:
    def __init__(self, lines: Sequence[str], tokens: Sequence[Token]) -> None:
        self._lines = lines
        self._tokens = tokens

    def read(self) -> Iterator[Element]:
        for index, token in enumerate(self._tokens):
            if token.map is None or token.nesting < 0:
                continue
            if token.level == 0:
                yield from self._top(index, token)
            elif token.level == 1 and token.type == "list_item_open":
                yield from self._item(index, token)

    def _top(self, index: int, token: Token) -> Iterator[Element]:
        match token.type:
            case "heading_open":
                yield Heading(int(token.tag[1]), heading_text(self._tokens[index + 1]))
            case "table_open":
                yield from self._block("table", token)
            case "fence" | "code_block":
                yield from self._block("code", token)
            case "html_block":
                words = _without_tags(self._source(token))
                if words:
                    yield Block("prose", words)
            case "paragraph_open" | "blockquote_open":
                yield from self._block("prose", token)
            case _:
                return

    def _item(self, index: int, token: Token) -> Iterator[Element]:
        tight = self._tokens[index - 1].type == "list_item_close"
        yield from self._block("item", token, tight=tight)

    def _block(self, kind: BlockKind, token: Token, *, tight: bool = False) -> Iterator[Block]:
        text = self._source(token)
        if text.strip():
            yield Block(kind, text, tight)

    def _source(self, token: Token) -> str:
        first, end = token.map or (0, 0)
        return "\n".join(line.rstrip() for line in self._lines[first:end]).strip("\n")


def heading_text(inline: Token) -> str:
    """The words of a heading without their markup."""
    parts = [
        child.content
        for child in inline.children or ()
        if child.type in {"text", "code_inline", "image"}
    ]
    return " ".join("".join(parts).split())


def _without_tags(html: str) -> str:
    words = unescape(_TAG.sub(" ", _shown(html)))
    lines = [" ".join(line.split()) for line in words.split("\n")]
    return _EMPTY_LINES.sub("\n\n", "\n".join(lines)).strip()


def _shown(html: str) -> str:
    """``html`` without comments, scripts and styles; each end is looked for once at most, so that
    many beginnings without one cost no more than a few."""
    shown: list[str] = []
    endless: set[str | None] = set()
    at = 0
    for hidden in _HIDDEN.finditer(html):
        kind = hidden.group(1) and hidden.group(1).lower()
        if hidden.start() < at or kind in endless:
            continue
        end = _ENDS[kind].search(html, hidden.end())
        if end is None:
            endless.add(kind)
            continue
        shown.append(html[at : hidden.start()])
        at = end.end()
    return " ".join([*shown, html[at:]])
