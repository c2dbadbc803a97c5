"""HTML into text, opening and closing tags, in linear time whatever stands there. Never builds a
tree and never decides what is shown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import unescape

TOKENS = 20_000
_TAG_CHARACTERS = 8_000
_NAME = re.compile(r"/?[a-zA-Z][a-zA-Z0-9:-]{0,40}")
_ATTRIBUTE = re.compile(
    r"([a-zA-Z_:][\w:.-]{0,60})(?:\s{0,9}=\s{0,9}(\"[^\"]*\"|'[^']*'|[^\s\"'>]{0,4000}))?"
)
# What stands inside is no text of the page.
_RAW = frozenset({"script", "style", "title", "template", "noscript", "object", "iframe"})


@dataclass(frozen=True, slots=True)
class Token:
    """Text where ``tag`` is empty; a closing tag begins with a slash."""

    text: str = ""
    tag: str = ""
    attributes: Mapping[str, str] | None = None


def tokens(html: str) -> Iterator[Token]:
    """At most 20,000; what follows is left out."""
    scan = _Scan(html)
    for _ in range(TOKENS):
        token = scan.next()
        if token is None:
            return
        yield token


class _Scan:
    def __init__(self, html: str) -> None:
        self._html = html
        self._lower = html.lower()
        self._at = 0

    def next(self) -> Token | None:
        html, at = self._html, self._at
        if at >= len(html):
            return None
        if html[at] != "<":
            return self._text(at)
        if html.startswith(("<!", "<?"), at):
            self._skip(at)
            return Token()
        name = _NAME.match(html, at + 1)
        end = -1 if name is None else self._end(at)
        if name is None or end < 0:
            return self._text(at)
        self._at = end + 1
        tag = name[0].lower()
        if tag in _RAW:
            self._leave(tag, end)
            return Token()
        return Token(tag=tag, attributes=_attributes(html[name.end() : end]))

    def _text(self, at: int) -> Token:
        following = self._html.find("<", at + 1)
        self._at = len(self._html) if following < 0 else following
        return Token(text=unescape(self._html[at : self._at]))

    def _skip(self, at: int) -> None:
        mark = "-->" if self._html.startswith("<!--", at) else ">"
        end = self._html.find(mark, at + 2)
        self._at = len(self._html) if end < 0 else end + len(mark)

    def _end(self, at: int) -> int:
        """Where the tag ends; a sign inside of quotes is none, unless they never end."""
        end = self._html.find(">", at, at + _TAG_CHARACTERS)
        for _ in range(3):
            inside = self._html[at:end]
            if end < 0 or (inside.count('"') % 2 == 0 and inside.count("'") % 2 == 0):
                break
            further = self._html.find(">", end + 1, at + _TAG_CHARACTERS)
            if further < 0:
                break
            end = further
        return end

    def _leave(self, tag: str, end: int) -> None:
        close = self._lower.find(f"</{tag}", end)
        self._at = len(self._html) if close < 0 else close + 2 + len(tag)
        end = self._html.find(">", self._at)
        self._at = len(self._html) if end < 0 else end + 1


def _attributes(inside: str) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for match in _ATTRIBUTE.finditer(inside):
        found.setdefault(match[1].lower(), unescape((match[2] or "").strip("\"'")))
    return found
