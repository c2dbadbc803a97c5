"""Which addresses may become links, and where bare ones stand in a text; never fetches any."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from markdown_it.common.normalize_url import normalizeLink

BARE = re.compile(r"https?://[\w\-.~:/?#@!$&'()+,;=%]+")

_TRAILING = ".,;:!?'_~&"
_FORBIDDEN = re.compile(r"[\s\x00-\x20<>\"`\\^{}|]")
_MAIL = re.compile(r"[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)+")
_MAX_LENGTH = 2000


def safe_url(url: str) -> str | None:
    """The address in normal form when it may be a link (http, https, mailto), else None.

    An address with a name or password in front of its host is refused: it shows one site and
    leads to another.
    """
    normal = normalizeLink(url.strip())
    if len(normal) > _MAX_LENGTH or _FORBIDDEN.search(normal):
        return None
    try:
        parts = urlsplit(normal)
    except ValueError:
        return None
    if parts.scheme == "mailto":
        return normal if _MAIL.fullmatch(parts.path) else None
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        return None
    return normal


def trim_bare(url: str) -> str:
    """A bare address without the punctuation that belongs to the sentence around it."""
    url = url.rstrip(_TRAILING)
    while url.endswith(")") and url.count(")") > url.count("("):
        url = url[:-1].rstrip(_TRAILING)
    return url


def shown(url: str) -> str:
    """The address as people write it: a mail address without its scheme."""
    return url.removeprefix("mailto:").partition("?")[0] if url.startswith("mailto:") else url
