"""Owns the way from a PDF's lines back to paragraphs, headings, lists and tables, as Markdown.
Never reads the file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from brain.knowledge.loaders.pdf_lines import Line

LEVELS = 4
# Beyond this share of the usual distance between two lines a new paragraph begins.
_GAP = 1.35
_LARGER = 1.12
_HEADING_WORDS = 16
# A last line ends well before the right margin.
_SHORT = 0.75
# Where headers and footers stand: this share of the page, above and below.
_EDGE = 0.12
_SAME_HEIGHT = 3.0
_SAME_START = 1.5
_COLUMNS = 8
_LIGATURES = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st", "\xa0": " "}
)
_BULLET = re.compile(r"(?:[•◦▪▫‣●○■□❖➢►✓\uf0b7\uf0a7\uf076]|[-–*·](?=\s))\s*")
_NUMBER = re.compile(r"(\d{1,3})[.)]\s+")
_PAGE = re.compile(
    r"(?:(?:page|seite|página|pagina|p\.)\s*)?[-–—|]?\s*\d{1,4}\s*[-–—|]?"
    r"(?:\s*(?:of|von|de|di|van|sur|/)\s*\d{1,4})?",
    re.IGNORECASE,
)
_HYPHEN = re.compile(r"(\w+)[-\u00ad\u2010]$")
_END = re.compile(r"[.!?:;…][\"'”’)\]]*$")
_DIGITS = re.compile(r"\d+")
_FIRST = re.compile(r"\d{1,4}(?=\s|$)")
_LAST = re.compile(r"(?<=\s)\d{1,4}$")
# The dots that lead to a page number.
_LEADER = re.compile(r"(?:\. ?){5,}\s*\w*$")
_FEW_PAGES = 3


@dataclass(slots=True)
class _Part:
    """What stands together: a paragraph, an item, a heading of a level, or a table's rows."""

    kind: str
    text: str
    level: int = 0


def markdown(pages: Sequence[Sequence[Line]], outline: Mapping[str, int]) -> str:
    """All pages' text; ``outline`` has the folded titles of the table of contents with levels."""
    edges, ahead = _edges(pages), _ahead(pages)
    body = [
        [line for line in page if not _is_around(line, edges, index + ahead)]
        for index, page in enumerate(pages)
    ]
    lines = [line for page in body for line in page]
    reader = _Reader(lines, outline)
    for page in body:
        reader.page(page)
    return "\n\n".join(_joined(reader.parts))


def folded(title: str) -> str:
    return " ".join(title.translate(_LIGATURES).casefold().split())


class _Reader:
    def __init__(self, lines: Sequence[Line], outline: Mapping[str, int]) -> None:
        self.parts: list[_Part] = []
        self._outline = outline
        weights = Counter[float]()
        for line in lines:
            weights[round(line.size, 1)] += len(line.text)
        self._usual = weights.most_common(1)[0][0] if weights else 0.0
        larger = sorted((size for size in weights if size > self._usual * _LARGER), reverse=True)
        self._levels = {size: min(i, LEVELS) for i, size in enumerate(larger, 1)}
        self._words = Counter(word for line in lines for word in re.findall(r"[\w-]+", line.text))
        self._width = max((len(line.text) for line in lines), default=0)

    def page(self, lines: Sequence[Line]) -> None:
        gaps = [above.y - below.y for above, below in pairwise(lines) if above.y > below.y]
        usual = median(gaps) if gaps else 0.0
        before: Line | None = None
        rows = _rows(lines)
        for index, line in enumerate(lines):
            if index in rows:
                self._row(line, begins=index - 1 not in rows)
            elif any(c.isalnum() for c in line.text):
                self._line(line, before, usual)
            before = line

    def _row(self, line: Line, *, begins: bool) -> None:
        cells = [_clean(piece).replace("|", "\\|") for piece in line.pieces]
        row = f"| {' | '.join(cells)} |"
        if begins:
            self.parts.append(_Part("table", f"{row}\n|{' --- |' * len(cells)}"))
        else:
            self.parts[-1].text += f"\n{row}"

    def _line(self, line: Line, before: Line | None, usual: float) -> None:
        text = _clean(line.text)
        level = self._level(line, before, usual)
        last = self.parts[-1] if self.parts else None
        if level:
            # A heading of two lines is one heading.
            if last and last.kind == "heading" and last.level == level and _near(line, before):
                last.text += f" {text}"
            else:
                self.parts.append(_Part("heading", text, level))
            return
        item = _BULLET.match(text) or _NUMBER.match(text)
        if item:
            mark = f"{item.group(1)}." if item.re is _NUMBER else "-"
            self.parts.append(_Part("item", f"{mark} {text[item.end() :]}"))
        elif last is None or self._is_new(line, before, usual, last):
            self.parts.append(_Part("prose", text))
        else:
            last.text = self._glued(last.text, text)

    def _level(self, line: Line, before: Line | None, usual: float) -> int:
        if len(line.text.split()) > _HEADING_WORDS or _BULLET.match(line.text):
            return 0
        listed = self._outline.get(folded(line.text))
        if listed and (line.bold or line.size > self._usual):
            return listed
        level = self._levels.get(round(line.size, 1), 0)
        if level or not line.bold or _END.search(line.text):
            return level
        apart = before is None or (not before.bold and before.y - line.y > _GAP * usual)
        return min(len(self._levels) + 1, LEVELS) if apart else 0

    def _is_new(self, line: Line, before: Line | None, usual: float, last: _Part) -> bool:
        if last.kind in {"heading", "table"}:
            return True
        ended = _END.search(last.text) is not None
        if before is None or before.y <= line.y:
            # The next page or column: a sentence may run on.
            return ended or not line.text[:1].islower()
        if before.y - line.y > _GAP * usual:
            return True
        return ended and len(before.text) < _SHORT * self._width

    def _glued(self, text: str, more: str) -> str:
        """Two lines of one paragraph, a word cut at the line's end made whole."""
        cut = _HYPHEN.search(text)
        if cut is None:
            return f"{text} {more}"
        word = re.match(r"\w+", more)
        if word is None or not more[:1].islower():
            return text + more
        joint = f"{cut.group(1)}-{word.group()}"
        whole = cut.group(1) + word.group()
        if self._words[joint] > self._words[whole]:
            return text + more
        return text[:-1] + more


def _near(line: Line, before: Line | None) -> bool:
    return before is not None and 0 < before.y - line.y < 2 * line.size


def _clean(text: str) -> str:
    plain = text.translate(_LIGATURES)
    return " ".join("".join(c for c in plain if c.isprintable() or c in "\u00ad\uf0b7").split())


def _rows(lines: Sequence[Line]) -> set[int]:
    """The lines that are rows of a table: two or more with pieces one below the other."""
    found: set[int] = set()
    for index, (above, below) in enumerate(pairwise(lines)):
        if _aligned(above, below):
            found |= {index, index + 1}
    return found


def _aligned(above: Line, below: Line) -> bool:
    count = len(above.starts)
    if not 1 < count <= _COLUMNS or len(below.starts) != count:
        return False
    if any(_NUMBER.match(f"{line.text} ") or _BULLET.match(line.text) for line in (above, below)):
        return False
    return all(abs(a - b) < _SAME_START for a, b in zip(above.starts, below.starts, strict=True))


def _edges(pages: Sequence[Sequence[Line]]) -> set[tuple[str, int]]:
    """What stands at the same height of the edge on most pages, but for its numbers."""
    seen = Counter(key for page in pages for key in {_key(line) for line in page if _at_edge(line)})
    least = max(2, len(pages) / 2 if len(pages) < LEVELS * 2 else len(pages) / 3)
    return {key for key, count in seen.items() if count >= least}


def _ahead(pages: Sequence[Sequence[Line]]) -> int:
    """How far the printed page numbers are ahead of the count of the pages."""
    found = Counter(
        number - index
        for index, page in enumerate(pages)
        for line in page
        if _at_edge(line)
        for number in _ends(line.text)
    )
    ahead, count = found.most_common(1)[0] if found else (0, 0)
    # Too few to tell: no page has a number that is beyond all pages.
    return ahead if count >= max(_FEW_PAGES, len(pages) / 3) else -2 * len(pages)


def _ends(text: str) -> set[int]:
    """The numbers with which a line begins and ends."""
    return {int(found.group()) for found in (_FIRST.match(text), _LAST.search(text)) if found}


def _is_around(line: Line, edges: set[tuple[str, int]], number: int) -> bool:
    """Whether a line is a header, a footer or a page number, or of the table of contents."""
    if _LEADER.search(line.text):
        return True
    if not _at_edge(line):
        return False
    return (
        _key(line) in edges
        or _PAGE.fullmatch(line.text) is not None
        or (number in _ends(line.text) and len(line.text.split()) <= _HEADING_WORDS)
    )


def _key(line: Line) -> tuple[str, int]:
    return _DIGITS.sub("#", line.text), round(line.y / _SAME_HEIGHT)


def _at_edge(line: Line) -> bool:
    height = (line.high - line.low) * _EDGE
    return not line.low + height < line.y < line.high - height


def _joined(parts: Sequence[_Part]) -> Iterator[str]:
    """Parts as Markdown blocks; the items of one list stand together."""
    items: list[str] = []
    for part in parts:
        if part.kind != "item" and items:
            yield "\n".join(items)
            items = []
        if part.kind == "item":
            items.append(part.text)
        else:
            yield f"{'#' * part.level} {part.text}" if part.kind == "heading" else part.text
    if items:
        yield "\n".join(items)
