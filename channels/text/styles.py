"""How each dialect writes what the tree holds, as data: marks, quotes, bullets, links, tags."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import escape as html_escape

from channels.contract import Dialect
from channels.text.escape import (
    ESCAPES,
    as_entities,
    code_text,
    disarm,
    escape,
    fence_text,
    slack_code,
)
from channels.text.tokens import Pair
from channels.text.tree import Mark
from channels.text.urls import shown

NO_PAIR: Pair = ("", "")


@dataclass(frozen=True, slots=True)
class Style:
    """A dialect as data. ``tags`` are the pairs around blocks, where the dialect has such;
    ``line`` is a new line inside a paragraph; ``edges`` and ``one_line_marks`` say that a mark
    needs free edges and ends with its line."""

    marks: dict[Mark, Pair]
    text: Callable[[str], str]
    code: Callable[[str], str]
    fence: Callable[[str], str]
    link: Callable[[str, str], str]
    code_marks: Pair = ("`", "`")
    fence_marks: Pair = ("```\n", "\n```")
    quote_marks: Pair = ("> ", "")
    quote_prefix: str = "> "
    bullet: str = "• "
    line: str = "\n"
    edges: bool = False
    named_fences: bool = False
    html: bool = False
    tags: Mapping[str, Pair] = field(default_factory=dict[str, Pair])

    def tag(self, name: str) -> Pair:
        return self.tags.get(name, NO_PAIR)


def plain_link(url: str, label: str) -> str:
    address = shown(url)
    return address if label in {address, url} else f"{label} ({address})"


def _bracketed(url: str) -> str:
    return url.replace("(", "%28").replace(")", "%29")


def _whatsapp_link(url: str, label: str) -> str:
    address = shown(url)
    if label in {address, url}:
        return address
    return f"{escape(label, 'whatsapp')} ({_bracketed(address)})"


def _slack_link(url: str, label: str) -> str:
    # A label's closing bracket or bar would end the link early; both are entities or gone here.
    address = as_entities(url).replace("|", "%7C")
    if label == url:
        return f"<{address}>"
    words = ESCAPES["slack"](label).replace("|", "¦")
    return f"<{address}|{words}>"


def _discord_link(url: str, label: str) -> str:
    safe = _bracketed(url).replace("@", "%40")
    if url.startswith("mailto:"):
        address = escape(shown(url), "discord")
        return address if label in {url, shown(url)} else f"{escape(label, 'discord')} ({address})"
    # Discord shows no masked link whose label looks like an address.
    if label == url:
        return safe
    if "://" in label:
        return f"{escape(label, 'discord')} ({safe})"
    return f"[{escape(label, 'discord')}]({safe})"


def _markdown_link(url: str, label: str) -> str:
    if label in {url, shown(url)}:
        return escape(shown(url), "api")
    return f"[{escape(label, 'api')}]({_bracketed(url)})"


def _telegram_link(url: str, label: str) -> str:
    if url.startswith("mailto:"):
        return ESCAPES["telegram"](plain_link(url, label))
    return f'<a href="{html_escape(url)}">{escape(label, "telegram")}</a>'


def _html_link(url: str, label: str) -> str:
    return f'<a href="{html_escape(url)}">{html_escape(label)}</a>'


def _tag(name: str) -> Pair:
    return f"<{name}>", f"</{name}>"


_STARS = {Mark.STRONG: ("*", "*"), Mark.EMPHASIS: ("_", "_"), Mark.STRIKE: ("~", "~")}

_HTML = Style(
    marks={
        Mark.STRONG: _tag("strong"),
        Mark.EMPHASIS: _tag("em"),
        Mark.STRIKE: _tag("del"),
    },
    text=html_escape,
    code=html_escape,
    fence=html_escape,
    link=_html_link,
    code_marks=_tag("code"),
    fence_marks=("<pre><code>", "</code></pre>"),
    quote_marks=_tag("blockquote"),
    quote_prefix="",
    bullet="",
    line="<br>",
    html=True,
    tags={
        "paragraph": _tag("p"),
        "bullets": _tag("ul"),
        "item": _tag("li"),
        "table": _tag("table"),
        "row": _tag("tr"),
        "head": _tag("th"),
        "cell": _tag("td"),
    },
)

STYLES: Mapping[Dialect, Style] = {
    "web": _HTML,
    "email": _HTML,
    "whatsapp": Style(
        marks=_STARS,
        text=ESCAPES["whatsapp"],
        code=code_text,
        fence=fence_text,
        link=_whatsapp_link,
        edges=True,
    ),
    "slack": Style(
        marks=_STARS,
        text=ESCAPES["slack"],
        code=lambda text: slack_code(code_text(text)),
        fence=lambda text: slack_code(fence_text(text)),
        link=_slack_link,
        edges=True,
    ),
    "discord": Style(
        marks={Mark.STRONG: ("**", "**"), Mark.EMPHASIS: ("*", "*"), Mark.STRIKE: ("~~", "~~")},
        text=ESCAPES["discord"],
        code=lambda text: disarm(code_text(text), "discord"),
        fence=lambda text: disarm(fence_text(text), "discord"),
        link=_discord_link,
        bullet="- ",
        named_fences=True,
    ),
    # CommonMark with strike-through, for programs that show Markdown.
    "api": Style(
        marks={Mark.STRONG: ("**", "**"), Mark.EMPHASIS: ("*", "*"), Mark.STRIKE: ("~~", "~~")},
        text=ESCAPES["api"],
        code=code_text,
        fence=fence_text,
        link=_markdown_link,
        bullet="- ",
        named_fences=True,
    ),
    "telegram": Style(
        marks={Mark.STRONG: _tag("b"), Mark.EMPHASIS: _tag("i"), Mark.STRIKE: _tag("s")},
        text=ESCAPES["telegram"],
        code=as_entities,
        fence=as_entities,
        link=_telegram_link,
        code_marks=_tag("code"),
        fence_marks=_tag("pre"),
        quote_marks=_tag("blockquote"),
        quote_prefix="",
    ),
}
