"""Cuts a stream of tokens into parts within a limit, in linear time.

Breaks at a paragraph, a line, a sentence, then a word; only what is longer than a whole part is
cut inside, between graphemes. What is open at a cut is closed and opened again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from channels.text.graphemes import clusters, units
from channels.text.tokens import Close, Gap, Glyphs, Open, Rank, Token

# What the filler sets aside for ends of marks; what comes nearer to the limit is left to it.
_MARGIN = 64


@dataclass(frozen=True, slots=True)
class Piece:
    """One part, before anybody knows its buttons: in the dialect, and plain."""

    text: str
    plain: str


@dataclass(frozen=True, slots=True)
class _Spot:
    """A place where the part may end, as it was when the filler passed it."""

    token: int
    texts: int
    size: int
    open: tuple[Open, ...]


class _Page:
    """A part being filled."""

    def __init__(self, stack: tuple[Open, ...], limit: int, *, by_plain: bool) -> None:
        self._by_plain = by_plain
        self._limit = limit
        self.stack = stack
        self.texts = [mark.text for mark in stack]
        self.plains = [mark.plain for mark in stack]
        self.has_words = False
        self._spots: dict[Rank, _Spot] = {}
        self._size = sum(self.measure(mark.text, mark.plain) for mark in stack)
        self._closing = sum(self.measure(mark.end, "") for mark in stack)

    def measure(self, text: str, plain: str) -> int:
        return units(plain if self._by_plain else text)

    @property
    def room(self) -> int:
        return self._limit - self._size - self._closing

    def add(self, text: str, plain: str) -> None:
        self.texts.append(text)
        self.plains.append(plain)
        self._size += self.measure(text, plain)

    def open(self, mark: Open) -> None:
        self.add(mark.text, mark.plain)
        self.stack = (*self.stack, mark)
        self._closing += self.measure(mark.end, "")

    def close(self) -> None:
        mark = self.stack[-1]
        self.stack = self.stack[:-1]
        self._closing -= self.measure(mark.end, "")
        self.add(mark.end, "")

    def note(self, token: int, rank: Rank) -> None:
        self._spots[rank] = _Spot(token, len(self.texts), self._size, self.stack)

    def best_spot(self) -> _Spot | None:
        """The best break that leaves the part at least half full, else the best there is."""
        ranked = [self._spots[rank] for rank in sorted(self._spots, reverse=True)]
        full = [spot for spot in ranked if spot.size * 2 >= self._limit]
        return (full or ranked or [None])[0]

    def piece(self, spot: _Spot | None = None) -> Piece:
        count = len(self.texts) if spot is None else spot.texts
        ends = [mark.end for mark in reversed(self.stack if spot is None else spot.open)]
        text = "".join((*self.texts[:count], *ends))
        return Piece(text.strip("\n "), "".join(self.plains[:count]).strip("\n "))


def split(tokens: Sequence[Token], limit: int, *, by_plain: bool = False) -> tuple[Piece, ...]:
    """The parts; each has at most ``limit`` UTF-16 units of text (of plain text when
    ``by_plain``: HTML has no limit of its own)."""
    whole = _whole(tokens, limit)
    if whole is not None and units(whole.plain if by_plain else whole.text) <= limit - _MARGIN:
        return (whole,) if whole.text else ()
    return tuple(piece for piece in _Splitter(tokens, limit, by_plain=by_plain).run() if piece.text)


def _whole(tokens: Sequence[Token], limit: int) -> Piece | None:
    """All of it as one part, which most messages are; None where it is surely too long for one."""
    room = limit
    texts: list[str] = []
    plains: list[str] = []
    ends: list[str] = []
    has_words = False
    for token in tokens:
        if isinstance(token, Close):
            texts.append(ends.pop())
            continue
        if isinstance(token, Gap) and not has_words:
            continue
        texts.append(token.text)
        plains.append(token.plain)
        room -= len(token.plain)
        if room < 0:
            return None
        if isinstance(token, Open):
            ends.append(token.end)
        has_words = has_words or isinstance(token, Glyphs)
    texts.extend(reversed(ends))
    return Piece("".join(texts).strip("\n "), "".join(plains).strip("\n "))


class _Splitter:
    def __init__(self, tokens: Sequence[Token], limit: int, *, by_plain: bool) -> None:
        self._tokens = list(tokens)
        self._limit = limit
        self._by_plain = by_plain
        self._position = 0
        self._stack: tuple[Open, ...] = ()

    def run(self) -> list[Piece]:
        pieces: list[Piece] = []
        while self._position < len(self._tokens):
            page = _Page(self._stack, self._limit, by_plain=self._by_plain)
            pieces.append(self._fill(page))
        return pieces

    def _fill(self, page: _Page) -> Piece:
        index = self._position
        while index < len(self._tokens):
            if self._take(page, index):
                index += 1
            elif not self._loosen(page, index):
                return self._end_page(page, index)
        self._position = len(self._tokens)
        return page.piece()

    def _take(self, page: _Page, index: int) -> bool:
        """Put a token on the page; False when it does not fit."""
        token = self._tokens[index]
        if isinstance(token, Close):
            page.close()
            return True
        if isinstance(token, Open):
            # Some room for words too, or the part would end in an empty pair of marks.
            return self._place(page, token, page.measure(token.end, "") + 8)
        if isinstance(token, Gap):
            return self._take_gap(page, token, index)
        return self._place(page, token, 0)

    def _place(self, page: _Page, token: Glyphs | Open, reserve: int) -> bool:
        needed = page.measure(token.text, token.plain) + reserve
        if isinstance(token, Open):
            if needed > page.room and page.has_words:
                return False
            page.open(token)
            return True
        if needed > page.room:
            return False
        page.add(token.text, token.plain)
        page.has_words = True
        return True

    def _take_gap(self, page: _Page, gap: Gap, index: int) -> bool:
        if not page.has_words:
            return True
        if not self._leaves_empty_marks(index):
            page.note(index, gap.rank)
        if page.measure(gap.text, gap.plain) > page.room:
            return False
        page.add(gap.text, gap.plain)
        return True

    def _leaves_empty_marks(self, index: int) -> bool:
        after = self._tokens[index + 1] if index + 1 < len(self._tokens) else None
        return isinstance(self._tokens[index - 1], Open) or isinstance(after, Close)

    def _end_page(self, page: _Page, index: int) -> Piece:
        spot = page.best_spot()
        if spot is not None:
            self._position, self._stack = spot.token + 1, spot.open
            return page.piece(spot)
        token = self._tokens[index]
        self._position, self._stack = index, page.stack
        if isinstance(token, Glyphs) and not page.has_words:
            # One code point that is longer than a part: it leaves, whatever the limit says.
            page.add(token.text, token.plain)
            self._position += 1
        elif isinstance(token, Gap):
            self._position += 1
        return page.piece()

    def _loosen(self, page: _Page, index: int) -> bool:
        """What is too long for any part goes on in graphemes, a single such grapheme in code
        points; False when there is a better place to break, or nothing left to loosen."""
        token = self._tokens[index]
        if not isinstance(token, Glyphs) or page.best_spot() is not None:
            return False
        if page.has_words and page.measure(token.text, token.plain) * 2 <= self._limit:
            return False
        smaller = _graphemes(token)
        if len(smaller) == 1:
            smaller = _code_points(token)
        self._tokens[index : index + 1] = smaller
        return len(smaller) > 1


def _graphemes(token: Glyphs) -> list[Token]:
    texts = list(clusters(token.text))
    plains = texts if token.plain == token.text else list(clusters(token.plain))
    if len(plains) != len(texts):
        plains = [token.plain, *[""] * (len(texts) - 1)]
    return [_grapheme(text, plain) for text, plain in zip(texts, plains, strict=True)]


def _grapheme(text: str, plain: str) -> Token:
    return Gap(" ", " ", Rank.WORD) if text == plain == " " else Glyphs(text, plain)


def _code_points(token: Glyphs) -> list[Token]:
    plains = token.plain.ljust(len(token.text))[: len(token.text)]
    return [Glyphs(text, plain) for text, plain in zip(token.text, plains, strict=True)]
