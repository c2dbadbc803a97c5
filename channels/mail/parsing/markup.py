"""HTML of a mail into text that a reader of it would have seen. Never follows a link and never
shows what was hidden: that is where instructions to a machine are put."""

from __future__ import annotations

import re
from collections.abc import Mapping

from channels.mail.parsing.refused import HTML_CHARACTERS
from channels.mail.parsing.tags import tokens

_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_AREAS = frozenset({"address", "article", "center", "div", "figure", "footer", "form", "header"})
_ROWS = frozenset({"dd", "dl", "dt", "hr", "li", "main", "section", "tr", "blockquote"})
_PARAGRAPHS = frozenset({"p", "ul", "ol", "pre", "table"}) | _HEADINGS
_BLOCKS = _AREAS | _ROWS | _PARAGRAPHS
# Deeper than any mail is; what is nested further belongs to the last one.
DEPTH = 200
_VOID = frozenset({"area", "br", "col", "hr", "img", "input", "link", "meta", "wbr"})
_HIDES = re.compile(
    r"display:none|visibility:hidden|font-size:0(?![.\d]*[1-9])|opacity:0(?![.\d]*[1-9])"
    r"|mso-hide:all|max-height:0|line-height:0(?![.\d]*[1-9])|text-indent:-\d{3}"
)
_WHITE = r"(?:#fff(?:fff)?(?![0-9a-f])|white|rgba?\(255,255,255)"
_WHITE_TEXT = re.compile(rf"(?<![-\w])color:{_WHITE}")
_BACKGROUND = re.compile(r"background(?:-color)?:([^;]+)")
_HIDING_RULE = re.compile(r"([.#][\w-]{1,60})\s*\{[^{}]{0,2000}?display\s*:\s*none")
_QUOTES = re.compile(r"gmail_quote|yahoo_quoted|moz-cite-prefix|divrplyfwdmsg", re.IGNORECASE)
_LINK = re.compile(r"(?:https?://|mailto:|tel:)\S", re.IGNORECASE)
_SPACES = re.compile(r"[ \t\r\n\f\u00a0]+")


def text_of(html: str) -> str:
    """The visible text; quoted mail stands behind ``>``."""
    html = html[:HTML_CHARACTERS]
    reader = _Reader(_hidden_by_rules(html))
    for token in tokens(html):
        if not token.tag:
            reader.say(token.text)
        elif token.tag.startswith("/"):
            reader.close(token.tag[1:])
        else:
            reader.open(token.tag, token.attributes or {})
    return reader.text()


def _hidden_by_rules(html: str) -> frozenset[str]:
    """Classes and ids that a style sheet hides; rules for small screens are not everybody's."""
    found: set[str] = set()
    lower, at = html.lower(), 0
    for _ in range(20):
        at = lower.find("<style", at)
        end = lower.find("</style", at) if at >= 0 else -1
        if end < 0:
            break
        found.update(match[1] for match in _HIDING_RULE.finditer(_without_media(html[at:end])))
        at = end
    return frozenset(found)


def _without_media(css: str) -> str:
    kept: list[str] = []
    for number, piece in enumerate(css[:100_000].split("@media")):
        if number == 0:
            kept.append(piece)
            continue
        kept.append(_after_block(piece))
    return "".join(kept)


def _after_block(css: str) -> str:
    depth = 0
    for at, sign in enumerate(css):
        depth += (sign == "{") - (sign == "}")
        if sign == "}" and depth == 0:
            return css[at + 1 :]
    return ""


class _Frame:
    __slots__ = ("coloured", "hidden", "href", "pre", "quoted", "tag", "white")

    def __init__(self, tag: str, outer: _Frame | None) -> None:
        self.tag = tag
        self.hidden = outer is not None and outer.hidden
        self.coloured = outer is not None and outer.coloured
        self.white = outer is not None and outer.white
        self.quoted = 0 if outer is None else outer.quoted
        self.pre = outer is not None and outer.pre
        self.href = ""


class _Reader:
    def __init__(self, hidden: frozenset[str]) -> None:
        self._hidden = hidden
        self._stack = [_Frame("", None)]
        self._lines: list[tuple[int, str]] = []
        self._line = ""
        self._label = ""

    def text(self) -> str:
        self._break(self._stack[-1])
        shown = ("> " * depth + line if line.strip() else "" for depth, line in self._lines)
        return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in shown)).strip("\n")

    def open(self, tag: str, given: Mapping[str, str]) -> None:
        frame = self._framed(tag, given)
        if tag in _BLOCKS or tag == "br":
            self._break(self._stack[-1], paragraph=tag in _PARAGRAPHS)
        if not frame.hidden:
            self._begin(tag, given)
        if tag == "a":
            self._label = ""
        if tag not in _VOID and len(self._stack) < DEPTH:
            self._stack.append(frame)

    def _begin(self, tag: str, given: Mapping[str, str]) -> None:
        if tag == "li":
            self._line = "- "
        elif tag in {"td", "th"} and self._line.strip():
            self._line += " | "
        elif tag == "img" and given.get("alt"):
            self._say(_SPACES.sub(" ", given["alt"])[:200])

    def close(self, tag: str) -> None:
        """Ends the innermost element of that name, and all that was never ended inside of it."""
        at = next((n for n in range(len(self._stack) - 1, 0, -1) if self._stack[n].tag == tag), 0)
        if not at:
            return
        frame = self._stack[at]
        del self._stack[at:]
        if tag == "a" and not frame.hidden:
            self._linked(frame.href)
        if tag in _BLOCKS:
            self._break(frame, paragraph=tag in _PARAGRAPHS)

    def say(self, text: str) -> None:
        frame = self._stack[-1]
        if frame.hidden or (frame.white and not frame.coloured):
            return
        if not frame.pre:
            self._say(_SPACES.sub(" ", text))
            return
        first, *rest = text.split("\n")
        self._say(first)
        for line in rest:
            self._break(frame, empty=True)
            self._say(line)

    def _say(self, words: str) -> None:
        self._label += words
        if words != " " or self._line:
            self._line += words if self._line else words.lstrip(" ")

    def _linked(self, href: str) -> None:
        address = href.removeprefix("mailto:").removeprefix("tel:")
        if _LINK.match(href) and self._label.strip() and address not in self._label:
            self._line += f" ({href[:500]})"

    def _break(self, frame: _Frame, *, paragraph: bool = False, empty: bool = False) -> None:
        if self._line.strip() or empty:
            self._lines.append((frame.quoted, self._line))
        if paragraph and self._lines and self._lines[-1][1]:
            self._lines.append((frame.quoted, ""))
        self._line = ""

    def _framed(self, tag: str, given: Mapping[str, str]) -> _Frame:
        frame = _Frame(tag, self._stack[-1])
        style = re.sub(r"\s+", "", given.get("style", "").lower())
        marks = {f".{name}" for name in given.get("class", "").split()} | {f"#{given.get('id')}"}
        if "hidden" in given or _HIDES.search(style) or marks & self._hidden:
            frame.hidden = True
        if tag == "font" and given.get("size", "").strip() == "0":
            frame.hidden = True
        _colour(frame, style, given)
        named = f"{given.get('class', '')} {given.get('id', '')}"
        if tag == "blockquote" or _QUOTES.search(named):
            frame.quoted += 1
        frame.pre = frame.pre or tag == "pre"
        frame.href = given.get("href", "")
        return frame


def _colour(frame: _Frame, style: str, given: Mapping[str, str]) -> None:
    back = _BACKGROUND.search(style)
    ground = back[1] if back else given.get("bgcolor", "").lower().strip()
    if ground:
        frame.coloured = re.match(_WHITE, ground) is None and ground != "transparent"
    colour = given.get("color", "").lower().strip()
    if _WHITE_TEXT.search(style) or re.fullmatch(_WHITE, colour):
        frame.white = True
    elif colour or re.search(r"(?<![-\w])color:", style):
        frame.white = False
