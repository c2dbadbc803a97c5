"""What a message is made of, between Markdown and the dialects: a small tree of frozen data.

Inline content is flat: every span carries its marks. So no depth of nesting in the source becomes
depth here, and a mark is never inside itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Flag, auto
from typing import TypeAlias


class Mark(Flag):
    """How a span is set."""

    STRONG = auto()
    EMPHASIS = auto()
    STRIKE = auto()


NO_MARKS = Mark(0)


@dataclass(frozen=True, slots=True)
class Span:
    text: str
    marks: Mark = NO_MARKS


@dataclass(frozen=True, slots=True)
class CodeSpan:
    text: str
    marks: Mark = NO_MARKS


@dataclass(frozen=True, slots=True)
class Anchor:
    """A link; ``url`` has passed ``safe_url``."""

    url: str
    label: str
    marks: Mark = NO_MARKS


@dataclass(frozen=True, slots=True)
class Break:
    """A new line inside a paragraph."""


Inline: TypeAlias = Span | CodeSpan | Anchor | Break
Line: TypeAlias = tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    content: Line


@dataclass(frozen=True, slots=True)
class Heading:
    content: Line


@dataclass(frozen=True, slots=True)
class Fence:
    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Quote:
    """Quoted blocks; a quote in a quote is part of the outer one."""

    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Items:
    """A list; ``start`` is the first number, None where the items have bullets."""

    items: tuple[tuple[Block, ...], ...]
    start: int | None = None


@dataclass(frozen=True, slots=True)
class Table:
    head: tuple[Line, ...]
    rows: tuple[tuple[Line, ...], ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A line across."""


Block: TypeAlias = Paragraph | Heading | Fence | Quote | Items | Table | Rule
