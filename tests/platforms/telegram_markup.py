"""Telegram's HTML as its server reads it: the tags it knows, what is left of a text, and whom it
would notify. It refuses what Telegram refuses, with the same words."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

TAGS = frozenset(
    (*"biasu", "strong", "em", "ins", "strike", "del", "code", "pre", "blockquote", "tg-spoiler")
)
_TOKEN = re.compile(r"<(/?)([^\s>/]*)([^>]*)>|&(#?\w+);|([^<&]+)|(.)", re.DOTALL)
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_HREF = re.compile(r"""href\s*=\s*["']?([^"'>\s]*)""")
_HANDLE = re.compile(r"(?<!\w)@\w{2,}")


class Unparsable(Exception):
    """What Telegram answers to it."""


@dataclass
class Parsed:
    """``text`` is what is seen, ``pings`` whom it notifies, ``links`` where it leads."""

    text: str = ""
    pings: list[str] = field(default_factory=list[str])
    links: list[str] = field(default_factory=list[str])


def plain(text: str) -> Parsed:
    """A text without formatting: names in it still notify."""
    return Parsed(text, _HANDLE.findall(text))


def parse(html: str) -> Parsed:
    """
    Raises:
        Unparsable.
    """
    parsed, opened, free = Parsed(), list[str](), ""
    for found in _TOKEN.finditer(html):
        closes, tag, rest, entity, words, other = found.groups()
        if tag is not None:
            _tag(parsed, opened, bool(closes), tag.lower(), rest)
            free += "\n"
            continue
        seen = words or (other or _entity(entity))
        if other == "<":
            raise Unparsable("Unsupported start tag")
        parsed.text += seen
        free += "" if {"code", "pre", "a"} & set(opened) else seen
    if opened:
        raise Unparsable(f'Can\'t find end tag corresponding to start tag "{opened[-1]}"')
    parsed.pings += _HANDLE.findall(free)
    return parsed


def _tag(parsed: Parsed, opened: list[str], closes: bool, tag: str, rest: str) -> None:
    if tag not in TAGS:
        raise Unparsable(f'Unsupported start tag "{tag}"')
    if closes:
        if not opened or opened.pop() != tag:
            raise Unparsable(f'Unmatched end tag "{tag}"')
        return
    opened.append(tag)
    if tag == "a" and (href := _HREF.search(rest)):
        parsed.links.append(href[1])
        if href[1].startswith("tg://user"):
            parsed.pings.append(href[1])


def _entity(name: str) -> str:
    if name.startswith("#"):
        digits = name[1:]
        return chr(int(digits[1:], 16) if digits[:1] in "xX" else int(digits))
    return _NAMED.get(name, f"&{name};")
