"""Picks what to quote of one passage: the sentences that answer, with all that limits or explains
them. It compares no meaning; how relevant a piece is, it is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from brain.models import conditions
from brain.models.units import Unit, units

Content = Callable[[str], frozenset[str]]

# A section so short reads best as it was written.
_WHOLE_PASSAGE = 70
_WINDOW = 60
_RELEVANT = 0.6
_MOST_UNITS = 40
# What belongs to a quoted sentence comes along even beyond the room there is, up to this.
_MOST_WITH_CONDITIONS = 150
_WHOLE_TABLE = 40
_HEAD_ROWS = 2
_MOST_ROWS = 6


@dataclass(frozen=True, slots=True)
class Piece:
    """``relevance`` holds between passages; ``lead`` is what a piece has over its neighbours."""

    unit: Unit
    relevance: float = 0.0
    lead: float = 0.0

    @property
    def weight(self) -> float:
        return self.relevance + self.lead


def pieces_of(text: str, wanted: frozenset[str], content: Content) -> tuple[Piece, ...]:
    """The passage's units, of a long table the rows that matter; a heading's question is none."""
    found = units(text)[:_MOST_UNITS]
    quotable = [
        unit
        for at, unit in enumerate(found)
        if not (_begins_block(found, at) and conditions.asks(unit.text))
    ]
    return tuple(Piece(_trimmed(unit, wanted, content)) for unit in quotable or found)


def picked(pieces: Sequence[Piece], room: int) -> tuple[Unit, ...]:
    """In the passage's order, within ``room`` words where that cuts nothing off."""
    if not pieces or _words(pieces) <= min(_WHOLE_PASSAGE, room):
        return tuple(piece.unit for piece in pieces)
    best = max(range(len(pieces)), key=lambda at: pieces[at].weight)
    first, last = _closed(pieces, best, best, room)
    least = _RELEVANT * pieces[best].weight
    while last + 1 < len(pieces) and pieces[last + 1].weight >= least:
        wider = _closed(pieces, first, last + 1, room)
        if _words(pieces[wider[0] : wider[1] + 1]) > min(_WINDOW, room):
            break
        first, last = wider
    return tuple(piece.unit for piece in pieces[first : last + 1])


def focused(pieces: Sequence[Piece], room: int, *, follows: bool) -> tuple[Unit, ...]:
    """Only the piece that answers, with what it cannot be quoted without. Where the question
    ``follows`` another, what the piece speaks of is known."""
    if not pieces:
        return ()
    best = max(range(len(pieces)), key=lambda at: pieces[at].weight)
    known = pieces[best:] if follows and conditions.continues(pieces[best].unit.text) else pieces
    at = 0 if known is not pieces else best
    first, last = _closed(known, at, at, room)
    return tuple(piece.unit for piece in known[first : last + 1])


def untold(pieces: Sequence[Piece], told: Sequence[str], room: int) -> tuple[Unit, ...]:
    """What the passage says beside what was told: its steps or its example first."""
    said = [_bare(text) for text in told]
    new = [p for p in pieces if not any(_bare(p.unit.text) in text for text in said)]
    peak = max((piece.weight for piece in pieces), default=0.0)
    shows = [piece for piece in new if _shows(piece.unit)]
    says = [piece for piece in new if piece.weight >= _RELEVANT * peak > 0.0]
    chosen = shows[:1] or says[:1]
    if not chosen:
        return ()
    at = pieces.index(chosen[0])
    first, last = _closed(pieces, at, at, room)
    return tuple(piece.unit for piece in pieces[first : last + 1])


def _closed(pieces: Sequence[Piece], first: int, last: int, room: int) -> tuple[int, int]:
    """The span widened by what its ends cannot be quoted without."""
    most = max(room, _MOST_WITH_CONDITIONS)
    while True:
        wider = _list_of(pieces, first, last, room)
        if wider == (first, last) and _needs_before(pieces, first):
            wider = (first - 1, last)
        elif wider == (first, last) and _needs_after(pieces, last):
            wider = (first, last + 1)
        if wider == (first, last) or _words(pieces[wider[0] : wider[1] + 1]) > most:
            return first, last
        first, last = wider


def _needs_before(pieces: Sequence[Piece], first: int) -> bool:
    if first == 0:
        return False
    unit, before = pieces[first].unit, pieces[first - 1].unit
    if before.leads:
        return unit.kind != "sentence" or before.block == unit.block
    leans = conditions.continues(unit.text) and unit.block == before.block
    return unit.kind == "sentence" and (
        leans or conditions.restricts(unit.text) or conditions.recalls(unit.text)
    )


def _needs_after(pieces: Sequence[Piece], last: int) -> bool:
    if last + 1 >= len(pieces):
        return False
    unit, after = pieces[last].unit, pieces[last + 1].unit
    return unit.leads or (after.kind == "sentence" and conditions.restricts(after.text))


def _list_of(pieces: Sequence[Piece], first: int, last: int, room: int) -> tuple[int, int]:
    """A list is quoted whole where it fits: a choice of its items would say that these are all."""
    start, end = first, last
    while start > 0 and _same_list(pieces[start - 1].unit, pieces[start].unit):
        start -= 1
    while end + 1 < len(pieces) and _same_list(pieces[end].unit, pieces[end + 1].unit):
        end += 1
    return (start, end) if _words(pieces[start : end + 1]) <= room else (first, last)


def _same_list(one: Unit, other: Unit) -> bool:
    return one.kind == other.kind == "item" and one.block == other.block


def _begins_block(found: Sequence[Unit], at: int) -> bool:
    return found[at].kind == "sentence" and (at == 0 or found[at - 1].block != found[at].block)


def _trimmed(unit: Unit, wanted: frozenset[str], content: Content) -> Unit:
    if unit.kind != "table" or unit.words <= _WHOLE_TABLE:
        return unit
    lines = unit.text.splitlines()
    head, rows = lines[:_HEAD_ROWS], lines[_HEAD_ROWS:]
    counts = [len(wanted & content(row)) for row in rows]
    best = max(counts, default=0)
    kept = [row for row, count in zip(rows, counts, strict=True) if count == best] if best else rows
    return Unit("\n".join([*head, *kept[:_MOST_ROWS]]), unit.kind, unit.block) if kept else unit


def _shows(unit: Unit) -> bool:
    return unit.kind in ("steps", "code", "table") or conditions.exemplifies(unit.text)


def _words(pieces: Sequence[Piece]) -> int:
    return sum(piece.unit.words for piece in pieces)


def _bare(text: str) -> str:
    return " ".join(text.split())
