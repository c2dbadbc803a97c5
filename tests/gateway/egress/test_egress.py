"""What the one way out sends, takes and gives up on, against real servers on loopback."""

from __future__ import annotations

import asyncio
import gzip
import os
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from brain.contract import Fetch, FetchFailed
from gateway.egress.addresses import Addresses, networks
from gateway.egress.egress import Deadlines, Egress
from tests.gateway.egress import fake_web
from tests.gateway.egress.fake_web import SITE, Names, Site

LIMIT = 64 * 1024
LOOPBACK = Addresses(networks(["127.0.0.0/8"]))
SHORT = Deadlines(total=0.3, connect=0.2)
EMPTY = gzip.compress(b"", mtime=0)


@pytest.fixture
async def egress() -> AsyncIterator[Egress]:
    names = Names({"help.example.com": [[SITE]]})
    async with Egress(
        LOOPBACK, version="1.2.3", public_url="https://chat.example.com", resolve=names
    ) as opened:
        yield opened


async def test_a_page_is_fetched_with_all_that_its_reader_needs(egress: Egress, site: Site) -> None:
    fetch: Fetch = egress
    site.answers["/returns"] = web.Response(
        body="Rücksendung".encode("latin-1"),
        headers={
            "Content-Type": "Text/HTML; charset=ISO-8859-1",
            "ETag": '"v1"',
            "Last-Modified": "Wed, 21 Oct 2026 07:28:00 GMT",
        },
    )
    page = await fetch.get(site.url("/returns?from=mail#top"), limit=LIMIT, accept=("text/html",))
    assert page.url == site.url("/returns?from=mail")
    assert page.data == "Rücksendung".encode("latin-1")
    assert (page.status, page.media_type, page.charset) == (200, "text/html", "iso-8859-1")
    assert (page.etag, page.last_modified) == ('"v1"', "Wed, 21 Oct 2026 07:28:00 GMT")


async def test_it_says_who_asks_and_sends_nothing_else(egress: Egress, site: Site) -> None:
    site.text("/", "hello")
    await egress.get(site.url("/"), limit=LIMIT, accept=("text/html", "text/plain"))
    assert site.seen == [
        (
            "/",
            {
                "Host": f"{SITE}:{site.port}",
                "Accept": "text/html, text/plain, */*;q=0.1",
                "Accept-Encoding": "identity",
                "User-Agent": "Frontdesk/1.2.3 (+https://chat.example.com)",
            },
        )
    ]


async def test_a_name_is_asked_for_by_its_name(egress: Egress, site: Site) -> None:
    site.text("/", "hello")
    page = await egress.get(site.url("/", "help.example.com"), limit=LIMIT)
    assert page.data == b"hello"
    assert site.seen[0][1]["Host"] == f"help.example.com:{site.port}"


async def test_cookies_are_neither_kept_nor_sent(egress: Egress, site: Site) -> None:
    site.answers["/set"] = web.Response(headers={"Set-Cookie": "id=1", "Content-Type": "text/html"})
    site.text("/next", "hello")
    await egress.get(site.url("/set", "help.example.com"), limit=LIMIT)
    await egress.get(site.url("/next", "help.example.com"), limit=LIMIT)
    assert "Cookie" not in site.seen[-1][1]


async def test_a_proxy_and_passwords_of_the_environment_are_not_used(
    site: Site, canary: fake_web.Canary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text(f"machine {SITE} login me password hunter2")
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        for spelled in (name, name.lower()):
            monkeypatch.setenv(spelled, f"http://127.0.0.1:{canary.port}")
    monkeypatch.setenv("NETRC", os.fspath(netrc))
    monkeypatch.setenv("NO_PROXY", "")
    site.text("/", "hello")
    async with Egress(LOOPBACK, version="1") as egress:
        await egress.get(site.url("/"), limit=LIMIT)
    assert "Authorization" not in site.seen[0][1]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_three_redirects_are_followed(egress: Egress, site: Site, status: int) -> None:
    site.text("/end", "arrived")
    site.redirect("/3", "/end", status)
    site.redirect("/2", site.url("/3"), status)
    page = await egress.get(site.redirect("/1", "2", status), limit=LIMIT)
    assert (page.url, page.data) == (site.url("/end"), b"arrived")


async def test_a_fourth_redirect_is_not(egress: Egress, site: Site) -> None:
    site.text("/end", "arrived")
    for number in range(1, 5):
        site.redirect(f"/{number}", f"/{number + 1}" if number < 4 else "/end")
    with pytest.raises(FetchFailed, match="more than 3 times"):
        await egress.get(site.url("/1"), limit=LIMIT)
    assert [path for path, _ in site.seen] == ["/1", "/2", "/3", "/4"]


async def test_a_redirect_to_nowhere_is_said(egress: Egress, site: Site) -> None:
    site.answers["/"] = web.Response(status=302)
    with pytest.raises(FetchFailed, match="without saying where"):
        await egress.get(site.url("/"), limit=LIMIT)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (404, "does not exist"),
        (410, "does not exist"),
        (403, "not open to everybody"),
        (429, "too busy"),
        (503, "too busy"),
        (500, "failed on its server"),
        (204, "status 204 instead of a page"),
        (304, "status 304 instead of a page"),
    ],
)
async def test_an_error_is_said_with_its_status(
    egress: Egress, site: Site, status: int, words: str
) -> None:
    site.answers["/"] = web.Response(status=status)
    with pytest.raises(FetchFailed, match=words) as failed:
        await egress.get(site.url("/"), limit=LIMIT)
    assert failed.value.status == status


@pytest.mark.parametrize(
    ("media_type", "accept", "taken"),
    [
        ("text/html", (), True),
        ("text/html", ("text/html",), True),
        ("text/plain", ("text/*",), True),
        ("image/png", ("text/html", "text/*"), False),
        ("text/html-evil", ("text/html",), False),
        ("", ("text/html",), False),
    ],
)
async def test_only_the_types_asked_for_are_taken(
    egress: Egress, media_type: str, accept: tuple[str, ...], *, taken: bool
) -> None:
    head = f"Content-Type: {media_type}\r\n" if media_type else ""
    answer = f"HTTP/1.1 200 OK\r\n{head}Content-Length: 2\r\n\r\nhi".encode()
    async with fake_web.raw(answer) as port:
        if taken:
            assert (
                await egress.get(f"http://{SITE}:{port}/", limit=9, accept=accept)
            ).data == b"hi"
        else:
            with pytest.raises(FetchFailed, match="of the type"):
                await egress.get(f"http://{SITE}:{port}/", limit=9, accept=accept)


async def test_as_many_bytes_as_allowed_are_taken_and_no_more(egress: Egress, site: Site) -> None:
    site.text("/", "a" * LIMIT)
    assert len((await egress.get(site.url("/"), limit=LIMIT)).data) == LIMIT
    with pytest.raises(FetchFailed, match="larger than 63 KiB"):
        await egress.get(site.url("/"), limit=LIMIT - 1)


async def test_a_huge_page_is_given_up_when_its_length_is_said(egress: Egress) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"
    async with fake_web.raw(head, b"") as port:
        with pytest.raises(FetchFailed, match="larger than"):
            await egress.get(f"http://{SITE}:{port}/", limit=LIMIT)


async def test_an_endless_page_is_given_up_at_the_limit(egress: Egress, site: Site) -> None:
    sent = 0

    async def endless(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"x" * 8192)
            sent += 8192

    site.answers["/"] = endless
    with pytest.raises(FetchFailed, match="larger than"):
        await egress.get(site.url("/"), limit=LIMIT)
    assert sent < 64 * LIMIT


@pytest.mark.parametrize(
    "drip",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n|1\r\nx\r\n",
        b"HTTP/1.1 200 OK\r\nX: |x",
        b"HTTP/1.1 103 Early Hints\r\n\r\n|HTTP/1.1 103 Early Hints\r\n\r\n",
        b"|",
    ],
    ids=["body", "header", "hints", "silence"],
)
async def test_an_answer_that_drips_for_ever_ends_at_the_deadline(drip: bytes) -> None:
    async with (
        fake_web.raw(*drip.split(b"|"), hold=True) as port,
        Egress(LOOPBACK, version="1", deadlines=SHORT) as egress,
    ):
        with pytest.raises(FetchFailed, match="in time"):
            await egress.get(f"http://{SITE}:{port}/", limit=LIMIT)


async def test_redirects_share_one_deadline(site: Site) -> None:
    async def slow(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(0.2)
        return web.Response(status=302, headers={"Location": "/"})

    site.answers["/"] = slow
    async with Egress(LOOPBACK, version="1", deadlines=SHORT) as egress:
        with pytest.raises(FetchFailed, match="in time"):
            await egress.get(site.url("/"), limit=LIMIT)


async def test_names_that_are_never_answered_end_at_the_deadline() -> None:
    async def never(_: str, __: int) -> list[str]:
        await asyncio.Event().wait()
        return []

    async with Egress(LOOPBACK, version="1", resolve=never, deadlines=SHORT) as egress:
        with pytest.raises(FetchFailed, match="in time"):
            await egress.get("http://help.example.com/", limit=LIMIT)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nshort", "broke off"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort", "broke off"),
        (b"", "broke off"),
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "did not answer as a web server"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", "did not answer as a web server"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n", "did not answer as a web"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"", mtime=0),
            "compressed",
        ),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: identity, br\r\n\r\nx", "compressed"),
    ],
)
async def test_a_broken_answer_is_an_error_in_words(
    egress: Egress, answer: bytes, words: str
) -> None:
    async with fake_web.raw(answer) as port:
        with pytest.raises(FetchFailed, match=words):
            await egress.get(f"http://{SITE}:{port}/", limit=LIMIT)


async def test_more_bytes_than_were_announced_are_not_taken_for_the_page(egress: Egress) -> None:
    """Whether the rest is seen at once or later is up to the network."""
    async with fake_web.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nshort and more") as port:
        try:
            page = await egress.get(f"http://{SITE}:{port}/", limit=LIMIT)
        except FetchFailed:
            return
    assert page.data == b"short"


async def test_a_charset_that_is_no_name_of_one_is_dropped(egress: Egress, site: Site) -> None:
    site.answers["/"] = web.Response(headers={"Content-Type": 'text/html; charset="../../x"'})
    assert (await egress.get(site.url("/"), limit=LIMIT)).charset is None


async def test_a_name_that_nobody_knows_is_said(egress: Egress) -> None:
    with pytest.raises(FetchFailed, match="check the spelling"):
        await egress.get("http://nobody.example.com/", limit=LIMIT)


async def test_a_name_without_addresses_is_said() -> None:
    async with Egress(LOOPBACK, version="1", resolve=Names({"a.example": [[]]})) as egress:
        with pytest.raises(FetchFailed, match="check the spelling"):
            await egress.get("http://a.example/", limit=LIMIT)


async def test_a_closed_door_is_said(egress: Egress) -> None:
    async with fake_web.raw(b"") as port:
        pass
    with pytest.raises(FetchFailed, match="does not take connections"):
        await egress.get(f"http://{SITE}:{port}/", limit=LIMIT)


async def test_a_certificate_that_nobody_vouches_for_is_refused(egress: Egress) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(Path(__file__).with_name("self-signed.pem"))

    async def never(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with await asyncio.start_server(never, SITE, 0, ssl=context) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(FetchFailed, match="certificate"):
            await egress.get(f"https://help.example.com:{port}/", limit=LIMIT)


async def test_a_server_without_tls_is_said(egress: Egress, site: Site) -> None:
    with pytest.raises(FetchFailed, match="TLS"):
        await egress.get(f"https://{SITE}:{site.port}/", limit=LIMIT)


async def test_after_a_failure_the_next_page_is_fetched_as_ever(egress: Egress, site: Site) -> None:
    site.text("/large", "a" * 4 * LIMIT)
    site.text("/", "hello")
    with pytest.raises(FetchFailed):
        await egress.get(site.url("/large"), limit=LIMIT)
    assert (await egress.get(site.url("/"), limit=LIMIT)).data == b"hello"


async def test_it_is_used_inside_its_context_only() -> None:
    egress = Egress(LOOPBACK, version="1")
    with pytest.raises(RuntimeError, match="async with"):
        await egress.get(f"http://{SITE}/", limit=LIMIT)
