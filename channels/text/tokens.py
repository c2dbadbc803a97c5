"""The stream between a writer and the splitter: words, places to break, marks that stay balanced.

Every token carries its text in the dialect and its plain form. ``Flow`` builds the stream; it
never knows about limits.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

from channels.text.graphemes import BREAKER
from channels.text.tree import NO_MARKS, Mark

Pair: TypeAlias = tuple[str, str]


class Rank(IntEnum):
    """How good a place is to break, the best last."""

    WORD = 1
    SENTENCE = 2
    LINE = 3
    PARAGRAPH = 4


@dataclass(frozen=True, slots=True)
class Glyphs:
    """What stays together unless it is longer than a whole part."""

    text: str
    plain: str


@dataclass(frozen=True, slots=True)
class Gap:
    """What stands between; where a part ends here, it is left out."""

    text: str
    plain: str
    rank: Rank


@dataclass(frozen=True, slots=True)
class Open:
    """Begins something that a part closes at its end, and the next part opens again."""

    text: str
    end: str
    plain: str = ""


@dataclass(frozen=True, slots=True)
class Close:
    """Ends what was opened last."""


Token: TypeAlias = Glyphs | Gap | Open | Close

_WORD_AT_START = re.compile(r"[^\W_]")
_WORD_AT_END = re.compile(r"[^\W_]\Z")


class Flow:
    """Collects tokens. Gaps wait until something follows, so that marks hug their words.

    ``edges``: the dialect only reads a mark that no letter touches from outside.
    """

    def __init__(self, marks: dict[Mark, Pair], *, edges: bool) -> None:
        self.tokens: list[Token] = []
        self._pairs = marks
        self._edges = edges
        self._parts_marks = not any(text.startswith("<") for text, _ in marks.values())
        self._open: list[Mark] = []
        self._gap: Gap | None = None
        self._last = ""
        self._closed = False

    def gap(self, gap: Gap, *, piled: bool = False) -> None:
        """A place to break; of several in a row the last of the highest rank counts, unless
        they are ``piled`` (the blank lines of code)."""
        if piled:
            self._flush_gap()
        if gap.rank >= Rank.LINE and self._edges:
            self.end_marks()
        if self._gap is None or gap.rank >= self._gap.rank:
            self._gap = gap

    def glyphs(self, text: str, plain: str, marks: Mark = NO_MARKS) -> None:
        if not text:
            return
        self._close_marks(marks)
        self._flush_gap()
        self._open_marks(marks)
        if self._closed and self._edges and _WORD_AT_START.match(text):
            text = BREAKER + text
        self.tokens.append(Glyphs(text, plain))
        self._last, self._closed = text, False

    def marker(self, text: str, plain: str) -> None:
        """What begins a list item; it needs no width in HTML."""
        self._flush_gap()
        self.tokens.append(Glyphs(text, plain))
        self._last, self._closed = text, False

    def open(self, text: str, end: str, plain: str = "") -> None:
        """Begin a block or a code span; ``close`` ends it."""
        self._flush_gap()
        self.tokens.append(Open(text, end, plain))
        self._last, self._closed = "", False

    def close(self) -> None:
        self.end_marks()
        self.tokens.append(Close())
        self._last, self._closed = "", False

    def end_marks(self) -> None:
        self._close_marks(NO_MARKS)

    def code_span(self, pair: Pair, text: str, plain: str, marks: Mark) -> None:
        self._close_marks(marks)
        self._flush_gap()
        self._open_marks(marks)
        self._part_from_before()
        self.tokens += (Open(*pair), Glyphs(text, plain), Close())
        self._last, self._closed = "", True

    def _flush_gap(self) -> None:
        if self._gap is not None and self.tokens:
            self.tokens.append(self._gap)
            self._last, self._closed = "", False
        self._gap = None

    def _close_marks(self, wanted: Mark) -> None:
        while self._open and any(mark not in wanted for mark in self._open):
            self._open.pop()
            self.tokens.append(Close())
            self._closed = True

    def _open_marks(self, wanted: Mark) -> None:
        if wanted is NO_MARKS:  # Most words; iterating over a Flag is dear.
            return
        for mark in Mark:
            if mark in wanted and mark not in self._open:
                self._part_from_before()
                text, end = self._pairs[mark]
                self.tokens.append(Open(text, end))
                self._open.append(mark)

    def _part_from_before(self) -> None:
        """Two marks must not run together, and a letter before one would disable it."""
        touching = self._edges and _WORD_AT_END.search(self._last)
        if (self._closed and self._parts_marks) or touching:
            self.tokens.append(Glyphs(BREAKER, ""))
        self._last, self._closed = "", False
