"""Which texts are web addresses, and the form that they are brought into."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from brain.contract import FetchRefused
from gateway.egress.urls import onward, web_address


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("https://help.example.com", "https://help.example.com/"),
        ("  https://help.example.com/a\n", "https://help.example.com/a"),
        ("HTTPS://Help.Example.COM:443/Returns", "https://help.example.com/Returns"),
        ("http://help.example.com:80/a?b=c#d", "http://help.example.com/a?b=c"),
        ("http://help.example.com:/a", "http://help.example.com/a"),
        ("https://help.example.com./a", "https://help.example.com/a"),
        ("https://help.example.com/a b", "https://help.example.com/a%20b"),
        ("https://help.example.com/rücksendung", "https://help.example.com/r%C3%BCcksendung"),
        ("https://help.example.com/a%2Fb", "https://help.example.com/a%2Fb"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("https://help。example。com/", "https://help.example.com/"),
        ("https://my_shop.example.com/", "https://my_shop.example.com/"),
        ("https://example.com:8443/", "https://example.com:8443/"),
        ("http://intranet/", "http://intranet/"),
        ("http://93.184.216.34/", "http://93.184.216.34/"),
        ("http://[2606:4700:0:0::1111]/", "http://[2606:4700::1111]/"),
        ("http://127.0.0.1./", "http://127.0.0.1/"),
        ("http://１２７.0.0.1/", "http://127.0.0.1/"),
    ],
)
def test_an_address_has_one_form(typed: str, url: str) -> None:
    assert web_address(typed).url == url


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1.", "１２７.0.0.1", "①②⑦.⓪.⓪.①", "[::1]"])
def test_a_numeric_host_is_known_as_one(host: str) -> None:
    assert web_address(f"http://{host}/").numeric


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "begin with http"),
        ("help.example.com", "begin with http"),
        ("ftp://example.com/", "begin with http"),
        ("file:///etc/passwd", "begin with http"),
        ("gopher://example.com/_x", "begin with http"),
        ("data:text/html,hi", "begin with http"),
        ("javascript:alert(1)", "begin with http"),
        ("http:example.com", "begin with http"),
        ("http:///example.com", "begin with http"),
        ("http://", "begin with http"),
        ("http://user@example.com/", "user name or password"),
        ("http://user:secret@example.com/", "user name or password"),
        ("http://@example.com/", "user name or password"),
        ("http://exa\tmple.com/", "control characters"),
        ("http://exa\nmple.com/", "control characters"),
        ("http://example.com/\0", "control characters"),
        ("http://example.com\\@evil.example/", "backslashes"),
        ("http://example.com/\ud800", "control characters"),
        ("http://exa mple.com/", "host"),
        ("http://example.com:0/", "port"),
        ("http://example.com:65536/", "port"),
        ("http://example.com:-1/", "host"),
        ("http://example.com:٨٠/", "host"),
        ("http://example.com:80:80/", "host"),
        ("http://exam%70le.com/", "host"),
        ("http://-example.com/", "host"),
        ("http://example..com/", "host"),
        ("http://.example.com/", "host"),
        ("http://example.com../", "host"),
        (f"http://{'a' * 64}.example/", "host"),
        (f"http://{'a.' * 127}example/", "host"),
        ("http://strasse-faß.example/", "xn--"),
        ("http://[::1/", "host"),
        ("http://[::1]x/", "host"),
        ("http://[fe80::1%25eth0]/", "host"),
        ("http://[v1.x]/", "host"),
        ("http://[1.2.3.4]/", "host"),
        ("http://127.1/", "number"),
        ("http://2130706433/", "number"),
        ("http://0x7f000001/", "number"),
        ("http://0x7f.0.0.1/", "number"),
        ("http://0177.0.0.1/", "number"),
        ("http://127.0.0.01/", "number"),
        ("http://127.0.0.256/", "number"),
        ("http://0/", "number"),
        ("http://1.2.3.4.5/", "number"),
        ("http://example.0x/", "number"),
        ("http://example.com/" + "a" * 2048, "longer than 2048"),
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(typed: str, why: str) -> None:
    with pytest.raises(FetchRefused, match=why):
        web_address(typed)


def test_a_password_is_not_repeated() -> None:
    with pytest.raises(FetchRefused) as refused:
        web_address("http://user:hunter2@example.com/")
    assert "hunter2" not in str(refused.value)


@given(
    st.text(max_size=60), st.sampled_from(["http://", "https://a.example/", "http://a.example:"])
)
def test_any_text_is_an_address_in_its_form_or_refused(text: str, start: str) -> None:
    try:
        address = web_address(start + text)
    except FetchRefused:
        return
    assert address.url.isascii()
    assert web_address(address.url) == address
    # What connects reads the very same host and port out of it.
    assert URL(address.url).raw_host == address.host == urlsplit(address.url).hostname
    assert URL(address.url).port == address.port


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("/b?c", "https://a.example/b?c"),
        ("b", "https://a.example/x/b"),
        ("//b.example/", "https://b.example/"),
        ("https://b.example/é", "https://b.example/%C3%A9"),
        ("#top", "https://a.example/x/y"),
    ],
)
def test_a_redirect_is_joined(location: str, url: str) -> None:
    assert onward(web_address("https://a.example/x/y"), location).url == url


@pytest.mark.parametrize(
    ("location", "why"),
    [
        ("http://a.example/", "from https to plain http"),
        ("file:///etc/passwd", "begin with http"),
        ("//user@b.example/", "user name"),
        ("\\\\b.example/", "cannot be read"),
        ("https://b.example\t/", "cannot be read"),
        ("https://[b/", "cannot be read"),
        ("\udcff", "control characters"),
        ("/" + "a" * 2048, "cannot be read"),
    ],
)
def test_a_redirect_that_must_not_be_followed_is_refused(location: str, why: str) -> None:
    with pytest.raises(FetchRefused, match=why):
        onward(web_address("https://a.example/x/y"), location)
