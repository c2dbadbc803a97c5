"""Owns the title of a page: its heading, or what it calls itself without the site's name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from bs4 import BeautifulSoup, Tag

_PARTS = re.compile(r"\s+(?:[|·•»«–—]|::|-)\s+")
_SITE = re.compile(
    r"\b(?:help|support|docs?|documentation|knowledge base|faq|hilfe|dokumentation|ayuda|soporte|"
    r"aide|assistance|assistenza|supporto|ajuda|suporte|hulp|ondersteuning)\b|cent(?:er|re)\b",
    re.IGNORECASE,
)
_HOST_WORD = 4


@dataclass(frozen=True, slots=True)
class Heads:
    """What stands in the page's head: its title, the same for social networks, the site's name and
    its host."""

    title: str
    shared: str
    site: str
    host: str


def heads(soup: BeautifulSoup, url: str | None) -> Heads:
    title = soup.title.get_text(" ") if soup.title else ""
    return Heads(
        " ".join(title.split()),
        _said(soup, "meta[property='og:title' i]"),
        _said(soup, "meta[property='og:site_name' i], meta[name='application-name' i]"),
        (urlsplit(url).hostname or "") if url else "",
    )


def chosen(said: Heads, content: Tag, page: Tag) -> str | None:
    """The article's one heading of the first level, or the page's if its title says so too, else
    what the page is called."""
    named = said.shared or said.title
    for place in (content, page):
        tops = {" ".join(tag.get_text(" ").split()) for tag in place.find_all("h1")} - {""}
        if len(tops) == 1 and (place is content or min(tops).casefold() in named.casefold()):
            return tops.pop()
    return _without_site(named, said) or None


def _without_site(title: str, said: Heads) -> str:
    parts = _PARTS.split(title)
    if len(parts) > 1 and _is_site(parts[-1], said):
        return title[: title.rindex(parts[-1])].rstrip(" |·•»«–—:-")
    if len(parts) > 1 and said.site and parts[0].casefold() == said.site.casefold():
        return title[len(parts[0]) :].lstrip(" |·•»«–—:-")
    return title


def _is_site(part: str, said: Heads) -> bool:
    if part.casefold() == said.site.casefold() or _SITE.search(part):
        return True
    names = [name for name in said.host.split(".")[:-1] if len(name) >= _HOST_WORD]
    joined = "".join(part.casefold().split())
    return any(name in joined for name in names)


def _said(soup: BeautifulSoup, selector: str) -> str:
    found = soup.select_one(selector)
    value = found.get("content") if found is not None else None
    return " ".join(value.split()) if isinstance(value, str) else ""
