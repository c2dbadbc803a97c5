"""Links of a Markdown answer: those that are allowed stay, of others the label stays. Images, HTML
and mentions go. What is left is read as the channels read it, and where anything got through, the
words stay alone, as plain text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from html import unescape

from markdown_it import MarkdownIt
from markdown_it.token import Token

from gateway.speech.addresses import Allowed, found, until_still, without

_MOST = 40_000
# A text with more is no message any more, and reading it as one takes seconds.
_MOST_BRACKETS = 500
_LABEL = r"\[((?:[^\[\]\\]|\\.|\[[^\[\]]{0,200}\]){0,500})\]"
_TARGET = (
    r"\(\s{0,9}(?:<([^<>\n]{0,2000})>|((?:[^\s()]|\([^\s()]{0,2000}\)){0,2000}))[^()]{0,500}\)"
)
_INLINE = re.compile(rf"(!?){_LABEL}{_TARGET}")
_DEFINITION = re.compile(
    r"(?m)^[ >\t*+-]{0,40}\[([^\[\]\n]{1,200})\]:[ \t]*\n?[ \t]*"
    r"(?:<([^<>\n]{0,2000})>|(\S{1,2000}))[^\n]*$"
)
_REFERENCE = re.compile(rf"(!?){_LABEL}\s?\[([^\[\]]{{0,200}})\]")
_SHORT = re.compile(rf"(!?){_LABEL}(?![\[(:])")
_AUTO = re.compile(r"<([a-zA-Z][a-zA-Z0-9+.-]{1,31}:[^<>\s]*|[\w.+-]+@[\w.-]+)>")
_TAG = re.compile(r"<(?:[!/?]?[a-zA-Z][^<>]{0,2000}|!--[^>]{0,2000}--|[@#!&:][^<>\n]{0,200})>")
_BARE_TAG = re.compile(
    r"(?i)</?(?:img|svg|iframe|script|style|object|embed|link|meta|form|video"
    r"|audio|base|body|html)\b[^<>\n]{0,300}"
)
_MENTION = re.compile(
    r"(?i)@(?=everyone\b|here\b|channel\b|all\b)|(?<![\w.+'-])@(?=[a-z_][\w.-]{2,})"
)
_MARKS = re.compile(r"([\\`*_\[\]<>&~|#!])")
# Words, figures and plain punctuation. A point ends a sentence here and joins nothing, a colon
# names no scheme, and none of it opens a link, a tag, an entity or a mention.
_NOTHING_TO_LINK = re.compile(
    r"(?:[A-Za-z0-9\u00c0-\u017f \n,;!?'\"%$\u20ac()*\u2013\u2014\u2019-]"
    r"|\.(?=[\s*)'\"]|\Z)|:(?=\s|\Z))*"
)


def linked(markdown: str, allowed: Allowed) -> str:
    """The answer with allowed links only."""
    if _NOTHING_TO_LINK.fullmatch(markdown, 0, _MOST):
        return markdown[:_MOST]
    text = until_still(unescape, markdown[:_MOST])
    if text.count("[") > _MOST_BRACKETS:
        return _literal(text, allowed)
    text = until_still(lambda current: _once(current, allowed), text)
    return text if is_clean(text, allowed) else _literal(_words(text), allowed)


def _literal(text: str, allowed: Allowed) -> str:
    """Nothing in it is read as Markdown."""
    plain = until_still(lambda current: without(_MENTION.sub("", current), allowed), text)
    shown = _MARKS.sub(r"\\\1", plain)
    return shown if is_clean(shown, allowed) else ""


def plain(text: str, allowed: Allowed) -> str:
    """A label or a line that is no Markdown, without addresses and mentions."""
    return without(_MENTION.sub("", _TAG.sub("", until_still(unescape, text))), allowed)


def is_clean(markdown: str, allowed: Allowed) -> bool:
    """Whether it shows no image and no address but allowed ones, however it is read."""
    addresses = [*found(markdown), *_shown(_read(markdown))]
    return all(map(allowed.has, addresses)) and not any(
        token.type == "image" for token in _all(_read(markdown))
    )


def _once(text: str, allowed: Allowed) -> str:
    targets = {_name(one[1]): one[2] or one[3] or "" for one in _DEFINITION.finditer(text)}

    def inline(one: re.Match[str]) -> str:
        return _kept(one[1], one[2], one[3] or one[4] or "", allowed)

    def reference(one: re.Match[str]) -> str:
        name = _name(one[3] or one[2])
        return _kept(one[1], one[2], targets[name], allowed) if name in targets else one[0]

    def short(one: re.Match[str]) -> str:
        name = _name(one[2])
        if one[1]:
            return one[2]
        return _kept("", one[2], targets[name], allowed) if name in targets else one[0]

    text = _DEFINITION.sub("", text)
    text = _AUTO.sub(lambda one: one[1] if allowed.has(one[1]) else "", text)
    text = _BARE_TAG.sub("", _TAG.sub("", text))
    text = _INLINE.sub(inline, text)
    text = _REFERENCE.sub(reference, text)
    if targets or "![" in text:
        text = _SHORT.sub(short, text)
    return without(_MENTION.sub("", text), allowed)


def _kept(image: str, label: str, target: str, allowed: Allowed) -> str:
    if image or not allowed.has(target):
        return label
    return f"[{label}]({target})"


def _name(label: str) -> str:
    return " ".join(label.split()).casefold()


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": 40})
    # Every address as a link, so that none is passed over because it is a strange one.
    parser.validateLink = bool  # pyright: ignore[reportAttributeAccessIssue]  # the library's hook
    return parser.enable(["table", "strikethrough"])


def _read(markdown: str) -> list[Token]:
    return _parser().parse(markdown)


def _all(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _all(token.children or [])


def _shown(tokens: list[Token]) -> Iterator[str]:
    for token in _all(tokens):
        for name in ("href", "src"):
            target = token.attrGet(name)
            if target is not None:
                yield str(target)
        if token.type == "inline":
            # A word may be put together of pieces that are marked differently.
            yield from found("".join(child.content for child in _all(token.children or [])))


def _words(markdown: str) -> str:
    blocks = [
        " ".join(child.content or " " for child in _all(token.children or []))
        if token.type == "inline"
        else token.content
        for token in _read(markdown)
    ]
    return "\n\n".join(block for block in blocks if block.strip())
