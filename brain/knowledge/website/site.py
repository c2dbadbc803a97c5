"""Owns what is said of a page by its address alone: the site it belongs to and the name it has as a
document. Whether an address may be connected to is not judged here."""

from __future__ import annotations

import hashlib
from urllib.parse import quote, urldefrag, urljoin, urlsplit

ADDRESS_LENGTH = 2_048
_DEFAULT_PORTS = {"http": 80, "https": 443}
_PATH = "/%:@!$&'()*+,;=~-._"
_DIGITS = 8
_SHOWN = 120


def joined(base: str, address: str) -> str | None:
    """``address`` as a page at ``base`` means it, without fragment; None where it is no address of
    a web page, or longer than addresses are."""
    if len(address) > ADDRESS_LENGTH:
        return None
    try:
        url = urldefrag(urljoin(base, address.strip())).url
        parts = urlsplit(url)
        known = parts.scheme in _DEFAULT_PORTS and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return url if known else None


def origin_of(url: str) -> str:
    """Scheme and host of an address that ``joined`` has passed."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def site_of(url: str) -> str:
    """The host of an address that ``joined`` has passed, without ``www.``, with its port where that
    is not the usual one. Two pages with the same site belong together."""
    parts = urlsplit(url)
    host = (parts.hostname or "").removesuffix(".").removeprefix("www.")
    usual = parts.port is None or parts.port == _DEFAULT_PORTS[parts.scheme]
    return host if usual else f"{host}:{parts.port}"


def name_of(url: str) -> str:
    """The name of a page as a document: site and path, such as ``help.example.com/returns/late``.
    It stays the same with and without ``www.``, TLS and a slash at the end; a query is kept as a
    few digits of its hash."""
    parts = urlsplit(url)
    name = site_of(url) + quote(parts.path, safe=_PATH).rstrip("/")
    if not parts.query:
        return name
    return f"{name}~{hashlib.sha256(parts.query.encode()).hexdigest()[:_DIGITS]}"


def shown(text: str) -> str:
    """A text from outside as messages show it: short, and printable."""
    short = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in short)
