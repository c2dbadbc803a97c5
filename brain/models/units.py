"""Cuts a passage into the pieces an answer may quote: sentences, list items, whole numbered lists.
Every piece is verbatim; it never chooses among them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from brain.models.conditions import announces

UnitKind: TypeAlias = Literal["sentence", "item", "steps", "table", "code"]

_STEP = re.compile(r"^\s*\d{1,3}[.)]\s+")
_ITEM = re.compile(r"^\s*[-*+•]\s+")
_WORD = re.compile(r"[^\W_]")
_FENCE = re.compile(r"^\s*(```|~~~)")
_HEADING = re.compile(r"^\s{0,3}#{1,6}\s")
_BREAK = re.compile(r"(?<=[.!?…])(?:[\"'”’)\]*_]{0,3})\s+(?=[\"'“‘(\[*_¿¡]{0,3}[^\W_a-zß-ÿ])")
_OPEN_TARGET = re.compile(r"\]\([^)]*$")
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|no|nr|dr|mr|mrs|st|approx|ca|bzw|z\.b|u\.a)|\b\w)\.$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Unit:
    """``block`` counts the passage's blocks: units of one block stand in one paragraph or list."""

    text: str
    kind: UnitKind
    block: int

    @property
    def words(self) -> int:
        """Signs that stand alone, as between a table's cells, are none."""
        return sum(_WORD.search(word) is not None for word in self.text.split())

    @property
    def leads(self) -> bool:
        """It announces what follows and says nothing alone."""
        announced = self.text.rstrip(" *_").endswith(":") or announces(self.text)
        return self.kind == "sentence" and announced


def units(text: str) -> tuple[Unit, ...]:
    found: list[Unit] = []
    for block, (kind, lines) in enumerate(_blocks(text.splitlines())):
        found.extend(
            Unit(piece, kind, block) for piece in _pieces(kind, lines) if _WORD.search(piece)
        )
    return tuple(found)


def headed(path: Sequence[str], text: str) -> str:
    """Under its heading, the last of ``path``, a short sentence says what it is about."""
    return f"{path[-1]}: {text}" if path else text


def joined(chosen: Iterable[Unit]) -> str:
    """Markdown again: sentences of a paragraph on one line, items of a list under each other."""
    text = ""
    before: Unit | None = None
    for unit in chosen:
        if before is None:
            text = unit.text
        elif unit.block != before.block:
            text += f"\n\n{unit.text}"
        else:
            text += (" " if unit.kind == "sentence" else "\n") + unit.text
        before = unit
    return text


def _blocks(lines: list[str]) -> Iterator[tuple[UnitKind, list[str]]]:
    kind: UnitKind = "sentence"
    block: list[str] = []
    for line in lines:
        found = _kind(line, kind, block)
        if found is None or found != kind:
            if block:
                yield kind, block
            kind, block = found or "sentence", []
        if found is not None:
            block.append(line)
            if kind == "code" and len(block) > 1 and _FENCE.match(line):
                yield kind, block
                kind, block = "sentence", []
    if block:
        yield kind, block


def _kind(line: str, current: UnitKind, block: list[str]) -> UnitKind | None:
    """What a line belongs to; None parts two blocks."""
    if (current == "code" and block) or _FENCE.match(line):
        return "code"
    if _STEP.match(line):
        return "steps"
    if _ITEM.match(line) and current != "steps":
        return "item"
    if line.lstrip().startswith("|"):
        return "table"
    return _continued(line, current, block)


def _continued(line: str, current: UnitKind, block: list[str]) -> UnitKind | None:
    listed = current in ("steps", "item") and bool(block)
    if not line.strip():
        # An empty line between two steps does not part them.
        return "steps" if current == "steps" and block else None
    if _HEADING.match(line):
        return None
    return current if listed and line[:1].isspace() else "sentence"


def _pieces(kind: UnitKind, lines: list[str]) -> Iterator[str]:
    if kind == "sentence":
        yield from sentences(" ".join(line.strip() for line in lines))
    elif kind == "item":
        yield from _items(lines)
    else:
        yield "\n".join(line.rstrip() for line in lines).strip("\n")


def _items(lines: list[str]) -> Iterator[str]:
    item: list[str] = []
    for line in lines:
        if _ITEM.match(line) and not line[:1].isspace() and item:
            yield "\n".join(item)
            item = []
        item.append(line.rstrip())
    if item:
        yield "\n".join(item)


def sentences(text: str) -> Iterator[str]:
    start = 0
    for match in _BREAK.finditer(text):
        sentence = text[start : match.end()].strip()
        if _ABBREVIATION.search(sentence) or _in_link(sentence):
            continue
        yield sentence
        start = match.end()
    if text[start:].strip():
        yield text[start:].strip()


def _in_link(text: str) -> bool:
    """A link is quoted whole, whatever its words are."""
    after = text[text.rfind("[") :] if "[" in text else ""
    opened = bool(after) and "]" not in after
    return opened or _OPEN_TARGET.search(text) is not None
