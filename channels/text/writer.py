"""Walks the tree and writes it as tokens of one dialect, with its plain form beside it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from channels.text.graphemes import units
from channels.text.styles import NO_PAIR, Style, plain_link
from channels.text.tokens import Flow, Gap, Pair, Rank, Token
from channels.text.tree import (
    NO_MARKS,
    Anchor,
    Block,
    Break,
    CodeSpan,
    Fence,
    Heading,
    Inline,
    Items,
    Line,
    Mark,
    Paragraph,
    Quote,
    Rule,
    Span,
    Table,
)

# Spaces part words; the full stops of Chinese and Japanese end a sentence without one.
_WIDE_STOPS = "\u3002\uff01\uff1f"
_WORDS = re.compile(rf"[ \t\n]+|(?<=[{_WIDE_STOPS}])(?=[^ \t\n{_WIDE_STOPS}])")
_SENTENCE_END = re.compile(rf"[.!?…{_WIDE_STOPS}][\"'\u201d\u2019»)\]]*\Z")
_LANGUAGE = re.compile(r"[a-z0-9+#-]{1,20}\Z")


def write(blocks: Sequence[Block], style: Style, limit: int) -> list[Token]:
    """The tokens of a message; a link longer than half of ``limit`` becomes its words."""
    writer = _Writer(style, limit // 2)
    writer.blocks(blocks)
    writer.flow.end_marks()
    return writer.flow.tokens


class _Writer:
    def __init__(self, style: Style, longest_link: int) -> None:
        self._style = style
        self._longest_link = longest_link
        self._quoted = False
        self._indent = 0
        self.flow = Flow(style.marks, edges=style.edges)

    def blocks(self, blocks: Sequence[Block], rank: Rank = Rank.PARAGRAPH) -> None:
        """Blocks of one level; inside a list item a line parts them and not a paragraph."""
        for index, block in enumerate(blocks):
            if index:
                self._between(rank, unindented=isinstance(block, Quote))
            self._block(block, bare=index == 0 and rank is Rank.LINE)

    def _block(self, block: Block, *, bare: bool) -> None:
        match block:
            case Paragraph(content):
                self._wrapped(content, NO_PAIR if bare else self._style.tag("paragraph"))
            case Heading(content):
                self._wrapped(content, self._style.tag("paragraph"), Mark.STRONG)
            case Items():
                self._items(block)
            case Quote(inner):
                self._quote(inner)
            case Fence():
                self._fence(block)
            case Table():
                self._table(block)
            case Rule():
                self._wrapped((Span("———"),), self._style.tag("paragraph"))

    def _wrapped(self, content: Line, pair: Pair, marks: Mark = NO_MARKS) -> None:
        if pair != NO_PAIR:
            self.flow.open(*pair)
        for node in content:
            self._inline(node, marks)
        self.flow.end_marks()
        if pair != NO_PAIR:
            self.flow.close()

    def _inline(self, node: Inline, marks: Mark) -> None:
        match node:
            case Break():
                text, plain = self._prefixes()
                self.flow.gap(Gap(self._style.line + text, "\n" + plain, Rank.LINE))
            case Span(text, own):
                self._words(text, own | marks)
            case CodeSpan(text, own):
                self.flow.code_span(
                    self._style.code_marks, self._style.code(text), text, own | marks
                )
            case Anchor():
                self._anchor(node, node.marks | marks)

    def _words(self, text: str, marks: Mark) -> None:
        rendered = _WORDS.split(self._style.text(text))
        plain = _WORDS.split(text)
        spaces = _WORDS.findall(text)
        if len(rendered) != len(plain):
            rendered = [self._style.text(word) for word in plain]
        for index, word in enumerate(plain):
            if index:
                space = " " if spaces[index - 1] else ""
                ended = _SENTENCE_END.search(plain[index - 1])
                self.flow.gap(Gap(space, space, Rank.SENTENCE if ended else Rank.WORD))
            self.flow.glyphs(rendered[index], word, marks)

    def _anchor(self, anchor: Anchor, marks: Mark) -> None:
        text = self._style.link(anchor.url, anchor.label)
        if units(text) <= self._longest_link:
            self.flow.glyphs(text, plain_link(anchor.url, anchor.label), marks)
            return
        # Too long to stay whole in every part: the words, and the address as text after them.
        self._words(anchor.label, marks)
        if anchor.label != anchor.url:
            self._words(f" ({anchor.url})", marks)

    def _items(self, block: Items) -> None:
        self.flow.open(*self._list_tag(block))
        for index, item in enumerate(block.items):
            if index:
                self._between(Rank.LINE)
            marker = "- " if block.start is None else f"{block.start + index}. "
            self._item(item, marker, numbered=block.start is not None)
        self.flow.close()

    def _item(self, item: tuple[Block, ...], marker: str, *, numbered: bool) -> None:
        self.flow.open(*self._style.tag("item"))
        if self._style.html:
            self.flow.marker("", marker)
        else:
            self.flow.marker(marker if numbered else self._style.bullet, marker)
        width = len(marker)
        self._indent += width
        self.blocks(item, Rank.LINE)
        self._indent -= width
        self.flow.close()

    def _list_tag(self, block: Items) -> Pair:
        if not self._style.html or block.start is None:
            return self._style.tag("bullets")
        return (f'<ol start="{block.start}">' if block.start != 1 else "<ol>"), "</ol>"

    def _quote(self, inner: tuple[Block, ...]) -> None:
        indent, self._indent, self._quoted = self._indent, 0, True
        self.flow.open(*self._style.quote_marks, "> ")
        self.blocks(inner)
        self.flow.close()
        self._indent, self._quoted = indent, False

    def _fence(self, block: Fence) -> None:
        prefix = self._style.quote_prefix if self._quoted else ""
        start, end = self._style.fence_marks
        if self._style.named_fences and _LANGUAGE.match(block.language):
            start = start.replace("\n", f"{block.language}\n")
        self.flow.open(start.replace("\n", "\n" + prefix), end.replace("\n", "\n" + prefix))
        for index, line in enumerate(block.text.split("\n")):
            if index:
                plain = "\n" + ("> " if self._quoted else "")
                self.flow.gap(Gap("\n" + prefix, plain, Rank.LINE), piled=True)
            self.flow.glyphs(self._style.fence(line), line)
        self.flow.close()

    def _table(self, block: Table) -> None:
        self.flow.open(*self._style.tag("table"))
        self._row(block.head, "head", Mark.STRONG)
        for row in block.rows:
            self._between(Rank.LINE)
            self._row(row, "cell", NO_MARKS)
        self.flow.close()

    def _row(self, cells: tuple[Line, ...], tag: str, marks: Mark) -> None:
        self.flow.open(*self._style.tag("row"))
        for index, cell in enumerate(cells):
            if index:
                column = "" if self._style.html else " · "
                self.flow.gap(Gap(column, " · ", Rank.WORD))
            content = cell or ((Span("–"),) if not self._style.html else ())
            heading = NO_MARKS if self._style.html else marks
            self._wrapped(content, self._style.tag(tag), heading)
        self.flow.close()

    def _between(self, rank: Rank, *, unindented: bool = False) -> None:
        text, plain = self._prefixes(unindented=unindented)
        count = 2 if rank is Rank.PARAGRAPH else 1
        blank = f"\n{plain}".rstrip(" ") * (count - 1)
        inner = f"\n{text}".rstrip(" ") * (count - 1)
        shown = "" if self._style.html else f"{inner}\n{text}"
        self.flow.gap(Gap(shown, f"{blank}\n{plain}", rank))

    def _prefixes(self, *, unindented: bool = False) -> tuple[str, str]:
        """What every new line here begins with: in the dialect, and plain."""
        indent = "" if unindented else " " * self._indent
        quoted = self._style.quote_prefix if self._quoted else ""
        return quoted + indent, ("> " if self._quoted else "") + indent
