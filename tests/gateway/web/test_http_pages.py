"""The pages as they are shipped: nothing inline, nothing from elsewhere, everything there."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from gateway.web.pages import PAGES, PageName, load_pages


class Parts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.inline: list[str] = []
        self.addresses: list[str] = []
        self._script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self._script = tag in {"script", "style"}
        self.inline += [name for name in given if name.startswith("on") or name == "style"]
        if tag in {"script", "link", "img"}:
            self.addresses += [given[key] or "" for key in ("src", "href") if key in given]

    def handle_endtag(self, tag: str) -> None:
        self._script = False

    def handle_data(self, data: str) -> None:
        if self._script and data.strip():
            self.inline.append(data)


@pytest.mark.parametrize("page", PAGES)
def test_a_shipped_page_keeps_the_policy_and_its_files_are_there(page: PageName) -> None:
    pages = load_pages()
    parts = Parts()
    parts.feed(pages.html(page, "<script>alert(1)</script>"))
    assert parts.inline == []
    assert parts.addresses
    for address in parts.addresses:
        assert address.startswith("/desk/static/")
        assert address.removeprefix("/desk/static/") in pages.static
