"""What somebody wrote, out of what Slack sends: entities undone, mentions and links readable;
pure."""

from __future__ import annotations

import re

_ANGLED = re.compile(r"<([^<>]*)>")
_SPECIAL = {"here": "@here", "channel": "@channel", "everyone": "@everyone"}


def mentions(text: str, user: str) -> bool:
    """Whether the text names this account."""
    return re.search(rf"<@{re.escape(user)}(?:\|[^<>]*)?>", text) is not None


def begins_with_another(text: str, user: str) -> bool:
    """Whether the text is said to somebody else: it begins with another account's name."""
    found = re.match(r"\s*<@([A-Z0-9]+)(?:\|[^<>]*)?>", text)
    return found is not None and found[1] != user


def written(text: str, me: str, my_name: str) -> str:
    """The text as its author saw it while writing. A leading mention of us is only the address on
    the envelope and goes; it stays where nothing else was said."""
    leading = re.match(rf"\s*<@{re.escape(me)}(?:\|[^<>]*)?>[\s,:]*", text)
    if leading is not None and text[leading.end() :].strip():
        text = text[leading.end() :]
    text = text.replace(f"<@{me}>", f"@{my_name}")
    return unescaped(_ANGLED.sub(_readable, text))


def unescaped(text: str) -> str:
    """Slack escapes exactly three characters; the ampersand last, or "&amp;lt;" would be two."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _readable(found: re.Match[str]) -> str:
    target, bar, label = found[1].partition("|")
    if target.startswith("@"):
        return f"@{label.lstrip('@')}" if label else target
    if target.startswith("#"):
        return f"#{label}" if label else target
    if target.startswith("!"):
        return _special(target[1:], label)
    if not bar or not label or label == target:
        return _address(target)
    address = _address(target)
    return label if label == address else f"{label} ({address})"


def _special(target: str, label: str) -> str:
    name = target.partition("^")[0]
    if name in _SPECIAL:
        return _SPECIAL[name]
    return label or f"@{name}"


def _address(target: str) -> str:
    for scheme in ("mailto:", "tel:"):
        if target.startswith(scheme):
            return target.removeprefix(scheme)
    return target
