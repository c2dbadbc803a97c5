"""One Markdown answer into the parts that a platform is sent: dialect, plain form, buttons.

Everything that leaves for a platform passes here, so here is where mentions, raw HTML, images and
invisible characters stop. It never sends anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from channels.contract import Capabilities, Choice, Dialect, Link
from channels.text.escape import disarm
from channels.text.graphemes import cap, clean, shorten
from channels.text.parse import parse
from channels.text.sanitise import sanitise
from channels.text.split import Piece, split
from channels.text.styles import STYLES
from channels.text.tree import Anchor, Block, Inline, Items, Paragraph, Span
from channels.text.urls import safe_url
from channels.text.writer import write

MAX_BYTES = 200_000
_KEPT_LETTERS = 2_000


@dataclass(frozen=True, slots=True)
class Part:
    """One piece to send. ``text`` is in the channel's dialect (web and email: plain, with the
    formatted form in ``html``); ``choices`` are native buttons, on the last part only."""

    text: str
    plain: str
    html: str | None = None
    choices: tuple[Choice, ...] = ()


def render(
    markdown: str,
    capabilities: Capabilities,
    choices: Sequence[Choice] = (),
    links: Sequence[Link] = (),
) -> tuple[Part, ...]:
    """The parts, in order; none when there is nothing to say and nothing to choose.

    Choices become buttons where the platform holds that many, else numbered lines. Links become a
    source line, except on web, where the event carries them.
    """
    if len(markdown) > _KEPT_LETTERS:
        return _rendered(markdown, capabilities, tuple(choices), tuple(links))
    return _kept(markdown, capabilities, tuple(choices), tuple(links))


def _rendered(
    markdown: str,
    capabilities: Capabilities,
    choices: tuple[Choice, ...],
    links: tuple[Link, ...],
) -> tuple[Part, ...]:
    dialect = capabilities.dialect
    native = len(choices) <= capabilities.choices_limit
    blocks = parse(cap(clean(markdown), MAX_BYTES))
    if dialect != "web":
        blocks += _sources(links)
    if not native:
        blocks += _numbered(choices)
    style, limit = STYLES[dialect], capabilities.text_limit
    pieces = split(write(blocks, style, limit), limit, by_plain=style.html)
    parts = tuple(_part(piece, dialect) for piece in pieces)
    return _with_buttons(parts, choices, capabilities) if native and choices else parts


# Notices, and what articles are quoted with, are said again and again.
_kept = lru_cache(maxsize=256)(_rendered)


def _part(piece: Piece, dialect: Dialect) -> Part:
    if STYLES[dialect].html:
        return Part(text=piece.plain, plain=piece.plain, html=sanitise(piece.text))
    return Part(text=piece.text, plain=disarm(piece.plain, dialect))


def _with_buttons(
    parts: tuple[Part, ...], choices: Sequence[Choice], capabilities: Capabilities
) -> tuple[Part, ...]:
    limit = capabilities.choice_label_limit
    buttons = tuple(Choice(choice.id, shorten(clean(choice.label), limit)) for choice in choices)
    *before, last = parts or (Part("", ""),)
    return (*before, replace(last, choices=buttons))


def _sources(links: Sequence[Link]) -> tuple[Block, ...]:
    seen = dict.fromkeys((link.title, link.url) for link in links)
    if not seen:
        return ()
    line: list[Inline] = [Span("Source: " if len(seen) == 1 else "Sources: ")]
    for index, (title, url) in enumerate(seen):
        if index:
            line.append(Span(" · "))
        line.append(_source(" ".join(clean(title).split()), url))
    return (Paragraph(tuple(line)),)


def _source(title: str, url: str | None) -> Inline:
    address = safe_url(url) if url else None
    return Span(title) if address is None else Anchor(address, title or address)


def _numbered(choices: Sequence[Choice]) -> tuple[Block, ...]:
    if not choices:
        return ()
    lines = [" ".join(clean(choice.label).split()) for choice in choices]
    return (Items(tuple((Paragraph((Span(line),)),) for line in lines), start=1),)
