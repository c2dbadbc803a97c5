"""Owns what a DOCX says of its paragraphs by their styles: which are headings, and which are items
of a bulleted or numbered list. Never reads a paragraph's text."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from brain.knowledge.loaders.word_nodes import Node, found, said

Mark: TypeAlias = Literal["bullet", "number"]

_HEADING = re.compile(r"heading (\d)", re.IGNORECASE)
_LIST = re.compile(r"list (bullet|number)(?: (\d))?", re.IGNORECASE)
_CONTENTS = re.compile(r"toc\b|table of (?:contents|figures)", re.IGNORECASE)
_LEVELS = 6
_BASES = 10


@dataclass(frozen=True, slots=True)
class Look:
    """What a paragraph is by its style: ``heading`` is a level from 1, 0 for none; ``depth`` that
    of a list's item from 0."""

    heading: int = 0
    mark: Mark | None = None
    depth: int = 0
    contents: bool = False


@dataclass(frozen=True, slots=True)
class _Style:
    name: str
    base: str
    outline: str
    list: str
    level: str


class Styles:
    def __init__(self, styles: Node | None, numbering: Node | None) -> None:
        every = found(styles, "./w:style") if styles is not None else []
        self._styles = {said(style, "./@w:styleId"): _style(style) for style in every}
        self._marks = _marks(numbering) if numbering is not None else {}

    def look(self, paragraph: Node) -> Look:
        id = said(paragraph, "./w:pPr/w:pStyle/@w:val")
        look = self._named(id, _BASES)
        outline = said(paragraph, "./w:pPr/w:outlineLvl/@w:val")
        if outline.isdecimal() and int(outline) < _LEVELS:
            look = replace(look, heading=int(outline) + 1)
        list_id = said(paragraph, "./w:pPr/w:numPr/w:numId/@w:val")
        level = said(paragraph, "./w:pPr/w:numPr/w:ilvl/@w:val")
        return self._listed(look, list_id, level) if list_id else look

    def _named(self, id: str, bases: int) -> Look:
        style = self._styles.get(id)
        if style is None or bases == 0:
            return Look()
        look = self._own(style)
        return self._named(style.base, bases - 1) if look == Look() else look

    def _own(self, style: _Style) -> Look:
        heading, listed = _HEADING.match(style.name), _LIST.match(style.name)
        if style.name.casefold() == "title":
            return Look(heading=1)
        if _CONTENTS.match(style.name):
            return Look(contents=True)
        if heading:
            return Look(heading=min(int(heading.group(1)), _LEVELS))
        if style.outline.isdecimal() and int(style.outline) < _LEVELS:
            return Look(heading=int(style.outline) + 1)
        if listed:
            mark: Mark = "number" if listed.group(1).lower() == "number" else "bullet"
            return Look(mark=mark, depth=int(listed.group(2) or 1) - 1)
        if style.list:
            return self._listed(Look(), style.list, style.level)
        return Look()

    def _listed(self, look: Look, list_id: str, level: str) -> Look:
        depth = int(level) if level.isdecimal() else look.depth
        mark = self._marks.get((list_id, str(depth)))
        # A heading may be numbered; it stays a heading. A list 0 takes the marks away.
        if look.heading or list_id == "0" or mark is None:
            return look if look.heading else Look()
        return Look(mark=mark, depth=min(depth, _LEVELS))


def _style(style: Node) -> _Style:
    return _Style(
        name=said(style, "./w:name/@w:val"),
        base=said(style, "./w:basedOn/@w:val"),
        outline=said(style, "./w:pPr/w:outlineLvl/@w:val"),
        list=said(style, "./w:pPr/w:numPr/w:numId/@w:val"),
        level=said(style, "./w:pPr/w:numPr/w:ilvl/@w:val"),
    )


def _marks(numbering: Node) -> dict[tuple[str, str], Mark]:
    """What stands before the items of each list and level."""
    shapes: dict[str, dict[str, Mark]] = {}
    for shape in found(numbering, "./w:abstractNum"):
        levels = found(shape, "./w:lvl")
        shapes[said(shape, "./@w:abstractNumId")] = {
            said(level, "./@w:ilvl"): _mark(said(level, "./w:numFmt/@w:val")) for level in levels
        }
    return {
        (said(number, "./@w:numId"), level): mark
        for number in found(numbering, "./w:num")
        for level, mark in shapes.get(said(number, "./w:abstractNumId/@w:val"), {}).items()
    }


def _mark(form: str) -> Mark:
    return "bullet" if form in {"bullet", "none", ""} else "number"
