"""Owns what of a page is no part of its text: what a visitor does not see, and what stands around
an article on every page. Words that nobody sees are how a page would talk to the assistant behind
its readers' backs, so they go first."""

from __future__ import annotations

import re

from bs4 import BeautifulSoup, Tag
from bs4.element import Comment, Doctype

_NEVER = (
    "script, style, noscript, template, head, svg, math, canvas, iframe, object, embed, audio,"
    " video, picture, img, button, input, select, textarea, option, dialog, nav, aside, footer,"
    " [hidden], [aria-hidden=true], [role=navigation], [role=banner], [role=contentinfo],"
    " [role=search], [role=dialog], [role=alertdialog], [role=complementary]"
)
_UNSEEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|opacity\s*:\s*0*\.?0+(?![.\d])"
    r"|font-size\s*:\s*0*\.?0+(?![.\d])|clip\s*:\s*rect|clip-path\s*:\s*inset\(\s*(?:50|100)%"
    r"|(?:left|right|top|text-indent|margin-left)\s*:\s*-\d{3,}|(?:max-)?(?:height|width)\s*:\s*0"
    r"(?:px)?\s*(?:;|!|$)",
    re.IGNORECASE,
)
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_SIMPLE = re.compile(r"[.#][\w-]+")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
# A word of a class or id that names what stands around an article.
_AROUND = re.compile(
    r"(?:^|[-_])(?:cookies?|consent|gdpr|onetrust|breadcrumbs?|sidebar|headerlink|skip(?:-?link|"
    r"-?nav(?:igation)?|-to-content)|sr-only|visually-?hidden|screen-?reader(?:-text)?|pagination|"
    r"prev-next|related(?:-\w+)?|relatives|votes?|voting|share|sharing|social|comments?|"
    r"feedback|article-(?:author|meta|subscribe|more-questions)|recent(?:-articles)?|back-to-top|"
    r"toc|toctree|table-of-contents|edit-(?:this-)?(?:page|link)|newsletter|subscribe|advert\w*|"
    r"copybtn|hash-link|anchor-?link|theme-edit\w*)(?:$|[-_])",
    re.IGNORECASE,
)
# Names such as "with-sidebar" may stand at what holds the whole page.
_ALL = 0.5
_FORM_WORDS = 60


def strip(soup: BeautifulSoup) -> None:
    """Take everything out of the page that is not its visible text."""
    hidden = _hidden_names(soup)
    for text in soup.find_all(string=lambda text: isinstance(text, Comment | Doctype)):
        text.extract()
    for tag in soup.select(_NEVER):
        _remove(tag)
    for tag in soup.select("*"):
        if not tag.decomposed and _is_unseen(tag, hidden):
            _remove(tag)
    for form in soup.find_all("form"):
        _open(form, keep=len(form.get_text(" ").split()) > _FORM_WORDS)
    for header in soup.find_all("header"):
        _open(header, keep=header.find_parent(["main", "article"]) is not None)
    _strip_around(soup)


def _remove(tag: Tag) -> None:
    if not tag.decomposed and tag.name not in {"html", "body"}:
        tag.decompose()


def _open(tag: Tag, *, keep: bool) -> None:
    """Keep what stands in the tag, or take it out with the tag."""
    if tag.decomposed:
        return
    if keep:
        tag.unwrap()
    else:
        tag.decompose()


def _is_unseen(tag: Tag, hidden: frozenset[str]) -> bool:
    style = tag.get("style")
    if isinstance(style, str) and _UNSEEN.search(style):
        return True
    return not hidden.isdisjoint(_names(tag))


def _names(tag: Tag) -> list[str]:
    """The tag's classes and id, as a style sheet writes them."""
    classes, id = tag.get("class"), tag.get("id")
    names = [f".{name}" for name in classes] if isinstance(classes, list) else []
    return [*names, f"#{id}"] if isinstance(id, str) else names


def _hidden_names(soup: BeautifulSoup) -> frozenset[str]:
    """Classes and ids that the page's own style sheets hide on every screen."""
    names: set[str] = set()
    for style in soup.find_all("style"):
        for rule in _RULE.finditer(_everywhere(_COMMENT.sub("", style.get_text()))):
            if _UNSEEN.search(rule.group(2)):
                selectors = (one.strip() for one in rule.group(1).split(","))
                names.update(one for one in selectors if _SIMPLE.fullmatch(one))
    return frozenset(names)


def _everywhere(css: str) -> str:
    """A style sheet without the blocks that hold under a condition only (``@media print``)."""
    kept: list[str] = []
    depth = skipped = 0
    for part in re.split(r"([{}])", css):
        if part == "{":
            depth += 1
        elif part == "}":
            depth = max(0, depth - 1)
        elif depth == 0 and "@" in part.rsplit(";", 1)[-1]:
            skipped = 1
            continue
        if skipped:
            skipped = 0 if part == "}" and depth == 0 else 1
            continue
        kept.append(part)
    return "".join(kept)


def _strip_around(soup: BeautifulSoup) -> None:
    most = _ALL * len(soup.get_text())
    for tag in soup.select("*"):
        if tag.decomposed or tag.name in {"html", "body", "main", "article", "h1"}:
            continue
        around = any(_AROUND.search(name[1:]) for name in _names(tag))
        if around and len(tag.get_text()) <= most:
            tag.decompose()
