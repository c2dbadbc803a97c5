"""Text that nobody vouches for, made inert in a dialect: it pings nobody and formats nothing.

Where a dialect has no escape (WhatsApp; Slack's marks) a zero-width space parts the pair. Words
and addresses stay readable; nothing is removed but what ``clean`` removes.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from channels.contract import Dialect
from channels.text.graphemes import BREAKER, clean
from channels.text.urls import BARE

QUOTE_MARK = "\u2018"

_OPENS = re.compile(r"(?<![^\W_])([*_~])(?!\s)")
_CLOSES = re.compile(r"(?<!\s)(?=[*_~](?![^\W_]))")
_LINE_QUOTE = re.compile(r"(?m)^(?=>)")
_ROLE_WORDS = re.compile(r"@(?=everyone|here)|(?<!\w)@(?=(?:channel|all)\b)", re.IGNORECASE)
_HANDLE = re.compile(r"(?<!\w)@(?=\w|$)")
_ANGLE = re.compile(r"<(?=[@#:/!\w])")
_DISCORD_MARKS = re.compile(r"([\\*_~`|<>\[\]])")
_DISCORD_LINE = re.compile(r"(?m)^( *)([#+-])")
_ENTITY = re.compile(r"&(?=#|\w+;)")
_LAST_AT = re.compile(r"@$")


def escape(text: str, dialect: Dialect) -> str:
    """The text as it must stand inside a text of this dialect. Web and mail text is plain: there
    the one exit is ``textContent`` or the sanitiser, and nothing needs a mark."""
    return ESCAPES[dialect](clean(text))


def disarm(text: str, dialect: Dialect) -> str:
    """The text readable as it is, with its mentions parted: for code and for plain fall-backs."""
    return _DISARMS[dialect](text)


def as_entities(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def slack_code(text: str) -> str:
    """Code as Slack takes it; its marks mean nothing there, its entities and mentions do."""
    return as_entities(_part_roles(text))


def fence_text(text: str) -> str:
    """Code that cannot end the fence it stands in."""
    return text.replace("``", f"`{BREAKER}`")


def code_text(text: str) -> str:
    """Code that cannot end the back-ticks it stands in."""
    return text.replace("`", QUOTE_MARK).replace("\n", " ")


def literal(text: str) -> str:
    """The text as Markdown that ``render`` shows as it is: to quote a customer inside Markdown."""
    lines = (line.strip() for line in clean(text).strip().split("\n"))
    escaped = (re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", line) for line in lines)
    return re.sub(r"(?<!\n)\n(?!\n)", "\\\\\n", "\n".join(escaped))


def _same(text: str) -> str:
    return text


def _whatsapp(text: str) -> str:
    return _outside_urls(text, _part_pairs)


def _slack(text: str) -> str:
    return slack_code(_outside_urls(text, _part_pairs))


def _discord(text: str) -> str:
    return _part_discord(_outside_urls(text, _backslashes))


def _markdown(text: str) -> str:
    return _outside_urls(text, _markdown_marks)


def _markdown_marks(text: str) -> str:
    return _ENTITY.sub(r"\\&", _backslashes(text))


def _telegram(text: str) -> str:
    return as_entities(_part_handles(text))


def _part_pairs(text: str) -> str:
    text = text.replace("`", QUOTE_MARK)
    text = _CLOSES.sub(BREAKER, text)
    text = _OPENS.sub(rf"\1{BREAKER}", text)
    return _LINE_QUOTE.sub(BREAKER, text)


def _backslashes(text: str) -> str:
    return _DISCORD_LINE.sub(r"\1\\\2", _DISCORD_MARKS.sub(r"\\\1", text))


def _part_roles(text: str) -> str:
    return _LAST_AT.sub(f"@{BREAKER}", _ROLE_WORDS.sub(f"@{BREAKER}", text))


def _part_discord(text: str) -> str:
    return _ANGLE.sub(f"<{BREAKER}", _part_roles(text))


def _part_slack(text: str) -> str:
    return _part_roles(text.replace("<", f"<{BREAKER}"))


def _part_handles(text: str) -> str:
    return _HANDLE.sub(f"@{BREAKER}", text)


def _outside_urls(text: str, change: Callable[[str], str]) -> str:
    """An address that a mark was put into would lead nowhere."""
    out: list[str] = []
    end = 0
    for found in BARE.finditer(text):
        out += (change(text[end : found.start()]), found.group())
        end = found.end()
    return "".join((*out, change(text[end:])))


ESCAPES: dict[Dialect, Callable[[str], str]] = {
    "web": _same,
    "email": _same,
    "whatsapp": _whatsapp,
    "slack": _slack,
    "discord": _discord,
    "telegram": _telegram,
    "api": _markdown,
}
_DISARMS: dict[Dialect, Callable[[str], str]] = {
    "web": _same,
    "email": _same,
    "whatsapp": _same,
    "slack": _part_slack,
    "discord": _part_discord,
    "telegram": _part_handles,
    "api": _same,
}
