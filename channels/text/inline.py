"""The inline tokens of one paragraph into flat spans; images become their alternative text."""

from __future__ import annotations

from collections.abc import Iterable

from markdown_it.token import Token

from channels.text.tree import NO_MARKS, Anchor, Break, CodeSpan, Inline, Line, Mark, Span
from channels.text.urls import BARE, safe_url, trim_bare

_MARKS = {"strong": Mark.STRONG, "em": Mark.EMPHASIS, "s": Mark.STRIKE}
# A line of wrapped prose is long; people who end a line earlier mean it.
_WRAPPED_LINE = 56


def read_inline(tokens: Iterable[Token]) -> Line:
    reader = _InlineReader()
    for token in tokens:
        reader.read(token)
    return reader.finish()


class _InlineReader:
    def __init__(self) -> None:
        self._out: list[Inline] = []
        self._buffer: list[str] = []
        self._depth = dict.fromkeys(_MARKS.values(), 0)
        self._marks = NO_MARKS
        self._url: str | None = None
        self._label: list[str] | None = None
        self._line_length = 0

    def read(self, token: Token) -> None:
        name, _, edge = token.type.rpartition("_")
        if name in _MARKS:
            self._mark(_MARKS[name], 1 if edge == "open" else -1)
        elif name == "link":
            self._link(token, opening=edge == "open")
        elif token.type in {"softbreak", "hardbreak"}:
            self._new_line(hard=token.type == "hardbreak")
        elif token.type == "code_inline" and self._label is None:
            self._add(CodeSpan(token.content, self._marks))
        else:
            self._text(_alternative(token) if token.type == "image" else token.content)

    def finish(self) -> Line:
        self._flush()
        return tuple(self._out)

    def _mark(self, mark: Mark, step: int) -> None:
        self._depth[mark] += step
        marks = self._marks | mark if self._depth[mark] else self._marks & ~mark
        if marks != self._marks and self._label is None:
            self._flush()
        self._marks = marks

    def _link(self, token: Token, *, opening: bool) -> None:
        if opening:
            self._url = safe_url(str(token.attrGet("href") or ""))
            self._label = []
            return
        label, self._label = " ".join("".join(self._label or ()).split()), None
        if self._url:
            self._add(Anchor(self._url, label or self._url, self._marks))
        else:
            self._text(label)

    def _new_line(self, *, hard: bool) -> None:
        if self._label is not None or not (hard or self._line_length < _WRAPPED_LINE):
            self._text(" ")
        else:
            self._add(Break())
        self._line_length = 0

    def _text(self, text: str) -> None:
        (self._buffer if self._label is None else self._label).append(text)
        self._line_length += len(text)

    def _add(self, node: Inline) -> None:
        self._flush()
        self._out.append(node)
        if not isinstance(node, Break):
            self._line_length += len(node.label if isinstance(node, Anchor) else node.text)

    def _flush(self) -> None:
        text = "".join(self._buffer)
        self._buffer.clear()
        if text:
            self._out.extend(_with_links(text, self._marks))


def _with_links(text: str, marks: Mark) -> Iterable[Inline]:
    end = 0
    for found in BARE.finditer(text):
        bare = trim_bare(found.group())
        url = safe_url(bare)
        if url is None:
            continue
        if found.start() > end:
            yield Span(text[end : found.start()], marks)
        yield Anchor(url, bare, marks)
        end = found.start() + len(bare)
    if end < len(text):
        yield Span(text[end:], marks)


def _alternative(token: Token) -> str:
    if token.type != "image":
        return token.content
    return "".join(_alternative(child) for child in token.children or ())
