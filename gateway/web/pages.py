"""The desk's pages and their static files: a fixed table, read once. No path comes from outside,
and nothing is written into a page but the business's name, escaped."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from jinja2 import DictLoader, Environment, Template

HERE = Path(__file__).parent
TYPES: Mapping[str, str] = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webmanifest": "application/manifest+json",
}
PageName: TypeAlias = Literal[
    "desk",
    "knowledge",
    "people",
    "channels",
    "settings",
    "sign-in",
    "welcome",
    "join",
    "try",
]
PAGES: tuple[PageName, ...] = get_args(PageName)


@dataclass(frozen=True, slots=True)
class PlaceOnDesk:
    """A page that the desk's navigation leads to."""

    page: PageName
    path: str
    words: str
    title: str


# The navigation of every page, in its order.
PLACES = (
    PlaceOnDesk("desk", "/desk", "Inbox", "The desk"),
    PlaceOnDesk("knowledge", "/desk/knowledge", "Knowledge", "The knowledge"),
    PlaceOnDesk("people", "/desk/people", "People", "The staff"),
    PlaceOnDesk("channels", "/desk/channels", "Channels", "Channels and desks"),
    PlaceOnDesk("settings", "/desk/settings", "Settings", "The settings"),
)


@dataclass(frozen=True, slots=True)
class StaticFile:
    content: bytes
    content_type: str
    etag: str


@dataclass(frozen=True, slots=True)
class Pages:
    templates: Mapping[PageName, Template]
    static: Mapping[str, StaticFile]

    def html(self, page: PageName, business: str) -> str:
        return self.templates[page].render(business=business, page=page, places=PLACES)


def load_pages(folder: Path = HERE) -> Pages:
    """Read everything there is to show; blocking, so call it before the loop or in a thread."""
    texts = {
        path.name: path.read_text(encoding="utf-8") for path in (folder / "templates").iterdir()
    }
    environment = Environment(autoescape=True, loader=DictLoader(texts))
    templates: dict[PageName, Template] = {
        page: environment.get_template(f"{page}.html") for page in PAGES
    }
    static = {
        path.name: _static(path)
        for path in sorted((folder / "static").iterdir())
        if path.suffix in TYPES and path.is_file()
    }
    return Pages(templates, static)


def _static(path: Path) -> StaticFile:
    content = path.read_bytes()
    return StaticFile(content, TYPES[path.suffix], hashlib.sha256(content).hexdigest()[:32])
