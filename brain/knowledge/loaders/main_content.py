"""Owns which part of a page is its article. Never changes the text of it."""

from __future__ import annotations

import re
from collections import Counter

from bs4 import BeautifulSoup, Tag

# From what says most surely "this is the article" to what says it least.
_PLACES = ("[itemprop=articleBody]", "article", "main", "[role=main]")
_SHARE = 0.5
_WORDS = 15
# How much of what reads like an article must stand in an element for it to be the article's.
_NEARLY_ALL = 0.95
# A menu has so many links, and so much of its text is in them.
_LINKS = 3
_MENU = 0.8
_OWNED = re.compile(r"(?:copyright|©|\(c\)\s)", re.IGNORECASE)
_LINE = 20
_HOLDERS = ("div", "section", "article", "main", "center", "td", "font", "span", "blockquote")


def of(soup: BeautifulSoup) -> Tag:
    """The element that holds the article: what the page itself marks so, else what reads most like
    one, else everything."""
    marked = _marked(soup)
    if marked is not None:
        return marked
    body = soup.body or soup
    _drop_menus(body)
    return _extracted(body) or body


def _marked(soup: BeautifulSoup) -> Tag | None:
    areas = soup.select("main, [role=main]")
    area: Tag = areas[0] if len(areas) == 1 else soup
    whole = _words(area)
    for place in _PLACES:
        found = [tag for tag in area.select(place) if tag.find_parent("article") is None]
        if len(found) == 1 and _words(found[0]) >= max(_WORDS, _SHARE * whole):
            return found[0]
    return area if area is not soup and _words(area) else None


def _drop_menus(body: Tag) -> None:
    """Take out what is little but links, and the line that says whose the page is."""
    for tag in body.find_all([*_HOLDERS, "ul", "ol", "p", "table"]):
        if tag.decomposed or tag.parent is None:
            continue
        text = " ".join(tag.get_text(" ").split())
        links = [" ".join(link.get_text(" ").split()) for link in tag.find_all("a")]
        menu = len(links) >= _LINKS and len("".join(links)) >= _MENU * len(text.replace(" ", ""))
        if menu or (_OWNED.match(text) and len(text.split()) <= _LINE):
            tag.decompose()


def _extracted(body: Tag) -> Tag | None:
    """The smallest element that holds nearly all of the text which, by its density and its links,
    reads like an article."""
    from trafilatura import extract  # noqa: PLC0415  loaded in the parsing process alone

    # Fast: the slower ways read lists of words from files, and nothing may be opened here.
    text = extract(
        str(body), fast=True, output_format="txt", include_comments=False, favor_recall=True
    )
    wanted = Counter((text or "").replace("|", " ").split())
    if wanted.total() < _WORDS:
        return None
    place = body
    while (inner := _inner(place, wanted)) is not None:
        place = inner
    return place


def _inner(place: Tag, wanted: Counter[str]) -> Tag | None:
    least = _NEARLY_ALL * _shared(place, wanted)
    for child in place.find_all(_HOLDERS, recursive=False):
        if _shared(child, wanted) >= least:
            return child
    return None


def _shared(tag: Tag, wanted: Counter[str]) -> int:
    return (Counter(tag.get_text(" ").split()) & wanted).total()


def _words(tag: Tag) -> int:
    return len(tag.get_text(" ").split())
