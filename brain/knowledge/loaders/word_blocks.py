"""Owns the turning of a DOCX's paragraphs and tables into Markdown, in their order. Never keeps
text that the document hides or that was struck out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from brain.knowledge.loaders.word_nodes import Node, found, holds, said
from brain.knowledge.loaders.word_styles import Look, Styles

_BLOCKS = (
    "./w:body/w:p | ./w:body/w:tbl"
    " | ./w:body/w:sdt//w:p[not(ancestor::w:tbl)] | ./w:body/w:sdt//w:tbl[not(ancestor::w:tbl)]"
)
_RUNS = "./descendant::w:r[not(ancestor::w:txbxContent)][not(ancestor::w:del)]"
_HIDDEN = "./w:rPr/w:vanish[not(@w:val='0' or @w:val='false')]"
_BOLD = "./w:rPr/w:b[not(@w:val='0' or @w:val='false')]"
_PIECES = "./w:t | ./w:tab | ./w:br | ./w:cr | ./w:noBreakHyphen"
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_HEADING_WORDS = 12
_CELL_WORDS = 60
_COLUMNS = 2


class Blocks:
    """``links`` are the addresses behind the document's references; ``title`` is known once its
    Markdown is made."""

    def __init__(self, styles: Styles, links: Mapping[str, str]) -> None:
        self._styles = styles
        self._links = links
        self._level = 0
        self.title: str | None = None

    def markdown(self, document: Node) -> str:
        return "\n\n".join(self._lists(found(document, _BLOCKS)))

    def _lists(self, nodes: Sequence[Node]) -> Iterator[str]:
        """Blocks, the items of one list together."""
        looks = [(node, None if _is_table(node) else self._styles.look(node)) for node in nodes]
        for listed, group in groupby(looks, lambda pair: pair[1] is not None and pair[1].mark):
            if listed:
                items = _Items()
                lines = (items.line(look, self._text(node)) for node, look in group if look)
                yield "\n".join(line for line in lines if line)
                continue
            for node, look in group:
                block = self._table(node) if look is None else self._paragraph(node, look)
                if block:
                    yield block

    def _paragraph(self, node: Node, look: Look) -> str:
        text = self._text(node)
        if not text or look.contents:
            return ""
        if look.heading or self._reads_as_heading(node, text):
            return self._heading(text, look)
        return text

    def _heading(self, text: str, look: Look) -> str:
        if look.heading:
            self._level = look.heading
        if self.title is None and look.heading == 1:
            self.title = " ".join(_plain(text).split())
        level = look.heading or min(self._level + 1, 6)
        return f"{'#' * level} {' '.join(text.split())}"

    def _reads_as_heading(self, node: Node, text: str) -> bool:
        """A short line that is bold as a whole, as people write headings who know no styles."""
        if len(text.split()) > _HEADING_WORDS or text[-1] in ".,;:!":
            return False
        runs = [run for run in found(node, _RUNS) if _words(run).strip()]
        return bool(runs) and all(holds(run, _BOLD) for run in runs)

    def _text(self, node: Node) -> str:
        """A paragraph's visible words, with its links."""
        runs = [run for run in found(node, _RUNS) if not holds(run, _HIDDEN)]
        parts: list[str] = []
        for link, group in groupby(runs, _link):
            words = "".join(_words(run) for run in group)
            target = self._links.get(link)
            clean = words.strip()
            parts.append(f"[{clean}]({target})" if target and clean else words)
        lines = (" ".join(line.split()) for line in "".join(parts).split("\n"))
        return "\n".join(line for line in lines if line)

    def _table(self, table: Node) -> str:
        rows = [
            [self._cell(cell) for cell in found(row, "./w:tc | ./w:sdt//w:tc")]
            for row in found(table, "./w:tr | ./w:sdt//w:tr")
        ]
        rows = [row for row in rows if any(row)]
        width = max((len(row) for row in rows), default=0)
        cells = [cell for row in rows for cell in row]
        # A table of one column, or of whole paragraphs, only places them.
        if width < _COLUMNS or any(len(cell.split()) > _CELL_WORDS for cell in cells):
            return "\n\n".join(cell for cell in cells if cell)
        head, *body = ([*row, *[""] * (width - len(row))] for row in rows)
        lines = [_row(head), f"|{' --- |' * width}", *(_row(row) for row in body)]
        return "\n".join(lines)

    def _cell(self, cell: Node) -> str:
        texts = (self._text(paragraph) for paragraph in found(cell, ".//w:p"))
        return " ".join(" ".join(text.split()) for text in texts if text)


class _Items:
    """The lines of one list, numbered anew on each of its levels."""

    def __init__(self) -> None:
        self._counts: dict[int, int] = {}

    def line(self, look: Look, text: str) -> str:
        if not text:
            return ""
        depth = min(look.depth, max(self._counts, default=-1) + 1)
        self._counts = {level: n for level, n in self._counts.items() if level <= depth}
        self._counts[depth] = self._counts.get(depth, 0) + 1
        mark = f"{self._counts[depth]}." if look.mark == "number" else "-"
        indent = "   " * depth
        first, *more = text.split("\n")
        return "\n".join([f"{indent}{mark} {first}", *(f"{indent}   {line}" for line in more)])


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _is_table(node: Node) -> bool:
    return holds(node, "self::w:tbl")


def _link(run: Node) -> str:
    return said(run, "ancestor::w:hyperlink[1]/@r:id")


def _words(run: Node) -> str:
    return "".join(_piece(part) for part in found(run, _PIECES))


def _piece(part: Node) -> str:
    if holds(part, "self::w:t"):
        return said(part, ".")
    if holds(part, "self::w:noBreakHyphen"):
        return "-"
    return " " if holds(part, "self::w:tab") else "\n"


def _plain(text: str) -> str:
    """A heading's words without the addresses of its links."""
    return _LINK.sub(r"\1", text)
