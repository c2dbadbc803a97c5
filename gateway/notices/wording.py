"""The small grammar of a text: ``{value}``, ``[left out when unknown]`` and buttons in single angle
quotation marks. Pure; it knows no language and no key."""

from __future__ import annotations

import re
from collections.abc import Mapping

TEXT_LIMIT = 300
LABEL_LIMIT = 20
BUTTON_FORM = "\u2039…\u203a"

# A doubled brace is a platform's own placeholder ({{1}} of a WhatsApp template): left alone.
_HOLE = re.compile(r"(?<!\{)\{([^{}]*)\}(?!\})")
_NUMBERED = re.compile(r"\{\{\d+\}\}")
_SEGMENT = re.compile(r"\[([^\[\]]*)\]( ?)")
_BUTTON = re.compile(r"\s*\u2039([^\u2039\u203a]*)\u203a")

_MARKS = re.compile(r"[\\`*_\[\]<>&~|]")
_BLOCK_START = re.compile(r"^(\d{1,9})?([#+\-=.):])")


def holes(text: str) -> frozenset[str]:
    """The names of all values that the text can hold."""
    return frozenset(_HOLE.findall(text))


def required(text: str) -> frozenset[str]:
    """The names without which the text cannot be said."""
    return holes(_SEGMENT.sub(lambda match: "" if holes(match[1]) else match[0], text))


def numbered(text: str) -> frozenset[str]:
    """The platform's own placeholders, braces included."""
    return frozenset(_NUMBERED.findall(text))


def stray_brace(text: str) -> bool:
    rest = _HOLE.sub("", _NUMBERED.sub("", text))
    return "{" in rest or "}" in rest


def split_buttons(text: str) -> tuple[str, tuple[str, ...]]:
    """The text proper, and the labels that were written into it."""
    labels = tuple(label.strip() for label in _BUTTON.findall(text))
    return _BUTTON.sub("", text).strip(), labels


def fill(text: str, values: Mapping[str, str]) -> str:
    """Every required name must be in ``values``; what is filled in is never read again."""

    def segment(match: re.Match[str]) -> str:
        inside = holes(match[1])
        if not inside:
            return match[0]
        return match[1] + match[2] if inside <= values.keys() else ""

    kept = _SEGMENT.sub(segment, text).rstrip()
    return _HOLE.sub(lambda match: values[match[1]], kept)


def one_line(value: str) -> str:
    return " ".join(value.split())


def literal(value: str) -> str:
    """The value as Markdown that shows exactly these characters, on one line."""
    marked = _MARKS.sub(r"\\\g<0>", one_line(value))
    return _BLOCK_START.sub(lambda match: f"{match[1] or ''}\\{match[2]}", marked)


def units(text: str) -> int:
    """The length as the strictest platforms count it: UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def clip(label: str, limit: int = LABEL_LIMIT) -> str:
    """At most ``limit`` units; what does not fit ends in an ellipsis."""
    if units(label) <= limit:
        return label
    while units(label) > limit - 1:
        label = label[:-1]
    return label.rstrip() + "…"
