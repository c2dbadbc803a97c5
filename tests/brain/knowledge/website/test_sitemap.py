"""Reading sitemap files, also hostile ones."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brain.knowledge.documents import Unreadable
from brain.knowledge.website.sitemap import ADDRESSES, SITEMAP_LIMIT, Sitemap, read_sitemap
from tests.brain.knowledge.website.fake_site import index, urlset

A, B = "https://help.example.com/a?x=1&amp;y=2", "https://help.example.com/b"
PAGES = ("https://help.example.com/a?x=1&y=2", B)


@pytest.mark.parametrize(
    "data",
    [
        urlset(A, B).data,
        b'\xef\xbb\xbf<?xml version="1.0" encoding="UTF-8"?>\n' + urlset(A, B).data,
        ('<?xml version="1.0" encoding="UTF-16"?>' + urlset(A, B).data.decode()).encode("utf-16"),
        b'<?xml version="1.0" encoding="ISO-8859-1"?>' + urlset(A, B).data,
        gzip.compress(urlset(A, B).data, mtime=0),
        urlset(f"\n  {A}\n", f"<![CDATA[{B}]]>").data,
        f"{PAGES[0]}\n\n  {B}\r\n".encode(),
        f"\ufeff{PAGES[0]}\n{B}".encode(),
        gzip.compress(f"{PAGES[0]}\n{B}".encode(), mtime=0),
    ],
    ids=["xml", "bom", "utf-16", "latin-1", "gzip", "spaces", "text", "text bom", "text gzip"],
)
def test_the_forms_of_a_sitemap_say_the_same(data: bytes) -> None:
    assert read_sitemap(data) == Sitemap(PAGES)


def test_an_index_names_sitemaps() -> None:
    assert read_sitemap(index(B).data) == Sitemap((), (B,))


def test_addresses_of_images_and_of_other_languages_are_no_pages() -> None:
    data = f"""<s:urlset xmlns:s="http://www.sitemaps.org/schemas/sitemap/0.9"><s:url><s:loc>{B}</s:loc>
    <image:image><image:loc>https://help.example.com/i.png</image:loc></image:image>
    <xhtml:link rel="alternate" hreflang="de" href="https://help.example.com/de"/>
    <s:lastmod>2026-01-01</s:lastmod></s:url><loc>https://help.example.com/no</loc></s:urlset>"""
    assert read_sitemap(data.encode()) == Sitemap((B,))


BOMB = (
    """<!DOCTYPE urlset [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>"""
)
FILE = """<!DOCTYPE urlset [<!ENTITY x SYSTEM "file:///etc/passwd">]>"""


@pytest.mark.parametrize(
    "head",
    [BOMB, FILE, "<!DOCTYPE urlset SYSTEM 'http://evil.example/x.dtd'>", "<!DOCTYPE urlset>"],
)
def test_a_doctype_ends_the_reading(head: str) -> None:
    data = head.encode() + urlset("&b;", B).data
    for form in (data, b'<?xml version="1.0"?>' + data, gzip.compress(data, mtime=0)):
        with pytest.raises(Unreadable, match="has a DOCTYPE"):
            read_sitemap(form)


def test_an_entity_that_nobody_declared_is_an_error() -> None:
    with pytest.raises(Unreadable, match="broken XML"):
        read_sitemap(urlset("&x;").data)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "broken XML"),
        (b"<html><body>Not found</body></html>", "web page and no sitemap"),
        (b"\xef\xbb\xbf\n<!doctype HTML><p>", "web page and no sitemap"),
        (b"<rss/>", "begins with 'rss'"),
        (b"User-agent: *\nDisallow: /", "neither XML nor a list"),
        (b"%PDF-1.7", "broken XML"),
        (b"\0\0\0\0", "broken XML"),
        (urlset(B).data[:-5], "broken XML"),
        (b'<?xml version="1.0" encoding="UTF-7"?><urlset/>', "broken XML"),
        (b'<?xml version="1.0" encoding="zlib"?><urlset/>', "broken XML"),
        (b"<urlset>" + b"<a>" * 100_000, "nested without end"),
        (gzip.compress(urlset(B).data, mtime=0)[:-20], "end is missing"),
        (b"\x1f\x8bnonsense", "cannot be unpacked"),
        (gzip.compress(gzip.compress(b"x" * 100, mtime=0), mtime=0), "broken XML"),
    ],
)
def test_what_is_no_sitemap_is_said(data: bytes, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        read_sitemap(data)


def test_a_gzip_bomb_is_unpacked_up_to_the_limit_only() -> None:
    packing = zlib.compressobj(1, wbits=31)
    bomb = b"".join(packing.compress(bytes(SITEMAP_LIMIT)) for _ in range(8)) + packing.flush()
    assert len(bomb) < SITEMAP_LIMIT // 20
    tracemalloc.start()
    try:
        with pytest.raises(Unreadable, match="unpacks to more than 20 MiB"):
            read_sitemap(bomb)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 * SITEMAP_LIMIT


def test_a_file_that_names_a_million_pages_is_read_until_it_is_enough() -> None:
    row = b"<url><loc>/%07d</loc></url>"
    xml = b"<urlset>" + b"".join(row % number for number in range(600_000)) + b"</urlset>"
    assert len(xml) < SITEMAP_LIMIT
    for data in (xml, b"".join(b"http:/%07d\n" % number for number in range(1_000_000))):
        with_text = data if data[:1] == b"<" else b"https://help.example.com/\n" + data
        found = read_sitemap(with_text)
        assert found.cut
        assert len(found.pages) == ADDRESSES


def test_an_address_without_end_is_cut() -> None:
    long = "https://help.example.com/" + "&#97;" * 500_000
    (page,) = read_sitemap(urlset(long).data).pages
    assert len(page) < 10_000


@given(st.binary(max_size=300))
def test_any_bytes_are_a_sitemap_or_said_to_be_none(data: bytes) -> None:
    for given_ in (data, b"<urlset>" + data, b"\x1f\x8b\x08\0" + data, b"h" + data):
        with suppress(Unreadable):
            assert isinstance(read_sitemap(given_), Sitemap)
