"""What an address alone says: its site, and its name as a document."""

from __future__ import annotations

import pytest

from brain.knowledge.website.site import joined, name_of, site_of


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://help.example.com/returns/how-long", "help.example.com/returns/how-long"),
        ("http://www.example.com:80/returns/", "example.com/returns"),
        ("https://Help.Example.com./", "help.example.com"),
        ("https://help.example.com", "help.example.com"),
        ("https://help.example.com:8443/a.html", "help.example.com:8443/a.html"),
        ("https://help.example.com/a%2Fb", "help.example.com/a%2Fb"),
        ("https://help.example.com/für dich", "help.example.com/f%C3%BCr%20dich"),
    ],
)
def test_a_page_has_the_name_of_its_place(url: str, name: str) -> None:
    assert name_of(url) == name


def test_a_query_is_kept_in_short() -> None:
    first, second = (name_of(f"https://help.example.com/faq?id={n}") for n in (1, 2))
    assert first.startswith("help.example.com/faq~")
    assert len(first) == len("help.example.com/faq~") + 8
    assert first != second
    assert first == name_of("http://www.help.example.com/faq?id=1#top")


@pytest.mark.parametrize(
    "other", ["http://example.com/", "https://www.example.com/x", "https://EXAMPLE.com:443/"]
)
def test_www_and_tls_make_no_other_site(other: str) -> None:
    assert site_of(other) == site_of("https://example.com/a")


@pytest.mark.parametrize(
    "other",
    ["https://shop.example.com/", "https://example.com:8443/", "https://example.com.evil.example/"],
)
def test_another_host_or_port_is_another_site(other: str) -> None:
    assert site_of(other) != site_of("https://example.com/a")


@pytest.mark.parametrize(
    ("address", "url"),
    [
        (" https://a.example/b#c\n", "https://a.example/b"),
        ("/b", "https://help.example.com/b"),
        ("//a.example/b", "https://a.example/b"),
        ("file:///etc/passwd", None),
        ("mailto:help@example.com", None),
        ("javascript:alert(1)", None),
        ("https://[::1", None),
        ("https://a.example:99999/", None),
        ("http:///b", None),
        ("/" + "a" * 2048, None),
    ],
)
def test_an_address_is_joined_where_it_is_one(address: str, url: str | None) -> None:
    assert joined("https://help.example.com/sitemap.xml", address) == url
