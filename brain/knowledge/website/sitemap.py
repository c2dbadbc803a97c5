"""Owns the reading of one sitemap file: which addresses it names. Fetches nothing, unpacks no more
than a limit, and knows no entities: a DOCTYPE ends the reading."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from xml.parsers import expat

from brain.knowledge.documents import Unreadable
from brain.knowledge.website.site import ADDRESS_LENGTH

SITEMAP_LIMIT = 20 * 1024**2
# The protocol's own number.
ADDRESSES = 50_000
_DEPTH = 32
# Large pieces, as an unfinished tag is looked at again with each.
_PIECE = 4 * 1024**2
_GZIP = b"\x1f\x8b"
_GZIP_WINDOW = 31
_START = 1_024
_SPACE = b" \t\r\n"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Sitemap:
    """``pages`` and further ``sitemaps`` in the file's order; ``cut`` says that it names more than
    ``ADDRESSES``."""

    pages: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()
    cut: bool = False


def read_sitemap(data: bytes) -> Sitemap:
    """XML or text, gzipped or not; blocking.

    Raises:
        Unreadable: it is no sitemap, or a hostile one; the message ends "the sitemap X …".
    """
    if data.startswith(_GZIP):
        data = _unpacked(data)
    # UTF-16 begins otherwise and is XML here, as the protocol's text files are UTF-8.
    start = data[:_START].removeprefix(_BYTE_ORDER_MARK).lstrip(_SPACE).lower()
    if start.startswith((b"<!doctype html", b"<html")):
        raise Unreadable("is a web page and no sitemap; add its address as a page")
    return _text(data) if start[:1].isalnum() else _xml(data)


def _unpacked(data: bytes) -> bytes:
    unpacking = zlib.decompressobj(_GZIP_WINDOW)
    try:
        unpacked = unpacking.decompress(data, SITEMAP_LIMIT + 1)
    except zlib.error as error:
        raise Unreadable("is broken: it cannot be unpacked") from error
    if len(unpacked) > SITEMAP_LIMIT:
        raise Unreadable(
            f"unpacks to more than {SITEMAP_LIMIT // 1024**2} MiB; add the sitemap of a part"
        )
    if not unpacking.eof:
        raise Unreadable("is broken: its end is missing")
    return unpacked


def _text(data: bytes) -> Sitemap:
    lines = data.decode("utf-8-sig", "replace").split("\n", ADDRESSES)
    pages = [line.strip() for line in lines[:ADDRESSES] if line.strip()]
    if not pages[0].lower().startswith(("http://", "https://")):
        raise Unreadable("is no sitemap: it is neither XML nor a list of addresses")
    return Sitemap(tuple(pages), cut=len(lines) > ADDRESSES)


class _Enough(Exception):
    """As many addresses as a file may name were read."""


@dataclass
class _Reading:
    """Where the parser stands, and what it found."""

    path: list[str] = field(default_factory=list[str])
    text: list[str] = field(default_factory=list[str])
    length: int = 0
    found: dict[str, list[str]] = field(
        default_factory=lambda: {"url": list[str](), "sitemap": list[str]()}
    )

    @property
    def kind(self) -> str | None:
        """Whose address is being read here: a page's, a sitemap's or nobody's."""
        if self.path == ["urlset", "url", "loc"]:
            return "url"
        return "sitemap" if self.path == ["sitemapindex", "sitemap", "loc"] else None

    def start(self, name: str, _: dict[str, str]) -> None:
        # Prefixes are not resolved, as many sitemaps forget to declare theirs.
        self.path.append(name.rpartition(":")[2])
        if len(self.path) == 1 and self.path[0] not in {"urlset", "sitemapindex"}:
            raise Unreadable(f"is no sitemap: it begins with {name[:40]!r} instead of urlset")
        if len(self.path) > _DEPTH:
            raise Unreadable("is no sitemap: its elements are nested without end")
        self._forget()

    def data(self, text: str) -> None:
        if self.kind and self.length <= ADDRESS_LENGTH:
            self.text.append(text)
            self.length += len(text)

    def end(self, _: str) -> None:
        if kind := self.kind:
            self.found[kind].append("".join(self.text).strip())
            if sum(map(len, self.found.values())) > ADDRESSES:
                raise _Enough
        self.path.pop()
        self._forget()

    def _forget(self) -> None:
        self.text.clear()
        self.length = 0

    def doctype(self, *_: object) -> None:
        raise Unreadable("has a DOCTYPE, which no sitemap needs; have the site leave it out")


def _xml(data: bytes) -> Sitemap:
    reading = _Reading()
    parser = expat.ParserCreate()
    parser.StartElementHandler = reading.start
    parser.EndElementHandler = reading.end
    parser.CharacterDataHandler = reading.data
    parser.StartDoctypeDeclHandler = reading.doctype
    cut = False
    try:
        for start in range(0, len(data), _PIECE):
            parser.Parse(data[start : start + _PIECE], False)  # noqa: FBT003  its own signature
        parser.Parse(b"", True)  # noqa: FBT003  its own signature
    except _Enough:
        cut = True
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise Unreadable(f"is broken XML ({error}); have the site mend it") from error
    pages, sitemaps = reading.found["url"], reading.found["sitemap"]
    return Sitemap(tuple(pages[:ADDRESSES]), tuple(sitemaps[:ADDRESSES]), cut=cut)
