"""Owns the reading of an HTML page: its encoding, what it says of itself, and its article as
Markdown. Runs in the parsing process only; never loads what a page refers to."""

from __future__ import annotations

import codecs
import re
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup, Tag

from brain.knowledge.documents import Unreadable
from brain.knowledge.loaders import main_content, markup, page_title, visible
from brain.knowledge.loaders.frames import Header
from brain.knowledge.loaders.process import Reading

PAGE_LIMIT = 5 * 1024 * 1024
_TAGS = 100_000
_DEPTH = 250
_META_CHARSET = re.compile(
    rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE
)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def read(data: bytes, told: Header) -> Reading:
    """The page's article. ``told`` may hold ``url``, where it was fetched, and ``charset``.

    Raises:
        Unreadable: too large, nested too deeply, without an article, or it asks not to be indexed.
    """
    if len(data) > PAGE_LIMIT:
        raise Unreadable(f"its HTML is larger than {PAGE_LIMIT // 1024**2} MiB; save it smaller")
    if data.count(b"<") > 2 * _TAGS:
        raise Unreadable(f"it has more than {_TAGS} elements, so it is no article; split it")
    url = told.get("url")
    soup = BeautifulSoup(_decoded(data, told.get("charset")), "lxml")
    _check_depth(soup)
    return _reading(soup, url if isinstance(url, str) else None)


def _reading(soup: BeautifulSoup, url: str | None) -> Reading:
    robots = set(said(soup, "meta[name=robots i]", "content").lower().replace(",", " ").split())
    if url is not None and robots & {"noindex", "none"}:
        raise Unreadable("the page asks not to be indexed (its robots tag says noindex)")
    language, canonical = said(soup, "html", "lang"), _canonical(soup, url)
    heads = page_title.heads(soup, url)
    base = _base(soup, url)
    visible.strip(soup)
    markup.open_layout_tables(soup)
    content = main_content.of(soup)
    title = page_title.chosen(heads, content, soup)
    return Reading(markup.markdown(content, base), title, language, canonical)


def said(soup: BeautifulSoup, selector: str, attribute: str) -> str:
    """An attribute of the first element that ``selector`` finds; empty where there is none."""
    found = soup.select_one(selector)
    value = found.get(attribute) if found is not None else None
    return value.strip() if isinstance(value, str) else ""


def _decoded(data: bytes, charset: object) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    declared = _META_CHARSET.search(data[:4096])
    names = [charset] if isinstance(charset, str) else []
    names += [declared.group(1).decode("ascii")] if declared else []
    for name in [*names, "utf-8"]:
        text = _by(name, data)
        if text is not None:
            return text
    return data.decode("cp1252", "replace")


def _by(name: str, data: bytes) -> str | None:
    try:
        # What pages call Latin 1 is Windows' superset of it; browsers read it so.
        western = codecs.lookup(name).name in {"iso8859-1", "ascii"}
        return data.decode("cp1252" if western else name, "replace" if western else "strict")
    except (LookupError, ValueError, OSError):
        # OSError: a codec that is none of the web's, and not loaded.
        return None


def _check_depth(soup: BeautifulSoup) -> None:
    level: list[Tag] = [soup]
    for _ in range(_DEPTH):
        level = [child for tag in level for child in tag.children if isinstance(child, Tag)]
        if not level:
            return
    raise Unreadable(f"its elements stand more than {_DEPTH} deep in each other; save it simpler")


def _canonical(soup: BeautifulSoup, url: str | None) -> str | None:
    """The address that the page calls its own, if it may speak for it: on the same host."""
    if url is None:
        return None
    try:
        named = urljoin(url, said(soup, "link[rel~=canonical i]", "href"))
        parts, here = urlsplit(named), urlsplit(url)
        mine = parts.scheme in {"http", "https"} and parts.hostname == here.hostname
        return named if mine and parts.port == here.port else url
    except ValueError:
        return url


def _base(soup: BeautifulSoup, url: str | None) -> str | None:
    try:
        base = urljoin(url or "", said(soup, "base[href]", "href"))
    except ValueError:
        return url
    return base if base.startswith(("http://", "https://")) else url
