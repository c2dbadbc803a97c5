"""How a platform would show a rendered text, as safe HTML: for a web channel that imitates one.

It reads only what ``render`` writes; whatever else stands in the text is shown as it is. The last
step is always the sanitiser.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from html import escape as html_escape
from html import unescape

from channels.contract import Dialect
from channels.text.graphemes import clean
from channels.text.sanitise import sanitise
from channels.text.urls import BARE, safe_url, trim_bare

_FENCE = re.compile(r"```(?:[a-z0-9+#-]{0,20}\n)?([^`]*(?:`{1,2}[^`]+)*)```")
_CODE = r"`(?P<code>[^`\n]+)`"
_MASKED = r"\[(?P<label>(?:\\.|[^\\\[\]\n])+)\]\((?P<url>https?://[^\s()<>]+)\)"
_ANGLED = r"<(?P<url>(?:https?://|mailto:)[^\s<>|]+)(?:\|(?P<label>[^<>\n]+))?>"
_BARE = rf"(?P<bare>{BARE.pattern})"
_ESCAPE = r"\\(?P<escaped>[!-/:-@\[-`{-~])"


def preview(text: str, dialect: Dialect) -> str:
    """Safe HTML of a text in a dialect, as the platform would show it."""
    text = clean(text)
    if dialect == "telegram":
        return sanitise(_telegram_lines(text))
    syntax = _SYNTAX.get(dialect)
    if syntax is None:
        return sanitise(_with_breaks(_plain_html(text)))
    return sanitise("".join(_blocks(text, syntax)))


@dataclass(frozen=True, slots=True)
class _Syntax:
    """``inline`` finds the next thing that is more than text; a group named in ``marks`` is what
    stands between a pair of marks."""

    inline: re.Pattern[str]
    marks: Mapping[str, str]
    text: Callable[[str], str]


def _single(name: str, mark: str) -> str:
    """A mark as WhatsApp and Slack read it: free outside, touching inside, on one line."""
    blank = r"\s\u200b"
    m = re.escape(mark)
    return rf"(?<![^\W_]){m}(?P<{name}>[^{blank}{m}](?:[^{m}\n]*[^{blank}{m}])?){m}(?![^\W_])"


def _double(name: str, mark: str) -> str:
    m = re.escape(mark)
    return rf"{m}(?P<{name}>(?:\\.|[^\\\n{m[-1]}])+){m}"


_STARS = "|".join((_single("strong", "*"), _single("em", "_"), _single("del", "~")))
_MARKS = {"strong": "strong", "em": "em", "del": "del"}

_MARKDOWN = _Syntax(
    re.compile(
        "|".join(
            (
                _ESCAPE,
                _CODE,
                _MASKED,
                _BARE,
                r"\*\*(?P<strong>(?:\\.|\*(?!\*)(?:\\.|[^\\*\n])+\*|[^\\*\n])+)\*\*",
                _double("del", "~~"),
                _double("em", "*"),
            )
        )
    ),
    _MARKS,
    str,
)

_SYNTAX: Mapping[Dialect, _Syntax] = {
    "whatsapp": _Syntax(re.compile(rf"{_CODE}|{_BARE}|{_STARS}"), _MARKS, str),
    "slack": _Syntax(re.compile(rf"{_CODE}|{_ANGLED}|{_BARE}|{_STARS}"), _MARKS, unescape),
    "discord": _MARKDOWN,
    "api": _MARKDOWN,
}


def _blocks(text: str, syntax: _Syntax) -> Iterable[str]:
    end = 0
    for found in _FENCE.finditer(text):
        yield from _lines(text[end : found.start()], syntax)
        code = syntax.text(found.group(1)).strip("\n")
        yield f"<pre><code>{html_escape(code)}</code></pre>"
        end = found.end()
    yield from _lines(text[end:], syntax)


def _lines(text: str, syntax: _Syntax) -> Iterable[str]:
    quoted: list[str] = []
    shown: list[str] = []
    for line in text.strip("\n").split("\n"):
        if re.match(r">(?: |\Z)", line):
            quoted.append(_inline(line[2:], syntax))
            continue
        if quoted:
            shown.append(f"<blockquote>{'<br>'.join(quoted)}</blockquote>")
            quoted = []
        shown.append(_inline(line, syntax) + "<br>")
    if quoted:
        shown.append(f"<blockquote>{'<br>'.join(quoted)}</blockquote>")
    yield "".join(shown).removesuffix("<br>")


def _inline(text: str, syntax: _Syntax) -> str:
    out: list[str] = []
    end = 0
    for found in syntax.inline.finditer(text):
        out.append(html_escape(syntax.text(text[end : found.start()])))
        out.append(_found(found, syntax))
        end = found.end()
    return "".join((*out, html_escape(syntax.text(text[end:]))))


def _found(found: re.Match[str], syntax: _Syntax) -> str:
    kind = found.lastgroup or ""
    inner = found.group(kind)
    if kind in syntax.marks:
        tag = syntax.marks[kind]
        return f"<{tag}>{_inline(inner, syntax)}</{tag}>"
    if kind == "code":
        return f"<code>{html_escape(syntax.text(inner))}</code>"
    if kind == "escaped":
        return html_escape(inner)
    if kind == "bare":
        return _bare(syntax.text(inner))
    groups = found.groupdict()
    url = syntax.text(groups["url"])
    label = _unescaped(groups["label"], syntax) if groups["label"] else url
    return _link(url, label)


def _unescaped(label: str, syntax: _Syntax) -> str:
    text = syntax.text(label)
    return text if syntax.text is unescape else re.sub(_ESCAPE, r"\1", text)


def _bare(text: str) -> str:
    url = trim_bare(text)
    return _link(url, url) + html_escape(text[len(url) :])


def _link(url: str, label: str) -> str:
    address = safe_url(url)
    if address is None:
        return html_escape(label)
    return f'<a href="{html_escape(address)}">{html_escape(label)}</a>'


def _plain_html(text: str) -> str:
    out: list[str] = []
    end = 0
    for found in BARE.finditer(text):
        out += (html_escape(text[end : found.start()]), _bare(found.group()))
        end = found.end()
    return "".join((*out, html_escape(text[end:])))


def _telegram_lines(text: str) -> str:
    parts = re.split(r"(<pre>.*?</pre>)", text, flags=re.DOTALL)
    return "".join(part if part.startswith("<pre>") else _with_breaks(part) for part in parts)


def _with_breaks(html: str) -> str:
    return html.replace("\n", "<br>")
