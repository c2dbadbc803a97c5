"""Owns the turning of a page's article into Markdown: headings, lists, tables, code and links.
Never keeps a link that is no web or mail address."""

from __future__ import annotations

import re
from urllib.parse import urljoin

from bs4 import BeautifulSoup, Tag
from markdownify import ATX, MarkdownConverter

_BLANK = re.compile(r"[ \t\xa0\u200b\ufeff]+")
_SCHEMES = ("https://", "http://", "mailto:", "tel:")
_CELL_WORDS = 60
_COLUMNS = 2
_BLOCKS = ["table", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "pre"]
_FRAME = ("thead", "tbody", "tfoot", "tr", "colgroup", "col")
_FENCE = re.compile(r"^\s*(```|~~~)")


def markdown(content: Tag, base: str | None) -> str:
    """``content`` as Markdown; ``base`` is what relative links start from. Changes ``content``."""
    _name_definitions(content)
    _name_summaries(content)
    _mend_links(content, base)
    _escape_bars(content)
    return _tidy(_CONVERTER.convert_soup(content))


def _code_language(pre: Tag) -> str:
    for tag in (pre, *pre.find_all("code")):
        for name in str(tag.get("class") or "").split("'"):
            if name.startswith("language-"):
                return "".join(c for c in name.removeprefix("language-") if c.isalnum())
    return ""


# Exact names such as order_id are looked for as they are written: nothing is escaped.
_CONVERTER = MarkdownConverter(
    heading_style=ATX,
    bullets="-",
    wrap=True,
    wrap_width=None,
    autolinks=False,
    escape_asterisks=False,
    escape_underscores=False,
    table_infer_header=True,
    code_language_callback=_code_language,
)


def open_layout_tables(content: Tag) -> None:
    """A table that only places things becomes what stands in it. Inner ones first, so that one
    with a table of data in it counts as layout."""
    for table in reversed(content.find_all("table")):
        if not _is_layout(table):
            continue
        for tag in table.find_all(["td", "th", "caption", *_FRAME]):
            # Those of a table of data in a cell stay what they are.
            if tag.find_parent("table") is not table:
                continue
            if tag.name in _FRAME:
                tag.unwrap()
            else:
                tag.name = "div"
        table.name = "div"


def _is_layout(table: Tag) -> bool:
    if table.get("role") in {"presentation", "none"} or table.find(_BLOCKS[:1]) is not None:
        return True
    if table.find("th") is not None:
        return False
    rows = table.find_all("tr")
    if all(len(row.find_all("td", recursive=False)) < _COLUMNS for row in rows):
        return True
    return any(_is_page_part(cell) for cell in table.find_all("td"))


def _is_page_part(cell: Tag) -> bool:
    headings = cell.find(_BLOCKS[3:]) is not None
    return headings or len(cell.get_text(" ").split()) > _CELL_WORDS


def _escape_bars(content: Tag) -> None:
    for cell in content.select("td, th"):
        for text in cell.find_all(string=lambda text: "|" in (text or "")):
            text.replace_with(str(text).replace("|", "\\|"))


def _name_definitions(content: Tag) -> None:
    for term in content.find_all("dt"):
        term.name = "p"
        _embolden(term)
    for tag in content.find_all(["dd", "dl"]):
        tag.name = "div"


def _embolden(tag: Tag) -> None:
    bold = BeautifulSoup("<strong></strong>", "lxml").strong
    if bold is None or tag.find(["strong", "b", *_BLOCKS, "p", "div"]) is not None:
        return
    for child in list(tag.children):
        bold.append(child.extract())
    tag.append(bold)


def _name_summaries(content: Tag) -> None:
    """The line that opens a fold is the heading of what is in it."""
    for summary in content.find_all("summary"):
        before = summary.find_previous(["h1", "h2", "h3", "h4", "h5", "h6"])
        inner = summary.find(["h1", "h2", "h3", "h4", "h5", "h6"])
        if isinstance(inner, Tag):
            summary.name = "div"
            continue
        above = int(before.name[1]) if isinstance(before, Tag) else 1
        # One fold after another stands at one level, not each below the one before.
        folded = isinstance(before, Tag) and before.get("data-fold") is not None
        summary.name = f"h{above if folded else min(above + 1, 6)}"
        summary["data-fold"] = ""


def _mend_links(content: Tag, base: str | None) -> None:
    for link in content.find_all("a"):
        words = link.get_text().strip()
        target = _target(link.get("href"), base)
        if not words.strip("#¶§🔗\u200b "):
            link.decompose()
        elif target is None:
            link.unwrap()
        else:
            link.attrs = {"href": target}


def _target(href: object, base: str | None) -> str | None:
    if not isinstance(href, str) or href.strip().startswith("#"):
        return None
    try:
        target = urljoin(base or "", href.strip())
    except ValueError:
        return None
    if not target.lower().startswith(_SCHEMES):
        return None
    return target.replace(" ", "%20").replace("(", "%28").replace(")", "%29")


def _tidy(text: str) -> str:
    """Lines without blanks at their end and no two empty ones together, but not inside code."""
    done: list[str] = []
    fence = False
    for line in text.split("\n"):
        if _FENCE.match(line):
            fence = not fence
        tidy = line.rstrip() if fence else _plain(line)
        if tidy or fence or (done and done[-1]):
            done.append(tidy)
    return "\n".join(done).strip("\n")


def _plain(line: str) -> str:
    indent = len(line) - len(line.lstrip(" "))
    return (" " * indent + _BLANK.sub(" ", line[indent:])).rstrip()
