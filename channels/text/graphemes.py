"""Characters as people see them: where a text may be cut, how long it is, what never leaves.

A small segmentation of its own (combining marks, joiners, variation selectors, skin tones, flags);
it never decides how a text is formatted.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

BREAKER = "\u200b"
ELLIPSIS = "…"

_JOINER = "\u200d"
_EXTENDING = frozenset({"\u200b", "\u200c", "\u200d", "\u2060"})
_NEVER_SENT = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f"
    "\u202d\u202e\ufdd0-\ufdef\ufeff\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)
_NEW_LINES = re.compile("\r\n?|[\x85\u2028\u2029]")
# What an escape wrote stays whole: an entity, or a backslash and what it protects.
_ESCAPED = re.compile(r"&(?:amp|lt|gt|quot|#x27);|\\[!-/:-@\[-`{-~]")


def clean(text: str) -> str:
    """The text without what no platform should be sent: NUL and other controls, lone surrogates,
    invisible tag characters, direction overrides; every sort of line end becomes a newline."""
    return _NEVER_SENT.sub("", _NEW_LINES.sub("\n", text))


def units(text: str) -> int:
    """Length in UTF-16 code units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def clusters(text: str) -> Iterator[str]:
    """The text in pieces that must not be cut: grapheme clusters, escapes kept whole."""
    start = 0
    while start < len(text):
        end = _cluster_end(text, start)
        yield text[start:end]
        start = end


def shorten(text: str, limit: int) -> str:
    """At most ``limit`` UTF-16 units, cut between graphemes and ended with an ellipsis."""
    if units(text) <= limit:
        return text
    kept: list[str] = []
    room = limit - units(ELLIPSIS)
    for cluster in clusters(text):
        room -= units(cluster)
        if room < 0:
            break
        kept.append(cluster)
    return "".join(kept).rstrip() + ELLIPSIS if limit > 0 else ""


def cap(text: str, limit: int) -> str:
    """At most ``limit`` bytes of UTF-8, cut between graphemes and ended with an ellipsis."""
    if len(text) * 4 <= limit:
        return text
    raw = text.encode()
    if len(raw) <= limit:
        return text
    head = len(raw[: limit - len(ELLIPSIS.encode())].decode("utf-8", "ignore"))
    # Segmenting a short stretch before the cut is enough: longer clusters are no writing.
    start = max(0, head - 200)
    for cluster in clusters(text[start : head + 1]):
        if start + len(cluster) > head:
            break
        start += len(cluster)
    return text[:start] + ELLIPSIS


def _cluster_end(text: str, start: int) -> int:
    while text[start] in _EXTENDING and start + 1 < len(text):
        start += 1
    escaped = _ESCAPED.match(text, start)
    end = escaped.end() if escaped else start + 1
    if _is_flag_half(text[start]) and end < len(text) and _is_flag_half(text[end]):
        end += 1
    while end < len(text) and (_extends(text[end]) or _is_joined(text, end)):
        end += 1
    return end


def _is_joined(text: str, position: int) -> bool:
    return text[position - 1] == _JOINER and not text[position].isspace()


def _is_flag_half(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _extends(character: str) -> bool:
    if character < "\u0300":
        return False
    return (
        character in _EXTENDING
        or "\U0001f3fb" <= character <= "\U0001f3ff"
        or unicodedata.category(character) in {"Mn", "Me", "Mc"}
    )
