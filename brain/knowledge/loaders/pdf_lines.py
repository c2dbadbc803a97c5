"""Owns the lines of a PDF's page: their words, where they stand and how large they are. Never
decides what a line is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from pypdf import PageObject

# The share of a letter's size by which two pieces of one line may differ in height.
_SAME_LINE = 0.4
_FAR = 1e9


@dataclass(slots=True)
class Line:
    """``y`` is the height on the page in points, ``low`` and ``high`` that of the page's edges;
    ``starts`` are where its pieces begin from the left, ``pieces`` their words."""

    y: float
    low: float
    high: float
    size: float
    bold: bool
    starts: list[float] = field(default_factory=list[float])
    pieces: list[str] = field(default_factory=list[str])

    @property
    def text(self) -> str:
        return " ".join("".join(self.pieces).split())

    @property
    def x(self) -> float:
        return self.starts[0]


class _Collector:
    def __init__(self, low: float, high: float) -> None:
        self._low = low
        self._high = high
        self.lines: list[Line] = []

    def visit(
        self,
        text: str,
        shift: Sequence[float],
        matrix: Sequence[float],
        font: object,
        size: float,
    ) -> None:
        """Take one piece of text; the two matrices say where it stands."""
        if not text.strip():
            if self.lines and text:
                self.lines[-1].pieces[-1] += text
            return
        piece = self._piece(shift, matrix, abs(size), bold=_is_bold(font))
        for number, words in enumerate(part for part in text.split("\n") if part.strip()):
            self._put(replace(piece, starts=[*piece.starts], pieces=[words]), fresh=number > 0)

    def _piece(
        self, shift: Sequence[float], matrix: Sequence[float], size: float, *, bold: bool
    ) -> Line:
        """A line that holds nothing yet: where it stands, and how large its letters are."""
        x, y = _moved(matrix[4], matrix[5], shift)
        x += shift[4]
        y += shift[5]
        along, up = _moved(*_moved(1.0, 0.0, matrix), shift)
        scale = math.hypot(matrix[2], matrix[3]) * math.hypot(shift[2], shift[3])
        if abs(up) <= abs(along):
            return Line(y, self._low, self._high, size * scale, bold, [x])
        # It lies on its side, and which of its edges is above is not known.
        x, y = (y, -x) if up > 0 else (-y, x)
        return Line(y, -_FAR, _FAR, size * scale, bold, [x])

    def _put(self, piece: Line, *, fresh: bool) -> None:
        last = self.lines[-1] if self.lines else None
        if last is None or fresh or abs(last.y - piece.y) > _SAME_LINE * max(piece.size, 1.0):
            self.lines.append(piece)
            return
        last.starts += piece.starts
        last.pieces += piece.pieces
        last.bold = last.bold and piece.bold
        last.size = max(last.size, piece.size)


def of(page: PageObject) -> list[Line]:
    """The page's lines in the order in which they were written."""
    try:
        low, high = float(page.mediabox.bottom), float(page.mediabox.top)
    except (ValueError, TypeError):
        # A page that does not say how large it is has no edges.
        low, high = -_FAR, _FAR
    collector = _Collector(low, high)
    page.extract_text(visitor_text=collector.visit)
    return collector.lines


def _moved(x: float, y: float, matrix: Sequence[float]) -> tuple[float, float]:
    return x * matrix[0] + y * matrix[2], x * matrix[1] + y * matrix[3]


def _is_bold(font: object) -> bool:
    fonts = cast("dict[str, object]", font) if isinstance(font, dict) else {}
    name = str(fonts.get("/BaseFont", ""))
    return any(word in name.lower() for word in ("bold", "black", "heavy", "semibold", "demi"))
